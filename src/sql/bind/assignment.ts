/** A value for a column: coerced to its type by assignment, with PostgreSQL's complaints. */
import type { Node, ResTarget } from "@pgsql/types";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { bindSubscripts } from "./array.ts";
import { coerceToTarget } from "./coerce.ts";
import { positionOf } from "./position.ts";
import type { ExpressionKind, Scope } from "./scope.ts";
import { defaultOf, type Target, type TargetColumn } from "./target-table.ts";
import type { Expression } from "./tree.ts";
import { typeText } from "./type-text.ts";

export function assign(scope: Scope, column: TargetColumn, bound: Expression): Expression {
  const made = coerceToTarget(scope, bound, column.type, column.typmod, "assignment", "implicit");
  if (made) return made;
  const is = typeText(scope.names, column.type);
  const given = typeText(scope.names, bound.type);
  const message = `column "${column.name}" is of type ${is} but expression is of type ${given}`;
  const hint = "You will need to rewrite or cast the expression.";
  throw new SqlError("42804", message, { hint }).at(positionOf(bound));
}

/** `column[i] = value`, or a slice, on top of what the column holds or was assigned before. */
export function assignElement(
  scope: Scope,
  column: TargetColumn,
  held: Expression,
  { name = "", indirection = [], location }: ResTarget,
  node: Node,
): Expression {
  const position = scope.at(location);
  if (isDefault(node)) {
    const message = "cannot set an array element to DEFAULT";
    throw new SqlError("0A000", message).at(position);
  }
  const indices = indirection.map((step) => {
    if ("A_Indices" in step) return step.A_Indices;
    throw notSupported("assignment to a field of a column");
  });
  const saved = scope.kind;
  scope.kind = "UPDATE";
  const place = bindSubscripts(scope, held, indices);
  scope.kind = saved;
  if (place.kind !== "subscript" || place.containerType !== column.type) {
    throw notSupported("assignment to an element of this type");
  }
  const bound = scope.bind(node, "UPDATE");
  const { type } = place;
  const assigned = coerceToTarget(scope, bound, type, column.typmod, "assignment", "implicit");
  if (assigned) return { ...place, assigned, type: column.type, collation: column.collation };
  const [wanted, given] = [type, bound.type].map((each) => typeText(scope.names, each));
  const message = `subscripted assignment to "${name}" requires type ${wanted} but expression is of type ${given}`;
  const hint = "You will need to rewrite or cast the expression.";
  throw new SqlError("42804", message, { hint }).at(position);
}

export const isDefault = (node: Node): boolean => "SetToDefault" in node;

/** The value of a node, or of the column's default where the node says DEFAULT. */
export function bindValue(
  scope: Scope,
  target: Target,
  column: TargetColumn,
  node: Node,
  kind: ExpressionKind,
): Expression {
  if (isDefault(node)) return assign(scope, column, defaultOf(scope, target, column));
  return assign(scope, column, scope.bind(node, kind));
}
