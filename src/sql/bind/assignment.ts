/** A value for a column: coerced to its type by assignment, with PostgreSQL's complaints. */
import type { Node, ResTarget } from "@pgsql/types";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { bindSubscripts } from "./array.ts";
import { baseType } from "./base-type.ts";
import { coerceToTarget } from "./coerce.ts";
import { fieldsOfType, selectField } from "./field.ts";
import { positionOf } from "./position.ts";
import type { ExpressionKind, Scope } from "./scope.ts";
import { defaultOf, type Target, type TargetColumn } from "./target-table.ts";
import type { Expression, Typed } from "./tree.ts";
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

/**
 * `column[i] = bound`, a slice, `column.field = bound`, and parts of parts, on top of what the
 * column holds or was assigned before.
 */
export function assignElement(
  scope: Scope,
  column: TargetColumn,
  held: Expression,
  { name = "", indirection = [], location }: ResTarget,
  bound: Expression,
  kind: "INSERT" | "UPDATE",
): Expression {
  const saved = scope.kind;
  scope.kind = kind;
  const place = { name, isElement: false, position: scope.at(location) };
  const made = assignPart(scope, { ...column, ...place }, held, indirection, bound);
  scope.kind = saved;
  return made;
}

/** What a part is put into, itself a part or the column. */
interface Whole extends Typed {
  /** As errors call it. */
  readonly name: string;
  readonly isElement: boolean;
  readonly position: number | undefined;
}

function assignPart(
  scope: Scope,
  whole: Whole,
  held: Expression,
  steps: readonly Node[],
  bound: Expression,
): Expression {
  const [first] = steps;
  if (!first) return coerced(scope, whole, bound);
  // A domain is asked of the whole when all parts are in place.
  const bare = held.kind === "coerceToDomain" ? held.arg : held;
  const { type, typmod, collation } = whole;
  const base = baseType(scope.names, type);
  const made =
    "A_Indices" in first
      ? withElement(scope, whole, bare, steps, bound)
      : withField(scope, whole, bare, steps, bound);
  const typed = { ...made, type: base, typmod, collation } as Expression;
  if (base === type) return typed;
  return coerceToTarget(scope, typed, type, typmod, "assignment", "implicit") ?? typed;
}

function withElement(
  scope: Scope,
  whole: Whole,
  held: Expression,
  steps: readonly Node[],
  bound: Expression,
): Expression {
  const other = steps.findIndex((step) => !("A_Indices" in step));
  const count = other < 0 ? steps.length : other;
  const indices = steps
    .slice(0, count)
    .flatMap((step) => ("A_Indices" in step ? step.A_Indices : []));
  const place = bindSubscripts(scope, held, indices);
  const base = baseType(scope.names, whole.type);
  if (place.kind !== "subscript" || place.containerType !== base) {
    throw notSupported("assignment to an element of this type");
  }
  const { type, typmod, collation } = place;
  const element = { ...whole, type, typmod, collation, isElement: true };
  const assigned = assignPart(scope, element, place, steps.slice(count), bound);
  return { ...place, assigned };
}

function withField(
  scope: Scope,
  whole: Whole,
  held: Expression,
  steps: readonly Node[],
  bound: Expression,
): Expression {
  const [step, ...more] = steps;
  if (!step || !("String" in step)) {
    const message = 'row expansion via "*" is not supported here';
    throw new SqlError("0A000", message).at(whole.position);
  }
  const field = step.String.sval ?? "";
  const fail = (code: string, why: string) => {
    const message = `cannot assign to field "${field}" of column "${whole.name}" because ${why}`;
    return new SqlError(code, message).at(whole.position);
  };
  const is = typeText(scope.names, whole.type);
  const fields = fieldsOfType(scope, whole.type);
  if (!fields) throw fail("42804", `its type ${is} is not a composite type`);
  const at = fields.findIndex(({ name }) => name === field && name !== "");
  if (at < 0) throw fail("42703", `there is no such column in data type ${is}`);
  const there = fields
    .map((each, place) => ({ each, place }))
    .filter(({ each }) => each.name !== "");
  const args = there.map(({ each, place }) => {
    const value = selectField(held, each, place + 1);
    if (place !== at) return value;
    const part = { ...whole, ...each, isElement: false };
    return assignPart(scope, part, value, more, bound);
  });
  const names = there.map(({ each }) => each.name);
  return { kind: "row", args, names, form: "implicit", ...pickType(whole) };
}

const pickType = ({ type, typmod, collation }: Typed): Typed => ({ type, typmod, collation });

function coerced(scope: Scope, part: Whole, bound: Expression): Expression {
  const { name, type, typmod, isElement, position } = part;
  const made = coerceToTarget(scope, bound, type, typmod, "assignment", "implicit");
  if (made) return made;
  const [wanted, given] = [type, bound.type].map((each) => typeText(scope.names, each));
  const message = isElement
    ? `subscripted assignment to "${name}" requires type ${wanted} but expression is of type ${given}`
    : `subfield "${name}" is of type ${wanted} but expression is of type ${given}`;
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
