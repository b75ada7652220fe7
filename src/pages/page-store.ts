/**
 * THE PAGE STORE: tuple versions in one SQLite database, derived from bootstrap and log.
 *
 *   apply ──▶ open SQLite transaction ──commit──▶ seen by readers ──checkpoint──▶ durable
 *
 * The rows of users' tables lie in a file of their own (row-file.ts), attached to the same
 * connection. A crash may leave the two at different commits, so each says how far it is, and what
 * one has already is applied to the other alone.
 *
 * The SQLite transaction stays open over many batches, because committing costs as much as
 * applying. It is committed when another connection must see it, at limits that the caller watches
 * (`unpublished`, `unpublishedSince`), and at checkpoints. The durability is the log's: after a
 * crash the file holds some older state, whose meta row says from where to replay. So nothing here
 * waits for the disk but a checkpoint.
 *
 * Invariants
 *   The applying connection always has a transaction open, so its reads take no file locks.
 *   Each batch ends with the guarded update of meta: it must find the LSN that the batch continues,
 *   and the transaction must still be open, because SQLite rolls back in silence when the disk is
 *   full. After a failed apply the store answers nothing any more.
 */
import { performance } from "node:perf_hooks";
import type Database from "better-sqlite3";
import { assert, DataCorrupted } from "../base/assert.ts";
import { type Epoch, epoch, type Lsn, type Oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import type { Row, Value } from "../base/value.ts";
import type { Mutation, RowChange } from "../wal/fragment.ts";
import { CommitXids } from "./commit-xids.ts";
import { CommitHistory, type HistoryOptions } from "./history.ts";
import type { TableLayout } from "./layout.ts";
import { Moments } from "./moments.ts";
import { QueryConnection } from "./query-connection.ts";
import { prepareRowFile, removeRowFile, rowPathOf } from "./row-file.ts";
import { laterOf, type RowPosition, RowStore } from "./row-store.ts";
import { SequenceMarks, type SequenceState } from "./sequence-marks.ts";
import { StorageSizes } from "./storage-sizes.ts";
import type { Applied, AppliedCommit, ApplyBatch, OverlayChanges, TupleReader } from "./store.ts";
import {
  buildStore,
  damaged,
  openStoreFile,
  type StoreContents,
  storeExists,
} from "./store-file.ts";
import { StoreFiles, type WalMove } from "./store-files.ts";
import { readMeta } from "./store-meta.ts";
import { StoreReader } from "./store-reader.ts";
import { StoreUpkeep } from "./store-upkeep.ts";
import { SqliteTupleReader } from "./tuples.ts";
import { VersionWriter } from "./version-writer.ts";
import type { TupleVersion } from "./visibility.ts";

export interface StoreOptions extends StoreContents {
  readonly path: string;
  /** Why the file that is there must not be used, as the log says: it is built anew. */
  readonly discard?: string;
  /** Commits are told of in a table of their own, which `layouts` has too. */
  readonly history?: HistoryOptions;
  /** µs that it is kept which commit was the newest when; 0 = it is not. It may change. */
  readonly momentsKept?: () => number;
  /** Page cache of the applying connection. */
  readonly cacheBytes?: number;
  readonly rowCacheBytes?: number;
}

export interface OpenedStore {
  readonly store: PageStore;
  /**
   * kept: the file was used; created: there was none; rebuilt: it did not fit, as `reason` says.
   */
  readonly outcome: "kept" | "created" | "rebuilt";
  readonly reason?: string;
}

export class PageStore implements TupleReader {
  readonly path: string;
  /**
   * Queries on the applying connection: they see what was applied, committed or not, and must be
   * over before the next apply. Call `commit` first when their functions read through `reader`.
   */
  readonly queries: QueryConnection;
  /** Users' rows. */
  readonly rows: RowStore;
  /** What takes out what nobody needs any more. */
  readonly upkeep: StoreUpkeep;
  /** Which commit was the newest when. */
  readonly moments: Moments;
  /** Which transaction each commit was. */
  readonly xids: CommitXids;
  readonly #db: Database.Database;
  readonly #files: StoreFiles;
  readonly #writer: VersionWriter;
  readonly #history: CommitHistory | undefined;
  readonly #tuples: SqliteTupleReader;
  readonly #updateMeta: Database.Statement<unknown[]>;
  readonly #sequences: SequenceMarks;
  readonly #savepoint: Database.Statement<[]>;
  readonly #rollback: Database.Statement<[]>;
  readonly #release: Database.Statement<[]>;
  readonly #begin: Database.Statement<[]>;
  readonly #commit: Database.Statement<[]>;
  #applied: Applied;
  /** Up to where the log was applied to catalog and rows. */
  #reached: RowPosition;
  #durable: Lsn;
  #unpublished = 0;
  #uncheckpointed = 0;
  #walBytes = 0;
  #unpublishedSince = 0;
  #commits = 0;
  #reader: StoreReader | undefined;
  #sizes: StorageSizes | undefined;
  #state: "open" | "failed" | "closed" = "open";
  #failed: (error: Error) => void = () => {};

  /**
   * Opens the store at options.path, building it when there is none or when what is there does not
   * fit.
   */
  static open(options: StoreOptions): OpenedStore {
    const { path } = options;
    const exists = storeExists(path);
    const found = exists && !options.discard ? openStoreFile(path, options) : undefined;
    if (found && "db" in found) return { store: new PageStore(found.db, options), outcome: "kept" };
    buildStore(path, options);
    removeRowFile(rowPathOf(path));
    const built = openStoreFile(path, options);
    if ("misfit" in built) throw new DataCorrupted(`the store just built: ${built.misfit}`);
    const store = new PageStore(built.db, options);
    if (!exists) return { store, outcome: "created" };
    return { store, outcome: "rebuilt", reason: options.discard ?? found?.misfit ?? "" };
  }

  private constructor(db: Database.Database, options: StoreOptions) {
    this.path = options.path;
    this.#db = db;
    prepareRowFile(rowPathOf(options.path), {
      clusterId: options.clusterId,
      ...(options.start ?? { lsn: 0n, chain: 0n }),
    });
    this.#files = new StoreFiles(db, options);
    this.rows = new RowStore(db);
    this.#writer = new VersionWriter(db, options.layouts);
    this.#history = options.history && new CommitHistory(db, options.history);
    this.moments = new Moments(db, options.momentsKept ?? (() => 0));
    this.xids = new CommitXids(db);
    this.#tuples = new SqliteTupleReader(db);
    this.#updateMeta = db.prepare(
      "UPDATE meta SET lsn = ?, chain = ?, epoch = ?, next_oid = ?, next_xid = ? WHERE lsn = ?",
    );
    this.#sequences = new SequenceMarks(db);
    this.queries = new QueryConnection(db);
    this.#savepoint = db.prepare("SAVEPOINT overlay");
    this.#rollback = db.prepare("ROLLBACK TO overlay");
    this.#release = db.prepare("RELEASE overlay");
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    const meta = readMeta(db);
    this.#applied = meta.applied;
    this.#durable = meta.durable;
    this.#reached = laterOf(this.#applied, this.rows.position);
    this.upkeep = new StoreUpkeep(db, this.rows, meta.horizon, (step) => this.#upkeepStep(step));
    this.#begin.run();
  }

  /**
   * `listener` hears when a commit failed: the server must stop. A failed apply is told to its
   * caller alone.
   */
  whenFailed(listener: (error: Error) => void): void {
    this.#failed = listener;
  }

  get applied(): Applied {
    return this.#applied;
  }
  /** The pages up to here are on disk: replay never starts before. */
  get durable(): Lsn {
    return this.#durable;
  }
  /** Versions that ended at or below it may be gone: nobody reads an older epoch any more. */
  get horizon(): Epoch {
    return this.upkeep.horizon;
  }
  /** Whether something was applied that other connections do not see yet. */
  get dirty(): boolean {
    return this.#unpublished > 0;
  }
  /** Mutations and marks applied since the last commit. */
  get unpublished(): number {
    return this.#unpublished;
  }
  /** When the first of them was applied, in milliseconds of performance.now(). */
  get unpublishedSince(): number {
    return this.#unpublishedSince;
  }

  /** Mutations and marks applied since the last checkpoint. */
  get uncheckpointed(): number {
    return this.#uncheckpointed;
  }
  /**
   * Size of SQLite's log at the last commit. It starts over behind a complete checkpoint; each
   * commit adds every page that it touched, so many small commits make it grow faster than the
   * pages do.
   */
  get walBytes(): number {
    return this.#walBytes;
  }

  /** Applies one batch in one step. Any error is fatal: the store is unusable afterwards. */
  apply(batch: ApplyBatch): void {
    this.#assertOpen();
    try {
      this.#applyBatch(batch);
    } catch (error) {
      this.#fail();
      throw damaged(error) ?? error;
    }
  }

  /** Why `apply` could not apply these, in words; asked before they are logged. */
  findMisfit(mutations: readonly Mutation[]): string | undefined {
    return this.#writer.findMisfit(mutations);
  }
  findRowMisfit(rows: readonly RowChange[]): string | undefined {
    return this.rows.findMisfit(rows);
  }

  /** Of what one file has already, the other alone is given its share. */
  #applyBatch(batch: ApplyBatch): void {
    this.#assertInTransaction();
    const { previous, next, chain } = batch;
    if (previous > this.#reached.lsn) {
      throw new DataCorrupted(
        `the pages are at LSN ${this.#reached.lsn}, the batch continues LSN ${previous}`,
      );
    }
    if (this.#applied.lsn < next) this.#applyCatalog(batch);
    if (this.rows.position.lsn < next) this.#applyRows(batch);
    this.#assertInTransaction();
    if (next > this.#reached.lsn) this.#reached = { lsn: next, chain };
  }

  #applyRows(batch: ApplyBatch): void {
    const { bulks, commits, marks } = batch;
    const changed = commits.some(({ rows, bulks: done }) => rows.length + done.length > 0);
    const abandoned = marks.flatMap((mark) => (mark.kind === "abandoned" ? [mark.bulk] : []));
    if (!changed && bulks.length === 0 && abandoned.length === 0) return;
    this.rows.apply({ bulks, commits, abandoned });
    let changes = 0;
    for (const { rows } of [...bulks, ...commits]) changes += rows.length;
    this.#note(changes);
  }

  #note(changes: number): void {
    if (this.#unpublished === 0) this.#unpublishedSince = performance.now();
    this.#unpublished += changes;
    this.#uncheckpointed += changes;
  }

  #applyCatalog(batch: ApplyBatch): void {
    let { epoch: newest, nextOid, nextXid } = this.#applied;
    let changes = batch.marks.length;
    for (const commit of batch.commits) {
      if (commit.epoch !== newest + 1) {
        throw new DataCorrupted(`commit ${commit.epoch} follows commit ${newest} in the log`);
      }
      changes += this.#applyCommit(commit);
      newest = commit.epoch;
    }
    for (const mark of batch.marks) {
      if (mark.kind === "oid") nextOid = Math.max(nextOid, mark.next) as Oid;
      else if (mark.kind === "xid") nextXid = Math.max(nextXid, mark.next);
      else if (mark.kind === "sequence") this.#sequences.apply(mark);
    }
    const { next, chain } = batch;
    const signed = BigInt.asIntN(64, chain);
    const previous = this.#applied.lsn;
    const guarded = this.#updateMeta.run(next, signed, newest, nextOid, nextXid, previous);
    if (guarded.changes !== 1) throw new DataCorrupted(`the pages are not at LSN ${previous}`);
    this.#note(changes + 1);
    this.#applied = { lsn: next, chain, epoch: newest, nextOid, nextXid };
  }

  /** Housekeeping that changes nothing for anybody: see bulk-states.ts. */
  settleBulks(most: number): void {
    this.#assertOpen();
    this.#note(this.rows.bulks.settle(most));
  }

  /** Returns how many rows it changed. */
  #applyCommit(commit: AppliedCommit): number {
    const before = epoch(commit.epoch - 1);
    const mutations = this.#history
      ? this.#history.with(commit, (table, db, key) => this.#tuples.get(table, db, key, before))
      : commit.mutations;
    this.#writer.apply(mutations, commit.epoch);
    this.#history?.expire(commit.info.time);
    this.moments.note(Number(commit.info.time), commit.epoch);
    this.xids.note(commit.epoch, commit.xid);
    return mutations.length;
  }

  /** It is remembered no longer than it is to be kept. */
  trimMoments(now: number): void {
    this.#upkeepStep(() => this.moments.trim(now, this.#applied.epoch));
  }

  /** The retention of the history has changed. */
  trimHistory(): void {
    this.#upkeepStep(() => this.#history?.trim() ?? 0);
  }

  /** Changes that are no commit's. Any error is fatal. */
  #upkeepStep(step: () => number): void {
    this.#assertOpen();
    try {
      this.#assertInTransaction();
      const changes = step();
      this.#assertInTransaction();
      if (changes > 0) this.#note(changes);
    } catch (error) {
      this.#fail();
      throw damaged(error) ?? error;
    }
  }

  /** Throws 72000 for an epoch of which versions may be gone. */
  checkReadable(at: Epoch): void {
    if (at < this.horizon) throw new SqlError("72000", "snapshot too old");
  }

  get(table: TableLayout, db: Oid, key: readonly Value[], at: Epoch): Row | undefined {
    this.checkReadable(at);
    return this.#tuples.get(table, db, key, at);
  }
  lookup(table: TableLayout, index: number, db: Oid, prefix: readonly Value[], at: Epoch): Row[] {
    this.checkReadable(at);
    return this.#tuples.lookup(table, index, db, prefix, at);
  }
  scan(table: TableLayout, db: Oid, at: Epoch): Row[] {
    this.checkReadable(at);
    return this.#tuples.scan(table, db, at);
  }
  getOwn(table: TableLayout, db: Oid, key: readonly Value[], at: Epoch): Row | undefined {
    return this.#tuples.getOwn(table, db, key, at);
  }
  scanOwn(table: TableLayout, db: Oid, at: Epoch): Row[] {
    this.checkReadable(at);
    return this.#tuples.scanOwn(table, db, at);
  }

  /**
   * Runs `query` on pages that show a transaction's own mutations at every epoch, then takes them
   * back. `query` must be over when it returns: an iteration left open makes the roll-back fail.
   */
  withOverlay<T>(overlay: OverlayChanges, query: () => T): T {
    const { mutations, rows } = overlay;
    this.#assertOpen();
    if (mutations.length + rows.length === 0) return query();
    this.#savepoint.run();
    try {
      this.#writer.overlay(mutations);
      this.rows.overlay(rows);
      return query();
    } finally {
      this.#endOverlay();
      this.rows.forgetOverlay();
    }
  }

  /** Staged rows must never be committed: when they cannot be taken back, the store is unusable. */
  #endOverlay(): void {
    try {
      this.#rollback.run();
      this.#release.run();
    } catch (error) {
      this.#fail();
      throw error;
    }
  }

  /** The last mark of a sequence's storage. */
  findSequence(db: Oid, storage: Oid): SequenceState | undefined {
    return this.#sequences.find(db, storage);
  }

  /** Makes what was applied visible to the other connections. Cheap when nothing was. */
  commit(): void {
    this.#assertOpen();
    if (this.#unpublished === 0) return;
    this.#commitOpen();
    this.#begin.run();
  }

  /**
   * A commit that fails (SQLITE_FULL) has taken back what was applied: the pages are behind what
   * was published.
   */
  #commitOpen(): void {
    this.#assertInTransaction();
    try {
      this.rows.moveTo(this.#reached);
      this.#commit.run();
    } catch (error) {
      this.#fail();
      this.#failed(error as Error);
      throw error;
    }
    this.#unpublished = 0;
    this.#commits++;
    this.#walBytes = this.#files.walBytes();
  }

  /**
   * Keyed reads on a second connection, which registered functions use while this one runs their
   * query. It sees what was committed: call `commit` first when the newest epoch is wanted.
   */
  reader(): TupleReader {
    this.#reader ??= new StoreReader(this.path, () => this.#commits);
    return this.#reader;
  }

  /** Of what was committed, too. */
  get sizes(): StorageSizes {
    this.#sizes ??= new StorageSizes(this.path);
    return this.#sizes;
  }

  /**
   * Makes all that was applied durable, then moves SQLite's log into its file as far as readers
   * allow.
   */
  checkpoint(): WalMove {
    this.#assertOpen();
    this.#commitOpen();
    this.#reader?.release();
    this.#files.makeDurable();
    this.#durable = this.#applied.lsn;
    this.#uncheckpointed = 0;
    const move = this.#files.moveWal("PASSIVE");
    this.#begin.run();
    return move;
  }

  /** Every stored version of a relation, dead ones too, in no particular order. */
  versions(table: TableLayout): TupleVersion[] {
    return this.#tuples.versions(table);
  }

  /** Reads every page; returns what is wrong, in SQLite's words. */
  verifyIntegrity(): string[] {
    this.#assertOpen();
    const rows = this.#db.pragma("integrity_check") as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((text) => text !== "ok");
  }

  /** Leaves one file without a write-ahead log, if no other connection is open. */
  close(): void {
    if (this.#state === "closed") return;
    this.#reader?.close();
    this.#sizes?.close();
    if (this.#state === "open") {
      this.#commitOpen();
      this.#files.moveWal("TRUNCATE");
    }
    this.#state = "closed";
    this.#db.close();
  }

  #assertInTransaction(): void {
    assert(this.#db.inTransaction, "SQLite has rolled the open transaction back");
  }

  #fail(): void {
    this.#state = "failed";
    if (this.#db.inTransaction) this.#db.exec("ROLLBACK");
  }

  #assertOpen(): void {
    assert(this.#state === "open", `the page store is ${this.#state}`);
  }
}
