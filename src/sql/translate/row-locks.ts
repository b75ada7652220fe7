/**
 * FOR UPDATE and its kin. Rows of catalogs are locked by nobody and users' tables hold none, so
 * nothing is left to do but to refuse what has no rows to lock.
 * https://www.postgresql.org/docs/15/sql-select.html#SQL-FOR-UPDATE-SHARE
 */
import { SqlError } from "../../base/sql-error.ts";
import { checkLockable } from "../bind/locking.ts";
import type { Query, RangeTableEntry, RowLocking, SelectQuery } from "../bind/tree.ts";
import { outerJoins } from "./outer-joins.ts";
import type { TranslateContext } from "./translation.ts";

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
