/**
 * THE STORE'S FILE. It is derived: bootstrap + log. So a file that does not fit is thrown away and
 * built anew, and the log is replayed into it; nothing is ever repaired.
 *
 * A file is built beside its place without a journal, synced and renamed: at its place there is
 * only ever a complete one. Opening looks at its header, schema and meta row, never at all pages: a
 * start must not take longer the more there is. `verifyIntegrity` of page-store.ts reads
 * everything.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { DataCorrupted } from "../base/assert.ts";
import { epoch, FIRST_USER_OID, INVALID_OID } from "../base/ids.ts";
import type { Row } from "../base/value.ts";
import { fillCommitXids } from "./commit-xids.ts";
import type { TableLayout } from "./layout.ts";
import { RowInsert } from "./row-insert.ts";
import { createIndexes, createMeta, createTable } from "./schema.ts";

export interface BootstrapRows {
  readonly table: TableLayout;
  readonly rows: Iterable<Row>;
}

/** What a store stands on; a file with anything else is not this store. */
export interface StoreIdentity {
  readonly layouts: readonly TableLayout[];
  readonly formatVersion: number;
  readonly bootstrapHash: string;
  readonly clusterId: string;
}

export interface StoreContents extends StoreIdentity {
  readonly bootstrap: Iterable<BootstrapRows>;
  /** Where the log begins; the position 0 with chain 0 when absent. */
  readonly start?: { readonly lsn: bigint; readonly chain: bigint };
}

const BOOTSTRAP_EPOCH = epoch(0);
export const PAGE_BYTES = 4096;
/** "cato", so that `file` and other programs can tell whose database it is. */
const APPLICATION_ID = 0x6361746f;
/** First transaction id for users. https://www.postgresql.org/docs/15/functions-info.html */
const FIRST_NORMAL_XID = 3;
const BUILD_CACHE_KIB = 65536;

function removeStore(path: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
}

/** A connection to the file at `path`, or in words why it cannot be used. */
export function openStoreFile(
  path: string,
  identity: StoreIdentity,
): { readonly db: Database.Database } | { readonly misfit: string } {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { fileMustExist: true });
    const misfit = findMisfit(db, identity);
    if (misfit === undefined) return { db };
    db.close();
    return { misfit };
  } catch (error) {
    db?.close();
    if (!(error instanceof Database.SqliteError)) throw error;
    return { misfit: `SQLite cannot read it: ${error.message} (${error.code})` };
  }
}

interface IdentityRow {
  readonly format_version: number;
  readonly bootstrap_hash: string;
  readonly cluster_id: string;
}

function findMisfit(db: Database.Database, identity: StoreIdentity): string | undefined {
  if (db.pragma("application_id", { simple: true }) !== APPLICATION_ID) {
    return "it is not a page store";
  }
  const meta = db.prepare<[], IdentityRow>("SELECT * FROM meta").all();
  const found = meta[0];
  if (!found || meta.length !== 1) return `its meta table has ${meta.length} rows, not 1`;
  const wanted: IdentityRow = {
    format_version: identity.formatVersion,
    bootstrap_hash: identity.bootstrapHash,
    cluster_id: identity.clusterId,
  };
  for (const name of ["format_version", "bootstrap_hash", "cluster_id"] as const) {
    if (found[name] !== wanted[name]) {
      return `its ${name.replace("_", " ")} is ${found[name]}, not ${wanted[name]}`;
    }
  }
  const schema = new Set(
    db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").pluck().all(),
  );
  const missing = schemaOf(identity.layouts).find((sql) => !schema.has(sql));
  return missing && `its schema lacks ${missing.slice(0, missing.indexOf("("))}`.trim();
}

const schemaOf = (layouts: readonly TableLayout[]): string[] => [
  ...createMeta,
  ...layouts.flatMap((table) => [createTable(table), ...createIndexes(table)]),
];

/** Builds the file with the bootstrap rows. Whatever was at `path` is gone afterwards. */
export function buildStore(path: string, contents: StoreContents): void {
  const building = `${path}.building`;
  removeStore(building);
  const db = new Database(building);
  try {
    db.pragma(`page_size = ${PAGE_BYTES}`);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma("journal_mode = OFF");
    db.pragma("synchronous = OFF");
    db.pragma("locking_mode = EXCLUSIVE");
    db.pragma(`cache_size = -${BUILD_CACHE_KIB}`);
    db.transaction(() => fill(db, contents))();
  } finally {
    db.close();
  }
  syncPath(building);
  removeStore(path);
  renameSync(building, path);
  syncPath(dirname(path));
}

function fill(db: Database.Database, contents: StoreContents): void {
  for (const sql of createMeta) db.exec(sql);
  db.exec(fillCommitXids);
  for (const table of contents.layouts) db.exec(createTable(table));
  for (const { table, rows } of contents.bootstrap) {
    const insert = new RowInsert(db, table);
    for (const row of rows) insert.run(INVALID_OID, BOOTSTRAP_EPOCH, row);
  }
  for (const table of contents.layouts) for (const sql of createIndexes(table)) db.exec(sql);
  const start = contents.start ?? { lsn: 0n, chain: 0n };
  db.prepare("INSERT INTO meta VALUES (?, ?, 0, ?, ?, ?, 0, ?, ?, ?)").run(
    start.lsn,
    BigInt.asIntN(64, start.chain),
    FIRST_USER_OID,
    FIRST_NORMAL_XID,
    start.lsn,
    contents.formatVersion,
    contents.bootstrapHash,
    contents.clusterId,
  );
}

export function syncPath(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export const storeExists = (path: string): boolean => existsSync(path);

/** SQLite's own words for pages that are not what the log or their checks say. */
export function damaged(error: unknown): DataCorrupted | undefined {
  if (!(error instanceof Database.SqliteError)) return undefined;
  const { code, message } = error;
  if (!code.startsWith("SQLITE_CONSTRAINT") && !code.startsWith("SQLITE_CORRUPT")) return undefined;
  return new DataCorrupted(`${message} (${code})`, { cause: error });
}
