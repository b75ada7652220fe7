/** CASE, COALESCE, GREATEST, LEAST. */
import type { CaseExpr, CoalesceExpr, MinMaxExpr, Node } from "@pgsql/types";
import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { coerceToBoolean, coerceToTarget } from "./coerce.ts";
import { assignCollations } from "./collation.ts";
import { coerceToCommon, commonType, commonTypmod } from "./common.ts";
import { unknownConstant } from "./literal.ts";
import { required } from "./node.ts";
import { makeOperator } from "./operator.ts";
import type { Scope } from "./scope.ts";
import { withoutSets } from "./set-returning.ts";
import type { Expression } from "./tree.ts";
import { TEXT, UNKNOWN } from "./type-oids.ts";

export function bindCase(scope: Scope, node: CaseExpr): Expression {
  return withoutSets(scope, "CASE", () => bindCaseParts(scope, node));
}

function bindCaseParts(scope: Scope, node: CaseExpr): Expression {
  const arg = node.arg && bindSubject(scope, node.arg);
  // Each comparison is with a placeholder that has the subject's collation.
  if (arg) assignCollations(scope.names, arg);
  const test: Expression | undefined = arg && {
    kind: "caseTest",
    type: arg.type,
    typmod: arg.typmod,
    collation: arg.collation,
  };
  const whens: Expression[] = [];
  const thens: Expression[] = [];
  for (const branch of node.args ?? []) {
    if (!("CaseWhen" in branch)) continue;
    const { expr, result, location } = branch.CaseWhen;
    const condition = scope.bindInner(required(expr, "WHEN"));
    const compared = test
      ? makeOperator(scope, { name: "=" }, test, condition, scope.at(location))
      : condition;
    whens.push(coerceToBoolean(scope, compared, "CASE/WHEN"));
    thens.push(scope.bindInner(required(result, "THEN")));
  }
  const otherwise = node.defresult ? scope.bindInner(node.defresult) : unknownConstant(null);
  const type = commonType(scope, [otherwise, ...thens], "CASE");
  const last = coerceToCommon(scope, otherwise, type, "CASE/ELSE");
  const results = thens.map((each) => coerceToCommon(scope, each, type, "CASE/WHEN"));
  return {
    kind: "case",
    ...(arg ? { arg } : {}),
    // biome-ignore lint/suspicious/noThenProperty: SQL's word; the tree is never awaited.
    whens: whens.map((when, at) => ({ when, then: results[at] as Expression })),
    otherwise: last,
    type,
    typmod: commonTypmod([last, ...results], type),
    collation: INVALID_OID,
    position: scope.at(node.location),
  };
}

function bindSubject(scope: Scope, node: Node): Expression {
  const bound = scope.bindInner(node);
  if (bound.type !== UNKNOWN) return bound;
  return coerceToTarget(scope, bound, TEXT, -1, "implicit", "implicit") ?? bound;
}

export function bindCoalesce(scope: Scope, node: CoalesceExpr): Expression {
  return withoutSets(scope, "COALESCE", () => {
    const bound = (node.args ?? []).map((arg) => scope.bindInner(arg));
    const type = commonType(scope, bound, "COALESCE");
    const args = bound.map((arg) => coerceToCommon(scope, arg, type, "COALESCE"));
    return {
      kind: "coalesce",
      args,
      type,
      typmod: commonTypmod(args, type),
      collation: INVALID_OID,
      position: scope.at(node.location),
    };
  });
}

export function bindMinMax(scope: Scope, node: MinMaxExpr): Expression {
  const greatest = node.op === "IS_GREATEST";
  const construct = greatest ? "GREATEST" : "LEAST";
  const bound = (node.args ?? []).map((arg) => scope.bindInner(arg));
  const type = commonType(scope, bound, construct);
  const args = bound.map((arg) => coerceToCommon(scope, arg, type, construct));
  if (args.length === 0) throw new SqlError("42601", `${construct} needs an argument`);
  return {
    kind: "minMax",
    greatest,
    args,
    type,
    typmod: commonTypmod(args, type),
    collation: INVALID_OID,
    position: scope.at(node.location),
  };
}
