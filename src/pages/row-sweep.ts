/**
 * A SWEEP over the rows of one storage, in passes of ranges:
 *
 *   versions   those that an epoch at or below the horizon has ended go. A bulk's number is above
 *              every epoch, so what a bulk has ended stays until it is settled.
 *   entries    of each index over the storage: those whose version is not there go. That is true
 *              of logged entries, too, and of versions that an abandoned bulk had added.
 *
 * Between two steps anything may be committed. A version is added before its entries are, and no
 * version comes back: so an entry that leads nowhere never will lead anywhere.
 *
 * The storage's highest version is noted before the first one goes: versions never repeat, after a
 * restart neither, for a file that is built anew from the log meets all of them.
 */
import type Database from "better-sqlite3";
import { EPOCH_MAX, type Epoch, type Oid } from "../base/ids.ts";
import { Ranges } from "./ranges.ts";
import { entryTable, noteLast, ROWS, rowTable } from "./row-file.ts";
import { entryColumns } from "./row-removal.ts";
import type { SweepInProgress, Swept } from "./sweep.ts";

/** An index's storage that has a SQLite table. */
export interface SweptIndex {
  readonly id: Oid;
  readonly keys: number;
}

export interface RowsSwept extends Swept {
  /** Entries of indexes that were removed. */
  readonly entries: number;
  /** How often each index was looked through. */
  readonly scans: number;
}

export type RowSweepInProgress = SweepInProgress<RowsSwept>;

/** Deals with a range of so many rows; true when it was the last. */
type Pass = (rows: number) => boolean;

export class RowSweep implements RowSweepInProgress {
  readonly #db: Database.Database;
  readonly #storage: Oid;
  readonly #horizon: Epoch;
  readonly #ranges = new Ranges();
  readonly #passes: Pass[];
  #removed = 0;
  #remaining = 0;
  #dead = 0;
  #entries = 0;
  readonly #scans: number;

  /** The storage has a SQLite table. */
  constructor(db: Database.Database, storage: Oid, horizon: Epoch, indexes: readonly SweptIndex[]) {
    this.#db = db;
    this.#storage = storage;
    this.#horizon = horizon;
    this.#scans = indexes.length > 0 ? 1 : 0;
    db.prepare(noteLast(storage)).run(storage);
    this.#passes = [this.#versions(), ...indexes.map((index) => this.#entriesOf(index))];
  }

  get isOver(): boolean {
    return this.#passes.length === 0;
  }
  get swept(): RowsSwept {
    const [removed, remaining] = [this.#removed, this.#remaining];
    const [entries, scans] = [this.#entries, this.#scans];
    return { removed, remaining, dead: this.#dead, entries, scans };
  }

  step(ms: number): void {
    if (this.isOver) return;
    this.#ranges.run(ms, (rows) => {
      if (this.#passes[0]?.(rows)) this.#passes.shift();
      return this.isOver;
    });
  }

  #versions(): Pass {
    const table = rowTable(this.#storage);
    const boundary = this.#db
      .prepare<unknown[], number>(`SELECT v FROM ${table} WHERE v > ? ORDER BY v LIMIT 1 OFFSET ?`)
      .pluck(true);
    const range = "v > ? AND v <= ?";
    const remove = this.#db.prepare(`DELETE FROM ${table} WHERE ${range} AND xmax <= ?`);
    const count = this.#db
      .prepare<unknown[], [number, number]>(
        `SELECT count(*), count(CASE WHEN xmax < ${EPOCH_MAX} THEN 1 END)
         FROM ${table} WHERE ${range}`,
      )
      .raw(true);
    let after = 0;
    return (rows) => {
      const found = boundary.get(after, rows - 1);
      const to = found ?? Number.MAX_SAFE_INTEGER;
      this.#removed += remove.run(after, to, this.#horizon).changes;
      const [remaining, dead] = count.get(after, to) ?? [0, 0];
      this.#remaining += remaining;
      this.#dead += dead;
      after = to;
      if (found !== undefined) return false;
      this.#db
        .prepare(`UPDATE ${ROWS}.storage SET swept = ? WHERE id = ?`)
        .run(this.#remaining, this.#storage);
      return true;
    };
  }

  #entriesOf({ id, keys }: SweptIndex): Pass {
    const table = entryTable(id);
    const { names, values } = entryColumns(keys);
    const above = `(${names}) > (${values})`;
    const orphan = `NOT EXISTS (SELECT 1 FROM ${rowTable(this.#storage)} AS s WHERE s.v = e.v)`;
    const boundary = (where: string) =>
      this.#db
        .prepare<unknown[], unknown[]>(
          `SELECT ${names} FROM ${table} WHERE ${where} ORDER BY ${names} LIMIT 1 OFFSET ?`,
        )
        .raw(true)
        .safeIntegers(true);
    const remove = (where: string) =>
      this.#db.prepare(`DELETE FROM ${table} AS e WHERE ${where} AND ${orphan}`);
    let after: readonly unknown[] | undefined;
    return (rows) => {
      const from = after ?? [];
      const to = boundary(after ? above : "1").get(...from, rows - 1);
      const range = [...(after ? [above] : []), ...(to ? [`(${names}) <= (${values})`] : ["1"])];
      this.#entries += remove(range.join(" AND ")).run(...from, ...(to ?? [])).changes;
      after = to;
      return to === undefined;
    };
  }
}
