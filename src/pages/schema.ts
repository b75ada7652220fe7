/**
 * THE STORE'S SCHEMA. One table per relation, named as the relation; one row per tuple version:
 *
 *   db    INTEGER   database, 0 = every one
 *   xmin  INTEGER   epoch of the commit that created the version; 0 = bootstrap
 *   xmax  INTEGER   epoch of the commit that ended it; EPOCH_MAX while nobody has
 *   …               the relation's columns
 *   PRIMARY KEY (key…, xmax, db), WITHOUT ROWID
 *   INDEX <relation>_<n> (columns…, xmax, db) for every further index
 *
 * xmax follows the columns, so a look-up at the newest epoch goes straight to the live version,
 * however many dead ones there are, and the primary key says that a key has at most one live
 * version per database. Because the key is the table, a read by key is one descent.
 *
 *   meta            one row: how far the pages are, below which epoch versions may be missing,
 *                   and which bootstrap they stand on
 *   sequence_mark   the last reservation of each sequence's storage
 *   moment          see moments.ts
 *   commit_xid      see commit-xids.ts
 */
import { EPOCH_MAX } from "../base/ids.ts";
import { declaredType } from "./codec.ts";
import { createCommitXids } from "./commit-xids.ts";
import type { TableLayout } from "./layout.ts";
import { createMoments } from "./moments.ts";

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const columnNames = (table: TableLayout): string =>
  table.columns.map((column) => quoteName(column.name)).join(", ");

const nameAt = (table: TableLayout, at: number): string =>
  quoteName(table.columns[at]?.name ?? `?${at}`);

export const equalities = (table: TableLayout, columns: readonly number[]): string =>
  columns.map((at) => `${nameAt(table, at)} = ?`).join(" AND ");

/** Column definitions of a versions table, without its key: TEMP tables share them. */
export const versionColumns = (table: TableLayout): string =>
  [
    "db INTEGER NOT NULL",
    "xmin INTEGER NOT NULL",
    "xmax INTEGER NOT NULL",
    ...table.columns.map(({ name, storedAs }) => `${quoteName(name)} ${declaredType(storedAs)}`),
  ].join(", ");

export const createTable = (table: TableLayout): string => {
  const key = table.key.map((at) => nameAt(table, at)).join(", ");
  return `CREATE TABLE ${quoteName(table.name)} (${versionColumns(table)}, PRIMARY KEY (${key}, xmax, db)) WITHOUT ROWID`;
};

/** Statements for the indexes; they run after the bootstrap rows are in. */
export const createIndexes = (table: TableLayout): string[] =>
  table.indexes.flatMap((columns, index) => {
    if (indexName(table, index) !== `${table.name}_${index}`) return [];
    const names = columns.map((at) => nameAt(table, at)).join(", ");
    const name = quoteName(`${table.name}_${index}`);
    return [`CREATE INDEX ${name} ON ${quoteName(table.name)} (${names}, xmax, db)`];
  });

/** The SQLite index that serves an index of the layout: one that begins with the same columns. */
export function indexName(table: TableLayout, index: number): string {
  const columns = table.indexes[index] ?? [];
  const begins = (other: readonly number[]) => columns.every((at, i) => other[i] === at);
  if (begins(table.key)) return `sqlite_autoindex_${table.name}_1`;
  const wider = table.indexes.findIndex(
    (other, i) => begins(other) && (other.length > columns.length || i <= index),
  );
  return wider === index ? `${table.name}_${index}` : indexName(table, wider);
}

export const createMeta = [
  `CREATE TABLE meta (
    lsn INTEGER NOT NULL,
    chain INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    next_oid INTEGER NOT NULL,
    next_xid INTEGER NOT NULL,
    durable_lsn INTEGER NOT NULL,
    horizon INTEGER NOT NULL,
    format_version INTEGER NOT NULL,
    bootstrap_hash TEXT NOT NULL,
    cluster_id TEXT NOT NULL
  )`,
  `CREATE TABLE sequence_mark (
    db INTEGER NOT NULL,
    storage INTEGER NOT NULL,
    last INTEGER NOT NULL,
    called INTEGER NOT NULL,
    PRIMARY KEY (storage, db)
  ) WITHOUT ROWID`,
  createMoments,
  createCommitXids,
];

/** The WHERE clause of visibility with positional parameters database, epoch, epoch. */
export const VISIBLE = "(db = ? OR db = 0) AND xmin <= ? AND xmax > ?";
export const LIVE = String(EPOCH_MAX);
