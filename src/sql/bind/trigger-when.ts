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
    return visibleItem(entry, scope.addEntry(entry));
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

/**
 * The condition over rows of a partition: a whole row is shown as one of the table that the trigger
 * is on. Undefined = the order of the columns does not allow that.
 */
export function triggerWhenIn(
  tree: Expression,
  rowType: Oid,
  numbers: ReadonlyMap<number, number>,
): Expression | undefined {
  const inOrder = [...numbers].sort(([a], [b]) => a - b).map(([, own]) => own);
  const isSameOrder = inOrder.every((own, at) => at === 0 || own > (inOrder[at - 1] as number));
  let isPossible = true;
  const ofPartition = (column: Expression & { readonly kind: "column" }): Expression => {
    if (column.attribute < 0) return column;
    const attribute = numbers.get(column.attribute) ?? column.attribute;
    if (attribute > 0) return { ...column, attribute };
    isPossible &&= isSameOrder;
    const { type, typmod, collation } = column;
    const arg: Expression = { ...column, type: rowType };
    return { kind: "relabel", arg, form: "explicit", type, typmod, collation };
  };
  const map = (value: unknown): unknown => {
    if (!isInner(value)) return value;
    if (Array.isArray(value)) return mapItems(value, map);
    const made = mapFields(
      value as Readonly<Record<string, unknown>>,
      map,
    ) as unknown as Expression;
    if (made.kind === "column") return ofPartition(made);
    return made.kind === "relabel" && isWholeRow(made.arg) ? { ...made, arg: made.arg.arg } : made;
  };
  const made = map(tree) as Expression;
  return isPossible ? made : undefined;
}

/** A row of a partition that is shown as one of another table. */
const isWholeRow = (node: Expression): node is Expression & { readonly kind: "relabel" } =>
  node.kind === "relabel" && node.arg.kind === "column" && node.arg.attribute === 0;
