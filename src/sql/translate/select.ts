/**
 * SELECT. What SQLite lacks is done in stages (stages.ts): rows, groups, windows, set-returning
 * functions. DISTINCT ON keeps the first row of each numbered group, DISTINCT over types whose
 * stored forms differ for equal values groups by their keys.
 */
import type { Expression, Query, SelectQuery, SortKey } from "../bind/tree.ts";
import { direction } from "./aggregates.ts";
import { opensWindow } from "./arrays.ts";
import type { Emitter } from "./emitter.ts";
import { finishRows } from "./finish.ts";
import { emitFrom } from "./from.ts";
import { emitGroups, needsGroupStage } from "./groups.ts";
import { emitLimit, isLimitCorrelated } from "./limits.ts";
import { equalityKey, orderKey, orderOf } from "./order-keys.ts";
import { checkFullJoins, outerJoins } from "./outer-joins.ts";
import { emitPostponed, postponedTargets } from "./postponed.ts";
import { checkRowLocks, emitLockedInPlace } from "./row-locks.ts";
import { newScope, type Scope } from "./scope.ts";
import { emitSetCalls } from "./set-calls.ts";
import { Columns, computeBelow, outputs, type Source, tail } from "./stages.ts";
import { containsSetCall, containsWindowCall } from "./walk.ts";
import { emitWindows, needsWindowStage } from "./windows.ts";
import { emitCommonTables, withTables } from "./with.ts";

export const emitSelect = (
  emitter: Emitter,
  parent: Scope | undefined,
  query: SelectQuery,
): string =>
  emitter.scoped(() => {
    const { lockedInPlace } = query;
    if (lockedInPlace) {
      const rows = (inner: SelectQuery) => emitSelect(emitter, parent, inner);
      return emitLockedInPlace(emitter, parent, { ...query, lockedInPlace }, rows);
    }
    const late = postponedTargets(emitter.context, query);
    if (late.size > 0) {
      const inner = (below: SelectQuery) => emitSelect(emitter, parent, below);
      return emitPostponed(emitter, parent, query, late, inner);
    }
    const scope = newScope(parent, query.rangeTable, query.windows);
    const tables = emitCommonTables(emitter, scope, query.commonTables, query);
    let source = rowsOf(emitter, scope, query);
    const staged = needsGroupStage(emitter.context, query);
    source = staged
      ? emitGroups(emitter, scope, query, source)
      : { ...source, group: groupText(emitter, scope, query) };
    source = oneGroup(emitter, scope, query, source);
    if (needsWindowStage(query)) source = emitWindows(emitter, scope, query, source);
    source = addSetCalls(emitter, scope, query, source, isGrouped(query) && !staged);
    const text = needsOuter(emitter, query)
      ? emitOuter(emitter, scope, query, source)
      : emitPlain(emitter, scope, query, source);
    return withTables([...tables, ...source.tables]) + text;
  });

function rowsOf(emitter: Emitter, scope: Scope, query: SelectQuery): Source {
  if (query.locking.length > 0) {
    emitter.whenPlanned(() => checkRowLocks(emitter.context, query, query.locking));
  }
  const joined = query.from.some((item) => item.kind === "join");
  const from = joined ? outerJoins(emitter.context, query).from : query.from;
  emitter.whenPlanned(() => {
    for (const item of from) checkFullJoins(emitter.context, query, item);
  });
  const { text, conditions, ordered } = emitFrom(emitter, scope, { ...query, from });
  const where = query.where ? [emitter.condition(scope, query.where)] : [];
  return { tables: [], from: text, conditions: [...conditions, ...where], group: "", ordered };
}

/** The one group of all rows: SQLite has none without an aggregate. */
function oneGroup(emitter: Emitter, scope: Scope, query: SelectQuery, source: Source): Source {
  if (!query.having || query.hasAggregates || query.groupBy.length > 0) return source;
  if (needsGroupStage(emitter.context, query)) return source;
  return {
    tables: source.tables,
    from: `(SELECT count(*)${tail({ ...source, group: "" })})`,
    conditions: [emitter.condition(scope, query.having)],
    group: "",
  };
}

function groupText(emitter: Emitter, scope: Scope, query: SelectQuery): string {
  const keys = query.groupBy.map((key) =>
    equalityKey(emitter, emitter.expression(scope, key), key),
  );
  const group = keys.length > 0 ? ` GROUP BY ${keys.join(", ")}` : "";
  return query.having ? `${group} HAVING ${emitter.condition(scope, query.having)}` : group;
}

const isGrouped = (query: SelectQuery): boolean =>
  query.hasAggregates || query.groupBy.length > 0 || query.having !== undefined;

/**
 * Joins the set-returning calls of the target list; over groups and windows, to their finished
 * rows. Arrays of windows are opened over those, too.
 */
function addSetCalls(
  emitter: Emitter,
  scope: Scope,
  query: SelectQuery,
  source: Source,
  grouped: boolean,
): Source {
  const expressions = outputs(query);
  const opened = expressions.some(opensWindow);
  if (!opened && !expressions.some(containsSetCall)) return source;
  const finished = opened || grouped || expressions.some(containsWindowCall);
  const rows = finished ? finish(emitter, scope, source, expressions) : source;
  const calls = emitSetCalls(emitter, scope, expressions);
  return { ...rows, from: [rows.from, ...calls].filter((text) => text !== "").join(", ") };
}

function finish(
  emitter: Emitter,
  scope: Scope,
  source: Source,
  expressions: readonly Expression[],
): Source {
  const alias = emitter.alias("q");
  const columns = new Columns(alias, "h");
  const later = (each: Expression) => containsSetCall(each) || opensWindow(each);
  computeBelow(emitter, scope, expressions, later, columns);
  const inner = `SELECT ${columns.list.join(", ") || "1"}${tail(source)}`;
  return { tables: source.tables, from: `(${inner}) AS ${alias}`, conditions: [], group: "" };
}

const isOrdered = (emitter: Emitter, key: SortKey): boolean =>
  orderOf(emitter, key.expression) === "ordered";

function needsOuter(emitter: Emitter, query: SelectQuery): boolean {
  if (typeof query.distinct !== "boolean" || query.withTies) return true;
  if (isLimitCorrelated(query)) return true;
  if (!query.distinct) return false;
  return (
    query.targets.some(({ expression }) => orderOf(emitter, expression) === "none") ||
    query.orderBy.some((key) => !isOrdered(emitter, key))
  );
}

function emitPlain(emitter: Emitter, scope: Scope, query: SelectQuery, source: Source): string {
  const columns: string[] = [];
  // SQLite takes HAVING without GROUP BY only where the columns hold an aggregate.
  const one = source.group.startsWith(" HAVING");
  const positions = query.targets.map(({ expression, junk }) => {
    if (junk) return undefined;
    const text = emitter.expression(scope, expression);
    const held = one && columns.length === 0 ? `CASE WHEN count(*) >= 0 THEN ${text} END` : text;
    columns.push(`${held} AS c${columns.length + 1}`);
    return columns.length;
  });
  const sorted = (key: SortKey) => {
    const target = key.target === undefined ? undefined : query.targets[key.target - 1];
    const position = key.target === undefined ? undefined : positions[key.target - 1];
    if (position !== undefined && isOrdered(emitter, key)) return `${position}${direction(key)}`;
    const expression = target?.expression ?? key.expression;
    const text = emitter.expression(scope, expression);
    return `${orderKey(emitter, text, expression)}${direction(key)}`;
  };
  const keys = source.ordered ?? query.orderBy.map(sorted);
  const distinct = query.distinct === true ? "DISTINCT " : "";
  const order = keys.length > 0 ? ` ORDER BY ${keys.join(", ")}` : "";
  // A SELECT may have no columns at all; SQLite's may not.
  const list = columns.length > 0 ? columns.join(", ") : `${one ? "count(*)" : "1"} AS c1`;
  const limit = emitLimit(emitter, scope, query);
  return `SELECT ${distinct}${list}${tail(source)}${order}${limit}`;
}

/**
 * Done by queries around the rows, whose columns are the targets (c1 …, junk j1 …), other sort keys
 * (s1 …) and what DISTINCT ON names (d1 …).
 */
function emitOuter(emitter: Emitter, scope: Scope, query: SelectQuery, source: Source): string {
  const columns: string[] = [];
  const visible: string[] = [];
  const one = source.group.startsWith(" HAVING");
  const add = (expression: Expression, name: string): string => {
    const text = emitter.expression(scope, expression);
    const held = one && columns.length === 0 ? `CASE WHEN count(*) >= 0 THEN ${text} END` : text;
    columns.push(`${held} AS ${name}`);
    return name;
  };
  const names = query.targets.map(({ expression, junk }, at) => {
    const name = add(expression, junk ? `j${at + 1}` : `c${visible.length + 1}`);
    if (!junk) visible.push(name);
    return name;
  });
  const keys = query.orderBy.map((key, at) => {
    const named = key.target === undefined ? undefined : names[key.target - 1];
    const name = named ?? add(key.expression, `s${at + 1}`);
    return `${orderKey(emitter, name, key.expression)}${direction(key)}`;
  });
  const partition =
    typeof query.distinct === "boolean"
      ? []
      : query.distinct.map((each, at) => equalityKey(emitter, add(each, `d${at + 1}`), each));
  const rows = `SELECT ${columns.join(", ") || "1 AS c1"}${tail(source)}`;
  const list = visible.join(", ") || "1 AS c1";
  const distinct = distinctRows(emitter, query, rows, partition, keys);
  return finishRows(emitter, scope, query, distinct, list, keys);
}

function distinctRows(
  emitter: Emitter,
  query: SelectQuery,
  rows: string,
  partition: readonly string[],
  keys: readonly string[],
): string {
  if (query.distinct === true) {
    return `SELECT * FROM (${rows}) GROUP BY ${distinctKeys(emitter, query).join(", ")}`;
  }
  if (!query.distinct) return rows;
  const order = keys.length > 0 ? ` ORDER BY ${keys.join(", ")}` : "";
  const number = `row_number() OVER (PARTITION BY ${partition.join(", ")}${order})`;
  return `SELECT * FROM (SELECT *, ${number} AS rn FROM (${rows})) WHERE rn = 1`;
}

/** Keys of the visible columns c1 …, by which equal rows are one. */
export function distinctKeys(emitter: Emitter, query: Query): string[] {
  const keys = query.targets
    .filter(({ junk }) => !junk)
    .map(({ expression }, at) => equalityKey(emitter, `c${at + 1}`, expression));
  return keys.length > 0 ? keys : ["c1"];
}
