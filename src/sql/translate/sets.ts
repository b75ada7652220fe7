/**
 * UNION, INTERSECT, EXCEPT, VALUES. In SQLite all set operators bind alike, from the left, and
 * their branches are bare SELECTs: a branch that is more becomes a sub-select.
 */
import { notSupported } from "../../base/sql-error.ts";
import type { Query, SetQuery, ValuesQuery } from "../bind/tree.ts";
import { direction } from "./aggregates.ts";
import { orderKey } from "./calls.ts";
import type { Emitter } from "./emitter.ts";
import { valuesText } from "./from.ts";
import { emitLimit } from "./limits.ts";
import { newScope, type Scope } from "./scope.ts";
import { distinctKeys } from "./select.ts";
import { emitCommonTables } from "./with.ts";

/** SQLite takes 500 branches in a row; deeper ones go into a sub-select. */
const BRANCHES_MAX = 400;

export function emitSet(emitter: Emitter, parent: Scope | undefined, query: SetQuery): string {
  const scope = newScope(parent, []);
  const withText = emitCommonTables(emitter, scope, query.commonTables);
  const rows = combined(emitter, scope, query);
  return `${withText}${finish(emitter, scope, query, rows)}`;
}

function combined(emitter: Emitter, scope: Scope, query: SetQuery): string {
  const { types } = emitter.context;
  const left = leftBranch(emitter, scope, query.left);
  const right = branch(emitter, scope, query.right);
  if (query.operation === "union" && query.all) return `${left} UNION ALL ${right}`;
  const keyed = query.targets.some(({ expression }) => types.order(expression.type) === "none");
  if (query.operation === "union") {
    if (!keyed) return `${left} UNION ${right}`;
    const keys = distinctKeys(emitter, query).join(", ");
    return `SELECT ${columnsOf(query)} FROM (${left} UNION ALL ${right}) GROUP BY ${keys}`;
  }
  const operator = query.operation.toUpperCase();
  if (keyed) throw notSupported(`${operator} of these types`);
  if (!query.all) return `${left} ${operator} ${right}`;
  // Equal rows are numbered on both sides: the n-th on the left meets the n-th on the right.
  const columns = columnsOf(query);
  const numbered = (rows: string) =>
    `SELECT ${columns}, row_number() OVER (PARTITION BY ${columns}) AS n FROM (${rows})`;
  return `SELECT ${columns} FROM (${numbered(left)} ${operator} ${numbered(right)})`;
}

const columnsOf = (query: Query): string =>
  query.targets.map((_, at) => `c${at + 1}`).join(", ") || "c1";

const isBare = (query: Query): boolean =>
  query.orderBy.length === 0 && !query.limit && !query.offset && query.commonTables.length === 0;

function branch(emitter: Emitter, scope: Scope, query: Query): string {
  const text = emitter.query(scope, query);
  return query.kind !== "set" && isBare(query) ? text : `SELECT * FROM (${text})`;
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
  const { types } = emitter.context;
  const limit = emitLimit(emitter, scope, query);
  if (query.orderBy.length === 0) return `${rows}${limit}`;
  const plain = query.orderBy.every((key) => types.order(key.expression.type) === "ordered");
  const keys = query.orderBy.map((key) => {
    const target = key.target;
    if (target === undefined) throw notSupported("ORDER BY of an expression over a set operation");
    const text = plain ? String(target) : orderKey(emitter, `c${target}`, key.expression.type);
    return `${text}${direction(key)}`;
  });
  const source = plain ? rows : `SELECT * FROM (${rows})`;
  return `${source} ORDER BY ${keys.join(", ")}${limit}`;
}

export function emitValues(
  emitter: Emitter,
  parent: Scope | undefined,
  query: ValuesQuery,
): string {
  const scope = newScope(parent, []);
  const withText = emitCommonTables(emitter, scope, query.commonTables);
  const columns = query.targets.map((_, at) => `column${at + 1} AS c${at + 1}`).join(", ");
  const rows = `SELECT ${columns} FROM (${valuesText(emitter, scope, query.rows)})`;
  return `${withText}${finish(emitter, scope, query, rows)}`;
}
