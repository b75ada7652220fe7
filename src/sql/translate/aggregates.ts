/**
 * Aggregates and window functions. SQLite's own serve where they answer the same: counting, the
 * extremes of values that it orders as PostgreSQL does, sums that cannot overflow; the others are
 * registered.
 */
import { unreachable } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { Expression, FrameBound, SortKey, WindowDefinition } from "../bind/tree.ts";
import { hexText } from "./arrays.ts";
import { callTypes, equalityKey, orderKey } from "./calls.ts";
import { type Emitter, typeSuffix } from "./emitter.ts";
import type { Scope } from "./scope.ts";

type AggregateNode = Extract<Expression, { kind: "aggregate" }>;
type WindowNode = Extract<Expression, { kind: "window" }>;

const MIN_OF_ANY = [2131, 2132, 2133, 2134, 2135, 2136, 2138, 2139, 2142, 2143, 2145, 2245];
const MAX_OF_ANY = [2115, 2116, 2117, 2118, 2119, 2120, 2122, 2123, 2126, 2127, 2129, 2244];
const COUNT_ANY = 2147;
const COUNT_STAR = 2803;
const ARRAY_AGG = 2335;
const STRING_AGG = 3538;

/** pg_proc oid → SQLite's function of the same answers. */
const nativeAggregates: ReadonlyMap<number, string> = new Map<number, string>([
  [COUNT_ANY, "count"],
  [COUNT_STAR, "count"],
  ...MIN_OF_ANY.map((id) => [id, "min"] as const),
  ...MAX_OF_ANY.map((id) => [id, "max"] as const),
  [2108, "sum"], // sum(int4)
  [2109, "sum"], // sum(int2)
  [2517, "min"], // bool_and
  [2519, "min"], // every
  [2518, "max"], // bool_or
  [ARRAY_AGG, "json_group_array"],
  [STRING_AGG, "group_concat"],
]);

export function emitAggregate(emitter: Emitter, scope: Scope, node: AggregateNode): string {
  if (node.directArgs) throw notSupported("WITHIN GROUP", node.position);
  const filter = node.filter ? ` FILTER (WHERE ${emitter.condition(scope, node.filter)})` : "";
  if (node.star) return `count(*)${filter}`;
  const args = node.args.map((arg) => emitter.expression(scope, arg));
  if (node.function === COUNT_ANY && node.distinct) {
    const [arg] = node.args;
    if (!arg) throw notSupported("count without an argument", node.position);
    return `count(DISTINCT ${equalityKey(emitter, args.join(""), arg.type)})${filter}`;
  }
  const order = node.orderBy.map((key) => sortText(emitter, scope, key)).join(", ");
  // PostgreSQL sorts to find duplicates, so that values arrive in order.
  const sortedDistinct = node.distinct && !isExtreme(node.function);
  const name = aggregateName(emitter, node, sortedDistinct && args.length > 1);
  const values = name === "json_group_array" ? elementTexts(emitter, node, args) : args;
  const native = nativeAggregates.has(node.function) || args.length === 1;
  const distinct = sortedDistinct && native && !name.endsWith("d") ? "DISTINCT " : "";
  const sorting = order || (sortedDistinct ? values.join(", ") : "");
  const call = `${name}(${distinct}${values.join(", ")}${sorting ? ` ORDER BY ${sorting}` : ""})${filter}`;
  return name === "json_group_array" ? `nullif(${call}, '[]')` : call;
}

const isExtreme = (id: Oid): boolean => {
  const name = nativeAggregates.get(id);
  return name === "min" || name === "max";
};

function elementTexts(emitter: Emitter, node: AggregateNode, args: readonly string[]): string[] {
  const type = node.args[0]?.type;
  const blob = type !== undefined && emitter.context.types.storage(type) === "blob";
  return args.map((text) => (blob ? hexText(text) : text));
}

function aggregateName(
  emitter: Emitter,
  node: AggregateNode | WindowNode,
  distinct: boolean,
): string {
  const native = nativeAggregates.get(node.function);
  if (native && !distinct) return native;
  const types = callTypes(node.args, node.type);
  const found = emitter.context.registry.aggregate(node.function);
  if (!found) throw emitter.missingFunction(node.function).at(node.position);
  const suffix = found.polymorphic ? `_${typeSuffix(types)}` : "";
  const window = node.kind === "window";
  const name = `${window ? "w" : "a"}${node.function}${suffix}${distinct ? "d" : ""}`;
  const use = { function: node.function, types, distinct, window };
  return emitter.use({ name, kind: "aggregate", ...use });
}

function sortText(emitter: Emitter, scope: Scope, key: SortKey): string {
  const text = orderKey(emitter, emitter.expression(scope, key.expression), key.expression.type);
  return `${text}${direction(key)}`;
}

/** SQLite's default for NULLs is the opposite of PostgreSQL's, so it is always written. */
export const direction = (key: SortKey): string =>
  `${key.descending ? " DESC" : ""}${key.nullsFirst ? " NULLS FIRST" : " NULLS LAST"}`;

const windowFunctions: ReadonlyMap<number, string> = new Map([
  [3100, "row_number"],
  [3101, "rank"],
  [3102, "dense_rank"],
  [3103, "percent_rank"],
  [3104, "cume_dist"],
  [3105, "ntile"],
  [3106, "lag"],
  [3107, "lag"],
  [3108, "lag"],
  [3109, "lead"],
  [3110, "lead"],
  [3111, "lead"],
  [3112, "first_value"],
  [3113, "last_value"],
  [3114, "nth_value"],
]);
/** Their REALs become float8 keys. */
const floatWindows = new Set<number>([3103, 3104]);

export function emitWindowCall(emitter: Emitter, scope: Scope, node: WindowNode): string {
  const definition = scope.windows[node.window];
  if (!definition) throw notSupported("a window function in this context", node.position);
  const filter = node.filter ? ` FILTER (WHERE ${emitter.condition(scope, node.filter)})` : "";
  const args = node.args.map((arg) => emitter.expression(scope, arg));
  const own = windowFunctions.get(node.function);
  const name = own ?? aggregateName(emitter, node, false);
  const over = windowText(emitter, scope, definition);
  const call = `${name}(${node.star ? "*" : args.join(", ")})${filter} OVER (${over})`;
  if (floatWindows.has(node.function)) return `${emitter.internal("float_key")}(${call})`;
  return name === "json_group_array" ? `nullif(${call}, '[]')` : call;
}

function windowText(emitter: Emitter, scope: Scope, window: WindowDefinition): string {
  const parts: string[] = [];
  if (window.partitionBy.length > 0) {
    const keys = window.partitionBy.map((one) =>
      equalityKey(emitter, emitter.expression(scope, one), one.type),
    );
    parts.push(`PARTITION BY ${keys.join(", ")}`);
  }
  if (window.orderBy.length > 0) {
    parts.push(`ORDER BY ${window.orderBy.map((key) => sortText(emitter, scope, key)).join(", ")}`);
  }
  const { frame } = window;
  if (frame) {
    const bounds = [frame.start, frame.end].map((bound) => boundText(emitter, scope, bound));
    const exclude = frame.exclude ? ` EXCLUDE ${frame.exclude.toUpperCase()}` : "";
    parts.push(`${frame.mode.toUpperCase()} BETWEEN ${bounds.join(" AND ")}${exclude}`);
  }
  return parts.join(" ");
}

function boundText(emitter: Emitter, scope: Scope, bound: FrameBound): string {
  switch (bound.kind) {
    case "unboundedPreceding":
      return "UNBOUNDED PRECEDING";
    case "unboundedFollowing":
      return "UNBOUNDED FOLLOWING";
    case "currentRow":
      return "CURRENT ROW";
    case "preceding":
    case "following":
      return `${emitter.expression(scope, bound.offset)} ${bound.kind.toUpperCase()}`;
    default:
      return unreachable(bound);
  }
}
