/**
 * FOR UPDATE and its kin: what has no rows to lock is refused. Rows are locked by whoever runs the
 * query, but for those of a sub-select that depends on the query around it: it locks them itself.
 * https://www.postgresql.org/docs/15/sql-select.html#SQL-FOR-UPDATE-SHARE
 */
import { INVALID_OID } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { checkLockable } from "../bind/locking.ts";
import { plainTarget } from "../bind/plain-select.ts";
import type { Expression, Query, RangeTableEntry, RowLocking, SelectQuery } from "../bind/tree.ts";
import { INT8 } from "../bind/type-oids.ts";
import type { Emitter } from "./emitter.ts";
import { emitLimit, isLimitCorrelated } from "./limits.ts";
import { outerJoins } from "./outer-joins.ts";
import { newScope, type Scope } from "./scope.ts";
import type { TranslateContext } from "./translation.ts";
import type { UserTable } from "./user-table.ts";

type Locks = readonly Pick<RowLocking, "table" | "strength">[];

/** Throws 0A000 and 42809, as PostgreSQL does when it plans and starts the query. */
export function checkRowLocks(context: TranslateContext, query: SelectQuery, locks: Locks): void {
  const { nullable } = outerJoins(context, query);
  for (const { table, strength } of locks) {
    const words = `FOR ${strength.toUpperCase()}`;
    if (nullable.has(table)) {
      const message = `${words} cannot be applied to the nullable side of an outer join`;
      throw new SqlError("0A000", message);
    }
    const entry = query.rangeTable[table - 1];
    if (entry?.kind === "subquery") checkInside(context, entry, strength, words);
    if (entry?.kind === "relation") checkKind(entry);
  }
}

/** What a sub-select or view reads is locked with it. */
function checkInside(
  context: TranslateContext,
  entry: RangeTableEntry & { readonly kind: "subquery" },
  strength: RowLocking["strength"],
  words: string,
): void {
  const { query }: { readonly query: Query } = entry;
  if (query.kind !== "select") return;
  checkLockable(query, words);
  const locks = query.rangeTable.flatMap(({ kind }, at) =>
    kind === "relation" || kind === "subquery" ? [{ table: at + 1, strength }] : [],
  );
  checkRowLocks(context, query, locks);
}

const unlockable: Readonly<Record<string, string>> = {
  S: "sequence",
  t: "TOAST relation",
  m: "materialized view",
  x: "source",
};

function checkKind({ relkind, name }: RangeTableEntry & { readonly kind: "relation" }): void {
  const what = unlockable[relkind];
  if (what !== undefined) throw new SqlError("42809", `cannot lock rows in ${what} "${name}"`);
}

const NONE: Expression = {
  ...{ kind: "constant", value: 0n, type: INT8, typmod: -1, collation: INVALID_OID },
};

/**
 * A sub-select with a LIMIT, whatever it is, is neither dissolved nor sorted anew: its rows come to
 * the function that locks them in their order, and no more of them than the query takes.
 */
export function emitLockedInPlace(
  emitter: Emitter,
  parent: Scope | undefined,
  { lockedInPlace: locked, ...query }: SelectQuery & Pick<Required<SelectQuery>, "lockedInPlace">,
  emitRows: (query: SelectQuery) => string,
): string {
  if (isLimitCorrelated(query)) {
    throw notSupported("LIMIT that depends on the query around a sub-select that locks rows");
  }
  const { limit, offset, ...all } = query;
  // Rows that stand with the last one are told before they are locked.
  const inner = query.withTies ? query : { ...all, offset: NONE };
  const answered = query.targets.filter(({ junk }) => !junk);
  const sorted = query.targets.filter(({ junk }) => junk);
  const wide = [...answered, ...locked.versions.map((version) => plainTarget(version))];
  const columns = wide.map((_, at) => `c${at + 1}`);
  const shown = columns.splice(0, answered.length);
  const text = emitRows({ ...inner, targets: [...wide, ...sorted] });
  const rows = query.withTies ? `SELECT * FROM (${text}) LIMIT -1` : text;
  emitter.effects = true;
  const lock = `${emitter.internal("lock_rows")}(${[emitter.constant(JSON.stringify(locked.tables)), ...columns].join(", ")})`;
  const end = query.withTies
    ? ""
    : emitLimit(emitter, newScope(parent, query.rangeTable, []), query);
  return `SELECT ${shown.join(", ") || "1 AS c1"} FROM (${rows}) WHERE ${lock}${end}`;
}

/** The version of a row that the statement is about to change. */
export function emitTaken(emitter: Emitter, alias: string, table: UserTable | undefined): string {
  if (!table) return "NULL";
  emitter.effects = true;
  return `${emitter.internal("take_row")}(${table.storage}, ${alias}.v)`;
}
