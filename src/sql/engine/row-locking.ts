/**
 * SELECT … FOR UPDATE and its kin over users' tables. The query answers the version of each row
 * that it would lock beside what it was asked for; here the locks are taken, and the versions are
 * looked at again: whoever waited may find another one.
 * https://www.postgresql.org/docs/15/explicit-locking.html#LOCKING-ROWS
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import { Wait } from "../../txn/wait.ts";
import { plainTarget } from "../bind/plain-select.ts";
import type { BoundQuery, Expression, Query, RowLocking, Target } from "../bind/tree.ts";
import { INT8 } from "../bind/type-oids.ts";
import { VERSION_ATTRIBUTE } from "../bind/update.ts";
import type { Scalar } from "../types/scalar.ts";
import { StartAgain } from "./start-again.ts";

/** A table whose rows are locked, by the place of its version behind the answer. */
interface LockedTable extends Pick<RowLocking, "strength" | "wait"> {
  readonly relation: Oid;
  readonly name: string;
  readonly storage: Oid;
}

export interface LockingPlan {
  readonly tables: readonly LockedTable[];
  /** Columns that the client is sent. */
  readonly width: number;
  /** With SKIP LOCKED they count the rows that are left. */
  readonly limit: Expression | undefined;
  readonly offset: Expression | undefined;
}

export interface LockingQuery {
  readonly bound: BoundQuery;
  readonly locking: LockingPlan | undefined;
}

/** The query with versions, if it locks rows of users' tables. 0A000 where they are inside. */
export function withVersions(
  bound: BoundQuery,
  catalog: CatalogReader,
  isUsers: (relation: Oid) => boolean,
): LockingQuery {
  const { query, parameterTypes } = bound;
  if (query.kind !== "select" || query.locking.length === 0) return { bound, locking: undefined };
  const tables: LockedTable[] = [];
  const versions: Target[] = [];
  for (const { table, strength, wait } of query.locking) {
    const entry = query.rangeTable[table - 1];
    if (entry?.kind === "subquery" && readsUsers(entry.query, isUsers)) {
      throw notSupported("locking the rows of a sub-select or a view");
    }
    if (entry?.kind !== "relation" || entry.relkind !== "r" || !isUsers(entry.relation)) continue;
    const storage = catalog.find(pgClass, "key", [entry.relation])?.relfilenode ?? (0 as Oid);
    const { relation, name } = entry;
    tables.push({ relation, name, storage, strength, wait });
    versions.push(versionOf(table));
  }
  if (tables.length === 0) return { bound, locking: undefined };
  const shown = query.targets.filter(({ junk }) => !junk);
  if (shown.length < query.targets.length) {
    throw notSupported("locking rows in an order that is not answered");
  }
  const skips = tables.some(({ wait }) => wait === "skip");
  const { limit, offset, ...rest } = query;
  const counted = skips ? rest : query;
  const targets = [...shown, ...versions];
  return {
    bound: { query: { ...counted, targets }, parameterTypes },
    locking: {
      tables,
      width: shown.length,
      limit: skips ? limit : undefined,
      offset: skips ? offset : undefined,
    },
  };
}

const versionOf = (table: number): Target =>
  plainTarget({
    kind: "column",
    table,
    attribute: VERSION_ATTRIBUTE,
    levelsUp: 0,
    type: INT8,
    typmod: -1,
    collation: 0 as Oid,
  });

function readsUsers(query: Query, isUsers: (relation: Oid) => boolean): boolean {
  if (query.kind !== "select") return false;
  return query.rangeTable.some(
    (entry) =>
      (entry.kind === "relation" && isUsers(entry.relation)) ||
      (entry.kind === "subquery" && readsUsers(entry.query, isUsers)),
  );
}

type Row = readonly Scalar[];

/**
 * Locks the rows and answers those that are locked, as the client is to see them. Throws a Wait,
 * 55P03 with NOWAIT, 40001 where another transaction has changed a row since the snapshot.
 */
export function lockRows(
  transaction: CatalogTransaction,
  { tables, width }: LockingPlan,
  rows: readonly Row[],
  most = Number.POSITIVE_INFINITY,
): Row[] {
  const locked: Row[] = [];
  for (const row of rows) {
    if (locked.length >= most) break;
    const isLocked = tables.every((table, at) => {
      const version = row[width + at];
      return version === null || lockRow(transaction, table, Number(version));
    });
    if (isLocked) locked.push(row.slice(0, width));
  }
  return locked;
}

/** A query that left the session's thread is gathered before its rows are locked. */
export class GatherWait extends Wait {
  override readonly what = "rows";
  readonly #batches: AsyncIterable<readonly Row[]>;
  readonly #done: (rows: readonly Row[]) => void;

  constructor(batches: AsyncIterable<readonly Row[]>, done: (rows: readonly Row[]) => void) {
    super();
    this.#batches = batches;
    this.#done = done;
  }

  override start() {
    return { done: this.#gather(), cancel: () => {} };
  }

  async #gather(): Promise<void> {
    const rows: Row[] = [];
    for await (const batch of this.#batches) for (const row of batch) rows.push(row);
    this.#done(rows);
  }
}

/** False: it is to be left out. */
function lockRow(
  { rows, isolation }: CatalogTransaction,
  { relation, name, storage, strength, wait }: LockedTable,
  version: number,
): boolean {
  if (wait === "block") rows.lockRow(relation, storage, version, strength);
  else if (!rows.tryLockRow(relation, storage, version, strength)) {
    if (wait === "skip") return false;
    throw new SqlError("55P03", `could not obtain lock on row in relation "${name}"`);
  }
  const state = rows.stateOf(storage, version);
  if (state.state === "live") return true;
  if (wait === "skip") return false;
  if (isolation !== "read committed") {
    const what = state.state === "ended" && state.next === 0 ? "delete" : "update";
    throw new SqlError("40001", `could not serialize access due to concurrent ${what}`);
  }
  throw new StartAgain();
}
