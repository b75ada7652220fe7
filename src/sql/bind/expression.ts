/** EXPRESSIONS: the parser's nodes to bound ones, by kind. */
import type * as pg from "@pgsql/types";
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { parseText } from "../types/type-io.ts";
import { bindArray, bindSubscripts } from "./array.ts";
import { baseTypeOf, elementType } from "./base-type.ts";
import { coerceToBoolean, coerceToTarget } from "./coerce.ts";
import { bindCollationName } from "./collation-name.ts";
import { bindColumnRef, bindVariable } from "./column-ref.ts";
import { bindCase, bindCoalesce, bindMinMax } from "./conditional.ts";
import { fieldsOf, projectField } from "./field.ts";
import { bindAttributeCall, bindFunctionCall } from "./function.ts";
import { bindGrouping } from "./grouping.ts";
import { constant, unknownConstant } from "./literal.ts";
import { C_COLLATION } from "./names.ts";
import { required, strings, tagOf } from "./node.ts";
import { bindOperatorExpression } from "./operator-expression.ts";
import { bindParameter } from "./parameter.ts";
import { positionOf } from "./position.ts";
import { bindRow } from "./row.ts";
import type { Scope } from "./scope.ts";
import { bindSubLink } from "./sublink.ts";
import type { Expression, SqlValue } from "./tree.ts";
import { bindTypeName } from "./type-name.ts";
import * as t from "./type-oids.ts";
import { typeText } from "./type-text.ts";
import { bindXml, bindXmlSerialize } from "./xml.ts";

type Handler = (scope: Scope, body: never) => Expression;

const handlers: Readonly<Record<string, Handler>> = {
  ColumnRef: bindColumnRef,
  ParamRef: (scope: Scope, node: pg.ParamRef) => {
    const [number, position] = [node.number ?? 0, scope.at(node.location)];
    if (scope.binding.context.variables?.numbered !== true) {
      return bindParameter(scope, number, position);
    }
    const variable = bindVariable(scope, [`$${number}`], position);
    if (variable) return variable;
    throw new SqlError("42P02", `there is no parameter $${number}`).at(position);
  },
  A_Const: bindConstant,
  A_Indirection: bindIndirection,
  A_ArrayExpr: (scope: Scope, node: pg.A_ArrayExpr) => bindArray(scope, node),
  TypeCast: bindCast,
  CollateClause: bindCollate,
  A_Expr: bindOperatorExpression,
  BoolExpr: bindBoolean,
  FuncCall: bindFunctionCall,
  GroupingFunc: bindGrouping,
  SubLink: bindSubLink,
  CaseExpr: bindCase,
  RowExpr: bindRow,
  CoalesceExpr: bindCoalesce,
  MinMaxExpr: bindMinMax,
  SQLValueFunction: bindSqlValue,
  NullTest: bindNullTest,
  BooleanTest: bindBooleanTest,
  XmlExpr: bindXml,
  XmlSerialize: bindXmlSerialize,
  SetToDefault: (scope: Scope, node: pg.SetToDefault) => {
    throw new SqlError("42601", "DEFAULT is not allowed in this context").at(
      scope.at(node.location),
    );
  },
};

export function bindExpressionNode(scope: Scope, node: pg.Node): Expression {
  const tag = tagOf(node);
  const handler = handlers[tag];
  if (handler) return handler(scope, (node as unknown as Record<string, never>)[tag] as never);
  throw notSupported(unsupportedName(tag));
}

const unsupportedName = (tag: string): string =>
  tag.startsWith("Json") ? "an SQL/JSON function" : `an expression of kind ${tag}`;

function bindConstant(scope: Scope, node: pg.A_Const): Expression {
  const position = scope.at(node.location);
  if (node.isnull) return unknownConstant(null, position);
  if (node.ival) return constant(t.INT4, BigInt(node.ival.ival ?? 0), position);
  if (node.sval) return unknownConstant(node.sval.sval ?? "", position);
  if (node.boolval) return constant(t.BOOL, node.boolval.boolval ? 1n : 0n, position);
  if (node.fval) return bindNumber(scope, node.fval.fval ?? "0", position);
  const bits = node.bsval?.bsval ?? "b";
  return constant(t.BIT, parseText(t.BIT, bits, -1, scope.binding.context.types), position);
}

/** Digits alone are int4 or int8 where they fit; everything else is numeric. */
function bindNumber(scope: Scope, text: string, position: number | undefined): Expression {
  if (/^-?\d+$/.test(text)) {
    const value = BigInt(text);
    if (BigInt.asIntN(32, value) === value) return constant(t.INT4, value, position);
    if (BigInt.asIntN(64, value) === value) return constant(t.INT8, value, position);
  }
  return constant(t.NUMERIC, parseText(t.NUMERIC, text, -1, scope.binding.context.types), position);
}

function bindCast(scope: Scope, node: pg.TypeCast): Expression {
  const typeName = required(node.typeName, "the type of a cast");
  const { type, typmod } = bindTypeName(scope, typeName);
  const arg = bindCastArgument(scope, required(node.arg, "what is cast"), type, typmod);
  const location = node.location === -1 ? typeName.location : node.location;
  const position = scope.at(location);
  const made = coerceToTarget(scope, arg, type, typmod, "explicit", "explicit", position);
  if (!made) {
    const from = typeText(scope.names, arg.type);
    const message = `cannot cast type ${from} to ${typeText(scope.names, type)}`;
    throw new SqlError("42846", message).at(position ?? positionOf(arg));
  }
  return made === arg || made.kind === "constant" ? made : { ...made, position };
}

/** ARRAY[…]::type[] has its elements cast one by one. */
function bindCastArgument(scope: Scope, node: pg.Node, type: Oid, typmod: number): Expression {
  if (!("A_ArrayExpr" in node)) return scope.bindInner(node);
  const base = baseTypeOf(scope.names, type);
  const element = elementType(scope.names.type(base.type));
  if (element === INVALID_OID) return bindArray(scope, node.A_ArrayExpr);
  const wanted = { array: base.type, element, typmod: base.type === type ? typmod : base.typmod };
  return bindArray(scope, node.A_ArrayExpr, wanted);
}

function bindCollate(scope: Scope, node: pg.CollateClause): Expression {
  const arg = scope.bindInner(required(node.arg, "what is collated"));
  const position = scope.at(node.location);
  const found = bindCollationName(scope, node, arg.type);
  const { type, typmod } = arg;
  return {
    kind: "collate",
    arg,
    collationOid: found,
    type,
    typmod,
    collation: found,
    position,
  };
}

function bindBoolean(scope: Scope, node: pg.BoolExpr): Expression {
  const word = (node.boolop ?? "AND_EXPR").replace("_EXPR", "");
  const args = (node.args ?? []).map((arg) => coerceToBoolean(scope, scope.bindInner(arg), word));
  return {
    kind: "boolean",
    operator: word.toLowerCase() as "and" | "or" | "not",
    args,
    type: t.BOOL,
    typmod: -1,
    collation: INVALID_OID,
    position: scope.at(node.location),
  };
}

/** What CURRENT_TIME(7) is reduced to. */
const SECOND_DIGITS_MAX = 6;

const sqlValueTypes: Readonly<Record<string, Oid>> = {
  current_date: t.DATE,
  current_time: t.TIMETZ,
  current_timestamp: t.TIMESTAMPTZ,
  localtime: t.TIME,
  localtimestamp: t.TIMESTAMP,
};

function bindSqlValue(scope: Scope, node: pg.SQLValueFunction): Expression {
  const value = (node.op ?? "").replace("SVFOP_", "").replace(/_N$/, "").toLowerCase();
  const type = sqlValueTypes[value] ?? t.NAME;
  return {
    kind: "sqlValue",
    value: value as SqlValue["value"],
    type,
    typmod: Math.min(node.typmod ?? 0, SECOND_DIGITS_MAX),
    collation: type === t.NAME ? C_COLLATION : INVALID_OID,
    position: scope.at(node.location),
  };
}

function bindNullTest(scope: Scope, node: pg.NullTest): Expression {
  const arg = scope.bindInner(required(node.arg, "what IS NULL tests"));
  const row = arg.type === t.RECORD || scope.names.type(arg.type).kind === "c";
  const isNull = node.nulltesttype === "IS_NULL";
  const position = scope.at(node.location);
  const typed = { type: t.BOOL, typmod: -1, collation: INVALID_OID, position };
  return { kind: "nullTest", isNull, arg, row, ...typed };
}

const booleanTests = {
  IS_TRUE: ["true", "IS TRUE"],
  IS_NOT_TRUE: ["notTrue", "IS NOT TRUE"],
  IS_FALSE: ["false", "IS FALSE"],
  IS_NOT_FALSE: ["notFalse", "IS NOT FALSE"],
  IS_UNKNOWN: ["unknown", "IS UNKNOWN"],
  IS_NOT_UNKNOWN: ["notUnknown", "IS NOT UNKNOWN"],
} as const;

function bindBooleanTest(scope: Scope, node: pg.BooleanTest): Expression {
  const [test, words] = booleanTests[node.booltesttype ?? "IS_TRUE"];
  const arg = coerceToBoolean(scope, scope.bindInner(required(node.arg, "what is tested")), words);
  const position = scope.at(node.location);
  const typed = { type: t.BOOL, typmod: -1, collation: INVALID_OID, position };
  return { kind: "booleanTest", test, arg, ...typed };
}

function bindIndirection(scope: Scope, node: pg.A_Indirection): Expression {
  let result = scope.bindInner(required(node.arg, "what is subscripted"));
  const position = positionOf(result);
  let indices: pg.A_Indices[] = [];
  for (const step of node.indirection ?? []) {
    if ("A_Indices" in step) {
      indices.push(step.A_Indices);
      continue;
    }
    if ("A_Star" in step) {
      const message = 'row expansion via "*" is not supported here';
      throw new SqlError("0A000", message).at(position);
    }
    if (indices.length > 0) result = bindSubscripts(scope, result, indices);
    indices = [];
    const [name = ""] = strings([step]);
    result = fieldOf(scope, result, name, position);
  }
  return indices.length > 0 ? bindSubscripts(scope, result, indices) : result;
}

function fieldOf(
  scope: Scope,
  arg: Expression,
  name: string,
  position: number | undefined,
): Expression {
  const found =
    projectField(scope, arg, name, position) ?? bindAttributeCall(scope, arg, name, position);
  if (found) return found;
  const type = typeText(scope.names, arg.type);
  const fail = (code: string, message: string) => new SqlError(code, message).at(position);
  if (arg.kind === "column" && arg.attribute === 0) {
    const table = scope.entryOf(arg)?.name ?? "";
    throw fail("42703", `column ${table}.${name} does not exist`);
  }
  if (arg.type === t.RECORD) {
    throw fail("42703", `could not identify column "${name}" in record data type`);
  }
  if (fieldsOf(scope, arg)) throw fail("42703", `column "${name}" not found in data type ${type}`);
  const message = `column notation .${name} applied to type ${type}, which is not a composite type`;
  throw fail("42809", message);
}
