/** t.*, * and (row).*: the columns that a star stands for. */
import type { A_Indirection, ColumnRef, Node } from "@pgsql/types";
import { assert } from "../../base/assert.ts";
import { SqlError } from "../../base/sql-error.ts";
import {
  bindVariable,
  columnOfItem,
  findItem,
  missingTable,
  routineParameter,
  tablePath,
} from "./column-ref.ts";
import { fieldsOf, selectField } from "./field.ts";
import { strings } from "./node.ts";
import type { NamespaceItem, Scope } from "./scope.ts";
import type { Expression } from "./tree.ts";
import { typeText } from "./type-text.ts";

export interface NamedExpression {
  readonly expression: Expression;
  readonly name: string;
}

/** What the node stands for if it ends in a star, else undefined. */
export function expandStar(scope: Scope, node: Node): NamedExpression[] | undefined {
  if ("ColumnRef" in node) {
    const last = node.ColumnRef.fields?.at(-1);
    return last && "A_Star" in last ? expandColumns(scope, node.ColumnRef) : undefined;
  }
  if ("A_Indirection" in node) {
    const last = node.A_Indirection.indirection?.at(-1);
    return last && "A_Star" in last ? expandRow(scope, node.A_Indirection) : undefined;
  }
  return undefined;
}

function expandColumns(scope: Scope, ref: ColumnRef): NamedExpression[] {
  const position = scope.at(ref.location);
  const names = strings(ref.fields);
  if (names.length === 0) return expandAll(scope, position);
  const path = tablePath(scope, [...names, "*"], position);
  const found = findItem(scope, path.table, path.schema, position);
  if (found) return columnsOfItem(found.item, found.levelsUp, position);
  const fields = scope.binding.context.variables?.fieldsOf(names);
  const parameter = routineParameter(scope, names, position);
  if (parameter) return fieldsAsColumns(scope, parameter);
  if (!fields) throw missingTable(scope, path.table, path.schema, position);
  return fields.map((name) => {
    const expression = bindVariable(scope, [...names, name], position);
    assert(expression, "a row has its fields");
    return { name, expression };
  });
}

function expandAll(scope: Scope, position: number | undefined): NamedExpression[] {
  const visible = scope.namespace.filter((item) => item.columnsVisible && !item.lateralOnly);
  if (visible.length === 0) {
    throw new SqlError("42601", "SELECT * with no tables specified is not valid").at(position);
  }
  return visible.flatMap((item) => columnsOfItem(item, 0, position));
}

export function columnsOfItem(
  item: NamespaceItem,
  levelsUp: number,
  position: number | undefined,
): NamedExpression[] {
  return item.columns
    .filter((column) => column.name !== "" && !column.hidden)
    .map((column) => ({
      name: column.name,
      expression: { ...columnOfItem(column, levelsUp), position },
    }));
}

function expandRow(scope: Scope, node: A_Indirection): NamedExpression[] {
  const steps = node.indirection ?? [];
  const inner = steps.slice(0, -1);
  const arg: Node | undefined =
    inner.length > 0 ? { A_Indirection: { ...node, indirection: inner } } : node.arg;
  if (!arg) return [];
  const bound = scope.bindInner(arg);
  if (bound.kind === "column" && bound.attribute === 0) {
    const level = scope.up(bound.levelsUp);
    const item = level.namespace.find((each) => each.table === bound.table);
    if (item) return columnsOfItem(item, bound.levelsUp, bound.position);
  }
  return fieldsAsColumns(scope, bound);
}

/** Throws 42809, without saying where. */
function fieldsAsColumns(scope: Scope, row: Expression): NamedExpression[] {
  const fields = fieldsOf(scope, row);
  if (!fields) {
    const message = `type ${typeText(scope.names, row.type)} is not composite`;
    throw new SqlError("42809", message);
  }
  return fields.flatMap((field, at) =>
    field.name === ""
      ? []
      : [{ name: field.name, expression: selectField(row, field, at + 1, row.position) }],
  );
}

/** The node, or, of t.*, a node for each column. */
export function starColumns(scope: Scope, node: Node): readonly Node[] {
  if (!("ColumnRef" in node)) return [node];
  const { fields = [], location } = node.ColumnRef;
  return (expandStar(scope, node)?.map(({ name }) => ({
    ColumnRef: { fields: [...fields.slice(0, -1), { String: { sval: name } }], location },
  })) ?? [node]) as readonly Node[];
}

/** A list of expressions in which stars stand for their columns: ROW(…), VALUES (…). */
export const bindList = (scope: Scope, nodes: readonly Node[]): Expression[] =>
  nodes.flatMap(
    (node) => expandStar(scope, node)?.map((each) => each.expression) ?? [scope.bindInner(node)],
  );
