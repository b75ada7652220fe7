/**
 * MAY A CURSOR GO BACK that was declared with neither SCROLL nor NO SCROLL? In PostgreSQL that
 * depends on the plan: a scan of one relation, function or list of values can be run backwards, and
 * so can a sort; a join, an aggregate, a DISTINCT or a query without FROM cannot. Here every result
 * is kept, so every cursor could; which ones may is decided by the shape of the query, as far as it
 * decides PostgreSQL's plan.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/executor/execAmi.c
 * (ExecSupportsBackwardScan)
 */
import type { CommonTable, Expression, FromItem, Query, SelectQuery } from "../bind/tree.ts";
import { addConjuncts } from "./cardinality.ts";
import { containsSetCall, walk } from "./walk.ts";

/** The query and those around it, innermost first: where its common tables are. */
type Around = readonly Query[];

export function readsBackwards(query: Query, outer: Around = []): boolean {
  const around = [query, ...outer];
  switch (query.kind) {
    case "values":
      return query.rows.length > 1;
    case "set":
      if (isSorted(query)) return true;
      if (query.operation !== "union" || !query.all) return false;
      return readsBackwards(query.left, around) && readsBackwards(query.right, around);
    case "select": {
      // With row locks PostgreSQL gives no cursor SCROLL that does not ask for it.
      if (query.distinct !== false || query.locking.length > 0) return false;
      if (isSorted(query)) return true;
      if (!isPlain(query) || isNever(query.where)) return false;
      const scans = scansOf(query, around);
      return scans.length === 1 && scans[0] === true;
    }
  }
}

export const isSorted = ({ orderBy, targets }: Query): boolean =>
  orderBy.some(({ expression, target }) => {
    const sorted = target === undefined ? expression : targets[target - 1]?.expression;
    return sorted?.kind !== "constant";
  });

/** It has rows of its FROM, one for one. */
export const isPlain = (query: SelectQuery): boolean =>
  !query.hasAggregates &&
  query.groupBy.length === 0 &&
  query.groupingSets === undefined &&
  query.having === undefined &&
  !query.targets.some(
    ({ expression }) => containsSetCall(expression) || containsWindow(expression),
  );

export const isNever = (where: Expression | undefined): boolean =>
  where?.kind === "constant" && where.value !== 1n;

/** What its rows are joined of; each true when it can be read backwards. */
function scansOf(query: SelectQuery, around: Around): boolean[] {
  const scans = query.from.flatMap((item) => scansOfItem(query, item, around));
  const conjuncts: Expression[] = [];
  if (query.where !== undefined) addConjuncts(query.where, conjuncts);
  return [...scans, ...conjuncts.filter(isJoin).map(() => true)];
}

function scansOfItem(query: SelectQuery, item: FromItem, around: Around): boolean[] {
  if (item.kind === "join") {
    return [item.left, item.right].flatMap((side) => scansOfItem(query, side, around));
  }
  const entry = query.rangeTable[item.table - 1];
  switch (entry?.kind) {
    case "relation":
    case "function":
      return [true];
    case "values":
      return entry.rows.length > 1 ? [true] : [];
    case "subquery":
      return scansOfSubquery(entry.query, around);
    case "cte": {
      const home = around[entry.levelsUp];
      const found = home?.commonTables.find(({ name }) => name === entry.cte);
      if (home === undefined || found === undefined || isComputedOnce(found, home)) return [true];
      return scansOfSubquery(found.query, around.slice(entry.levelsUp));
    }
    default:
      return [false];
  }
}

/** A plain sub-select, or a list of one row, becomes part of the query around it. */
function scansOfSubquery(query: Query, around: Around): boolean[] {
  if (query.kind === "values" && query.rows.length === 1) return [];
  const isPart =
    query.kind === "select" &&
    query.commonTables.length === 0 &&
    query.distinct === false &&
    query.orderBy.length === 0 &&
    query.limit === undefined &&
    query.offset === undefined &&
    isPlain(query);
  return isPart ? scansOf(query, [query, ...around]) : [readsBackwards(query, around)];
}

function isComputedOnce({ name, recursive, materialized }: CommonTable, home: Query): boolean {
  if (recursive || materialized === "always") return true;
  if (materialized === "never") return false;
  let uses = 0;
  walk(home, (node) => {
    if (node.kind === "cte" && node["cte"] === name) uses++;
    return true;
  });
  return uses > 1;
}

function containsWindow(expression: Expression): boolean {
  let found = false;
  walk(expression, (node) => {
    if (node.kind === "window") found = true;
    return !found && node.kind !== "subLink";
  });
  return found;
}

/** IN and EXISTS with a sub-select over the row's columns become joins. */
export function isJoin(condition: Expression): boolean {
  if (condition.kind !== "subLink") return false;
  const { link, query } = condition;
  return (
    link === "any" || (link === "exists" && query.kind === "select" && query.where !== undefined)
  );
}
