/** The columns that an INSERT names, and their elements: what they are given. */
import type { InsertStmt, Node, ResTarget } from "@pgsql/types";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { assign, assignElement, noDefault } from "./assignment.ts";
import type { Scope } from "./scope.ts";
import { type Target, type TargetColumn, targetColumn } from "./target-table.ts";
import type { Expression } from "./tree.ts";

/** A column that is given values, and where its name stands. */
export interface Given {
  readonly column: TargetColumn;
  readonly location: number | undefined;
  /** It is an element of it, or a slice: other ones of the same column may stand beside it. */
  readonly element?: ResTarget;
}

/** Columns as an INSERT names them. */
export type NamedColumns = Pick<InsertStmt, "cols">;

export function givenColumns(scope: Scope, target: Target, stmt: NamedColumns): Given[] {
  if (!stmt.cols || stmt.cols.length === 0) {
    return target.columns.map((column) => ({ column, location: undefined }));
  }
  const given: Given[] = [];
  for (const node of stmt.cols) {
    const into = resTarget(node);
    const { name = "", location, indirection = [] } = into;
    const column = targetColumn(scope, target, name, location);
    const isElement = indirection.length > 0;
    if (given.some((other) => other.column === column && !(isElement && other.element))) {
      const message = `column "${name}" specified more than once`;
      throw new SqlError("42701", message).at(scope.at(location));
    }
    given.push({ column, location, ...(isElement ? { element: into } : {}) });
  }
  return given;
}

function resTarget(node: Node): ResTarget {
  if ("ResTarget" in node) return node.ResTarget;
  throw notSupported("this target of INSERT");
}

/** Each value as its column's. What is for elements has those before it in it. */
export function assignEach(
  scope: Scope,
  given: readonly Given[],
  values: readonly (Expression | undefined)[],
): (Expression | undefined)[] {
  const held = new Map<TargetColumn, Expression>();
  return values.map((value, at) => {
    const { column, element } = given[at] as Given;
    if (!element) return value && assign(scope, column, value);
    if (!value) throw noDefault(scope, element);
    const before = held.get(column) ?? nullOf(column);
    const assigned = assignElement(scope, column, before, element, value, "INSERT");
    held.set(column, assigned);
    return assigned;
  });
}

/** The last one of its column has them all. */
export const isLast = (given: readonly Given[], at: number): boolean =>
  given.findLastIndex(({ column }) => column === given[at]?.column) === at;

const nullOf = ({ type, typmod, collation }: TargetColumn): Expression => ({
  kind: "constant",
  value: null,
  type,
  typmod,
  collation,
});
