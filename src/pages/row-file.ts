/**
 * THE FILE OF USERS' ROWS, apart from the catalog's pages because SQLite reads its whole schema
 * again whenever a table is added to it. It is attached to every connection as `rows`.
 *
 *   s<id>     the row versions of a table's storage
 *               v     INTEGER PRIMARY KEY, the version
 *               xmin  epoch or bulk that added it
 *               xmax  epoch or bulk that ended it, EPOCH_MAX while none has
 *               next  the version that replaced it, 0 = none
 *               n     how many values the row had: columns added later are missing from it
 *               c1 …  the values, of no affinity
 *   x<id>     the entries of an index's storage: k1 …, v; PRIMARY KEY of all of them. A NULL key
 *             is stored as a REAL infinity, which no value is, as keys of a SQLite table without
 *             rowid cannot be NULL.
 *   storage       what there is. A table has no SQLite table, and no line here, until its first
 *                 row; an index has its line (over which storage, which positions) from the start
 *                 and a SQLite table from its first entry: width 0 until then
 *   bulk_range    versions that a bulk has added, by storage: first … last
 *   bulk_ended    versions that a bulk has ended
 *   bulk_state    a bulk's epoch once it is committed, 0 once it is abandoned, NULL while it runs
 *   row_meta      one row: how far the rows are, in which log, and below which epoch versions may
 *                 be missing
 *
 * Everything in it comes from the log: a file that does not fit is thrown away and built anew.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import { syncPath } from "./store-file.ts";

/** "catr" */
const APPLICATION_ID = 0x63617472;
const FORMAT_VERSION = 2;
export const ROWS = "rows";

const schema = [
  `CREATE TABLE row_meta (
    lsn INTEGER NOT NULL, chain INTEGER NOT NULL, horizon INTEGER NOT NULL,
    format INTEGER NOT NULL, cluster_id TEXT NOT NULL)`,
  `CREATE TABLE storage (
    id INTEGER PRIMARY KEY, width INTEGER NOT NULL, of INTEGER, columns TEXT, keys INTEGER,
    last INTEGER NOT NULL DEFAULT 0, swept INTEGER)`,
  "CREATE INDEX storage_of ON storage (of)",
  `CREATE TABLE bulk_range (
    bulk INTEGER, storage INTEGER, first INTEGER, last INTEGER,
    PRIMARY KEY (bulk, storage, first)) WITHOUT ROWID`,
  `CREATE TABLE bulk_ended (
    bulk INTEGER, storage INTEGER, v INTEGER,
    PRIMARY KEY (bulk, storage, v)) WITHOUT ROWID`,
  "CREATE TABLE bulk_state (bulk INTEGER PRIMARY KEY, epoch INTEGER)",
];

export interface RowFileStart {
  readonly clusterId: string;
  /** Where the log begins. */
  readonly lsn: bigint;
  readonly chain: bigint;
}

interface MetaRow {
  readonly format: number;
  readonly cluster_id: string;
}

export function removeRowFile(path: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
}

/** Makes sure that there is a file that can be attached; a misfit is replaced by an empty one. */
export function prepareRowFile(path: string, start: RowFileStart): void {
  if (existsSync(path) && fits(path, start)) return;
  removeRowFile(path);
  const building = `${path}.building`;
  removeRowFile(building);
  const db = new Database(building);
  try {
    // Before the first table: it decides whether free pages can go back to the disk.
    db.pragma("auto_vacuum = INCREMENTAL");
    db.pragma("journal_mode = OFF");
    db.pragma("synchronous = OFF");
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.transaction(() => {
      for (const sql of schema) db.exec(sql);
      db.prepare("INSERT INTO row_meta VALUES (?, ?, 0, ?, ?)").run(
        start.lsn,
        BigInt.asIntN(64, start.chain),
        FORMAT_VERSION,
        start.clusterId,
      );
    })();
  } finally {
    db.close();
  }
  syncPath(building);
  renameSync(building, path);
}

function fits(path: string, { clusterId }: RowFileStart): boolean {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { fileMustExist: true });
    if (db.pragma("application_id", { simple: true }) !== APPLICATION_ID) return false;
    const meta = db.prepare<[], MetaRow>("SELECT format, cluster_id FROM row_meta").all();
    const [only] = meta;
    return meta.length === 1 && only?.format === FORMAT_VERSION && only.cluster_id === clusterId;
  } catch (error) {
    if (error instanceof Database.SqliteError) return false;
    throw error;
  } finally {
    db?.close();
  }
}

export const rowTable = (storage: number): string => `${ROWS}.s${storage}`;
export const entryTable = (storage: number): string => `${ROWS}.x${storage}`;
/** Notes the highest version of a table that there is, before versions are removed. */
export const noteLast = (storage: number): string =>
  `UPDATE ${ROWS}.storage
   SET last = max(last, coalesce((SELECT max(v) FROM ${rowTable(storage)}), 0)) WHERE id = ?`;
/** Where rows.db lies beside the catalog's pages. */
export const rowPathOf = (pagesPath: string): string =>
  pagesPath.endsWith("pages.db") ? `${pagesPath.slice(0, -8)}rows.db` : `${pagesPath}.rows`;

/** Attaches the file to a connection; every connection that runs queries has it. */
export function attachRows(db: Database.Database, pagesPath: string): void {
  db.prepare(`ATTACH ? AS ${ROWS}`).run(rowPathOf(pagesPath));
}
