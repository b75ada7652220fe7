/**
 * Expressions, one case per node of the bound tree. Every piece of text is closed: it stands in
 * parentheses or is one term.
 */
import { unreachable } from "../../base/assert.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { Expression } from "../bind/tree.ts";
import { emitAggregate } from "./aggregates.ts";
import {
  emitArray,
  emitArrayCoerce,
  emitArrayOperator,
  emitRelabel,
  emitSubscript,
} from "./arrays.ts";
import { emitFunction, emitOperator, emitSqlValue, inputOf, outputOf } from "./calls.ts";
import { emitCase, emitDistinctFrom, emitMinMax, emitNullIf } from "./conditionals.ts";
import { emitCoerceToDomain, emitParameter } from "./domains.ts";
import type { Emitter } from "./emitter.ts";
import { emitField, emitRow, emitRowCompare, emitRowNullTest } from "./rows.ts";
import { columnText, type Scope } from "./scope.ts";
import { emitSubLink } from "./sublinks.ts";
import { emitWindowCall } from "./windows.ts";
import { emitXml } from "./xml.ts";

export function emitExpression(emitter: Emitter, scope: Scope, expression: Expression): string {
  return emitter.replacement(expression) ?? emitNode(emitter, scope, expression);
}

function emitNode(emitter: Emitter, scope: Scope, expression: Expression): string {
  switch (expression.kind) {
    case "column":
      return columnText(emitter, scope, expression);
    case "constant":
      return emitter.written(expression);
    case "parameter":
      return emitParameter(emitter, scope, expression);
    case "function":
      return emitFunction(emitter, scope, expression);
    case "operator":
      return emitOperator(emitter, scope, expression);
    case "boolean":
      return emitBoolean(expression.operator, expression.args, (arg) =>
        emitter.expression(scope, arg),
      );
    case "relabel":
      return emitRelabel(emitter, scope, expression);
    case "coerceViaIo":
      return emitCoerceViaIo(emitter, scope, expression);
    // Collations are C's.
    case "collate":
      return emitter.expression(scope, expression.arg);
    case "coerceToDomain":
      return emitCoerceToDomain(emitter, scope, expression);
    case "caseTest":
      return expression.ofDomain ? emitter.domainValue() : emitter.caseTest();
    case "coalesce":
      return emitCoalesce(emitter, scope, expression.args);
    case "booleanTest":
      return `(${emitter.expression(scope, expression.arg)} ${booleanTests[expression.test]})`;
    case "nullTest":
      return emitNullTest(emitter, scope, expression);
    case "sqlValue":
      return emitSqlValue(emitter, expression);
    default:
      return emitCompound(emitter, scope, expression);
  }
}

type CompoundKind =
  | "distinctFrom"
  | "nullIf"
  | "arrayOperator"
  | "arrayCoerce"
  | "case"
  | "minMax"
  | "array"
  | "row"
  | "rowCompare"
  | "subscript"
  | "field"
  | "subLink"
  | "aggregate"
  | "window"
  | "grouping"
  | "xml"
  | "default";

function emitCompound(
  emitter: Emitter,
  scope: Scope,
  expression: Extract<Expression, { kind: CompoundKind }>,
): string {
  switch (expression.kind) {
    case "distinctFrom":
      return emitDistinctFrom(emitter, scope, expression);
    case "nullIf":
      return emitNullIf(emitter, scope, expression);
    case "arrayOperator":
      return emitArrayOperator(emitter, scope, expression, false);
    case "arrayCoerce":
      return emitArrayCoerce(emitter, scope, expression);
    case "case":
      return emitCase(emitter, scope, expression);
    case "minMax":
      return emitMinMax(emitter, scope, expression);
    case "array":
      return emitArray(emitter, scope, expression);
    case "row":
      return emitRow(emitter, scope, expression);
    case "rowCompare":
      return emitRowCompare(emitter, scope, expression);
    case "subscript":
      return emitSubscript(emitter, scope, expression);
    case "field":
      return emitField(emitter, scope, expression);
    case "subLink":
      return emitSubLink(emitter, scope, expression);
    case "aggregate":
      return emitAggregate(emitter, scope, expression);
    case "window":
      return emitWindowCall(emitter, scope, expression);
    case "grouping":
      // Of the one grouping set that groups by all: the others are replaced (groups.ts).
      return "0";
    case "xml":
      return emitXml(emitter, scope, expression);
    case "default":
      throw notSupported("DEFAULT in this context", expression.position);
    default:
      return unreachable(expression);
  }
}

/** Conjuncts and arms of OR keep the looser meaning; anything else has its exact value. */
export function emitCondition(emitter: Emitter, scope: Scope, expression: Expression): string {
  const replacement = emitter.replacement(expression);
  if (replacement !== undefined) return replacement;
  if (expression.kind === "boolean" && expression.operator !== "not") {
    return emitBoolean(expression.operator, expression.args, (arg) =>
      emitter.condition(scope, arg),
    );
  }
  if (expression.kind === "arrayOperator") {
    return emitArrayOperator(emitter, scope, expression, true);
  }
  return emitter.expression(scope, expression);
}

/**
 * SQLite's parser nests `a AND b AND c …` as deep as it is long, and stops at 1,000: a long list
 * becomes a balanced tree.
 */
const FLAT_TERMS_MAX = 200;

function emitBoolean(
  operator: "and" | "or" | "not",
  args: readonly Expression[],
  emit: (arg: Expression) => string,
): string {
  if (operator === "not") return `(NOT ${args.map(emit).join("")})`;
  return balanced(args.map(emit), operator === "and" ? " AND " : " OR ");
}

function balanced(terms: readonly string[], separator: string): string {
  if (terms.length === 1) return terms[0] as string;
  if (terms.length <= FLAT_TERMS_MAX) return `(${terms.join(separator)})`;
  const half = terms.length >> 1;
  return `(${balanced(terms.slice(0, half), separator)}${separator}${balanced(terms.slice(half), separator)})`;
}

/**
 * SQLite's IS compares as IS NOT DISTINCT FROM does, so a NULL operand answers false or true, never
 * NULL.
 */
const booleanTests = {
  true: "IS 1",
  notTrue: "IS NOT 1",
  false: "IS 0",
  notFalse: "IS NOT 0",
  unknown: "IS NULL",
  notUnknown: "IS NOT NULL",
} as const;

function emitCoalesce(emitter: Emitter, scope: Scope, args: readonly Expression[]): string {
  const texts = args.map((arg) => emitter.expression(scope, arg));
  return texts.length === 1 ? (texts[0] as string) : `coalesce(${texts.join(", ")})`;
}

function emitNullTest(
  emitter: Emitter,
  scope: Scope,
  test: Extract<Expression, { kind: "nullTest" }>,
): string {
  if (test.row) return emitRowNullTest(emitter, scope, test);
  return `(${emitter.expression(scope, test.arg)} IS ${test.isNull ? "" : "NOT "}NULL)`;
}

function emitCoerceViaIo(
  emitter: Emitter,
  scope: Scope,
  cast: Extract<Expression, { kind: "coerceViaIo" }>,
): string {
  const text = outputOf(emitter, emitter.expression(scope, cast.arg), cast.arg);
  return inputOf(emitter, text, cast.type, cast.typmod);
}
