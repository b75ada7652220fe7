/**
 * LIMIT and OFFSET. NULL is no limit; a negative number is an error (2201W, 2201X), where SQLite
 * would take it for none.
 */
import type { Expression, Query } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import type { Scope } from "./scope.ts";
import { references } from "./walk.ts";

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
