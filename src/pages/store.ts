/**
 * What the layers above see of the pages: batches of the log go in, visible rows come out.
 * The implementation is page-store.ts.
 */
import type { BulkId, Epoch, Lsn, Oid, Xid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { CommitInfo, Mark, Mutation, RowChange } from "../wal/fragment.ts";
import type { TableLayout } from "./layout.ts";

/** How far the pages have come; written in the same SQLite transaction as the tuples. */
export interface Applied {
  readonly lsn: Lsn;
  /** Chain (hash) of the entry that ends at lsn; see wal/log.ts. */
  readonly chain: bigint;
  readonly epoch: Epoch;
  readonly nextOid: Oid;
  readonly nextXid: number;
}

export interface AppliedCommit {
  readonly epoch: Epoch;
  readonly xid: Xid;
  readonly info: CommitInfo;
  readonly mutations: readonly Mutation[];
  readonly rows: readonly RowChange[];
  /** The transaction's bulks, which are part of it. */
  readonly bulks: readonly BulkId[];
}

/**
 * One entry of the log, decoded, as `apply` takes it: all of its frames in one synchronous step.
 */
export interface ApplyBatch {
  /** Where the entry before ended. */
  readonly previous: Lsn;
  readonly next: Lsn;
  readonly chain: bigint;
  readonly commits: readonly AppliedCommit[];
  /** Rows of transactions that are still running. */
  readonly bulks: readonly Bulk[];
  readonly marks: readonly Mark[];
}

/** Rows that a running transaction has handed over. */
export interface Bulk {
  readonly bulk: BulkId;
  readonly rows: readonly RowChange[];
}

/** A transaction's own changes, for queries that must see them. */
export interface OverlayChanges {
  readonly mutations: readonly Mutation[];
  readonly rows: readonly RowChange[];
}

export const NO_CHANGES: OverlayChanges = { mutations: [], rows: [] };

/**
 * Keyed reads of tuple versions visible at an epoch. Built-in rows (database 0) belong to every
 * database.
 */
export interface TupleReader {
  /** When the database has a row of its own beside a built-in one with the same key, its own. */
  get(table: TableLayout, db: Oid, key: readonly Value[], epoch: Epoch): Row | undefined;
  /** `index` is a position in table.indexes; `prefix` values for its first columns. */
  lookup(table: TableLayout, index: number, db: Oid, prefix: readonly Value[], epoch: Epoch): Row[];
  scan(table: TableLayout, db: Oid, epoch: Epoch): Row[];
  /** The row that is stored under this database itself, a cover too; 0: the built-in one. */
  getOwn(table: TableLayout, db: Oid, key: readonly Value[], epoch: Epoch): Row | undefined;
  /** Like scan, without the built-in rows and with covers. */
  scanOwn(table: TableLayout, db: Oid, epoch: Epoch): Row[];
}
