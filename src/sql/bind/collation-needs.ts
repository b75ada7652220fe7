/**
 * FUNCTIONS THAT FAIL WITHOUT A COLLATION: those that are called with inputs whose collations
 * conflict.
 */
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Names } from "./names.ts";
import type { Expression } from "./tree.ts";

const STRING_COMPARISON = "string comparison";

/** By what they need it for, as messages say: oids of pg_proc. */
const NEEDS: readonly (readonly [what: string, functions: string])[] = [
  [
    "string comparison",
    `62 67 157 240 241 242 243 244 245 246 247 248 249 250 251 252 253 359 360 376 394 458 459 655
    656 657 658 659 740 741 742 743 849 868 1048 1049 1050 1051 1052 1053 1063 1064 1078 2087 2088
    3696`,
  ],
  [
    "regular expression",
    `79 1238 1239 1240 1241 1252 1254 1256 1656 1657 1658 1659 2073 2284 2285 2767 2768 3396 3397
    6251 6252 6253 6254 6255 6256 6257 6258 6259 6260 6261 6262 6263 6264 6265 6266 6267 6268 6269`,
  ],
  ["string hashing", "400 448 972 1080"],
  ["ILIKE", "1633 1634 1635 1636 1660 1661"],
  ["lower() function", "870"],
  ["upper() function", "871"],
  ["initcap() function", "872"],
];

/** The same of functions of arrays, if their elements have collations. */
const ARRAYS_NEED: typeof NEEDS = [
  [
    "string comparison",
    "382 390 391 392 393 396 515 516 744 2747 2748 2749 3167 3168 3218 3277 3278 3279",
  ],
  ["string hashing", "626 782"],
];

const byFunction = (needs: typeof NEEDS): ReadonlyMap<number, string> =>
  new Map(
    needs.flatMap(([what, functions]) =>
      functions.split(/\s+/).map((id): [number, string] => [Number(id), what]),
    ),
  );

const needing = byFunction(NEEDS);
const needingOfArrays = byFunction(ARRAYS_NEED);

/** What the node itself needs a collation for, if it does. */
export function needsCollation(names: Names, node: Expression): string | undefined {
  switch (node.kind) {
    case "minMax":
      return hasCollation(names, node.type) ? STRING_COMPARISON : undefined;
    case "aggregate":
      return extremes.has(node.function) ? STRING_COMPARISON : undefined;
    case "arrayOperator":
      return needOf(names, node.function, [node.left, node.array]);
    case "function":
    case "operator":
    case "distinctFrom":
    case "nullIf":
      return needOf(names, node.function, node.args);
    default:
      return undefined;
  }
}

/** min and max of text and of char(n) */
const extremes: ReadonlySet<Oid> = new Set([2129, 2145, 2244, 2245].map(oid));

/** What a function that has no collation would need it for. */
export const collationNeed = (called: Oid): string =>
  needing.get(called) ?? needingOfArrays.get(called) ?? STRING_COMPARISON;

export function undeterminedCollation(what: string): SqlError {
  const message = `could not determine which collation to use for ${what}`;
  const hint = "Use the COLLATE clause to set the collation explicitly.";
  return new SqlError("42P22", message, { hint });
}

export function needOf(names: Names, called: Oid, args: readonly Expression[]): string | undefined {
  // Nothing is compared with a NULL.
  const [, second] = args;
  if (second?.kind === "constant" && second.value === null) return undefined;
  const what = needing.get(called);
  if (what !== undefined) return isTooLong(called, args) ? undefined : what;
  const ofArrays = needingOfArrays.get(called);
  if (ofArrays === undefined) return undefined;
  const elements = args.flatMap(({ type }) => {
    const { isArray, element } = names.type(type);
    return isArray ? [element] : [];
  });
  return elements.some((element) => hasCollation(names, element)) ? ofArrays : undefined;
}

/** What cannot be in the other text, or is empty, is not looked for. */
function isTooLong(called: Oid, [text, part]: readonly Expression[]): boolean {
  if (!POSITIONS.has(called)) return false;
  if (part?.kind !== "constant" || typeof part.value !== "string") return false;
  if (part.value === "") return true;
  if (text?.kind !== "constant" || typeof text.value !== "string") return false;
  return Buffer.byteLength(text.value) < Buffer.byteLength(part.value);
}
/** position and strpos */
const POSITIONS: ReadonlySet<Oid> = new Set([849, 868].map(oid));

const hasCollation = (names: Names, type: Oid): boolean => names.type(type).collation !== 0;
