/**
 * WHAT A FRAME SAYS. A frame is one transaction (or one reservation of ids) and is atomic:
 * there is no commit record and no undo.
 */
import type { Epoch, Oid, Xid } from "../base/ids.ts";
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
    };

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
    }
  | { readonly kind: "marks"; readonly marks: readonly Mark[] }
  /**
   * A slice of a transaction that does not fit one entry; the commit frame of the same xid makes it
   * real.
   */
  | { readonly kind: "part"; readonly xid: Xid; readonly mutations: readonly Mutation[] };
