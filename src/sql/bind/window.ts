/** WINDOW FUNCTIONS: calls with OVER, and the windows that they are computed over. */
import type { Node, WindowDef } from "@pgsql/types";
import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { asText, checkAggregateForm, rejectSets } from "./aggregate.ts";
import { bindFrame } from "./frame.ts";
import type { PreparedCall } from "./function.ts";
import { positionOf } from "./position.ts";
import { sameExpression } from "./same-expression.ts";
import type { ExpressionKind, Scope } from "./scope.ts";
import { equalityOperator, makeSortKey } from "./sort.ts";
import type { Expression, SortKey, WindowDefinition } from "./tree.ts";
import { someExpression } from "./walk.ts";

const forbidden: ReadonlyMap<ExpressionKind, string> = new Map([
  ["JOIN/ON", "JOIN conditions"],
  ["JOIN/USING", "JOIN conditions"],
  ["function in FROM", "functions in FROM"],
  ["WHERE", "WHERE"],
  ["HAVING", "HAVING"],
  ["FILTER", "FILTER"],
  ["GROUP BY", "GROUP BY"],
  ["LIMIT", "LIMIT"],
  ["OFFSET", "OFFSET"],
  ["VALUES", "VALUES"],
  ["VALUES alone", "VALUES"],
  ["window PARTITION BY", "window definitions"],
  ["window ORDER BY", "window definitions"],
  ["window RANGE", "window definitions"],
  ["window ROWS", "window definitions"],
  ["window GROUPS", "window definitions"],
  ["DEFAULT", "DEFAULT expressions"],
  ["parameter DEFAULT", "DEFAULT expressions"],
  ["CHECK", "check constraints"],
  ["POLICY", "policy expressions"],
  ["GENERATED", "column generation expressions"],
  ["index expression", "index expressions"],
  ["partition bound", "partition bound"],
  ["partition key", "partition key expressions"],
  ["statistics expression", "statistics expressions"],
  ["index predicate", "index predicates"],
  ["transform expression", "transform expressions"],
  ["COPY FROM WHERE", "COPY FROM WHERE conditions"],
  ["TRIGGER WHEN", "trigger WHEN conditions"],
  ["MERGE WHEN", "MERGE WHEN conditions"],
  ["EXECUTE", "EXECUTE parameters"],
  ["CALL", "CALL arguments"],
  ["INSERT", "INSERT"],
  ["UPDATE", "UPDATE"],
  ["RETURNING", "RETURNING"],
]);

export function makeWindowCall(
  scope: Scope,
  prepared: PreparedCall,
  isAggregate: boolean,
): Expression {
  const { call, position, display, args } = prepared;
  const fail = (code: string, message: string) => new SqlError(code, message).at(position);
  if (!call.over) throw fail("42809", `window function ${display} requires an OVER clause`);
  if (isAggregate) checkAggregateForm(scope, prepared);
  else if (call.agg_within_group) {
    throw fail("42809", `window function ${display} cannot have WITHIN GROUP`);
  }
  if (call.agg_distinct) {
    throw fail("0A000", "DISTINCT is not implemented for window functions");
  }
  if (call.agg_order) {
    throw fail("0A000", "aggregate ORDER BY is not implemented for window functions");
  }
  if (isAggregate && args.length === 0 && !call.agg_star) {
    throw fail("42809", `${display}(*) must be used to call a parameterless aggregate function`);
  }
  if (!isAggregate && call.agg_filter) {
    throw fail("0A000", "FILTER is not implemented for non-aggregate window functions");
  }
  rejectSets(args, position, "window");
  const nested = firstOf(args, (each) => each.kind === "window");
  if (nested) {
    throw new SqlError("42P20", "window function calls cannot be nested").at(nested.position);
  }
  const place = forbidden.get(scope.kind);
  if (place !== undefined) {
    throw fail("42P20", `window functions are not allowed in ${place}`);
  }
  scope.hasWindowCalls = true;
  const { filter } = call;
  return {
    kind: "window",
    function: prepared.candidate.facts.oid,
    args,
    star: call.agg_star ?? false,
    isAggregate,
    ...(filter ? { filter } : {}),
    window: windowNumber(scope, call.over),
    type: prepared.result,
    typmod: -1,
    collation: INVALID_OID,
    position,
  };
}

/** The first part of the expressions for which the test holds. */
function firstOf(
  expressions: readonly Expression[],
  test: (node: Expression) => boolean,
): Expression | undefined {
  let found: Expression | undefined;
  for (const expression of expressions) {
    someExpression(expression, (node) => {
      if (test(node)) found ??= node;
      return found !== undefined;
    });
  }
  return found;
}

/**
 * A window by its place in the query; equal inline windows share one. What it is made of is bound
 * behind everything else, by `bindWindows`.
 */
function windowNumber(scope: Scope, over: WindowDef): number {
  const { windows } = scope;
  if (over.name !== undefined) {
    const found = windows.findIndex(({ name }) => name === over.name);
    if (found >= 0) return found;
    const message = `window "${over.name}" does not exist`;
    throw new SqlError("42704", message).at(scope.at(over.location));
  }
  const same = windows.findIndex(({ node }) => asWritten(node) === asWritten(over));
  if (same >= 0) return same;
  windows.push({ node: over });
  return windows.length - 1;
}

/** Windows are shared by how they are written, not by what they mean. */
function asWritten(node: WindowDef): string {
  const { refname, partitionClause, orderClause, frameOptions, startOffset, endOffset } = node;
  const parts = [refname, partitionClause, orderClause, frameOptions, startOffset, endOffset];
  return JSON.stringify(parts, (key, value) => (key === "location" ? undefined : value));
}

/** WINDOW name AS (…): the windows that calls may name. */
export function nameWindows(scope: Scope, nodes: readonly Node[]): void {
  for (const node of nodes) {
    if ("WindowDef" in node) {
      scope.windows.push({ name: node.WindowDef.name ?? "", node: node.WindowDef });
    }
  }
}

/** The definitions of all windows, in their order: each may be made of one before it. */
export function bindWindows(scope: Scope): WindowDefinition[] {
  const bound: WindowDefinition[] = [];
  for (const { name, node } of scope.windows) {
    if (name !== undefined && bound.some((window) => window.name === name)) {
      const message = `window "${name}" is already defined`;
      throw new SqlError("42P20", message).at(scope.at(node.location));
    }
    const named = name === undefined ? {} : { name };
    bound.push({ ...named, ...bindWindow(scope, node, bound) });
  }
  return bound;
}

function bindWindow(
  scope: Scope,
  node: WindowDef,
  before: readonly WindowDefinition[],
): WindowDefinition {
  const position = scope.at(node.location);
  const base = node.refname === undefined ? undefined : namedWindow(before, node, position);
  const orderBy: SortKey[] = [];
  for (const each of node.orderClause ?? []) {
    if (!("SortBy" in each) || !each.SortBy.node) continue;
    const expression = asText(scope, scope.bind(each.SortBy.node, "window ORDER BY"));
    const key = makeSortKey(scope, each.SortBy, { expression });
    if (!orderBy.some((other) => sameExpression(other.expression, expression))) orderBy.push(key);
  }
  const partitionBy: Expression[] = [];
  for (const each of node.partitionClause ?? []) {
    const bound = asText(scope, scope.bind(each, "window PARTITION BY"));
    equalityOperator(scope.names, bound.type, positionOf(bound));
    if (!partitionBy.some((other) => sameExpression(other, bound))) partitionBy.push(bound);
  }
  const order = orderBy.length > 0 ? orderBy : (base?.orderBy ?? []);
  const frame = bindFrame(scope, node, order, position);
  const inheritsOrder = orderBy.length === 0 && order.length > 0;
  return {
    ...(node.refname === undefined ? {} : { base: node.refname }),
    ...(inheritsOrder ? { inheritsOrder: true } : {}),
    partitionBy: base ? base.partitionBy : partitionBy,
    orderBy: order,
    ...(frame ? { frame } : {}),
  };
}

function namedWindow(
  before: readonly WindowDefinition[],
  node: WindowDef,
  position: number | undefined,
) {
  const { refname = "" } = node;
  const base = before.find(({ name }) => name === refname);
  const fail = (code: string, message: string) => new SqlError(code, message).at(position);
  if (!base) throw fail("42704", `window "${refname}" does not exist`);
  if (node.partitionClause) {
    throw fail("42P20", `cannot override PARTITION BY clause of window "${refname}"`);
  }
  if (node.orderClause && base.orderBy.length > 0) {
    throw fail("42P20", `cannot override ORDER BY clause of window "${refname}"`);
  }
  if (base.frame) {
    const message = `cannot copy window "${refname}" because it has a frame clause`;
    const bare = !node.orderClause && !node.partitionClause && !((node.frameOptions ?? 0) & 1);
    const hint = "Omit the parentheses in this OVER clause.";
    const isOver = node.name === undefined;
    throw new SqlError("42P20", message, bare && isOver ? { hint } : {}).at(position);
  }
  return base;
}
