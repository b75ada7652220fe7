/**
 * THE END OF A QUERY whose rows are a sub-select with named columns: ORDER BY, LIMIT, WITH TIES.
 */
import type { Query } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import { count, emitLimit } from "./limits.ts";
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
  if (!query.withTies || !query.limit) {
    return `SELECT ${list} FROM (${rows})${order}${emitLimit(emitter, scope, query)}`;
  }
  // Rows up to the last one that LIMIT names, and those that sort as it does.
  const limit = count(emitter, scope, query.limit, "ties_count");
  const offset = query.offset ? count(emitter, scope, query.offset, "offset_count") : "0";
  const numbered =
    `SELECT *, row_number() OVER (${order.trim()}) AS tn, rank() OVER (${order.trim()}) AS tr ` +
    `FROM (${rows})`;
  const limits = `SELECT ${limit} AS n, ${offset} AS skipped`;
  return (
    `SELECT ${list} FROM (${numbered}), (${limits}) ` +
    `WHERE tn > skipped AND tr - skipped <= n AND n > 0 ORDER BY tn`
  );
}
