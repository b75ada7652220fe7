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

/** What DEFAULT says for an element or a field. */
export function noDefault(scope: Scope, { indirection = [], location }: ResTarget): SqlError {
  const [first] = indirection;
  const what = first && "A_Indices" in first ? "an array element" : "a subfield";
  const message = `cannot set ${what} to DEFAULT`;
  return new SqlError("0A000", message).at(scope.at(location));
}

/** `column[i] = bound`, or a slice, on top of what the column holds or was assigned before. */
export function assignElement(
  scope: Scope,
  column: TargetColumn,
  held: Expression,
  { name = "", indirection = [], location }: ResTarget,
  bound: Expression,
  kind: "INSERT" | "UPDATE",
): Expression {
  const position = scope.at(location);
  const indices = indirection.map((step) => {
    if ("A_Indices" in step) return step.A_Indices;
    throw noField(scope, column, step).at(position);
  });
  const saved = scope.kind;
  scope.kind = kind;
  const place = bindSubscripts(scope, held, indices);
  scope.kind = saved;
  if (place.kind !== "subscript" || place.containerType !== column.type) {
    throw notSupported("assignment to an element of this type");
  }
  const { type } = place;
  const assigned = coerceToTarget(scope, bound, type, column.typmod, "assignment", "implicit");
  if (assigned) return { ...place, assigned, type: column.type, collation: column.collation };
  const [wanted, given] = [type, bound.type].map((each) => typeText(scope.names, each));
  const message = `subscripted assignment to "${name}" requires type ${wanted} but expression is of type ${given}`;
  const hint = "You will need to rewrite or cast the expression.";
  throw new SqlError("42804", message, { hint }).at(position);
}

function noField({ names }: Scope, { name, type }: TargetColumn, step: Node): SqlError {
  const field = "String" in step ? step.String.sval : undefined;
  if (field === undefined || names.type(type).kind === "c") {
    return notSupported("assignment to a field of a column");
  }
  const is = typeText(names, type);
  const message = `cannot assign to field "${field}" of column "${name}" because its type ${is} is not a composite type`;
  return new SqlError("42804", message);
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
