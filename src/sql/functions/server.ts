/** What functions may ask of the server and of the session beside the catalog. */
import type { Oid } from "../../base/ids.ts";

/** pg_locks shows the halves of one key of 64 bits, or the two keys of 32 bits. */
export interface AdvisoryKey {
  readonly classId: number;
  readonly objectId: number;
  /** 1 = one key, 2 = two keys */
  readonly keys: 1 | 2;
}

/**
 * Locks that only applications give a meaning.
 * https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS
 */
export interface AdvisoryLocks {
  /**
   * False where the lock is not free and `wait` is false. May throw Wait. A session's lock is held
   * as often as it was asked for.
   */
  lock(key: AdvisoryKey, mode: AdvisoryMode, scope: AdvisoryScope, wait: boolean): boolean;
  /** False when the session does not hold it. */
  unlock(key: AdvisoryKey, mode: AdvisoryMode): boolean;
  unlockAll(): void;
}
export type AdvisoryMode = "Exclusive" | "Share";
export type AdvisoryScope = "session" | "transaction";

/** Of a statement that locks rows while it reads them. */
export interface RowLocks {
  /**
   * `tables` as the translation has them; of each the version, 0 where there is none, and what has
   * ended it. False: the rows are to be left out. May throw a Wait; 55P03, 40001.
   */
  lock(tables: string, found: readonly number[]): boolean;
  /** The statement is about to change this row: it is none that it could lock. */
  take(storage: number, version: number): void;
}

/** Which transactions had not ended when it was taken. */
export interface XidSnapshot {
  /** One more than the newest transaction that had ended. */
  readonly end: number;
  /** Those before `end`, in order; the asker's own is not among them. */
  readonly running: readonly number[];
}

export interface TransactionIds {
  /** Of the running transaction; assigned when first asked for. */
  current(): number;
  /** Of the running transaction, if it has one. */
  assigned(): number | undefined;
  /** From REPEATABLE READ on the same for the whole transaction. */
  snapshot(): XidSnapshot;
  /** What became of a transaction; undefined when nobody remembers. */
  statusOf(xid: number): "committed" | "aborted" | "in progress" | undefined;
  next(): number;
}

/** Since the server was started, or since they were set back. */
export interface DatabaseCounters {
  readonly commits: number;
  readonly rollbacks: number;
  readonly deadlocks: number;
  readonly sessions: number;
  /** µs since 2000-01-01 UTC; undefined = never set back. */
  readonly resetAt: bigint | undefined;
}

export type SharedStatistics = "archiver" | "bgwriter" | "recovery_prefetch" | "wal";

/** The same for what all databases share. */
export interface WorkCounters {
  /** CHECKPOINTs that were asked for. */
  readonly checkpoints: number;
  /** Commits that wrote to the log. */
  readonly commits: number;
  /** Times the log was made durable. */
  readonly flushes: number;
  readonly logBytes: bigint;
  /** µs since 2000-01-01 UTC */
  readonly resetAt: (of: SharedStatistics) => bigint;
}

/** Positions in the log, in bytes from its start. */
export interface LogPositions {
  readonly inserted: bigint;
  readonly flushed: bigint;
}

/** Of a catalog's relation or of the storage of a table, since the server was started. */
export interface VacuumCounters {
  readonly vacuums: number;
  readonly autovacuums: number;
  /** µs since 2000-01-01 UTC; undefined = never. */
  readonly lastVacuum: bigint | undefined;
  readonly lastAutovacuum: bigint | undefined;
  readonly analyses: number;
  readonly lastAnalyze: bigint | undefined;
  /** Versions that have ended and were not removed. */
  readonly dead: number;
}

export interface ServerFacts {
  /** Process ids of the sessions that keep another one waiting for a lock. */
  blockersOf(processId: number): readonly number[];
  sessionsIn(database: Oid): number;
  counters(database: Oid): DatabaseCounters;
  log(): LogPositions;
  work(): WorkCounters;
  /** `id`: of a catalog's relation or of a storage. */
  vacuums(id: Oid): VacuumCounters;
  resetVacuums(id: Oid): void;
  resetDatabase(database: Oid): void;
  resetShared(statistics: SharedStatistics): void;
  /** Tells this cluster from all others. */
  readonly systemId: bigint;
}

/** Both ends of the connection. */
export interface Peer {
  readonly address: string | null;
  readonly port: number;
  readonly local?: { readonly address: string; readonly port: number };
}
