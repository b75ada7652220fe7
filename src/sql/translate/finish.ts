/**
 * THE END OF A QUERY whose rows are a sub-select with named columns: ORDER BY, LIMIT, WITH TIES.
 */
import type { Query } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import { count, emitLimit, isLimitCorrelated } from "./limits.ts";
import type { Scope } from "./scope.ts";

/** `keys` are sort keys over the columns of `rows`; `list` what is shown of them. */
export function finishRows(
  emitter: Emitter,
  scope: Scope,
  query: Query,
  rows: string,
  list: string,
  keys: readonly string[],
): string {
  const order = keys.length > 0 ? ` ORDER BY ${keys.join(", ")}` : "";
  const ties = query.withTies && query.limit !== undefined;
  if (!ties && !isLimitCorrelated(query)) {
    return `SELECT ${list} FROM (${rows})${order}${emitLimit(emitter, scope, query)}`;
  }
  // Rows up to the last one that LIMIT names, and with ties those that sort as it does.
  const check = ties ? "ties_count" : "limit_count";
  const limit = query.limit ? count(emitter, scope, query.limit, check) : "-1";
  const offset = query.offset ? count(emitter, scope, query.offset, "offset_count") : "0";
  const numbered =
    `SELECT *, row_number() OVER (${order.trim()}) AS tn, ${ties ? "rank" : "row_number"}() OVER (${order.trim()}) AS tr ` +
    `FROM (${rows})`;
  const limits = `SELECT ${limit} AS n, ${offset} AS skipped`;
  return (
    `SELECT ${list} FROM (${numbered}), (${limits}) ` +
    `WHERE tn > skipped AND (tr - skipped <= n OR n < 0) AND n <> 0 ORDER BY tn`
  );
}
