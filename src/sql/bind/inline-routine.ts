/**
 * CALLS OF FUNCTIONS IN SQL AS THE PLANNER READS THEM: where the body is one expression that is no
 * more volatile, and no less strict, than the function says, it stands for the call.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/optimizer/util/clauses.c
 */

import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { kinds } from "../../catalog/acl.ts";
import { may } from "../../catalog/privileges.ts";
import { pgLanguage } from "../../catalog/relations/pg-language.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { usesOf } from "./call-arguments.ts";
import { isExpression } from "./expand-routines.ts";
import type { Names } from "./names.ts";
import { replaceParameters } from "./replace-columns.ts";
import { type BindBody, fittedQuery, shapeOf } from "./routine-body.ts";
import { during, type ProcTuple, type RoutineCallExpression } from "./routine-facts.ts";
import { type Binding, Scope } from "./scope.ts";
import type { Expression } from "./tree.ts";
import { RECORD } from "./type-oids.ts";
import { functionsOf, isMutableAsIs, isVolatile } from "./volatility.ts";
import { someExpression, walk } from "./walk.ts";

/** An argument that costs more is computed once. */
const COST_MAX = 10;

/** undefined: the call stands as it is. Throws what is wrong with the body. */
export function inlineRoutine(
  binding: Binding,
  bindBody: BindBody,
  call: RoutineCallExpression,
): Expression | undefined {
  const { context, names } = binding;
  const row =
    call.function < FIRST_USER_OID
      ? undefined
      : context.catalog.find(pgProc, "key", [call.function]);
  if (!row || !mayBeRead(binding, row)) return undefined;
  const body = bodyOf(binding, bindBody, call, row);
  if (!body || isTooMuch(names, row, body)) return undefined;
  const fits = call.args.every((arg, at) => {
    const uses = usesOf(body, at + 1);
    if (uses === 0) return !row.proisstrict;
    return uses === 1 || (costOf(names, arg) <= COST_MAX && !isVolatile(names, arg));
  });
  return fits ? replaceParameters(body, call.args) : undefined;
}

function mayBeRead({ context }: Binding, row: ProcTuple): boolean {
  const { catalog, types } = context;
  const secured = { kind: kinds.function, owner: row.proowner, acl: row.proacl };
  return (
    catalog.find(pgLanguage, "key", [row.prolang])?.lanname === "sql" &&
    row.prokind === "f" &&
    !row.prosecdef &&
    !row.proretset &&
    row.prorettype !== RECORD &&
    row.proconfig === null &&
    may(catalog, types.user.oid, secured, "X")
  );
}

function bodyOf(
  binding: Binding,
  bindBody: BindBody,
  call: RoutineCallExpression,
  row: ProcTuple,
): Expression | undefined {
  const { context } = binding;
  return during(row.proname, "inlining", () => {
    const scope = new Scope(binding, undefined);
    const statements = context.parseBody(row.prosrc);
    const [only, ...more] = statements;
    if (only?.kind !== "query" || more.length > 0) return undefined;
    const shape = shapeOf(scope, row, call);
    const { query } = bindBody(statements, shape, { ...context, positionOf: () => undefined });
    if (query?.kind !== "select" || !isExpression(query)) return undefined;
    const fitted = fittedQuery(query, shape, scope);
    const isPlain = fitted.kind === "select" && fitted.from.length === 0;
    return isPlain ? fitted.targets[0]?.expression : undefined;
  });
}

/** The body does what the function does not say, or cannot stand in an expression. */
function isTooMuch(names: Names, row: ProcTuple, body: Expression): boolean {
  if (row.provolatile === "i" && isMutableAsIs(names, body)) return true;
  if (row.provolatile === "s" && isVolatile(names, body)) return true;
  const isQuery = (node: Expression) =>
    node.kind === "subLink" || ("returnsSet" in node && node.returnsSet);
  if (someExpression(body, isQuery)) return true;
  return row.proisstrict && someExpression(body, (node) => mayTakeNull(names, node));
}

/** It may give a value though something in it is NULL. */
function mayTakeNull(names: Names, node: Expression): boolean {
  switch (node.kind) {
    case "distinctFrom":
    case "nullIf":
    case "case":
    case "array":
    case "row":
    case "rowCompare":
    case "coalesce":
    case "minMax":
    case "xml":
    case "nullTest":
    case "booleanTest":
      return true;
    case "boolean":
      return node.operator !== "not";
    case "function":
    case "operator":
    case "arrayOperator":
      return names.catalog.find(pgProc, "key", [node.function])?.proisstrict !== true;
    default:
      return false;
  }
}

function costOf(names: Names, arg: Expression): number {
  let cost = 0;
  const add = (id: Oid) => {
    cost += names.catalog.find(pgProc, "key", [id])?.procost ?? 0;
  };
  walk(arg, (node) => functionsOf(names, node).forEach(add));
  return cost;
}
