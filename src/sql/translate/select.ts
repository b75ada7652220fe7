/**
 * SELECT. What SQLite lacks is done by a query around the query: DISTINCT ON keeps the first row of
 * each numbered group, DISTINCT over types whose stored forms differ for equal values groups by
 * their keys, and set-returning functions over groups or windows join the finished groups.
 */
import { notSupported } from "../../base/sql-error.ts";
import type { Expression, Query, SelectQuery, SortKey } from "../bind/tree.ts";
import { direction } from "./aggregates.ts";
import { equalityKey, orderKey } from "./calls.ts";
import type { Emitter, QueryOptions } from "./emitter.ts";
import { emitFrom } from "./from.ts";
import { emitLimit } from "./limits.ts";
import { newScope, type Scope } from "./scope.ts";
import { emitSetCalls, type SetCallUnit, setCallUnits } from "./set-calls.ts";
import { containsSetCall, walk } from "./walk.ts";
import { emitCommonTables } from "./with.ts";

/** The clauses of one SELECT, as texts. */
interface Clauses {
  readonly with: string;
  from: string;
  conditions: readonly string[];
  group: string;
}

export function emitSelect(
  emitter: Emitter,
  parent: Scope | undefined,
  query: SelectQuery,
  options: QueryOptions = {},
): string {
  refuse(query);
  const scope = newScope(parent, query.rangeTable, query.windows);
  const withText = emitCommonTables(emitter, scope, query.commonTables);
  const from = emitFrom(emitter, scope, query);
  const where = query.where ? [emitter.condition(scope, query.where)] : [];
  const clauses: Clauses = {
    with: withText,
    from: from.text,
    conditions: [...from.conditions, ...where],
    group: groupText(emitter, scope, query),
  };
  if (query.having && !query.hasAggregates && query.groupBy.length === 0) {
    // The one group of all rows: SQLite has none without an aggregate.
    clauses.from = `(SELECT count(*)${tail({ ...clauses, group: "" })})`;
    clauses.conditions = [emitter.condition(scope, query.having)];
    clauses.group = "";
  }
  const units = setCallUnits(emitter, outputs(query));
  if (units.length > 0) addSetCalls(emitter, scope, query, clauses, units);
  if (needsOuter(emitter, query)) {
    if (options.bare) throw notSupported("DISTINCT in a recursive query's second arm");
    return emitOuter(emitter, scope, query, clauses);
  }
  return emitPlain(emitter, scope, query, clauses);
}

function refuse(query: SelectQuery): void {
  if (query.groupingSets) throw notSupported("GROUPING SETS");
  if (query.withTies) throw notSupported("WITH TIES");
  const [locking] = query.locking;
  if (locking) throw notSupported(`SELECT FOR ${locking.strength.toUpperCase()}`);
}

/** Every expression whose value the query's output depends on. */
const outputs = (query: SelectQuery): readonly Expression[] => [
  ...query.targets.map(({ expression }) => expression),
  ...query.orderBy.filter(({ target }) => target === undefined).map((key) => key.expression),
  ...(typeof query.distinct === "boolean" ? [] : query.distinct),
];

function groupText(emitter: Emitter, scope: Scope, query: SelectQuery): string {
  const keys = query.groupBy.map((key) =>
    equalityKey(emitter, emitter.expression(scope, key), key.type),
  );
  const group = keys.length > 0 ? ` GROUP BY ${keys.join(", ")}` : "";
  return query.having ? `${group} HAVING ${emitter.condition(scope, query.having)}` : group;
}

const isGrouped = (query: SelectQuery): boolean =>
  query.hasAggregates ||
  query.groupBy.length > 0 ||
  query.having !== undefined ||
  hasWindowCalls(query);

function hasWindowCalls(query: SelectQuery): boolean {
  let found = false;
  walk(outputs(query), (node) => {
    if (node.kind === "window") found = true;
    return !found && node.kind !== "subLink";
  });
  return found;
}

/**
 * Joins the set-returning calls of the target list; over groups and windows, to their finished
 * rows.
 */
function addSetCalls(
  emitter: Emitter,
  scope: Scope,
  query: SelectQuery,
  clauses: Clauses,
  units: readonly SetCallUnit[],
): void {
  if (isGrouped(query)) {
    const columns: string[] = [];
    for (const expression of outputs(query)) hoist(emitter, scope, expression, "q", columns);
    const inner = `SELECT ${columns.join(", ") || "1"}${tail(clauses)}`;
    clauses.from = `(${inner}) AS q`;
    clauses.conditions = [];
    clauses.group = "";
  }
  const calls = emitSetCalls(emitter, scope, units);
  clauses.from = clauses.from === "" ? calls : `${clauses.from}, ${calls}`;
}

/**
 * Makes the parts of an expression that call no set-returning function columns of the sub-select
 * `alias`.
 */
function hoist(
  emitter: Emitter,
  scope: Scope,
  expression: Expression,
  alias: string,
  columns: string[],
): void {
  if (emitter.replaced.has(expression)) return;
  if (!containsSetCall(expression)) {
    if (expression.kind === "constant" || expression.kind === "parameter") return;
    const name = `h${columns.length + 1}`;
    columns.push(`${emitter.expression(scope, expression)} AS ${name}`);
    emitter.replaced.set(expression, `${alias}.${name}`);
    return;
  }
  for (const value of Object.values(expression)) {
    const parts = Array.isArray(value) ? value : [value];
    for (const part of parts) {
      if (typeof part === "object" && part !== null && "kind" in part && "type" in part) {
        hoist(emitter, scope, part as Expression, alias, columns);
      }
    }
  }
}

const tail = ({ from, conditions, group }: Clauses): string =>
  `${from === "" ? "" : ` FROM ${from}`}` +
  `${conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : ""}${group}`;

const isOrdered = (emitter: Emitter, key: SortKey): boolean =>
  emitter.context.types.order(key.expression.type) === "ordered";

function needsOuter(emitter: Emitter, query: SelectQuery): boolean {
  if (typeof query.distinct !== "boolean") return true;
  if (!query.distinct) return false;
  const { types } = emitter.context;
  return (
    query.targets.some(({ expression }) => types.order(expression.type) === "none") ||
    query.orderBy.some((key) => !isOrdered(emitter, key))
  );
}

function emitPlain(emitter: Emitter, scope: Scope, query: SelectQuery, clauses: Clauses): string {
  const columns: string[] = [];
  // SQLite takes HAVING without GROUP BY only where the columns hold an aggregate.
  const oneGroup = query.having && query.hasAggregates && query.groupBy.length === 0;
  const positions = query.targets.map(({ expression, junk }) => {
    if (junk) return undefined;
    const text = emitter.expression(scope, expression);
    const held =
      oneGroup && columns.length === 0 ? `CASE WHEN count(*) >= 0 THEN ${text} END` : text;
    columns.push(`${held} AS c${columns.length + 1}`);
    return columns.length;
  });
  const keys = query.orderBy.map((key) => {
    const target = key.target === undefined ? undefined : query.targets[key.target - 1];
    const position = key.target === undefined ? undefined : positions[key.target - 1];
    if (position !== undefined && isOrdered(emitter, key)) return `${position}${direction(key)}`;
    const expression = target?.expression ?? key.expression;
    const text = emitter.expression(scope, expression);
    return `${orderKey(emitter, text, expression.type)}${direction(key)}`;
  });
  const distinct = query.distinct === true ? "DISTINCT " : "";
  const order = keys.length > 0 ? ` ORDER BY ${keys.join(", ")}` : "";
  // A SELECT may have no columns at all; SQLite's may not.
  const list = columns.length > 0 ? columns.join(", ") : `${oneGroup ? "count(*)" : "1"} AS c1`;
  const limit = emitLimit(emitter, scope, query);
  return `${clauses.with}SELECT ${distinct}${list}${tail(clauses)}${order}${limit}`;
}

/**
 * DISTINCT done by a query around the rows, whose columns are the targets (c1 …, junk j1 …) and
 * other sort keys (s1 …).
 */
function emitOuter(emitter: Emitter, scope: Scope, query: SelectQuery, clauses: Clauses): string {
  const columns: string[] = [];
  const visible: string[] = [];
  const names = query.targets.map(({ expression, junk }, at) => {
    const name = junk ? `j${at + 1}` : `c${visible.length + 1}`;
    if (!junk) visible.push(name);
    columns.push(`${emitter.expression(scope, expression)} AS ${name}`);
    return name;
  });
  const keys = query.orderBy.map((key, at) => {
    const named = key.target === undefined ? undefined : names[key.target - 1];
    const name = named ?? `s${at + 1}`;
    if (named === undefined) {
      columns.push(`${emitter.expression(scope, key.expression)} AS ${name}`);
    }
    const inner =
      named === undefined ? key.expression : query.targets[(key.target ?? 1) - 1]?.expression;
    return {
      key,
      outer: `${orderKey(emitter, name, key.expression.type)}${direction(key)}`,
      inner: inner ?? key.expression,
    };
  });
  let filter = "";
  if (typeof query.distinct !== "boolean") {
    const partition = query.distinct.map((one) =>
      equalityKey(emitter, emitter.expression(scope, one), one.type),
    );
    const order = keys.map(({ key, inner }) => {
      const text = orderKey(emitter, emitter.expression(scope, inner), inner.type);
      return `${text}${direction(key)}`;
    });
    const sorted = order.length > 0 ? ` ORDER BY ${order.join(", ")}` : "";
    columns.push(`row_number() OVER (PARTITION BY ${partition.join(", ")}${sorted}) AS rn`);
    filter = " WHERE rn = 1";
  } else {
    filter = ` GROUP BY ${distinctKeys(emitter, query).join(", ")}`;
  }
  const order = keys.length > 0 ? ` ORDER BY ${keys.map(({ outer }) => outer).join(", ")}` : "";
  const inner = `SELECT ${columns.join(", ")}${tail(clauses)}`;
  const list = visible.join(", ") || "1 AS c1";
  const limit = emitLimit(emitter, scope, query);
  return `${clauses.with}SELECT ${list} FROM (${inner})${filter}${order}${limit}`;
}

/** Keys of the visible columns c1 …, by which equal rows are one. */
export function distinctKeys(emitter: Emitter, query: Query): string[] {
  return query.targets
    .filter(({ junk }) => !junk)
    .map(({ expression }, at) => equalityKey(emitter, `c${at + 1}`, expression.type));
}
