/** WINDOW FUNCTIONS: calls with OVER, and the windows that they are computed over. */
import type { Node, WindowDef } from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
import { asText, bindFilter } from "./aggregate.ts";
import { coerceToSpecific, coerceToTarget } from "./coerce.ts";
import { collationOf } from "./collation.ts";
import type { PreparedCall } from "./function.ts";
import { positionOf } from "./position.ts";
import { sameExpression } from "./same-expression.ts";
import type { ExpressionKind, Scope } from "./scope.ts";
import { equalityOperator, makeSortKey } from "./sort.ts";
import type { Expression, FrameBound, SortKey, WindowDefinition } from "./tree.ts";
import { INT8, UNKNOWN } from "./type-oids.ts";
import { namesOwnColumn, someExpression } from "./walk.ts";

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
  ["EXECUTE", "EXECUTE parameters"],
]);

export function makeWindowCall(
  scope: Scope,
  prepared: PreparedCall,
  isAggregate: boolean,
): Expression {
  const { call, position, display, args } = prepared;
  const fail = (code: string, message: string) => new SqlError(code, message).at(position);
  if (!call.over) throw fail("42809", `window function ${display} requires an OVER clause`);
  if (call.agg_within_group) {
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
  const nested = args.find((arg) => someExpression(arg, (each) => each.kind === "window"));
  if (nested) throw fail("42P20", "window function calls cannot be nested");
  const place = forbidden.get(scope.kind);
  if (place !== undefined) {
    throw fail("42P20", `window functions are not allowed in ${place}`);
  }
  scope.hasWindowCalls = true;
  const filter = call.agg_filter && bindFilter(scope, call.agg_filter);
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
    collation: collationOf(scope.names, prepared.result, args),
    position,
  };
}

/** A window by its place in the query; equal inline windows share one. */
function windowNumber(scope: Scope, over: WindowDef): number {
  const { windows } = scope;
  if (over.name !== undefined) {
    const at = windows.findIndex(({ window }) => window.name === over.name);
    if (at >= 0) return at;
    const message = `window "${over.name}" does not exist`;
    throw new SqlError("42704", message).at(scope.at(over.location));
  }
  const window = bindWindow(scope, over);
  const same = windows.findIndex(({ node }) => asWritten(node) === asWritten(over));
  if (same >= 0) return same;
  windows.push({ window, node: over });
  return windows.length - 1;
}

/** Windows are shared by how they are written, not by what they mean. */
function asWritten(node: WindowDef): string {
  const { refname, partitionClause, orderClause, frameOptions, startOffset, endOffset } = node;
  const parts = [refname, partitionClause, orderClause, frameOptions, startOffset, endOffset];
  return JSON.stringify(parts, (key, value) => (key === "location" ? undefined : value));
}

/** WINDOW name AS (…). */
export function bindWindowClause(scope: Scope, nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (!("WindowDef" in node)) continue;
    const { name = "", location } = node.WindowDef;
    if (scope.windows.some(({ window }) => window.name === name)) {
      const message = `window "${name}" is already defined`;
      throw new SqlError("42P20", message).at(scope.at(location));
    }
    scope.windows.push({
      window: { name, ...bindWindow(scope, node.WindowDef) },
      node: node.WindowDef,
    });
  }
}

function bindWindow(scope: Scope, node: WindowDef): WindowDefinition {
  const position = scope.at(node.location);
  const base = node.refname === undefined ? undefined : namedWindow(scope, node, position);
  const partitionBy: Expression[] = [];
  for (const each of node.partitionClause ?? []) {
    const bound = asText(scope, scope.bind(each, "window PARTITION BY"));
    equalityOperator(scope.names, bound.type, positionOf(bound));
    if (!partitionBy.some((other) => sameExpression(other, bound))) partitionBy.push(bound);
  }
  const orderBy: SortKey[] = [];
  for (const each of node.orderClause ?? []) {
    if (!("SortBy" in each) || !each.SortBy.node) continue;
    const expression = asText(scope, scope.bind(each.SortBy.node, "window ORDER BY"));
    const key = makeSortKey(scope, each.SortBy, { expression });
    if (!orderBy.some((other) => sameExpression(other.expression, expression))) orderBy.push(key);
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

function namedWindow(scope: Scope, node: WindowDef, position: number | undefined) {
  const { refname = "" } = node;
  const base = scope.windows.find(({ window }) => window.name === refname)?.window;
  const fail = (code: string, message: string) => new SqlError(code, message).at(position);
  if (!base) throw fail("42704", `window "${refname}" does not exist`);
  if (node.partitionClause) {
    throw fail("42P20", `cannot override PARTITION BY clause of window "${refname}"`);
  }
  if (node.orderClause && base.orderBy.length > 0) {
    throw fail("42P20", `cannot override ORDER BY clause of window "${refname}"`);
  }
  if (base.frame) {
    throw fail("42P20", `cannot copy window "${refname}" because it has a frame clause`);
  }
  return base;
}

/** Bits of the parser's frame options. */
const FRAME = {
  nonDefault: 0x1,
  range: 0x2,
  rows: 0x4,
  groups: 0x8,
  between: 0x10,
  excludeCurrentRow: 0x8000,
  excludeGroup: 0x10000,
  excludeTies: 0x20000,
} as const;
/**
 * For start and end, in this order: unbounded preceding, unbounded following, current row, offsets.
 */
const BOUND_BITS = {
  start: [0x20, 0x80, 0x200, 0x800, 0x2000],
  end: [0x40, 0x100, 0x400, 0x1000, 0x4000],
} as const;

function bindFrame(
  scope: Scope,
  node: WindowDef,
  orderBy: readonly SortKey[],
  position: number | undefined,
): WindowDefinition["frame"] {
  const bits = node.frameOptions ?? 0;
  if (!(bits & FRAME.nonDefault)) return undefined;
  const mode = bits & FRAME.rows ? "rows" : bits & FRAME.groups ? "groups" : "range";
  if (mode === "groups" && orderBy.length === 0) {
    throw new SqlError("42P20", "GROUPS mode requires an ORDER BY clause").at(position);
  }
  const exclude =
    bits & FRAME.excludeCurrentRow
      ? "current row"
      : bits & FRAME.excludeGroup
        ? "group"
        : bits & FRAME.excludeTies
          ? "ties"
          : undefined;
  const bound = (side: "start" | "end", offset: Node | undefined) =>
    bindBound(scope, bits, BOUND_BITS[side], mode, offset, orderBy, position);
  return {
    mode,
    start: bound("start", node.startOffset),
    end: bound("end", node.endOffset),
    between: (bits & FRAME.between) !== 0,
    ...(exclude ? { exclude } : {}),
  };
}

function bindBound(
  scope: Scope,
  bits: number,
  [preceding, following, current]: readonly number[],
  mode: "range" | "rows" | "groups",
  offset: Node | undefined,
  orderBy: readonly SortKey[],
  position: number | undefined,
): FrameBound {
  if (bits & (preceding ?? 0)) return { kind: "unboundedPreceding" };
  if (bits & (following ?? 0)) return { kind: "unboundedFollowing" };
  if (bits & (current ?? 0) || !offset) return { kind: "currentRow" };
  const precedes = (bits & ((preceding ?? 0) << 6)) !== 0;
  const kind = precedes ? "preceding" : "following";
  const words = mode.toUpperCase();
  const place = `window ${words}` as ExpressionKind;
  const bound = scope.bind(offset, place);
  if (namesOwnColumn(bound)) {
    const message = `argument of ${words} must not contain variables`;
    throw new SqlError("42P10", message).at(positionOf(bound));
  }
  if (mode !== "range")
    return { kind, offset: coerceToSpecific(scope, bound, INT8, "bigint", words) };
  return { kind, offset: rangeOffset(scope, bound, orderBy, position) };
}

/** RANGE offsets are of the type that in_range takes for the one ORDER BY column. */
function rangeOffset(
  scope: Scope,
  bound: Expression,
  orderBy: readonly SortKey[],
  position: number | undefined,
): Expression {
  const key = orderBy[0]?.expression;
  if (!key || orderBy.length > 1) {
    const message = "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column";
    throw new SqlError("42P20", message).at(position);
  }
  if (bound.type !== UNKNOWN) return bound;
  const interval = [1082, 1083, 1114, 1184, 1266].includes(key.type) ? 1186 : key.type;
  const target = interval as Expression["type"];
  return coerceToTarget(scope, bound, target, -1, "implicit", "implicit") ?? bound;
}
