/**
 * LIMIT and OFFSET. NULL is no limit; a negative number is an error (2201W, 2201X), where SQLite
 * would take it for none.
 */
import type { Expression, Query, SelectQuery } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import type { Scope } from "./scope.ts";
import { containsSetCall, references, walk } from "./walk.ts";

/** Whether they depend on the query around; SQLite does not know its columns there. */
export const isLimitCorrelated = ({ limit, offset }: Query): boolean =>
  [limit, offset].some((value) => value !== undefined && references(value).length > 0);

export function emitLimit(emitter: Emitter, scope: Scope, query: Query): string {
  if (!query.limit && !query.offset) return "";
  const limit = query.limit ? count(emitter, scope, query.limit, "limit_count") : "-1";
  const offset = query.offset ? count(emitter, scope, query.offset, "offset_count") : "0";
  return ` LIMIT ${limit} OFFSET ${offset}`;
}

/** `check`: the function that refuses what is no count. */
export function count(
  emitter: Emitter,
  scope: Scope,
  value: Expression,
  check: "limit_count" | "offset_count" | "ties_count",
): string {
  const known = constantCount(value);
  if (known !== undefined) return emitter.constant(known);
  return `${emitter.internal(check)}(${emitter.expression(scope, value)})`;
}

const INT8_OF_INT4 = 481;

/** The number that a LIMIT or OFFSET plainly is, not negative. */
export function constantCount(value: Expression): bigint | undefined {
  if (value.kind === "function" && value.function === INT8_OF_INT4) {
    return value.args[0] && constantCount(value.args[0]);
  }
  const isCount = value.kind === "constant" && typeof value.value === "bigint" && value.value >= 0n;
  return isCount ? (value.value as bigint) : undefined;
}

/** How many rows the query takes at most, if it just shows those of one table. */
function rowsShown(query: SelectQuery): bigint | undefined {
  const { limit, offset, withTies, from, targets } = query;
  const limited = limit && constantCount(limit);
  const skipped = offset ? constantCount(offset) : 0n;
  if (limited === undefined || skipped === undefined || withTies || query.where) return undefined;
  if (query.hasAggregates || query.groupBy.length > 0 || query.groupingSets || query.having) {
    return undefined;
  }
  if (query.distinct !== false || query.orderBy.length > 0 || query.windows.length > 0) {
    return undefined;
  }
  if (targets.some(({ expression }) => containsSetCall(expression))) return undefined;
  const isOne = from.length === 1 && from[0]?.kind === "table";
  return isOne ? limited + skipped : undefined;
}

/** The same of a WITH table of its, undefined where that is read elsewhere, too. */
export function rowsTaken(query: SelectQuery, table: string): bigint | undefined {
  const [only] = query.from;
  if (only?.kind !== "table") return undefined;
  const entry = query.rangeTable[only.table - 1];
  if (entry?.kind !== "cte" || entry.cte !== table) return undefined;
  return readsOf(query, table) === 1 ? rowsShown(query) : undefined;
}

/** How often a query reads a common table of its own. */
export function readsOf(query: SelectQuery, table: string): number {
  let reads = 0;
  walk(query, (node) => {
    if (node.kind === "cte" && node["cte"] === table && node["self"] !== true) reads++;
    return true;
  });
  return reads;
}
