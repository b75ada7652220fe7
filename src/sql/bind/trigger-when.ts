/** WHEN of a trigger: an expression over the rows OLD (1) and NEW (2). */
import type { Node } from "@pgsql/types";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { BEFORE, DELETE, INSERT, ROW } from "../../catalog/trigger-bits.ts";
import { coerceToBoolean } from "./coerce.ts";
import { assignCollations } from "./collation.ts";
import type { BindContext } from "./context.ts";
import { isInner, mapFields, mapItems } from "./map-tree.ts";
import { bindingOf } from "./query.ts";
import { visibleItem } from "./range-table.ts";
import { relationEntry } from "./relation.ts";
import { Parameters, Scope } from "./scope.ts";
import type { Column, Expression, Typed } from "./tree.ts";
import { walk } from "./walk.ts";

/** Throws 42P17 for a row that the trigger has not. `type`: pg_trigger.tgtype. */
export function bindTriggerWhen(
  node: unknown,
  type: number,
  relation: Oid,
  context: BindContext,
): Expression {
  const scope = new Scope(bindingOf(context, new Parameters([], false)), undefined);
  const facts = scope.names.findRelation(relation);
  if (!facts) throw new SqlError("42P01", `relation with OID ${relation} does not exist`);
  scope.namespace = ["old", "new"].map((name) => {
    const entry = relationEntry(scope, facts, { name, columns: [] }, true);
    return { ...visibleItem(entry, scope.addEntry(entry)), columnsVisible: false };
  });
  const bound = coerceToBoolean(scope, scope.bind(node as Node, "TRIGGER WHEN"), "WHEN");
  assignCollations(scope.names, bound);
  walk(bound, (each) => {
    if (each.kind === "column") checkColumn(each, type, relation, context);
  });
  return bound;
}

function checkColumn(
  { table, attribute, position }: Column & Typed,
  type: number,
  relation: Oid,
  { catalog }: BindContext,
): void {
  const has = (bit: number) => (type & bit) !== 0;
  const refuse = (message: string, code = "42P17") => new SqlError(code, message).at(position);
  if (!has(ROW as number)) {
    throw refuse("statement trigger's WHEN condition cannot reference column values");
  }
  if (table === 1) {
    if (!has(INSERT as number)) return;
    throw refuse("INSERT trigger's WHEN condition cannot reference OLD values");
  }
  if (has(DELETE as number)) {
    throw refuse("DELETE trigger's WHEN condition cannot reference NEW values");
  }
  if (attribute < 0 && has(BEFORE as number)) {
    throw refuse("BEFORE trigger's WHEN condition cannot reference NEW system columns", "0A000");
  }
  if (!has(BEFORE as number) || attribute < 0) return;
  const columns = catalog.list(pgAttribute, "key", [relation]);
  const generated = columns.find(
    ({ attnum, attgenerated }) => attgenerated && (attribute === 0 || attnum === attribute),
  );
  if (!generated) return;
  const detail =
    attribute === 0
      ? "A whole-row reference is used and the table contains generated columns."
      : `Column "${generated.attname}" is a generated column.`;
  const message = "BEFORE trigger's WHEN condition cannot reference NEW generated columns";
  throw new SqlError("42P17", message, { detail }).at(position);
}

/** Both rows as one table: what the condition refers to is its columns. */
export function overOneRow(tree: Expression): Expression {
  const map = (value: unknown): unknown => {
    if (!isInner(value)) return value;
    if (Array.isArray(value)) return mapItems(value, map);
    const made = mapFields(value as Readonly<Record<string, unknown>>, map);
    return made["kind"] === "column" && made["table"] === 2 ? { ...made, table: 1 } : made;
  };
  return map(tree) as Expression;
}
