/**
 * FOR UPDATE and its kin: which entries of FROM a locking clause means.
 * https://www.postgresql.org/docs/15/sql-select.html#SQL-FOR-UPDATE-SHARE
 */
import type { LockingClause, SelectStmt } from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
import type { Scope } from "./scope.ts";
import type { Query, RangeTableEntry, RowLocking, SelectQuery } from "./tree.ts";
import { someExpression } from "./walk.ts";
import { xmlTableOf } from "./xml-table-entry.ts";

const strengths = {
  LCS_NONE: "update",
  LCS_FORKEYSHARE: "key share",
  LCS_FORSHARE: "share",
  LCS_FORNOKEYUPDATE: "no key update",
  LCS_FORUPDATE: "update",
} as const satisfies Record<string, RowLocking["strength"]>;
const waits = {
  LockWaitBlock: "block",
  LockWaitSkip: "skip",
  LockWaitError: "error",
} as const satisfies Record<string, RowLocking["wait"]>;
/** From the weakest; of two clauses for one entry the stronger holds. */
const byStrength = ["key share", "share", "no key update", "update"] as const;
const byWait = ["block", "skip", "error"] as const;

const clausesOf = (stmt: SelectStmt): LockingClause[] =>
  (stmt.lockingClause ?? []).flatMap((node) =>
    "LockingClause" in node ? [node.LockingClause] : [],
  );
const strengthOf = (clause: LockingClause) => strengths[clause.strength ?? "LCS_FORUPDATE"];
const wordsOf = (clause: LockingClause): string => `FOR ${strengthOf(clause).toUpperCase()}`;

/** 0A000 for a locking clause where no rows of tables come out. */
export function refuseLocking(stmt: SelectStmt, place: "UNION/INTERSECT/EXCEPT" | "VALUES"): void {
  const [clause] = clausesOf(stmt);
  if (!clause) return;
  const message =
    place === "VALUES" ? "cannot be applied to VALUES" : `is not allowed with ${place}`;
  throw new SqlError("0A000", `${wordsOf(clause)} ${message}`);
}

/** What the locking clauses of a query lock, by range table number. */
export function bindLocking(scope: Scope, stmt: SelectStmt, query: SelectQuery): RowLocking[] {
  const locked = new Map<number, RowLocking>();
  for (const clause of clausesOf(stmt)) {
    checkLockable(query, wordsOf(clause));
    const names = (clause.lockedRels ?? []).flatMap((node) =>
      "RangeVar" in node ? [node.RangeVar] : [],
    );
    const tables =
      names.length === 0
        ? query.rangeTable.flatMap((entry, at) => (isLockable(entry) ? [at + 1] : []))
        : names.map((name) => tableNamed(scope, query, clause, name));
    for (const table of tables) lock(scope, query, clause, table, locked);
  }
  return [...locked.values()].sort((a, b) => a.table - b.table);
}

const isLockable = (entry: RangeTableEntry): boolean =>
  entry.kind === "relation" || entry.kind === "subquery";

function lock(
  scope: Scope,
  query: SelectQuery,
  clause: LockingClause,
  table: number,
  locked: Map<number, RowLocking>,
): void {
  const entry = query.rangeTable[table - 1];
  const asked = { strength: strengthOf(clause), wait: waits[clause.waitPolicy ?? "LockWaitBlock"] };
  if (entry?.kind === "subquery") {
    lockInside(scope, entry.query, wordsOf(clause));
    scope.rangeTable[table - 1] = { ...entry, query: strengthened(entry.query, asked) };
  }
  if (entry?.kind === "relation") scope.binding.context.lockRelation?.(entry.relation, "RowShare");
  const before = locked.get(table);
  locked.set(table, { table, ...greaterOf(asked, before) });
}

type Asked = Pick<RowLocking, "strength" | "wait">;

const greaterOf = (asked: Asked, before: Asked | undefined): Asked => ({
  strength: greater(byStrength, asked.strength, before?.strength),
  wait: greater(byWait, asked.wait, before?.wait),
});

/** What a sub-select locks itself it locks at least as strongly as the query around it. */
function strengthened(query: Query, asked: Asked): Query {
  if (query.kind !== "select") return query;
  return {
    ...query,
    locking: query.locking.map(({ table, ...own }) => ({ table, ...greaterOf(asked, own) })),
    rangeTable: query.rangeTable.map((entry) =>
      entry.kind === "subquery" ? { ...entry, query: strengthened(entry.query, asked) } : entry,
    ),
  };
}

const greater = <T>(order: readonly T[], a: T, b: T | undefined): T =>
  b !== undefined && order.indexOf(b) > order.indexOf(a) ? b : a;

/** The lock goes on to what a sub-select reads. */
function lockInside(scope: Scope, query: Query, words: string): void {
  if (query.kind === "values") return;
  checkLockable(query, words);
  if (query.kind === "set") return;
  for (const entry of query.rangeTable) {
    if (entry.kind === "subquery") lockInside(scope, entry.query, words);
    if (entry.kind === "relation") scope.binding.context.lockRelation?.(entry.relation, "RowShare");
  }
}

/** 0A000 for a query whose rows are not rows of tables. */
export function checkLockable(query: Exclude<Query, { kind: "values" }>, words: string): void {
  const place = query.kind === "set" ? "UNION/INTERSECT/EXCEPT" : whyNotLockable(query);
  if (place !== undefined) throw new SqlError("0A000", `${words} is not allowed with ${place}`);
}

function whyNotLockable(query: SelectQuery): string | undefined {
  if (query.distinct !== false) return "DISTINCT clause";
  if (query.groupBy.length > 0 || query.groupingSets) return "GROUP BY clause";
  if (query.having) return "HAVING clause";
  if (query.hasAggregates) return "aggregate functions";
  if (someTarget(query, (node) => node.kind === "window")) return "window functions";
  if (someTarget(query, (node) => "returnsSet" in node && node.returnsSet)) {
    return "set-returning functions in the target list";
  }
  return undefined;
}

/** Whether something holds in what the query computes for its rows. */
export const someTarget = (
  query: SelectQuery,
  test: Parameters<typeof someExpression>[1],
): boolean =>
  [...query.targets, ...query.orderBy].some(({ expression }) => someExpression(expression, test));

const unlockable: Readonly<Record<string, string>> = {
  join: "a join",
  function: "a function",
  values: "VALUES",
  cte: "a WITH query",
};

function tableNamed(
  scope: Scope,
  query: SelectQuery,
  clause: LockingClause,
  {
    relname = "",
    schemaname,
    location,
  }: { relname?: string; schemaname?: string; location?: number },
): number {
  const position = scope.at(location);
  const words = wordsOf(clause);
  if (schemaname !== undefined) {
    const message = `${words} must specify unqualified relation names`;
    throw new SqlError("42601", message).at(position);
  }
  const table = query.rangeTable.findIndex((entry) =>
    entry.kind === "join"
      ? entry.usingAlias === relname || (entry.name === relname && entry.alias)
      : entry.name === relname,
  );
  const entry = query.rangeTable[table];
  if (!entry) {
    const message = `relation "${relname}" in ${words} clause not found in FROM clause`;
    throw new SqlError("42P01", message).at(position);
  }
  const what = xmlTableOf(entry) ? "a table function" : unlockable[entry.kind];
  if (what !== undefined) {
    throw new SqlError("0A000", `${words} cannot be applied to ${what}`).at(position);
  }
  return table + 1;
}
