/**
 * THE TWO FILES OF A STORE on the applying connection, and SQLite's write-ahead log of each: how it
 * grows, when it is made durable, how it moves into its file.
 */
import type Database from "better-sqlite3";
import { assert } from "../base/assert.ts";
import { attachRows, ROWS } from "./row-file.ts";
import { PAGE_BYTES } from "./store-file.ts";

/** How far SQLite's write-ahead log has been moved into its file. */
export interface WalMove {
  /** False when a reader held some of it back. */
  readonly complete: boolean;
  readonly pages: number;
  readonly moved: number;
}

const CACHE_BYTES = 64 * 1024 * 1024;
/** SQLite's write-ahead log is cut back to this size when it starts over. */
const WAL_BYTES_KEPT = 64 * 1024 * 1024;
const FILES = ["main", ROWS] as const;

interface FileOptions {
  readonly path: string;
  readonly cacheBytes?: number;
  readonly rowCacheBytes?: number;
}

type WalSize = [busy: number, log: number, checkpointed: number];

export class StoreFiles {
  readonly #db: Database.Database;
  readonly #walSizes: Database.Statement<[], WalSize>[];

  /** Attaches the rows, which are there. */
  constructor(db: Database.Database, options: FileOptions) {
    this.#db = db;
    db.pragma("wal_autocheckpoint = 0");
    db.pragma("temp_store = MEMORY");
    attachRows(db, options.path);
    const caches = { main: options.cacheBytes, [ROWS]: options.rowCacheBytes };
    for (const file of FILES) {
      db.pragma(`${file}.journal_mode = WAL`);
      db.pragma(`${file}.synchronous = NORMAL`);
      db.pragma(`${file}.journal_size_limit = ${WAL_BYTES_KEPT}`);
      db.pragma(`${file}.cache_size = -${(caches[file] ?? CACHE_BYTES) / 1024}`);
    }
    this.#walSizes = FILES.map((file) =>
      db.prepare<[], WalSize>(`PRAGMA ${file}.wal_checkpoint(NOOP)`).raw(true),
    );
  }

  /** Size of the write-ahead logs; only while no transaction is open. */
  walBytes(): number {
    const pages = this.#walSizes.reduce((sum, size) => sum + (size.all()[0]?.[1] ?? 0), 0);
    return pages * PAGE_BYTES;
  }

  /** What is committed survives a power cut; notes in the pages how far they are. */
  makeDurable(): void {
    this.#setSynchronous("FULL");
    this.#db.transaction(() => {
      this.#db.prepare("UPDATE meta SET durable_lsn = lsn").run();
      // Any write: what is committed in this file becomes durable with it.
      this.#db.prepare(`UPDATE ${ROWS}.row_meta SET format = format`).run();
    })();
    this.#setSynchronous("NORMAL");
  }

  #setSynchronous(level: "FULL" | "NORMAL"): void {
    for (const file of FILES) this.#db.pragma(`${file}.synchronous = ${level}`);
  }

  moveWal(mode: "PASSIVE" | "TRUNCATE"): WalMove {
    const moves = FILES.map((file) => {
      const [row] = this.#db.pragma(`${file}.wal_checkpoint(${mode})`) as WalCheckpointRow[];
      assert(row, "wal_checkpoint answers one row");
      return row;
    });
    return {
      complete: moves.every(({ busy, log, checkpointed }) => busy === 0 && log === checkpointed),
      pages: moves.reduce((sum, { log }) => sum + log, 0),
      moved: moves.reduce((sum, { checkpointed }) => sum + checkpointed, 0),
    };
  }
}

interface WalCheckpointRow {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}
