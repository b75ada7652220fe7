/**
 * USERS' ROWS on the applying connection: what row-file.ts describes, changed by entries of the
 * log and read by version.
 *
 * A version is added or ended by an epoch (a committed transaction's) or by a bulk (a transaction's
 * that is still running, seen by it alone). Committing a bulk writes one line; its versions get
 * their epoch later, in slices, by `settle`, and until then `isSeen` of bulk-states.ts says the
 * same.
 */
import type Database from "better-sqlite3";
import { DataCorrupted } from "../base/assert.ts";
import {
  type BulkId,
  EPOCH_MAX,
  type Epoch,
  isBulk,
  type Lsn,
  lsn,
  type Oid,
} from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { RowChange } from "../wal/fragment.ts";
import { BulkStates } from "./bulk-states.ts";
import { RowChanges } from "./row-changes.ts";
import { entryTable, ROWS, rowTable } from "./row-file.ts";
import {
  allPages,
  freePages,
  Shrinking,
  StorageRemoval,
  type StoredStorage,
} from "./row-removal.ts";
import { RowSweep, type RowSweepInProgress } from "./row-sweep.ts";
import { keyOf, RowWriter, unkeyOf } from "./row-writer.ts";
import type { AppliedCommit, Bulk } from "./store.ts";

/** What the rows take of one entry of the log. */
export interface RowBatch {
  readonly bulks: readonly Bulk[];
  readonly commits: readonly Pick<AppliedCommit, "epoch" | "rows" | "bulks">[];
  readonly abandoned: readonly BulkId[];
}

export interface RowPosition {
  readonly lsn: Lsn;
  readonly chain: bigint;
}

export const laterOf = (a: RowPosition, b: RowPosition): RowPosition =>
  a.lsn >= b.lsn ? { lsn: a.lsn, chain: a.chain } : b;

export interface RowVersion {
  readonly version: number;
  /** Epochs or bulks. */
  readonly xmin: number;
  readonly xmax: number;
  readonly next: number;
  readonly row: Row;
}

/** Versions that follow each other: how many, and the last; undefined: there is none. */
export interface Stretch {
  readonly count: number;
  readonly last: number | undefined;
}

/** What an index has of a version. */
export interface Entry {
  readonly key: Row;
  readonly version: number;
}

/** As it was defined: see RowChange. */
export interface StoredIndex {
  readonly index: Oid;
  readonly columns: readonly number[];
  readonly keys: number;
}

/** Entries that are read at first: most lead to a row that is there. */
const NEAREST = 4;

type Bound = bigint | number | string | Uint8Array;
type Raw = (null | bigint | number | string | Uint8Array)[];

export class RowStore {
  readonly bulks: BulkStates;
  readonly changes = new RowChanges();
  readonly #db: Database.Database;
  readonly #writer: RowWriter;
  readonly #updateMeta: Database.Statement<unknown[]>;
  readonly #reads = new Map<Oid, Database.Statement<[number], Raw>>();
  readonly #pages = new Map<Oid, Database.Statement<[number, number], Raw>>();
  readonly #lookups = new Map<string, Database.Statement<unknown[], number>>();
  #position: RowPosition;
  #horizon: Epoch;

  constructor(db: Database.Database) {
    this.#db = db;
    this.bulks = new BulkStates(db, (storage, count) => this.#noteEnded(storage, count));
    this.#writer = new RowWriter(db, (by) => this.isCommitted(by));
    this.#updateMeta = db.prepare(`UPDATE ${ROWS}.row_meta SET lsn = ?, chain = ? WHERE lsn = ?`);
    const read = db.prepare<[], { lsn: bigint; chain: bigint; horizon: bigint }>(
      `SELECT lsn, chain, horizon FROM ${ROWS}.row_meta`,
    );
    const meta = read.safeIntegers(true).get();
    if (!meta) throw new DataCorrupted("the rows have no meta row");
    this.#position = { lsn: lsn(meta.lsn), chain: BigInt.asUintN(64, meta.chain) };
    this.#horizon = Number(meta.horizon) as Epoch;
  }

  /** Versions that ended at or below it may be gone. */
  get horizon(): Epoch {
    return this.#horizon;
  }
  /** Versions that were ended or abandoned since they were last forgotten, by storage. */
  get ended(): Map<Oid, number> {
    return this.#writer.ended;
  }

  /** How far the rows are in the log. */
  get position(): RowPosition {
    return this.#position;
  }

  /** Undefined: the storage has no SQLite table, for nothing was ever added to it. */
  widthOf(storage: Oid): number | undefined {
    return this.#writer.widthOf(storage);
  }

  /** Whether anything was ever said of a storage, a table's or an index's. */
  knows(storage: Oid): boolean {
    return this.#writer.knows(storage);
  }

  /** Applies what one entry says of rows; `moveTo` says afterwards where the rows are. */
  apply(batch: RowBatch): void {
    for (const { bulk, rows } of batch.bulks) {
      this.bulks.note(bulk, rows);
      this.#writer.apply(rows, bulk);
    }
    for (const { epoch, rows, bulks } of batch.commits) {
      if (rows.length > 0) this.#writer.apply(rows, epoch);
      this.#noteChanges(rows, epoch);
      for (const bulk of bulks) {
        this.bulks.noteChanges(bulk, epoch, this.changes);
        this.bulks.commit(bulk, epoch);
      }
    }
    for (const bulk of batch.abandoned) this.bulks.abandon(bulk);
  }

  #noteChanges(rows: readonly RowChange[], epoch: Epoch): void {
    for (const change of rows) {
      if (change.kind === "add" || change.kind === "end") {
        this.changes.note(change.storage, change.version, epoch);
      }
    }
  }

  /** See row-writer.ts. */
  overlay(changes: readonly RowChange[]): void {
    this.#writer.overlay(changes);
  }
  forgetOverlay(): void {
    this.#writer.forgetOverlay();
  }

  /** Why `apply` could not apply these, in words. */
  findMisfit(changes: readonly RowChange[]): string | undefined {
    for (const change of changes) {
      if (change.kind !== "end") continue;
      const { storage, version } = change;
      const found = this.get(storage, version);
      if (found?.xmax === EPOCH_MAX || (found && !this.isCommitted(found.xmax))) continue;
      return `storage ${storage} has no live version ${version}`;
    }
    return undefined;
  }

  /** Together with what was applied, in the same SQLite transaction. */
  moveTo(position: RowPosition): void {
    if (position.lsn === this.#position.lsn) return;
    const chain = BigInt.asIntN(64, position.chain);
    const { changes } = this.#updateMeta.run(position.lsn, chain, this.#position.lsn);
    if (changes !== 1) throw new DataCorrupted(`the rows are not at LSN ${this.#position.lsn}`);
    this.#position = position;
  }

  /** The newest state of a version. */
  get(storage: Oid, version: number): RowVersion | undefined {
    if (this.widthOf(storage) === undefined) return undefined;
    let read = this.#reads.get(storage);
    if (!read) {
      read = this.#db.prepare<[number], Raw>(`SELECT * FROM ${rowTable(storage)} WHERE v = ?`);
      read.raw(true).safeIntegers(true);
      this.#reads.set(storage, read);
    }
    const raw = read.get(version);
    return raw && versionOf(raw);
  }

  /** The versions, live or not, whose first keys in the index are these. */
  lookup(index: Oid, keys: readonly Value[]): number[] {
    if (this.widthOf(index) === undefined) return [];
    const name = `${index}/${keys.length}`;
    let find = this.#lookups.get(name);
    if (!find) {
      const where = keys.map((_, at) => `k${at + 1} = ?`).join(" AND ");
      find = this.#db.prepare<unknown[], number>(
        `SELECT v FROM ${entryTable(index)} WHERE ${where}`,
      );
      find.pluck(true);
      this.#lookups.set(name, find);
    }
    return find.all(keys.map(keyOf));
  }

  /**
   * Versions, live or not, whose entries stand beside the keys, the nearest first: those that agree
   * in all but the last key, and are less in that, or not less.
   */
  *beside(index: Oid, keys: readonly Value[], side: "before" | "behind"): Generator<number> {
    if (!this.widthOf(index)) return;
    const place = keys.length;
    const same = keys.slice(1).map((_, at) => `k${at + 1} = ? AND `);
    const [less, order] = side === "before" ? ["<", "DESC"] : [">", "ASC"];
    const find = this.#db.prepare<unknown[], [Bound, bigint]>(
      `SELECT k${place}, v FROM ${entryTable(index)}
       WHERE ${same.join("")}(k${place}, v) ${less} (?, ?)
       ORDER BY k${place} ${order}, v ${order} LIMIT ?`,
    );
    find.raw(true).safeIntegers(true);
    const fixed = keys.slice(0, -1).map(keyOf);
    let from: readonly [unknown, bigint] = [keyOf(keys.at(-1) as Value), 0n];
    for (let limit = NEAREST; ; limit *= 2) {
      const found = find.all([...fixed, ...from, limit]);
      for (const [, version] of found) yield Number(version);
      const last = found.at(-1);
      if (!last || found.length < limit) return;
      from = last;
    }
  }

  /** Storages of tables that rows were ever added to. */
  tables(): Oid[] {
    const all = this.#db.prepare<[], Oid>(
      `SELECT id FROM ${ROWS}.storage WHERE of IS NULL ORDER BY id`,
    );
    return all.pluck(true).all();
  }

  /** Bulks with changes of the storage that are neither committed nor abandoned. */
  bulksIn(storage: Oid): BulkId[] {
    return this.bulks.runningIn(storage);
  }

  /** Versions of a storage behind `after`, in their order, at most so many. */
  page(storage: Oid, after: number, limit: number): RowVersion[] {
    if (this.widthOf(storage) === undefined) return [];
    let read = this.#pages.get(storage);
    if (!read) {
      read = this.#db.prepare<[number, number], Raw>(
        `SELECT * FROM ${rowTable(storage)} WHERE v > ? ORDER BY v LIMIT ?`,
      );
      read.raw(true).safeIntegers(true);
      this.#pages.set(storage, read);
    }
    return read.all(after, limit).map(versionOf);
  }

  /** The versions of a storage behind `after`, live or not, at most so many. */
  stretch(storage: Oid, after: number, limit: number): Stretch {
    if (this.widthOf(storage) === undefined) return { count: 0, last: undefined };
    const read = this.#db.prepare<[number, number], [number, number | null]>(
      `SELECT count(*), max(v) FROM
       (SELECT v FROM ${rowTable(storage)} WHERE v > ? ORDER BY v LIMIT ?)`,
    );
    const [count, last] = read.raw(true).get(after, limit) ?? [0, null];
    return { count, last: last ?? undefined };
  }

  /** Every version of a storage, for dumps and checks. */
  *versions(storage: Oid): Generator<RowVersion> {
    if (this.widthOf(storage) === undefined) return;
    const read = this.#db.prepare<[], Raw>(`SELECT * FROM ${rowTable(storage)} ORDER BY v`);
    for (const raw of read.raw(true).safeIntegers(true).iterate()) yield versionOf(raw);
  }

  /** Every entry of an index, in the order of keys, for checks. */
  *entries(index: Oid): Generator<Entry> {
    if (!this.widthOf(index)) return;
    const read = this.#db.prepare<[], Raw>(`SELECT * FROM ${entryTable(index)}`);
    for (const raw of read.raw(true).safeIntegers(true).iterate()) yield entryOf(raw);
  }

  /** Entries of an index behind one, in the order of keys, at most so many. */
  entryPage(index: Oid, after: Entry | undefined, limit: number): Entry[] {
    const width = this.widthOf(index);
    if (!width) return [];
    const columns = [...Array.from({ length: width }, (_, at) => `k${at + 1}`), "v"].join(", ");
    const from = after ? [...after.key.map(keyOf), BigInt(after.version)] : [];
    const behind = after ? `WHERE (${columns}) > (${from.map(() => "?").join(", ")})` : "";
    const read = this.#db.prepare<unknown[], Raw>(
      `SELECT * FROM ${entryTable(index)} ${behind} ORDER BY ${columns} LIMIT ?`,
    );
    return read
      .raw(true)
      .safeIntegers(true)
      .all([...from, limit])
      .map(entryOf);
  }

  /** The indexes over a storage that anything was said of. */
  indexesOf(storage: Oid): StoredIndex[] {
    const read = this.#db.prepare<[number], { id: Oid; columns: string; keys: number }>(
      `SELECT id, columns, keys FROM ${ROWS}.storage WHERE of = ? ORDER BY id`,
    );
    return read
      .all(storage)
      .map(({ id, columns, keys }) => ({ index: id, columns: JSON.parse(columns), keys }));
  }

  /** The epoch that `by` stands for; undefined: it is a bulk that is not committed. */
  epochOf(by: number): number | undefined {
    return isBulk(by) ? this.bulks.epochOf(by) : by;
  }

  /** The highest version that a storage ever had; 0 when it had none. */
  lastVersion(storage: Oid): number {
    if (this.widthOf(storage) === undefined) return 0;
    const last = this.#db.prepare<[number], number>(
      `SELECT max(last, coalesce((SELECT max(v) FROM ${rowTable(storage)}), 0))
       FROM ${ROWS}.storage WHERE id = ?`,
    );
    return last.pluck(true).get(storage) ?? 0;
  }

  /** About how many versions there are: what the last sweep left, or all there ever were. */
  estimate(storage: Oid): number {
    const swept = this.#db.prepare<[number], number | null>(
      `SELECT swept FROM ${ROWS}.storage WHERE id = ?`,
    );
    return swept.pluck(true).get(storage) ?? this.lastVersion(storage);
  }

  /** Every storage, tables' and indexes', with an id below this. */
  storages(below: Oid): StoredStorage[] {
    const all = this.#db.prepare<[number], StoredStorage>(
      `SELECT id, width, of, coalesce(keys, 0) AS keys FROM ${ROWS}.storage
       WHERE id < ? ORDER BY id`,
    );
    return all.all(below);
  }

  raiseHorizon(horizon: Epoch): void {
    if (horizon <= this.#horizon) return;
    this.#db.prepare(`UPDATE ${ROWS}.row_meta SET horizon = ?`).run(horizon);
    this.#horizon = horizon;
  }

  /** Undefined: the storage never had a row. `withEntries`: indexes are swept, too. */
  sweep(storage: Oid, horizon: Epoch, withEntries: boolean): RowSweepInProgress | undefined {
    if (this.widthOf(storage) === undefined) return undefined;
    const indexes = this.#db.prepare<[number], StoredStorage>(
      `SELECT id, keys FROM ${ROWS}.storage WHERE of = ? AND width > 0 ORDER BY id`,
    );
    return new RowSweep(this.#db, storage, horizon, withEntries ? indexes.all(storage) : []);
  }

  /** Removes a storage that nothing leads to any more. */
  remove(storage: StoredStorage): StorageRemoval {
    const { id } = storage;
    return new StorageRemoval(this.#db, storage, () => {
      this.#writer.forget(id);
      this.#reads.delete(id);
      this.#pages.delete(id);
      for (const name of this.#lookups.keys()) {
        if (name.startsWith(`${id}/`)) this.#lookups.delete(name);
      }
      this.ended.delete(id);
      this.changes.forget(id);
    });
  }

  /** Pages of the file, and how many of them are free. */
  get pages(): { readonly all: number; readonly free: number } {
    return { all: allPages(this.#db), free: freePages(this.#db) };
  }
  shrink(freeKept: number): Shrinking {
    return new Shrinking(this.#db, freeKept);
  }

  #noteEnded(storage: Oid, count: number): void {
    this.ended.set(storage, (this.ended.get(storage) ?? 0) + count);
  }

  /** Whether a version added (or ended) by `by` is added (or ended) for everybody. */
  isCommitted(by: number): boolean {
    return this.epochOf(by) !== undefined;
  }
}

/** Columns v, xmin, xmax, next, n, then the values. */
function versionOf(raw: Raw): RowVersion {
  return {
    version: Number(raw[0]),
    xmin: Number(raw[1]),
    xmax: Number(raw[2]),
    next: Number(raw[3]),
    row: raw.slice(5, 5 + Number(raw[4])) as Row,
  };
}

const entryOf = (raw: Raw): Entry => ({
  key: raw.slice(0, -1).map(unkeyOf) as Row,
  version: Number(raw.at(-1)),
});
