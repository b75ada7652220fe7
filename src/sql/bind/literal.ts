/** Constants: literals and what typed literals become. */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import { shownLiteral } from "../types/shown-literal.ts";
import { codecOf, parseText } from "../types/type-io.ts";
import type { Scope } from "./scope.ts";
import type { Constant, Expression, Typed } from "./tree.ts";
import { BOOL, INT4, UNKNOWN } from "./type-oids.ts";

export type ConstantExpression = Constant & Typed;

export const constant = (
  type: Oid,
  value: Scalar,
  position?: number,
  typmod = -1,
  collation: Oid = INVALID_OID,
): ConstantExpression => ({ kind: "constant", value, type, typmod, collation, position });

export const int4Constant = (value: number): ConstantExpression => constant(INT4, BigInt(value));
export const boolConstant = (value: boolean): ConstantExpression => constant(BOOL, value ? 1n : 0n);
export const unknownConstant = (text: string | null, position?: number): ConstantExpression =>
  constant(UNKNOWN, text, position);

export const isUnknownLiteral = (node: Expression): node is ConstantExpression =>
  node.kind === "constant" && node.type === UNKNOWN;

/** What the input function of `type` makes of a literal. Errors carry the literal's position. */
export function typedConstant(
  scope: Scope,
  literal: ConstantExpression,
  type: Oid,
  inputTypmod: number,
): ConstantExpression {
  const facts = scope.names.type(type);
  const { collation } = facts;
  const context = scope.binding.context.types;
  try {
    if (literal.value === null) {
      if (facts.kind === "p") codecOf(type, context).parseNull?.(context);
      return constant(type, null, literal.position, inputTypmod, collation);
    }
    const text = String(literal.value);
    const value = parseText(type, text, inputTypmod, context);
    const made = constant(type, value, literal.position, inputTypmod, collation);
    const shown = shownLiteral(type, text, inputTypmod, value, context);
    return shown === undefined ? made : { ...made, shown };
  } catch (error) {
    if (error instanceof SqlError) throw error.at(literal.position);
    throw error;
  }
}
