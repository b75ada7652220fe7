/**
 * BULKS: rows of large transactions, applied before their commit.
 *
 *   running ──commit frame──▶ committed at an epoch ──settle──▶ gone: versions bear the epoch
 *      └──rollback, or no commit frame in the log──▶ abandoned ──settle──▶ gone: versions removed
 *
 * Few exist at a time, so their states are in memory, too.
 */
import type Database from "better-sqlite3";
import { type BulkId, EPOCH_MAX, type Epoch, type Oid, oid } from "../base/ids.ts";
import type { RowChange } from "../wal/fragment.ts";
import type { RowChanges } from "./row-changes.ts";
import { noteLast, ROWS, rowTable } from "./row-file.ts";

type State = Epoch | "running" | "abandoned";
type Write = Database.Statement<unknown[]>;

interface RangeRow {
  readonly storage: number;
  readonly first: number;
  readonly last: number;
}
interface EndedRow {
  readonly storage: number;
  readonly v: number;
}

export class BulkStates {
  readonly #db: Database.Database;
  readonly #removed: (storage: Oid, count: number) => void;
  readonly #states = new Map<BulkId, State>();
  readonly #start: Write;
  readonly #finish: Write;
  readonly #addRange: Write;
  readonly #addEnded: Write;
  readonly #firstRange: Database.Statement<[number], RangeRow>;
  readonly #firstEnded: Database.Statement<[number], EndedRow>;
  readonly #ranges: Database.Statement<[number], RangeRow>;
  readonly #ended: Database.Statement<[number], EndedRow>;
  readonly #dropRange: Write;
  readonly #dropEnded: Write;
  readonly #drop: Write;
  readonly #isIn: Database.Statement<[number, number, number, number], number>;

  /** `removed` is told how many versions of an abandoned bulk have left a storage. */
  constructor(db: Database.Database, removed: (storage: Oid, count: number) => void) {
    this.#db = db;
    this.#removed = removed;
    this.#start = db.prepare(`INSERT OR IGNORE INTO ${ROWS}.bulk_state VALUES (?, NULL)`);
    this.#finish = db.prepare(`UPDATE ${ROWS}.bulk_state SET epoch = ? WHERE bulk = ?`);
    this.#addRange = db.prepare(
      `INSERT INTO ${ROWS}.bulk_range VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET last = max(last, excluded.last)`,
    );
    this.#addEnded = db.prepare(`INSERT OR IGNORE INTO ${ROWS}.bulk_ended VALUES (?, ?, ?)`);
    this.#firstRange = db.prepare(
      `SELECT storage, first, last FROM ${ROWS}.bulk_range WHERE bulk = ? LIMIT 1`,
    );
    this.#firstEnded = db.prepare(
      `SELECT storage, v FROM ${ROWS}.bulk_ended WHERE bulk = ? LIMIT 1`,
    );
    this.#ranges = db.prepare(`SELECT storage, first, last FROM ${ROWS}.bulk_range WHERE bulk = ?`);
    this.#ended = db.prepare(`SELECT storage, v FROM ${ROWS}.bulk_ended WHERE bulk = ?`);
    this.#dropRange = db.prepare(
      `DELETE FROM ${ROWS}.bulk_range WHERE bulk = ? AND storage = ? AND first = ?`,
    );
    this.#dropEnded = db.prepare(
      `DELETE FROM ${ROWS}.bulk_ended WHERE bulk = ? AND storage = ? AND v = ?`,
    );
    this.#drop = db.prepare(`DELETE FROM ${ROWS}.bulk_state WHERE bulk = ?`);
    this.#isIn = db.prepare(
      `SELECT 1 FROM ${ROWS}.bulk_range WHERE bulk = ? AND storage = ?
       UNION ALL SELECT 1 FROM ${ROWS}.bulk_ended WHERE bulk = ? AND storage = ? LIMIT 1`,
    );
    const all = db.prepare<[], { bulk: number; epoch: number | null }>(
      `SELECT bulk, epoch FROM ${ROWS}.bulk_state`,
    );
    for (const { bulk, epoch } of all.all()) {
      const state = epoch === null ? "running" : epoch === 0 ? "abandoned" : (epoch as Epoch);
      this.#states.set(bulk as BulkId, state);
    }
  }

  /** The epoch from which on the bulk's changes are real; undefined while they are not. */
  epochOf(bulk: BulkId): Epoch | undefined {
    const state = this.#states.get(bulk);
    return typeof state === "number" ? state : undefined;
  }

  /** Bulks that are committed and not settled, with their epochs: what a reader must know. */
  committed(): (readonly [BulkId, Epoch])[] {
    const found: (readonly [BulkId, Epoch])[] = [];
    for (const [bulk, state] of this.#states) {
      if (typeof state === "number") found.push([bulk, state]);
    }
    return found;
  }

  /** Bulks with changes of the storage that are neither committed nor abandoned. */
  runningIn(storage: Oid): BulkId[] {
    const found: BulkId[] = [];
    for (const [bulk, state] of this.#states) {
      if (state !== "running") continue;
      const isIn = this.#isIn.get(bulk, storage, bulk, storage);
      if (isIn !== undefined) found.push(bulk);
    }
    return found;
  }

  note(bulk: BulkId, changes: readonly RowChange[]): void {
    if (!this.#states.has(bulk)) {
      this.#states.set(bulk, "running");
      this.#start.run(bulk);
    }
    for (const [storage, first, last] of rangesOf(changes)) {
      this.#addRange.run(bulk, storage, first, last);
    }
    for (const change of changes) {
      if (change.kind === "end") this.#addEnded.run(bulk, change.storage, change.version);
    }
  }

  /** Tells which versions become real when the bulk is committed; before `commit`. */
  noteChanges(bulk: BulkId, epoch: Epoch, changes: RowChanges): void {
    if (changes.isIdle) return;
    const ranges = this.#ranges.all(bulk).filter(({ storage }) => changes.isWatched(oid(storage)));
    for (const { storage, first, last } of ranges) {
      if (last - first >= changes.max) changes.lose(oid(storage), epoch);
      else for (let at = first; at <= last; at++) changes.note(oid(storage), at, epoch);
    }
    for (const { storage, v } of this.#ended.iterate(bulk)) changes.note(oid(storage), v, epoch);
  }

  commit(bulk: BulkId, epoch: Epoch): void {
    this.#states.set(bulk, epoch);
    this.#finish.run(epoch, bulk);
  }

  abandon(bulk: BulkId): void {
    if (!this.#states.has(bulk)) return;
    this.#states.set(bulk, "abandoned");
    this.#finish.run(0, bulk);
  }

  /** At the log's end, what runs no longer will never be committed. */
  abandonRunning(): void {
    for (const [bulk, state] of this.#states) if (state === "running") this.abandon(bulk);
  }

  get hasUnsettled(): boolean {
    for (const state of this.#states.values()) if (state !== "running") return true;
    return false;
  }

  /**
   * Gives about `most` versions of finished bulks their epochs, or removes them; answers how many.
   * No snapshot sees a difference. Index entries of removed versions lead nowhere until vacuum.
   */
  settle(most: number): number {
    let done = 0;
    for (const [bulk, state] of this.#states) {
      if (state === "running") continue;
      done += this.#settleOne(bulk, state, most - done);
      if (done >= most) return done;
    }
    return done;
  }

  #settleOne(bulk: BulkId, state: Epoch | "abandoned", most: number): number {
    let done = 0;
    for (let range = this.#firstRange.get(bulk); range; range = this.#firstRange.get(bulk)) {
      if (done >= most) return done;
      const last = Math.min(range.last, range.first + most - done - 1);
      this.#settleAdded(oid(range.storage), range.first, last, bulk, state);
      done += last - range.first + 1;
      this.#dropRange.run(bulk, range.storage, range.first);
      if (last < range.last) this.#addRange.run(bulk, range.storage, last + 1, range.last);
    }
    for (let ended = this.#firstEnded.get(bulk); ended; ended = this.#firstEnded.get(bulk)) {
      if (done >= most) return done;
      this.#settleEnded(oid(ended.storage), ended.v, bulk, state);
      this.#dropEnded.run(bulk, ended.storage, ended.v);
      done++;
    }
    this.#drop.run(bulk);
    this.#states.delete(bulk);
    return done + 1;
  }

  #settleAdded(
    storage: Oid,
    first: number,
    last: number,
    bulk: BulkId,
    state: Epoch | "abandoned",
  ): void {
    const table = rowTable(storage);
    const which = "WHERE v BETWEEN ? AND ? AND xmin = ?";
    if (state === "abandoned") {
      this.#db.prepare(noteLast(storage)).run(storage);
      const gone = this.#db.prepare(`DELETE FROM ${table} ${which}`).run(first, last, bulk);
      this.#removed(storage, gone.changes);
    } else {
      this.#db.prepare(`UPDATE ${table} SET xmin = ? ${which}`).run(state, first, last, bulk);
    }
  }

  #settleEnded(storage: Oid, version: number, bulk: BulkId, state: Epoch | "abandoned"): void {
    const table = rowTable(storage);
    const set = state === "abandoned" ? `xmax = ${EPOCH_MAX}, next = 0` : `xmax = ${state}`;
    this.#db.prepare(`UPDATE ${table} SET ${set} WHERE v = ? AND xmax = ?`).run(version, bulk);
  }
}

/** Runs of versions that follow each other, by storage. */
function rangesOf(changes: readonly RowChange[]): [Oid, number, number][] {
  const ranges: [Oid, number, number][] = [];
  let current: [Oid, number, number] | undefined;
  for (const change of changes) {
    if (change.kind !== "add") continue;
    if (current?.[0] === change.storage && current[2] + 1 === change.version) {
      current[2] = change.version;
    } else {
      current = [change.storage, change.version, change.version];
      ranges.push(current);
    }
  }
  return ranges;
}
