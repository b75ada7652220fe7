/**
 * WHAT SORTS AND GROUPS in SQLite as PostgreSQL does: the value itself where its stored form does,
 * else a key. All collations compare bytes, as SQLite does; where strings have none, the comparison
 * is refused when it is made (42P22).
 */
import type { Oid } from "../../base/ids.ts";
import type { Expression } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import type { TypeFacts } from "./translation.ts";

export type Collated = Pick<Expression, "type" | "collation">;
type Order = ReturnType<TypeFacts["order"]>;

const lacksCollation = ({ context: { types } }: Emitter, { type, collation }: Collated) =>
  collation === 0 && types.isCollatable(type);

/** What SQLite's comparison of its stored forms is worth. */
export const orderOf = (emitter: Emitter, value: Collated): Order =>
  lacksCollation(emitter, value) ? "none" : emitter.context.types.order(value.type);

export const orderKey = (emitter: Emitter, text: string, value: Collated): string =>
  keyText(emitter, text, value, "string comparison");

export const equalityKey = (emitter: Emitter, text: string, value: Collated): string =>
  orderOf(emitter, value) === "none" ? keyText(emitter, text, value, "string hashing") : text;

function keyText(emitter: Emitter, text: string, value: Collated, purpose: string): string {
  if (lacksCollation(emitter, value)) return withoutCollation(emitter, purpose, `${text} IS NULL`);
  const { type } = value;
  if (emitter.context.types.order(type) === "ordered") return text;
  return `${emitter.use({ name: `k${type}`, kind: "sortKey", type })}(${text})`;
}

/** Fails unless one of the values is NULL: then there is nothing to compare. */
export const withoutCollation = (emitter: Emitter, purpose: string, ...values: string[]): string =>
  `${emitter.internal("no_collation")}(${[`'${purpose}'`, ...values].join(", ")})`;

/** As `inputCollation`, by field of a row. */
export type FieldCollations = readonly (Oid | null)[] | undefined;
