/**
 * MOMENTS: which commit was the newest at a time, as long as old versions are kept so that they can
 * be read (time_travel_retention_ms). Made from the times of the commits when they are applied, in
 * the same SQLite transaction, so they are there after a crash and after a replay.
 *
 *   moment   time   µs since 2000-01-01 UTC, never before that of an older commit
 *            epoch  the newest one at that time
 */
import type Database from "better-sqlite3";
import { type Epoch, epoch } from "../base/ids.ts";

export const createMoments =
  "CREATE TABLE moment (time INTEGER PRIMARY KEY, epoch INTEGER NOT NULL)";

/** Rows that are removed in one step, so that nobody waits for it. */
const REMOVED_MAX = 10_000;

export class Moments {
  readonly #keptMicros: () => number;
  readonly #insert: Database.Statement<[number, number]>;
  readonly #find: Database.Statement<[number], { time: number; epoch: number }>;
  readonly #remove: Database.Statement<[number, number]>;
  #newest: number;

  /** `keptMicros`: how long moments are kept; 0 = none is. It may change. */
  constructor(db: Database.Database, keptMicros: () => number) {
    this.#keptMicros = keptMicros;
    this.#insert = db.prepare("INSERT OR REPLACE INTO moment VALUES (?, ?)");
    this.#find = db.prepare("SELECT * FROM moment WHERE time <= ? ORDER BY time DESC LIMIT 1");
    this.#remove = db.prepare(
      "DELETE FROM moment WHERE time IN (SELECT time FROM moment WHERE time < ? LIMIT ?)",
    );
    const read = db.prepare<[], number | null>("SELECT max(time) FROM moment").pluck(true);
    this.#newest = read.get() ?? 0;
  }

  /** A commit of this time was applied. */
  note(time: number, at: Epoch): void {
    if (this.#keptMicros() === 0) return;
    this.#newest = Math.max(this.#newest, time);
    this.#insert.run(this.#newest, at);
  }

  /** The newest commit of not after this time; undefined where that is not known (any more). */
  find(time: number): Epoch | undefined {
    const found = this.#find.get(time);
    return found && epoch(found.epoch);
  }

  /**
   * Removes what is too old now, some of it, and begins with the newest commit where nothing is
   * known. Answers how many rows it changed.
   */
  trim(now: number, newest: Epoch): number {
    const kept = this.#keptMicros();
    if (kept === 0) return this.#remove.run(Number.MAX_SAFE_INTEGER, REMOVED_MAX).changes;
    const first = this.#find.get(now - kept);
    if (first !== undefined) return this.#remove.run(first.time, REMOVED_MAX).changes;
    if (this.#find.get(Number.MAX_SAFE_INTEGER) !== undefined) return 0;
    this.note(now, newest);
    return 1;
  }
}
