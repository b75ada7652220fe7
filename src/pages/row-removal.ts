/**
 * What takes whole storages, and pages that are free, out of the file of users' rows; in steps, so
 * that nothing waits for a large one.
 */
import type Database from "better-sqlite3";
import type { Epoch, Oid } from "../base/ids.ts";
import type { TableLayout } from "./layout.ts";
import { Ranges, type SteppedWork } from "./ranges.ts";
import { entryTable, ROWS, rowTable } from "./row-file.ts";
import { quoteName } from "./schema.ts";

/** The names of the columns of an index's entries, and a place for the value of each. */
export function entryColumns(keys: number): { readonly names: string; readonly values: string } {
  const names = [...Array.from({ length: keys }, (_, at) => `k${at + 1}`), "v"];
  return { names: names.join(", "), values: names.map(() => "?").join(", ") };
}

/** A storage as its line in the file tells it. */
export interface StoredStorage {
  readonly id: Oid;
  /** Columns of its SQLite table. */
  readonly width: number;
  /** The table's storage that it is an index over. */
  readonly of: Oid | null;
  readonly keys: number;
}

/** A storage goes: its rows by ranges, then the SQLite table, then what is said of it. */
export class StorageRemoval implements SteppedWork {
  readonly #db: Database.Database;
  readonly #id: Oid;
  readonly #forget: () => void;
  readonly #ranges = new Ranges();
  readonly #removeRange: (rows: number) => boolean;
  #isOver = false;

  /** `forget` is called when the table is gone. */
  constructor(db: Database.Database, storage: StoredStorage, forget: () => void) {
    const { id, width, of, keys } = storage;
    this.#db = db;
    this.#id = id;
    this.#forget = forget;
    const isMade = of === null || width > 0;
    this.#removeRange = isMade
      ? this.#ranged(of === null ? rowTable(id) : entryTable(id), of === null ? 0 : keys)
      : () => true;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  step(ms: number): void {
    if (this.#isOver) return;
    this.#isOver = this.#ranges.run(ms, this.#removeRange);
    if (!this.#isOver) return;
    for (const table of ["bulk_range", "bulk_ended"]) {
      this.#db.prepare(`DELETE FROM ${ROWS}.${table} WHERE storage = ?`).run(this.#id);
    }
    this.#db.prepare(`DELETE FROM ${ROWS}.storage WHERE id = ?`).run(this.#id);
    this.#forget();
  }

  #ranged(table: string, keys: number): (rows: number) => boolean {
    const { names, values } = entryColumns(keys);
    const boundary = this.#db
      .prepare<[number], unknown[]>(
        `SELECT ${names} FROM ${table} ORDER BY ${names} LIMIT 1 OFFSET ?`,
      )
      .raw(true)
      .safeIntegers(true);
    const remove = this.#db.prepare(`DELETE FROM ${table} WHERE (${names}) <= (${values})`);
    return (rows) => {
      const to = boundary.get(rows);
      if (to) remove.run(...to);
      else this.#db.exec(`DROP TABLE ${table}`);
      return to === undefined;
    };
  }
}

/** Gives free pages behind the last one in use back to the disk, moving those that are in use. */
export class Shrinking implements SteppedWork {
  readonly #db: Database.Database;
  /** Free pages that may stay. */
  readonly #kept: number;
  readonly #ranges = new Ranges();
  #isOver = false;

  constructor(db: Database.Database, kept: number) {
    this.#db = db;
    this.#kept = kept;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  step(ms: number): void {
    if (this.#isOver) return;
    this.#isOver = this.#ranges.run(ms, (pages) => {
      const excess = freePages(this.#db) - this.#kept;
      if (excess > 0) this.#db.pragma(`${ROWS}.incremental_vacuum(${Math.min(excess, pages)})`);
      return excess <= pages;
    });
  }
}

export const freePages = (db: Database.Database): number =>
  db.pragma(`${ROWS}.freelist_count`, { simple: true }) as number;
export const allPages = (db: Database.Database): number =>
  db.pragma(`${ROWS}.page_count`, { simple: true }) as number;

/**
 * Looks for storages that no row of a relation names, dead rows above the horizon neither. New ones
 * are not looked at: whoever made them may not have said so.
 */
export class StorageSearch implements SteppedWork {
  readonly #unnamed: Map<Oid, StoredStorage>;
  readonly #ranges = new Ranges();
  readonly #read: (rows: number) => readonly bigint[][];
  #after: readonly bigint[] = [];
  #isOver = false;

  /** `column` of the relation, whose key is one column, names storages. */
  constructor(
    db: Database.Database,
    table: TableLayout,
    column: number,
    horizon: Epoch,
    candidates: readonly StoredStorage[],
  ) {
    this.#unnamed = new Map(candidates.map((each) => [each.id, each]));
    const name = (at: number) => quoteName(table.columns[at]?.name ?? "");
    const key = [...table.key.map(name), "xmax", "db"];
    const above = `(${key.join(", ")}) > (${key.map(() => "?").join(", ")})`;
    const read = (where: string) =>
      db
        .prepare<unknown[], bigint[]>(
          `SELECT ${name(column)}, ${key.join(", ")}, xmax > ${horizon} FROM ${quoteName(table.name)}
           WHERE ${where} ORDER BY ${key.join(", ")} LIMIT ?`,
        )
        .raw(true)
        .safeIntegers(true);
    const [first, later] = [read("1"), read(above)];
    this.#read = (rows) => {
      const found = this.#after.length === 0 ? first.all(rows) : later.all(...this.#after, rows);
      this.#after = found.at(-1)?.slice(1, -1) ?? this.#after;
      return found;
    };
    this.#isOver = candidates.length === 0;
  }

  get isOver(): boolean {
    return this.#isOver;
  }
  /** What nothing names, as far as it has looked. */
  get unnamed(): StoredStorage[] {
    return [...this.#unnamed.values()];
  }

  step(ms: number): void {
    if (this.#isOver) return;
    this.#isOver = this.#ranges.run(ms, (rows) => {
      const found = this.#read(rows);
      for (const row of found) {
        if (row.at(-1) === 1n) this.#unnamed.delete(Number(row[0]) as Oid);
      }
      return found.length < rows;
    });
  }
}
