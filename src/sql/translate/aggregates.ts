/**
 * Aggregates. SQLite's own serve where they answer the same: counting, the extremes of values that
 * it orders as PostgreSQL does, sums that cannot overflow; the others are registered.
 */
import { FIRST_USER_OID, INVALID_OID, type Oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { Expression, SortKey } from "../bind/tree.ts";
import { T } from "../types/type-oids.ts";
import { hexText } from "./arrays.ts";
import { callTypes } from "./calls.ts";
import { withoutRelabel } from "./cardinality.ts";
import { type Emitter, typeSuffix } from "./emitter.ts";
import { madeAggregate, numberOf } from "./made-aggregates.ts";
import { icuOf, orderKey, orderOf, withoutCollation } from "./order-keys.ts";
import { type Scope, scopeAt } from "./scope.ts";

type AggregateNode = Extract<Expression, { kind: "aggregate" }>;
export type WindowNode = Extract<Expression, { kind: "window" }>;

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
/** They keep all that they are given, so what they are given must be known to be little. */
const collecting = new Set<number>([ARRAY_AGG, STRING_AGG]);

export function emitAggregate(emitter: Emitter, scope: Scope, node: AggregateNode): string {
  if (node.directArgs) return emitOrderedSet(emitter, scope, node, node.directArgs);
  const order = node.orderBy.map((key) => sortText(emitter, scope, key)).join(", ");
  return emitAggregateCall(emitter, scope, node, order && `ORDER BY ${order}`);
}

/** `order`: ORDER BY …, or nothing. A window's call is made over the rows of a sub-select. */
export function emitAggregateCall(
  emitter: Emitter,
  scope: Scope,
  node: AggregateNode | WindowNode,
  order: string,
): string {
  const filter = node.filter ? ` FILTER (WHERE ${emitter.condition(scope, node.filter)})` : "";
  if (node.star && node.function === COUNT_STAR) return `count(*)${filter}`;
  const args = node.args.map((arg) => emitter.expression(scope, arg));
  const extreme = icuExtreme(emitter, node, args, filter);
  if (extreme !== undefined) return extreme;
  const distinct = node.kind === "aggregate" && node.distinct;
  if (node.function === COUNT_ANY && distinct) {
    const [arg] = node.args;
    if (!arg) throw notSupported("count without an argument", node.position);
    const [text] = args as [string];
    const key = orderOf(emitter, arg) === "none" ? orderKey(emitter, text, arg) : text;
    return `count(DISTINCT ${key})${filter}`;
  }
  // PostgreSQL sorts to find duplicates, so that values arrive in order.
  const sortedDistinct = distinct && !isExtreme(node.function);
  if (sortedDistinct) refuseNondeterministic(emitter, node.args, "DISTINCT in an aggregate");
  const native = nativeName(scope, node);
  // SQLite tells stored forms of one argument apart.
  const byKeys =
    sortedDistinct &&
    (args.length > 1 || node.args.some((arg) => orderOf(emitter, arg) === "none"));
  const own = native !== undefined && !byKeys;
  const name = own ? native : registered(emitter, node, byKeys, false);
  const values = name === "json_group_array" ? elementTexts(emitter, node, args) : args;
  const word = sortedDistinct && !byKeys ? "DISTINCT " : "";
  const sorting =
    order || (sortedDistinct ? `ORDER BY ${distinctOrder(emitter, node, values)}` : "");
  const call = `${name}(${word}${values.join(", ")}${sorting ? ` ${sorting}` : ""})${filter}`;
  if (node.inputCollation !== INVALID_OID) return withoutEmpty(name, call);
  // Of one value nothing is compared.
  const failing = withoutCollation(emitter, "string comparison");
  return `CASE WHEN count(${values.join(", ")})${filter} > 1 THEN ${failing} ELSE ${call} END`;
}

/** max and min by a collation of ICU's. */
export function icuExtreme(
  emitter: Emitter,
  node: AggregateNode | WindowNode,
  [text = "NULL"]: readonly string[],
  filter: string,
): string | undefined {
  const icu = node.inputCollation === undefined ? undefined : icuOf(emitter, node.inputCollation);
  if (!icu) return undefined;
  const name = nativeAggregates.get(node.function);
  if (name === undefined) throw notSupported("max and min of arrays by a collation of ICU's");
  const window = node.kind === "window" ? "_window" : "";
  const padded = emitter.context.types.base(node.type) === T.bpchar ? 1 : 0;
  return `${emitter.internal(`icu_${name}${window}`)}(${text}, ${padded}, ${icu.args})${filter}`;
}

const distinctOrder = (
  emitter: Emitter,
  node: AggregateNode | WindowNode,
  values: readonly string[],
): string =>
  values
    .map((text, at) => {
      const arg = node.args[at];
      return `${arg === undefined ? text : orderKey(emitter, text, arg)} NULLS LAST`;
    })
    .join(", ");

/** No rows make no array. */
export const withoutEmpty = (name: string, call: string): string =>
  name === "json_group_array" ? `nullif(${call}, '[]')` : call;

const isExtreme = (id: Oid): boolean => {
  const name = nativeAggregates.get(id);
  return name === "min" || name === "max";
};

function elementTexts(
  emitter: Emitter,
  node: AggregateNode | WindowNode,
  args: readonly string[],
): string[] {
  const type = node.args[0]?.type;
  const blob = type !== undefined && emitter.context.types.storage(type) === "blob";
  return args.map((text) => (blob ? hexText(text) : text));
}

function nativeName(scope: Scope, node: AggregateNode | WindowNode): string | undefined {
  const native = nativeAggregates.get(node.function);
  if (native === undefined || !collecting.has(node.function)) return native;
  return node.args.every((arg) => isStored(scope, arg)) ? native : undefined;
}

/** Constants, and columns of stored relations: their rows are not made by the query. */
function isStored(scope: Scope, arg: Expression): boolean {
  const inner = withoutRelabel(arg);
  if (inner.kind === "constant") return true;
  if (inner.kind !== "column") return false;
  const home = scopeAt(scope, inner.levelsUp);
  return home.rangeTable[inner.table - 1]?.kind === "relation";
}

export function aggregateName(emitter: Emitter, scope: Scope, node: WindowNode): string {
  return nativeName(scope, node) ?? registered(emitter, node, false, true);
}

/** `distinct`: values are told apart by the function; `window`: rows leave its frame. */
function registered(
  emitter: Emitter,
  node: AggregateNode | WindowNode,
  distinct: boolean,
  window: boolean,
): string {
  const direct = node.kind === "aggregate" ? (node.directArgs ?? []) : [];
  const types = callTypes([...direct, ...node.args], node.type);
  const found = emitter.context.registry.aggregate(node.function);
  if (!found && node.function >= FIRST_USER_OID) {
    const made = madeAggregate(emitter, node);
    const name = `${window ? "w" : "a"}${numberOf(made)}${distinct ? "_d" : ""}`;
    const use = { function: node.function, types, distinct, window, made };
    return emitter.use({ name, kind: "aggregate", ...use });
  }
  if (!found) throw emitter.missingFunction(node.function).at(node.position);
  const suffix = found.polymorphic || distinct ? `_${typeSuffix(types)}` : "";
  const name = `${window ? "w" : "a"}${node.function}${suffix}${distinct ? "d" : ""}`;
  const use = { function: node.function, types, distinct, window };
  return emitter.use({ name, kind: "aggregate", ...use });
}

function refuseNondeterministic(
  emitter: Emitter,
  values: readonly Expression[],
  what: string,
): void {
  const other = values.find(({ collation }) => icuOf(emitter, collation)?.deterministic === false);
  if (other) throw notSupported(`${what} with a nondeterministic collation`, other.position);
}

/** rank, dense_rank, percent_rank, cume_dist: where a row would stand. */
const hypothetical: ReadonlySet<number> = new Set([3986, 3988, 3990, 3992]);

/**
 * WITHIN GROUP: the rows arrive sorted, behind the direct arguments; the last argument says how
 * each was sorted, for those that compare themselves.
 */
function emitOrderedSet(
  emitter: Emitter,
  scope: Scope,
  node: AggregateNode,
  direct: readonly Expression[],
): string {
  const keys = node.orderBy.map((key) => key.expression);
  const icu = keys.find(({ collation }) => icuOf(emitter, collation));
  if (icu && hypothetical.has(node.function)) {
    throw notSupported("a hypothetical row in the order of a collation of ICU's", icu.position);
  }
  refuseNondeterministic(emitter, keys, "an ordered-set aggregate");
  const filter = node.filter ? ` FILTER (WHERE ${emitter.condition(scope, node.filter)})` : "";
  const args = [...direct, ...node.args].map((arg) => emitter.expression(scope, arg));
  const order = node.orderBy.map((key) => sortText(emitter, scope, key)).join(", ");
  const sorts = node.orderBy.map(
    (key) => `${key.descending ? "d" : "a"}${key.nullsFirst ? "f" : "l"}`,
  );
  const name = registered(emitter, node, false, false);
  const values = [...args, emitter.constant(sorts.join(","))].join(", ");
  return `${name}(${values} ORDER BY ${order})${filter}`;
}

export function sortText(emitter: Emitter, scope: Scope, key: SortKey): string {
  const text = orderKey(emitter, emitter.expression(scope, key.expression), key.expression);
  return `${text}${direction(key)}`;
}

/** SQLite's default for NULLs is the opposite of PostgreSQL's, so it is always written. */
export const direction = (key: SortKey): string =>
  `${key.descending ? " DESC" : ""}${key.nullsFirst ? " NULLS FIRST" : " NULLS LAST"}`;
