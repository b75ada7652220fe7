/**
 * Applies row changes: adds and ends versions and their index entries. The same function serves
 * commit, bulk and recovery.
 *
 * `by` is what the versions bear as xmin or xmax: the commit's epoch, or the bulk.
 */
import type Database from "better-sqlite3";
import { DataCorrupted, unreachable } from "../base/assert.ts";
import { type BulkId, EPOCH_MAX, type Epoch, isBulk, type Oid, OWN } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { RowChange } from "../wal/fragment.ts";
import { entryTable, ROWS, rowTable } from "./row-file.ts";

type Write = Database.Statement<unknown[]>;
type Bound = null | bigint | number | string | Uint8Array;

/** Entries that are handed over to SQLite at a time: it takes 1.2 µs for each instead of 2. */
const MANY = 16;
type EntryChange = RowChange & { readonly kind: "entry" };
/** What stands for NULL among the keys of an index. */
const NULL_KEY = Number.POSITIVE_INFINITY;
export const keyOf = (value: Value): Bound => (value === null ? NULL_KEY : (value as Bound));
export const unkeyOf = (key: Bound): Bound => (key === NULL_KEY ? null : key);

interface IndexWrites {
  readonly id: Oid;
  readonly width: number;
  /** Positions of the keys in the row; none when its entries are logged. */
  readonly columns: readonly number[];
  readonly insert: Write;
  readonly parameters: Bound[];
  /** Of MANY entries at a time, once there were so many. */
  insertMany: Write | undefined;
  readonly manyParameters: Bound[];
}

interface StorageWrites {
  readonly id: Oid;
  width: number;
  insert: Write;
  /**
   * The same for an overlay, once there was one. An older snapshot of the transaction may hold rows
   * that have become a bulk since, which the snapshot does not see.
   */
  show: Write | undefined;
  parameters: Bound[];
  readonly end: Write;
  /** xmax of a version. */
  readonly endOf: Database.Statement<[number], number>;
  /** Indexes whose entries follow from the rows; opened with the first row. */
  indexes: readonly IndexWrites[];
}

interface StorageRow {
  readonly id: Oid;
  readonly width: number;
  readonly columns: string | null;
  readonly keys: number;
}

export class RowWriter {
  readonly #db: Database.Database;
  readonly #storages = new Map<Oid, StorageWrites>();
  readonly #indexes = new Map<Oid, IndexWrites>();
  readonly #find: Database.Statement<[number], StorageRow>;
  readonly #indexesOf: Database.Statement<[number], StorageRow>;
  readonly #add: Write;
  readonly #widen: Write;
  readonly #isReal: (by: number) => boolean;
  /** Versions that were ended, by storage, until somebody takes the counts. */
  readonly ended = new Map<Oid, number>();
  /** SQLite's tables were changed since `overlay` began. */
  #schemaChanged = false;

  /** `isReal`: whether what bears this epoch or bulk is committed. */
  constructor(db: Database.Database, isReal: (by: number) => boolean) {
    this.#db = db;
    this.#isReal = isReal;
    const select = `SELECT id, width, columns, keys FROM ${ROWS}.storage`;
    this.#find = db.prepare(`${select} WHERE id = ?`);
    this.#indexesOf = db.prepare(`${select} WHERE of = ? ORDER BY id`);
    this.#add = db.prepare(
      `INSERT OR IGNORE INTO ${ROWS}.storage (id, width, of, columns, keys) VALUES (?, ?, ?, ?, ?)`,
    );
    this.#widen = db.prepare(`UPDATE ${ROWS}.storage SET width = ? WHERE id = ?`);
  }

  /** How many columns the storage's SQLite table has; undefined: nothing was ever added to it. */
  widthOf(storage: Oid): number | undefined {
    const open = this.#storages.get(storage)?.width ?? this.#indexes.get(storage)?.width;
    if (open !== undefined) return open;
    const found = this.#find.get(storage);
    return found === undefined || (found.keys > 0 && found.width === 0) ? undefined : found.width;
  }

  knows(storage: Oid): boolean {
    return this.#find.get(storage) !== undefined;
  }

  apply(changes: readonly RowChange[], by: Epoch | BulkId): void {
    for (let at = 0; at < changes.length; at++) {
      const change = changes[at] as RowChange;
      switch (change.kind) {
        case "add":
          this.#addVersion(change.storage, change.version, change.row, by);
          break;
        case "end":
          this.#endVersion(change, by);
          break;
        case "index":
          this.#addIndex(change);
          break;
        case "entry":
          at = this.#addEntries(this.#indexWrites(change.storage), changes, at);
          break;
        default:
          unreachable(change);
      }
    }
  }

  /** An entry, and those behind it of the same index; answers where the last of them is. */
  #addEntries(index: IndexWrites, changes: readonly RowChange[], from: number): number {
    const { width, manyParameters } = index;
    let end = from;
    while (end < from + MANY && isEntryOf(changes[end], index.id)) end++;
    if (end < from + MANY) {
      insertEntry(index, changes[from] as EntryChange);
      return from;
    }
    for (let at = from, to = 0; at < end; at++) {
      const { keys, version } = changes[at] as EntryChange;
      for (let key = 0; key < width; key++) manyParameters[to++] = keyOf(keys[key] as Value);
      manyParameters[to++] = version;
    }
    index.insertMany ??= this.#prepareEntries(index.id, width, MANY);
    index.insertMany.run(manyParameters);
    return end - 1;
  }

  #prepareEntries(index: Oid, width: number, rows: number): Write {
    const row = `(${"?, ".repeat(width)}?)`;
    const all = new Array(rows).fill(row).join(", ");
    return this.#db.prepare(`INSERT OR IGNORE INTO ${entryTable(index)} VALUES ${all}`);
  }

  /**
   * Shows a transaction's own changes at every epoch. Only ever inside a savepoint that is rolled
   * back, which `forgetOverlay` must be told of.
   */
  overlay(changes: readonly RowChange[]): void {
    this.#schemaChanged = false;
    this.apply(changes, OWN);
  }

  /** What was prepared for tables that the roll-back has taken away must not be used again. */
  forgetOverlay(): void {
    if (!this.#schemaChanged) return;
    this.#storages.clear();
    this.#indexes.clear();
  }

  /** A storage has lost its SQLite table: nothing prepared for it may be used again. */
  forget(storage: Oid): void {
    this.#storages.delete(storage);
    this.#indexes.delete(storage);
    for (const writes of this.#storages.values()) {
      writes.indexes = writes.indexes.filter(({ id }) => id !== storage);
    }
  }

  #addVersion(storage: Oid, version: number, row: Row, by: number): void {
    const writes = this.#storages.get(storage) ?? this.#open(storage, row.length);
    if (row.length > writes.width) this.#addColumns(writes, row.length);
    const { parameters } = writes;
    parameters[0] = version;
    parameters[1] = by;
    parameters[2] = row.length;
    for (let at = 0; at < row.length; at++) parameters[at + 3] = row[at] as Bound;
    for (let at = row.length; at < writes.width; at++) parameters[at + 3] = null;
    if (by !== OWN) writes.insert.run(parameters);
    else {
      writes.show ??= this.#prepareInsert(storage, writes.width, "INSERT OR REPLACE");
      writes.show.run(parameters);
    }
    for (const index of writes.indexes) insertEntryOf(index, row, version);
  }

  #endVersion({ storage, version, next }: RowChange & { kind: "end" }, by: number): void {
    const writes = this.#storages.get(storage) ?? this.#open(storage, 0);
    if (by !== OWN) this.ended.set(storage, (this.ended.get(storage) ?? 0) + 1);
    if (writes.end.run(by, next, version, EPOCH_MAX).changes === 1) return;
    // A bulk that was given up may have ended it, which `settle` has not taken back yet.
    const before = writes.endOf.get(version);
    const isLive = before !== undefined && isBulk(before) && !this.#isReal(before);
    if (isLive && writes.end.run(by, next, version, before).changes === 1) return;
    throw new DataCorrupted(`storage ${storage} has no live version ${version} to end`);
  }

  /** Two transactions may both have been the first to add a row: the definition is the same. */
  #addIndex({ storage, index, columns, keys }: RowChange & { kind: "index" }): void {
    this.#schemaChanged = true;
    this.#add.run(index, 0, storage, JSON.stringify(columns), keys);
    const writes = this.#storages.get(storage);
    if (writes) writes.indexes = this.#derivedIndexes(storage);
  }

  /** The statements of a storage, whose table is made if this is its first row. */
  #open(storage: Oid, wanted: number): StorageWrites {
    const width = this.#find.get(storage)?.width ?? this.#createTable(storage, wanted);
    const writes: StorageWrites = {
      id: storage,
      width,
      insert: this.#prepareInsert(storage, width, "INSERT"),
      show: undefined,
      parameters: new Array<Bound>(width + 3).fill(null),
      end: this.#db.prepare(
        `UPDATE ${rowTable(storage)} SET xmax = ?, next = ? WHERE v = ? AND xmax = ?`,
      ),
      endOf: this.#db
        .prepare<[number], number>(`SELECT xmax FROM ${rowTable(storage)} WHERE v = ?`)
        .pluck(true),
      indexes: this.#derivedIndexes(storage),
    };
    this.#storages.set(storage, writes);
    return writes;
  }

  #createTable(storage: Oid, width: number): number {
    this.#schemaChanged = true;
    const columns = Array.from({ length: width }, (_, at) => `, c${at + 1}`).join("");
    this.#db.exec(
      `CREATE TABLE ${rowTable(storage)} (v INTEGER PRIMARY KEY, xmin INTEGER NOT NULL, ` +
        `xmax INTEGER NOT NULL, next INTEGER NOT NULL, n INTEGER NOT NULL${columns})`,
    );
    this.#add.run(storage, width, null, null, 0);
    return width;
  }

  /** SQLite adds a column without touching a row. */
  #addColumns(writes: StorageWrites, width: number): void {
    this.#schemaChanged = true;
    for (let at = writes.width; at < width; at++) {
      this.#db.exec(`ALTER TABLE ${rowTable(writes.id)} ADD COLUMN c${at + 1}`);
    }
    this.#widen.run(width, writes.id);
    writes.width = width;
    writes.insert = this.#prepareInsert(writes.id, width, "INSERT");
    writes.show = undefined;
    writes.parameters = new Array<Bound>(width + 3).fill(null);
  }

  #prepareInsert(storage: Oid, width: number, verb: "INSERT" | "INSERT OR REPLACE"): Write {
    const values = ", ?".repeat(width);
    return this.#db.prepare(
      `${verb} INTO ${rowTable(storage)} VALUES (?, ?, ${EPOCH_MAX}, 0, ?${values})`,
    );
  }

  #derivedIndexes(storage: Oid): IndexWrites[] {
    const found = this.#indexesOf.all(storage).filter(({ columns }) => columns !== "[]");
    return found.map(({ id }) => this.#indexWrites(id));
  }

  /** The statements of an index, whose table is made if this is its first entry. */
  #indexWrites(index: Oid): IndexWrites {
    const known = this.#indexes.get(index);
    if (known) return known;
    const found = this.#find.get(index);
    if (!found) throw new DataCorrupted(`there is no index storage ${index}`);
    const { keys, columns } = found;
    if (found.width === 0) this.#createEntries(index, keys);
    const writes: IndexWrites = {
      id: index,
      width: keys,
      columns: JSON.parse(columns ?? "[]") as number[],
      insert: this.#prepareEntries(index, keys, 1),
      parameters: new Array<Bound>(keys + 1).fill(null),
      insertMany: undefined,
      manyParameters: new Array<Bound>(MANY * (keys + 1)).fill(null),
    };
    this.#indexes.set(index, writes);
    return writes;
  }

  #createEntries(index: Oid, keys: number): void {
    this.#schemaChanged = true;
    const names = Array.from({ length: keys }, (_, at) => `k${at + 1}, `).join("");
    this.#db.exec(
      `CREATE TABLE ${entryTable(index)} (${names}v INTEGER, PRIMARY KEY (${names}v)) WITHOUT ROWID`,
    );
    this.#widen.run(keys, index);
  }
}

function insertEntryOf(index: IndexWrites, row: Row, version: number): void {
  const { columns, parameters } = index;
  for (let at = 0; at < columns.length; at++) {
    parameters[at] = keyOf((row[columns[at] as number] ?? null) as Value);
  }
  parameters[columns.length] = version;
  index.insert.run(parameters);
}

const isEntryOf = (change: RowChange | undefined, index: Oid): boolean =>
  change?.kind === "entry" && change.storage === index;

function insertEntry(index: IndexWrites, { keys, version }: EntryChange): void {
  const { parameters } = index;
  for (let at = 0; at < keys.length; at++) parameters[at] = keyOf(keys[at] as Value);
  parameters[keys.length] = version;
  index.insert.run(parameters);
}
