/** CASE, COALESCE, GREATEST, LEAST. */
import type { CaseExpr, CoalesceExpr, MinMaxExpr, Node } from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
import { coerceToBoolean, coerceToTarget } from "./coerce.ts";
import { collationOf } from "./collation.ts";
import { coerceToCommon, commonType } from "./common.ts";
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
  const test: Expression | undefined = arg && {
    kind: "caseTest",
    type: arg.type,
    typmod: arg.typmod,
    collation: arg.collation,
    position: arg.position,
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
  const results = thens.map((each) => coerceToCommon(scope, each, type, "CASE/WHEN"));
  const last = coerceToCommon(scope, otherwise, type, "CASE/ELSE");
  return {
    kind: "case",
    ...(arg ? { arg } : {}),
    // biome-ignore lint/suspicious/noThenProperty: SQL's word; the tree is never awaited.
    whens: whens.map((when, at) => ({ when, then: results[at] as Expression })),
    otherwise: last,
    type,
    typmod: typmodOf([last, ...results], type),
    collation: collationOf(scope.names, type, [last, ...results]),
    position: scope.at(node.location),
  };
}

/** All branches agree on the typmod, or there is none. */
function typmodOf(nodes: readonly Expression[], type: Expression["type"]): number {
  const typmod = nodes[0]?.typmod ?? -1;
  return nodes.every((node) => node.type === type && node.typmod === typmod) ? typmod : -1;
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
      typmod: typmodOf(args, type),
      collation: collationOf(scope.names, type, args),
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
    typmod: typmodOf(args, type),
    collation: collationOf(scope.names, type, args),
    position: scope.at(node.location),
  };
}
