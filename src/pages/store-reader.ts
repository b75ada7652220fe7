/**
 * Keyed reads on a connection of their own, which sees what the applying connection has committed.
 */
import Database from "better-sqlite3";
import type { Epoch, Oid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { TableLayout } from "./layout.ts";
import type { TupleReader } from "./store.ts";
import { SqliteTupleReader } from "./tuples.ts";

const CACHE_BYTES = 16 * 1024 * 1024;

/** Keeps its read transaction open between calls, so that a read takes no file locks. */
export class StoreReader implements TupleReader {
  readonly #commits: () => number;
  readonly #db: Database.Database;
  readonly #tuples: SqliteTupleReader;
  readonly #begin: Database.Statement<[]>;
  readonly #commit: Database.Statement<[]>;
  #seen = -1;

  /** `commits` counts what the applying connection has committed. */
  constructor(path: string, commits: () => number) {
    this.#commits = commits;
    this.#db = new Database(path, { readonly: true, fileMustExist: true });
    this.#db.pragma(`cache_size = -${CACHE_BYTES / 1024}`);
    this.#tuples = new SqliteTupleReader(this.#db);
    this.#begin = this.#db.prepare("BEGIN");
    this.#commit = this.#db.prepare("COMMIT");
  }

  get(table: TableLayout, db: Oid, key: readonly Value[], at: Epoch): Row | undefined {
    this.#refresh();
    return this.#tuples.get(table, db, key, at);
  }
  lookup(table: TableLayout, index: number, db: Oid, prefix: readonly Value[], at: Epoch): Row[] {
    this.#refresh();
    return this.#tuples.lookup(table, index, db, prefix, at);
  }
  scan(table: TableLayout, db: Oid, at: Epoch): Row[] {
    this.#refresh();
    return this.#tuples.scan(table, db, at);
  }
  getOwn(table: TableLayout, db: Oid, key: readonly Value[], at: Epoch): Row | undefined {
    this.#refresh();
    return this.#tuples.getOwn(table, db, key, at);
  }
  scanOwn(table: TableLayout, db: Oid, at: Epoch): Row[] {
    this.#refresh();
    return this.#tuples.scanOwn(table, db, at);
  }

  /** Ends the read transaction: SQLite's log cannot start over while it is open. */
  release(): void {
    if (this.#db.inTransaction) this.#commit.run();
    this.#seen = -1;
  }

  close(): void {
    this.release();
    this.#db.close();
  }

  #refresh(): void {
    const commits = this.#commits();
    if (this.#seen === commits) return;
    this.release();
    this.#begin.run();
    this.#seen = commits;
  }
}
