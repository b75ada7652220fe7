/**
 * Functions of information_schema over whole rows, as expressions over the columns that they look
 * at: a row of pg_type need not become a record for each of the columns that its type has a say in.
 */
import { assert } from "../../base/assert.ts";
import { type Oid, oid } from "../../base/ids.ts";
import type { Columns, Relation } from "../../catalog/relation.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { Expression } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import type { Scope } from "./scope.ts";

/** Of a domain its base type's, else the column's own. */
const inlined: ReadonlyMap<string, readonly [ofType: string, ofAttribute: string]> = new Map([
  ["_pg_truetypid(pg_attribute, pg_type)", ["typbasetype", "atttypid"]],
  ["_pg_truetypmod(pg_attribute, pg_type)", ["typtypmod", "atttypmod"]],
]);

/** Undefined where the function is none of these, or an argument no row of a table. */
export function emitInlined(
  emitter: Emitter,
  scope: Scope,
  id: Oid,
  args: readonly Expression[],
): string | undefined {
  const columns = inlined.get(emitter.context.registry.scalar(id)?.signature ?? "");
  const [attribute, type] = args;
  if (!columns || !attribute || !type || !isRow(attribute) || !isRow(type)) return undefined;
  const typeColumn = (name: string) => emitColumn(emitter, scope, type, pgType, name);
  const attributeColumn = (name: string) =>
    emitColumn(emitter, scope, attribute, pgAttribute, name);
  const [ofType, ofAttribute] = columns;
  const missing = `${typeColumn("oid")} IS NULL OR ${attributeColumn("attrelid")} IS NULL`;
  return (
    `CASE WHEN ${missing} THEN NULL WHEN ${typeColumn("typtype")} = 'd' ` +
    `THEN ${typeColumn(ofType)} ELSE ${attributeColumn(ofAttribute)} END`
  );
}

const isRow = (arg: Expression): boolean => arg.kind === "column" && arg.attribute === 0;

function emitColumn<C extends Columns>(
  emitter: Emitter,
  scope: Scope,
  row: Expression,
  relation: Relation<C>,
  name: string,
): string {
  const at = relation.columnNames.indexOf(name);
  const column = relation.columns[name];
  assert(column, `${relation.name} has a column ${name}`);
  const typed = { type: oid(column.type), typmod: -1, collation: oid(0) };
  return emitter.expression(scope, { kind: "field", arg: row, field: at + 1, name, ...typed });
}
