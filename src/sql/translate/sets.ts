/**
 * UNION, INTERSECT, EXCEPT, VALUES. In SQLite all set operators bind alike, from the left, and
 * their branches are bare SELECTs: a branch that is more becomes a sub-select.
 */
import { notSupported } from "../../base/sql-error.ts";
import type { Query, SetQuery, ValuesQuery } from "../bind/tree.ts";
import { direction } from "./aggregates.ts";
import type { Emitter } from "./emitter.ts";
import { finishRows } from "./finish.ts";
import { emitLimit, isLimitCorrelated } from "./limits.ts";
import { orderKey, orderOf } from "./order-keys.ts";
import { newScope, type Scope } from "./scope.ts";
import { distinctKeys } from "./select.ts";
import { BRANCHES_MAX } from "./unions.ts";
import { valuesText } from "./values.ts";
import { emitCommonTables, withTables } from "./with.ts";

export function emitSet(emitter: Emitter, parent: Scope | undefined, query: SetQuery): string {
  const scope = newScope(parent, []);
  const withText = withTables(emitCommonTables(emitter, scope, query.commonTables));
  const rows = combined(emitter, scope, query);
  return `${withText}${finish(emitter, scope, query, rows)}`;
}

function combined(emitter: Emitter, scope: Scope, query: SetQuery): string {
  const left = leftBranch(emitter, scope, query.left);
  const right = branch(emitter, scope, query.right);
  if (query.operation === "union" && query.all) return `${left} UNION ALL ${right}`;
  const keyed = query.targets.some(({ expression }) => orderOf(emitter, expression) === "none");
  if (query.operation === "union") {
    if (!keyed) return `${left} UNION ${right}`;
    const keys = distinctKeys(emitter, query).join(", ");
    return `SELECT ${columnsOf(query)} FROM (${left} UNION ALL ${right}) GROUP BY ${keys}`;
  }
  if (keyed) return comparedByKeys(emitter, query, left, right);
  const operator = query.operation.toUpperCase();
  if (!query.all) return `${left} ${operator} ${right}`;
  // Equal rows are numbered on both sides: the n-th on the left meets the n-th on the right.
  const columns = columnsOf(query);
  const numbered = (rows: string) =>
    `SELECT ${columns}, row_number() OVER (PARTITION BY ${columns}) AS n FROM (${rows})`;
  return `SELECT ${columns} FROM (${numbered(left)} ${operator} ${numbered(right)})`;
}

/**
 * INTERSECT and EXCEPT where equal values have several stored forms: rows of both sides are grouped
 * by their keys, and the left side's form is shown.
 */
function comparedByKeys(emitter: Emitter, query: SetQuery, left: string, right: string): string {
  const columns = columnsOf(query);
  const keys = distinctKeys(emitter, query).join(", ");
  const both = `SELECT ${columns}, 1 AS side FROM (${left}) UNION ALL SELECT ${columns}, 2 FROM (${right})`;
  const number = query.all ? `, row_number() OVER (PARTITION BY side, ${keys}) AS n` : "";
  const group = query.all ? `${keys}, n` : keys;
  // With one min() alone, SQLite takes the other columns from the row that has it.
  const grouped =
    `SELECT ${columns}, min(side) AS first, count(DISTINCT side) AS sides ` +
    `FROM (SELECT *${number} FROM (${both})) GROUP BY ${group}`;
  const kept = query.operation === "intersect" ? "sides = 2" : "sides = 1 AND first = 1";
  return `SELECT ${columns} FROM (${grouped}) WHERE ${kept}`;
}

const columnsOf = (query: Query): string =>
  query.targets.map((_, at) => `c${at + 1}`).join(", ") || "c1";

const isBare = (query: Query): boolean =>
  query.orderBy.length === 0 && !query.limit && !query.offset && query.commonTables.length === 0;

function branch(emitter: Emitter, scope: Scope, query: Query): string {
  const text = emitter.query(scope, query);
  const bare = query.kind !== "set" && isBare(query) && !text.startsWith("WITH ");
  return bare ? text : `SELECT * FROM (${text})`;
}

/** A set operation on the left goes on in the same row of branches. */
function leftBranch(emitter: Emitter, scope: Scope, query: Query): string {
  if (query.kind !== "set" || !isBare(query)) return branch(emitter, scope, query);
  const text = emitter.query(scope, query);
  return branches(query) % BRANCHES_MAX === 0 ? `SELECT * FROM (${text})` : text;
}

function branches(query: Query): number {
  let count = 1;
  for (let at: Query = query; at.kind === "set"; at = at.left) count++;
  return count;
}

/** ORDER BY names columns of the result alone. */
function finish(
  emitter: Emitter,
  scope: Scope,
  query: SetQuery | ValuesQuery,
  rows: string,
): string {
  const plain =
    !query.withTies &&
    !isLimitCorrelated(query) &&
    query.orderBy.every((key) => orderOf(emitter, key.expression) === "ordered");
  const keys = query.orderBy.map((key) => {
    const target = key.target;
    if (target === undefined) throw notSupported("ORDER BY of an expression over a set operation");
    const text = plain ? String(target) : orderKey(emitter, `c${target}`, key.expression);
    return `${text}${direction(key)}`;
  });
  if (!plain) return finishRows(emitter, scope, query, rows, columnsOf(query), keys);
  const order = keys.length > 0 ? ` ORDER BY ${keys.join(", ")}` : "";
  return `${rows}${order}${emitLimit(emitter, scope, query)}`;
}

export function emitValues(
  emitter: Emitter,
  parent: Scope | undefined,
  query: ValuesQuery,
): string {
  const scope = newScope(parent, []);
  const withText = withTables(emitCommonTables(emitter, scope, query.commonTables));
  const columns = query.targets.map((_, at) => `column${at + 1} AS c${at + 1}`).join(", ");
  const rows = `SELECT ${columns || "1 AS c1"} FROM (${valuesText(emitter, scope, query.rows)})`;
  return `${withText}${finish(emitter, scope, query, rows)}`;
}
