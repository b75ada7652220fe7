/**
 * IS A CURSOR A SIMPLE SCAN of one table, so that WHERE CURRENT OF finds the table's row behind the
 * cursor's? PostgreSQL looks at the plan: it goes through LIMIT and sub-selects down to a scan, and
 * not through a join, a sort or whatever else makes other rows. Here the shape of the query says.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/executor/execCurrent.c
 * (search_plan_tree)
 */
import type { Expression, Query, SelectQuery } from "../bind/tree.ts";
import { isJoin, isNever, isPlain, isSorted } from "./backward-scan.ts";
import { addConjuncts } from "./cardinality.ts";

/** The entry of its range table that is scanned, or whose sub-select scans. */
export function simplyScanned(query: Query): number | undefined {
  if (query.kind !== "select" || query.distinct !== false || isSorted(query)) return undefined;
  if (!isPlain(query) || isNever(query.where) || joins(query)) return undefined;
  const [item, ...more] = query.from;
  if (item?.kind !== "table" || more.length > 0) return undefined;
  const entry = query.rangeTable[item.table - 1];
  const isScan =
    entry?.kind === "relation" ||
    (entry?.kind === "subquery" && simplyScanned(entry.query) !== undefined);
  return isScan ? item.table : undefined;
}

function joins({ where }: SelectQuery): boolean {
  const conjuncts: Expression[] = [];
  if (where !== undefined) addConjuncts(where, conjuncts);
  return conjuncts.some(isJoin);
}
