/**
 * WHAT SORTS AND GROUPS in SQLite as PostgreSQL does: the value itself where its stored form does,
 * else a key. Collations compare bytes, as SQLite does, but for ICU's; where strings have none, the
 * comparison is refused when it is made (42P22).
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { icuCollation } from "../../catalog/icu.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgCollation } from "../../catalog/relations/pg-collation.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { rowsByIcu } from "../bind/collation-uses.ts";
import type { Expression } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import type { TypeFacts } from "./translation.ts";

export type Collated = Pick<Expression, "type" | "collation">;
type Order = ReturnType<TypeFacts["order"]>;

/** default, C, POSIX */
export const LAST_BY_BYTES = 951;

interface Icu {
  readonly deterministic: boolean;
  /** The first arguments of functions that compare by it. */
  readonly args: string;
}

/** undefined: it compares bytes, or there is none. */
export function icuOf({ context }: Emitter, collation: Oid): Icu | undefined {
  if (collation <= LAST_BY_BYTES) return undefined;
  const row = context.catalog.find(pgCollation, "key", [collation]);
  if (row?.collprovider !== "i") return undefined;
  const { collisdeterministic: deterministic, colliculocale: locale } = row;
  // There is no quote in it: catalog/icu.ts.
  return { deterministic, args: `'${locale}', ${deterministic ? 1 : 0}` };
}

const lacksCollation = ({ context: { types } }: Emitter, { type, collation }: Collated) =>
  collation === 0 && types.isCollatable(type);

/** What SQLite's comparison of its stored forms is worth. */
export function orderOf(emitter: Emitter, value: Collated): Order {
  if (lacksCollation(emitter, value)) return "none";
  const icu = icuOf(emitter, value.collation);
  if (icu) return icu.deterministic ? "equal" : "none";
  return emitter.context.types.order(value.type);
}

export const orderKey = (emitter: Emitter, text: string, value: Collated): string =>
  keyText(emitter, text, value, "string comparison");

export const equalityKey = (emitter: Emitter, text: string, value: Collated): string =>
  orderOf(emitter, value) === "none" ? keyText(emitter, text, value, "string hashing") : text;

function keyText(emitter: Emitter, text: string, value: Collated, purpose: string): string {
  if (lacksCollation(emitter, value)) return withoutCollation(emitter, purpose, `${text} IS NULL`);
  const { type } = value;
  refuseRow(emitter, value);
  const icu = icuOf(emitter, value.collation);
  if (icu) return icuKey(emitter, text, type, icu);
  if (emitter.context.types.order(type) === "ordered") return text;
  return `${emitter.use({ name: `k${type}`, kind: "sortKey", type })}(${text})`;
}

export function icuKey(emitter: Emitter, text: string, type: Oid, { args }: Icu): string {
  const isArray = emitter.context.types.element(type) !== undefined;
  return `${emitter.internal(isArray ? "icu_array_key" : "icu_key")}(${args}, ${text})`;
}

/** Records are compared as their fields' types are. */
function refuseRow({ context: { catalog, types } }: Emitter, value: Collated | Expression): void {
  if (!types.isComposite(value.type)) return;
  const relation = catalog.find(pgType, "key", [types.base(value.type)])?.typrelid;
  const fields =
    "kind" in value && value.kind === "row"
      ? value.args.map(({ collation }) => collation)
      : catalog
          .list(pgAttribute, "key", [relation ?? INVALID_OID])
          .map(({ attcollation }) => attcollation);
  if (fields.some((collation) => icuCollation(catalog, collation))) throw rowsByIcu();
}

/** Fails unless one of the values is NULL: then there is nothing to compare. */
export const withoutCollation = (emitter: Emitter, purpose: string, ...values: string[]): string =>
  `${emitter.internal("no_collation")}(${[`'${purpose}'`, ...values].join(", ")})`;

/** As `inputCollation`, by field of a row. */
export type FieldCollations = readonly (Oid | null)[] | undefined;
