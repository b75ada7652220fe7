/**
 * WHAT FUNCTIONS DO WITH A COLLATION OF ICU's, by oids of pg_proc. A deterministic one has the
 * equality of the bytes, and only its order and its letters' cases are of its own.
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { Expression } from "./tree.ts";

export type CollationUse =
  /** "<=>": which of the two is first, as a number. */
  | { readonly kind: "compare"; readonly operator: Comparison }
  /** The smaller or the larger of two. */
  | { readonly kind: "extreme"; readonly operator: "<" | "<=" | ">" | ">=" }
  | { readonly kind: "case"; readonly to: "lower" | "upper" | "initcap" }
  /** PostgreSQL has it for deterministic ones alone. */
  | { readonly kind: "refuse"; readonly what: string }
  /** It asks what is equal in a way that is not there for others. */
  | { readonly kind: "equality" };
type Comparison = "=" | "<>" | "<" | "<=" | ">" | ">=" | "<=>";

const COMPARISONS: readonly (readonly [Comparison, string])[] = [
  ["=", "62 67 240 247 744 1048"],
  ["<>", "157 245 252 390 659 1053"],
  ["<", "241 248 391 655 740 1049"],
  ["<=", "242 249 393 656 741 1050"],
  [">", "244 251 392 657 742 1051"],
  [">=", "243 250 396 658 743 1052"],
  ["<=>", "246 253 359 360 382 1078"],
];

export const ILIKE = "ILIKE";
const REGULAR_EXPRESSIONS = "regular expressions";

const REFUSED: readonly (readonly [what: string, functions: string])[] = [
  ["LIKE", "850 851 858 859 1569 1570 1571 1572 1631 1632"],
  [ILIKE, "1633 1634 1635 1636 1660 1661"],
  [
    REGULAR_EXPRESSIONS,
    `79 1238 1239 1240 1241 1252 1254 1256 1656 1657 1658 1659 2073 2074 2284 2285 2763 2764 2765
    2766 2767 2768 3396 3397 6251 6252 6253 6254 6255 6256 6257 6258 6259 6260 6261 6262 6263 6264
    6265 6266 6267 6268 6269`,
  ],
  ["substring searches", "376 394 849 868 2087 2088 3696 6160 6161"],
];

/** Hashes; parts of arrays. */
const EQUALITIES = `400 447 448 455 626 782 972 1080 2747 2748 2749 3167 3168 3277 3278 3279`;

/** min and max; of arrays, too. */
const EXTREMES: ReadonlySet<number> = new Set([2050, 2051, 2129, 2145, 2244, 2245]);
const WIDTH_BUCKET = 3218;

const each = (functions: string, use: CollationUse): [number, CollationUse][] =>
  functions.split(/\s+/).map((id) => [Number(id), use]);

const uses: ReadonlyMap<number, CollationUse> = new Map([
  ...COMPARISONS.flatMap(([operator, functions]) => each(functions, { kind: "compare", operator })),
  ...each("459 516", { kind: "extreme", operator: "<" }),
  ...each("458 515", { kind: "extreme", operator: ">" }),
  ...each("1064", { kind: "extreme", operator: "<=" }),
  ...each("1063", { kind: "extreme", operator: ">=" }),
  ...each("870", { kind: "case", to: "lower" }),
  ...each("871", { kind: "case", to: "upper" }),
  ...each("872", { kind: "case", to: "initcap" }),
  ...REFUSED.flatMap(([what, functions]) => each(functions, { kind: "refuse", what })),
  ...each(EQUALITIES, { kind: "equality" }),
]);

export const collationUse = (called: Oid): CollationUse | undefined => uses.get(called);

/** Whether what a function answers depends on a collation of this kind. */
export function usesCollation(called: Oid, deterministic: boolean): boolean {
  const use = uses.get(called);
  if (!use) return called === WIDTH_BUCKET;
  if (!deterministic) return true;
  if (use.kind === "compare") return use.operator !== "=" && use.operator !== "<>";
  if (use.kind === "refuse") return use.what === ILIKE || use.what === REGULAR_EXPRESSIONS;
  return use.kind === "extreme" || use.kind === "case";
}

/** GREATEST, LEAST, max and min. */
export const isExtreme = (node: Expression): boolean =>
  node.kind === "minMax" || ("function" in node && EXTREMES.has(node.function));

export const rowsByIcu = (position?: number): SqlError =>
  notSupported("a comparison of rows with a field of a collation of ICU's", position);

/** Comparisons of records: equality alone, and all. */
export const isRowEquality = (called: Oid): boolean => called === 2981 || called === 2982;
export const isRowComparison = (called: Oid): boolean => called >= 2981 && called <= 2987;

export const nondeterministic = (what: string): SqlError =>
  new SqlError("0A000", `nondeterministic collations are not supported for ${what}`);
