/**
 * QUERIES AROUND QUERIES. A function that a query calls cannot query the connection that runs it.
 * So a query whose functions run queries of their own has a connection for itself, which sees what
 * was committed, with the transaction's own changes over it; one within that has another.
 */
import Database from "better-sqlite3";
import { SqlError } from "../base/sql-error.ts";
import type { TableLayout } from "./layout.ts";
import { OverlayTables } from "./overlay-tables.ts";
import { QueryConnection } from "./query-connection.ts";
import { attachRows, ROWS } from "./row-file.ts";
import { RowOverlayTables } from "./row-overlay-tables.ts";
import type { OverlayChanges } from "./store.ts";

/** How deep; each takes a few descriptors and some memory until the server stops. */
const DEPTH_MAX = 32;
const CACHE_KIB = 2 * 1024;

interface Options {
  readonly path: string;
  readonly layouts: readonly TableLayout[];
}

class NestedConnection {
  readonly queries: QueryConnection;
  readonly #db: Database.Database;
  readonly #overlay: OverlayTables;
  readonly #rowOverlay: RowOverlayTables;

  constructor({ path, layouts }: Options) {
    this.#db = new Database(path, { readonly: true, fileMustExist: true });
    this.#db.pragma(`cache_size = -${CACHE_KIB}`);
    this.#db.pragma("temp_store = MEMORY");
    attachRows(this.#db, path);
    this.#db.pragma(`${ROWS}.cache_size = -${CACHE_KIB}`);
    this.queries = new QueryConnection(this.#db);
    this.#overlay = new OverlayTables(this.#db, layouts);
    this.#rowOverlay = new RowOverlayTables(this.#db);
  }

  /** Runs `query` on pages that show the changes. */
  withOverlay<T>({ mutations, rows }: OverlayChanges, query: () => T): T {
    try {
      this.#overlay.create(mutations);
      this.#rowOverlay.create(rows);
      return query();
    } finally {
      this.#overlay.drop();
      this.#rowOverlay.drop();
    }
  }

  close(): void {
    this.#db.close();
  }
}

export class NestedConnections {
  readonly #options: Options;
  readonly #open: NestedConnection[] = [];

  constructor(options: Options) {
    this.#options = options;
  }

  /** From 0 on; opened when it is asked for first. Throws 54001. */
  at(depth: number): NestedConnection {
    if (depth >= DEPTH_MAX) throw new SqlError("54001", "stack depth limit exceeded");
    const open = this.#open[depth] ?? new NestedConnection(this.#options);
    this.#open[depth] = open;
    return open;
  }

  close(): void {
    for (const each of this.#open.splice(0)) each.close();
  }
}
