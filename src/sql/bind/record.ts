/** ROW(…) and whole rows as values of a composite type. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { baseType } from "./base-type.ts";
import type { CoercionContext } from "./pathway.ts";
import { positionOf } from "./position.ts";
import type { Scope } from "./scope.ts";
import type { CoercionForm, Expression } from "./tree.ts";
import { typeText } from "./type-text.ts";

type CoerceToTarget = (
  scope: Scope,
  node: Expression,
  target: Oid,
  typmod: number,
  context: CoercionContext,
  form: CoercionForm,
) => Expression | undefined;

export interface WantedRow {
  readonly target: Oid;
  readonly context: CoercionContext;
  readonly form: CoercionForm;
  /** Of the cast. */
  readonly position: number | undefined;
}

export function coerceRecordToComposite(
  scope: Scope,
  node: Expression,
  { target, context, form, position }: WantedRow,
  coerceToTarget: CoerceToTarget,
): Expression {
  const message = `cannot cast type record to ${typeText(scope.names, target)}`;
  const fail = (detail: string, at: Expression = node) =>
    new SqlError("42846", message, { detail }).at(position ?? positionOf(at));
  if (node.kind !== "row") {
    throw new SqlError("42846", message).at(position ?? positionOf(node));
  }
  const { names } = scope;
  const columns = names.columns(names.type(baseType(names, target)).relation);
  const given = [...node.args];
  const args: Expression[] = [];
  for (const column of columns) {
    if (column.dropped) continue;
    const arg = given.shift();
    if (!arg) throw fail("Input has too few columns.");
    const made = coerceToTarget(scope, arg, column.type, column.typmod, context, "implicit");
    if (!made) {
      const from = typeText(names, arg.type);
      const to = typeText(names, column.type);
      throw fail(`Cannot cast type ${from} to ${to} in column ${args.length + 1}.`, arg);
    }
    args.push(made);
  }
  if (given.length > 0) throw fail("Input has too many columns.");
  const fields = columns.filter((column) => !column.dropped).map((column) => column.name);
  return { ...node, args, names: fields, type: target, typmod: -1, form };
}
