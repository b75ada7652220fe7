/**
 * THE HISTORY OF COMMITS: one row for each commit, made when it is applied, so that it is derived
 * from the log like everything else. Rows older than the retention, counted from the time of the
 * newest commit, are removed: what the table holds depends on the log and on the retention alone.
 */
import type Database from "better-sqlite3";
import { assert } from "../base/assert.ts";
import type { Oid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { Mutation } from "../wal/fragment.ts";
import type { TableLayout } from "./layout.ts";
import { quoteName } from "./schema.ts";
import type { AppliedCommit } from "./store.ts";

/** A row as it was before the commit. */
export type ReadBefore = (table: TableLayout, db: Oid, key: readonly Value[]) => Row | undefined;

/**
 * Told in the order of the log: one teller may remember what it read for the commits before.
 * Undefined: there is nothing to tell.
 */
export type HistoryTeller = (commit: AppliedCommit, before: ReadBefore) => Row | undefined;

export interface HistoryOptions {
  readonly table: TableLayout;
  /** The column with the commit's time, as CommitInfo counts it. */
  readonly time: string;
  /** µs that a row is kept; negative = none is made. It may change. */
  readonly retention: bigint;
  readonly startTelling: () => HistoryTeller;
}

export class CommitHistory {
  readonly #options: HistoryOptions;
  readonly #tell: HistoryTeller;
  readonly #remove: Database.Statement<[bigint]>;
  readonly #oldest: Database.Statement<[], bigint | null>;
  readonly #newest: Database.Statement<[], bigint | null>;
  /** Time of the oldest row. */
  #since: bigint | undefined;

  constructor(db: Database.Database, options: HistoryOptions) {
    this.#options = options;
    this.#tell = options.startTelling();
    const { table } = options;
    assert(
      table.columns.some(({ name }) => name === options.time),
      `${table.name} has a column ${options.time}`,
    );
    const [name, column] = [quoteName(table.name), quoteName(options.time)];
    this.#remove = db.prepare(`DELETE FROM ${name} WHERE ${column} < ?`);
    const time = (which: string) =>
      db
        .prepare<[], bigint | null>(`SELECT ${which}(${column}) FROM ${name}`)
        .pluck(true)
        .safeIntegers(true);
    this.#oldest = time("min");
    this.#newest = time("max");
    this.#since = this.#oldest.get() ?? undefined;
  }

  /** The changes of the commit, and the row that tells of them. */
  with(commit: AppliedCommit, before: ReadBefore): readonly Mutation[] {
    const { table, retention } = this.#options;
    if (retention < 0n || commit.mutations.length === 0) return commit.mutations;
    const row = this.#tell(commit, before);
    if (!row) return commit.mutations;
    this.#since ??= commit.info.time;
    return [...commit.mutations, { kind: "insert", rel: table.rel, db: 0 as Oid, row }];
  }

  /** Removes what is too old when a commit of this time has been applied; returns how many rows. */
  expire(now: bigint): number {
    const { retention } = this.#options;
    if (this.#since === undefined || now - this.#since <= retention) return 0;
    const { changes } = this.#remove.run(now - retention);
    this.#since = this.#oldest.get() ?? undefined;
    return changes;
  }

  /** The same as of the newest commit that it tells of: the retention has changed. */
  trim(): number {
    const newest = this.#newest.get() ?? undefined;
    return newest === undefined ? 0 : this.expire(newest);
  }
}
