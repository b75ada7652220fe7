/** A value for a column: coerced to its type by assignment, with PostgreSQL's complaints. */
import type { Node } from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
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
