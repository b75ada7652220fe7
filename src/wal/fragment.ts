/**
 * WHAT A FRAME SAYS. A frame is one transaction (or one reservation of ids) and is atomic:
 * there is no commit record and no undo.
 */
import type { BulkId, Epoch, Oid, Xid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";

/** One logical change of a stored relation. `db` is the database's oid, 0 for shared relations. */
export type Mutation =
  | { readonly kind: "insert"; readonly rel: Oid; readonly db: Oid; readonly row: Row }
  | {
      readonly kind: "update";
      readonly rel: Oid;
      readonly db: Oid;
      readonly key: readonly Value[];
      readonly row: Row;
    }
  | {
      readonly kind: "delete";
      readonly rel: Oid;
      readonly db: Oid;
      readonly key: readonly Value[];
    };

/**
 * One change of what user tables hold. A storage (pg_class.relfilenode) is the rows of one table
 * or the entries of one index; TRUNCATE and every rewrite make a new one. Rows and index
 * definitions are logged whole, so the log can be applied without looking at the catalog.
 */
export type RowChange =
  /** A new row version. `version` never repeats within its storage; values are stored forms. */
  | {
      readonly kind: "add";
      readonly storage: Oid;
      readonly version: number;
      readonly row: Row;
    }
  /** The end of a version; `next` is the one that replaces it, 0 when the row is deleted. */
  | {
      readonly kind: "end";
      readonly storage: Oid;
      readonly version: number;
      readonly next: number;
    }
  /**
   * A new index over a storage. The entries of later row versions follow from their values at
   * `columns` (positions in the row); with `columns` empty every entry is logged.
   */
  | {
      readonly kind: "index";
      readonly storage: Oid;
      readonly index: Oid;
      readonly columns: readonly number[];
      readonly keys: number;
    }
  /** An index entry for a version. */
  | {
      readonly kind: "entry";
      readonly storage: Oid;
      readonly version: number;
      readonly keys: Row;
    };

/**
 * A high-water mark: values below it may have been handed out and are never handed out again.
 * ROLLBACK does not undo it.
 */
export type Mark =
  | { readonly kind: "oid"; readonly next: Oid }
  | { readonly kind: "xid"; readonly next: Xid }
  | {
      /** State of a sequence's storage after a crash: nextval goes on behind `last`. */
      readonly kind: "sequence";
      readonly db: Oid;
      /** pg_class.relfilenode of the sequence: RESTART and TRUNCATE make a new one. */
      readonly storage: Oid;
      readonly last: bigint;
      readonly called: boolean;
    }
  /** The rows of this bulk will never be committed: whoever reads the log may remove them. */
  | { readonly kind: "abandoned"; readonly bulk: BulkId };

/** Who, when and with which words: the log is the audit trail. */
export interface CommitInfo {
  readonly user: string;
  readonly session: number;
  /** Microseconds since 2000-01-01 UTC, as PostgreSQL counts. */
  readonly time: bigint;
  /** Statement texts of the transaction, joined by newlines and cut at a limit. */
  readonly statement: string;
}

export type Frame =
  | {
      readonly kind: "commit";
      readonly epoch: Epoch;
      readonly xid: Xid;
      readonly info: CommitInfo;
      readonly mutations: readonly Mutation[];
      readonly rows: readonly RowChange[];
      /** What these bulk frames added and ended is real from this epoch on. */
      readonly bulks: readonly BulkId[];
    }
  | { readonly kind: "marks"; readonly marks: readonly Mark[] }
  /**
   * A slice of a transaction that does not fit one entry; the commit frame of the same xid makes it
   * real.
   */
  | { readonly kind: "part"; readonly xid: Xid; readonly mutations: readonly Mutation[] }
  /**
   * Rows of a transaction that is still running: applied at once, seen by that transaction alone
   * until a commit frame names the bulk.
   */
  | { readonly kind: "bulk"; readonly bulk: BulkId; readonly rows: readonly RowChange[] };
