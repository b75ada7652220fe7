/**
 * STORAGE: log, pages, locks, ids and the commit sequence as one thing that transactions run on.
 * Opening it is recovery; nothing above it knows that there was a crash.
 */
import { DataCorrupted } from "../base/assert.ts";
import { type Epoch, type Oid, xid } from "../base/ids.ts";
import type { TableLayout } from "../pages/layout.ts";
import type { OpenedStore, PageStore } from "../pages/page-store.ts";
import type { ApplyBatch } from "../pages/store.ts";
import { WalMover } from "../pages/wal-mover.ts";
import type { CommitInfo } from "../wal/fragment.ts";
import type { Leadership, Log, LogInfo, Position } from "../wal/log.ts";
import { Allocator } from "./allocator.ts";
import { Births } from "./births.ts";
import { ExportedSnapshots } from "./exported-snapshots.ts";
import { LockManager, type LockOwner } from "./lock-manager.ts";
import { LookupCache, type Remembered } from "./lookup-cache.ts";
import { positionOf, type Recovered, recover } from "./recovery.ts";
import type { StorageNames } from "./row-vacuum.ts";
import { RunningXids } from "./running-xids.ts";
import { Sequencer } from "./sequencer.ts";
import { Sequences } from "./sequences.ts";
import { SnapshotLeases } from "./snapshot-leases.ts";
import { CatalogTransaction, type Isolation, type TransactionHost } from "./transaction.ts";
import { Vacuum } from "./vacuum.ts";
import { defaultVacuumLimits, type VacuumLimits } from "./vacuum-limits.ts";

export interface StorageOptions {
  readonly log: Log;
  /** Opens the pages of the log with this identity; with a reason, builds them anew. */
  readonly openStore: (info: LogInfo, discard?: string) => OpenedStore;
  /** Relations whose look-ups are worth remembering; see lookup-cache.ts. */
  readonly remembered: Remembered;
  /** The stored relations, which vacuum sweeps. */
  readonly tables: readonly TableLayout[];
  /** Which of them says what storages there are; without it, none is removed. */
  readonly storageNames?: StorageNames;
  readonly vacuumLimits?: VacuumLimits;
  /** Milliseconds since 1970, for the age of lock waits and the times of vacuums. */
  readonly now: () => number;
  /**
   * Called once when log or pages failed: whatever the process does next, it must not go on
   * serving.
   */
  readonly onFatal: (error: Error) => void;
}

/** Mutations after which the pages are committed, so that a restart replays little. */
const UNPUBLISHED_MAX = 4_000;
/** Row versions of finished bulks that are given their epochs at a time. */
const SETTLED_MAX = 1_000;
/** How often what was applied is committed, and SQLite's log looked after. */
const HOUSEKEEPING_MS = 500;
/** Bytes of SQLite's log beyond which it is moved into its file. */
const WAL_BYTES_MAX = 32 * 1024 * 1024;

export class Storage {
  readonly log: Log;
  readonly store: PageStore;
  readonly locks: LockManager;
  readonly allocator: Allocator;
  readonly sequencer: Sequencer;
  readonly sequences: Sequences;
  readonly leases = new SnapshotLeases();
  readonly #exported = new ExportedSnapshots();
  readonly vacuum: Vacuum;
  readonly recovered: Recovered;
  readonly incarnation: bigint;
  readonly xids: RunningXids;
  /** CHECKPOINTs that were asked for. */
  checkpoints = 0;
  readonly #leadership: Leadership;
  readonly #host: TransactionHost;
  readonly #lookups: LookupCache;
  #housekeeping: NodeJS.Timeout | undefined;
  readonly #mover: WalMover;
  readonly #births = new Births(() => this.allocator.nextOid);
  readonly #lastVersions = new Map<Oid, number>();
  readonly #listeners: ((batch: ApplyBatch) => void)[] = [];
  #settling = false;
  #closed = false;

  static async open(options: StorageOptions): Promise<Storage> {
    const { log } = options;
    const info = await log.open();
    const recovered = await recover(log, info, (discard) => options.openStore(info, discard));
    const leadership = await log.campaign();
    const head = await log.head();
    if (head.lsn !== info.head.lsn) throw new DataCorrupted("the log moved while it was read");
    const storage = new Storage(options, info, recovered, leadership);
    storage.keepHouseEvery(HOUSEKEEPING_MS);
    return storage;
  }

  private constructor(
    options: StorageOptions,
    info: LogInfo,
    recovered: Recovered,
    leadership: Leadership,
  ) {
    const { store } = recovered;
    const { epoch, nextOid, nextXid } = store.applied;
    this.log = options.log;
    this.incarnation = info.incarnation;
    this.recovered = recovered;
    this.store = store;
    this.#leadership = leadership;
    this.locks = new LockManager(options.now);
    this.sequencer = new Sequencer({
      log: options.log,
      leadership,
      head: info.head,
      applied: positionOf(store),
      epoch,
      pages: {
        apply: (batch) => this.#apply(batch),
        findMisfit: (mutations) => store.findMisfit(mutations),
        findRowMisfit: (rows) => store.findRowMisfit(rows),
      },
      onFatal: options.onFatal,
    });
    this.xids = new RunningXids(xid(nextXid));
    this.allocator = new Allocator(nextOid, xid(nextXid), (mark) =>
      this.sequencer.queueMarks([mark]),
    );
    this.sequences = new Sequences(
      (db, storage) => store.findSequence(db, storage),
      this.sequencer,
    );
    this.#lookups = new LookupCache(store, options.remembered, () => this.sequencer.epoch);
    this.vacuum = new Vacuum({
      store,
      leases: this.leases,
      epoch: () => this.sequencer.epoch,
      limits: options.vacuumLimits ?? defaultVacuumLimits,
      tables: options.tables,
      births: this.#births,
      now: options.now,
      storageNames: options.storageNames,
      guarded: (step) => this.#unlessFailed(() => this.#withCommit(step)),
    });
    const { sequencer } = this;
    this.#host = {
      store: this.#lookups,
      locks: this.locks,
      epoch: () => this.sequencer.epoch,
      allocateXid: () => this.xids.begin(this.allocator.xid()),
      endXid: (id, committed) => this.xids.end(id, committed),
      leases: this.leases,
      exported: this.#exported,
      births: this.#births,
      rows: {
        get store() {
          sequencer.publish();
          return store.rows;
        },
        locks: this.locks,
        nextVersion: (storage) => this.#nextVersion(storage),
        allocateXid: this.allocator.xid,
        appendBulks: (bulks) => this.sequencer.appendBulks(bulks),
        abandon: (bulks) =>
          this.sequencer.queueMarks(bulks.map((bulk) => ({ kind: "abandoned", bulk }))),
      },
    };
    store.whenFailed((error) => this.sequencer.stop(error));
    this.#mover = new WalMover(store.path);
  }

  /** Another interval than HOUSEKEEPING_MS, from now on. */
  keepHouseEvery(ms: number): void {
    clearInterval(this.#housekeeping);
    this.#housekeeping = setInterval(() => this.#keepHouse(), ms).unref();
  }

  begin(database: Oid, owner: LockOwner, isolation: Isolation): CatalogTransaction {
    return new CatalogTransaction(this.#host, database, owner, isolation);
  }

  /** For reading the newest rows: it makes nothing, and need not end. */
  beginReading(database: Oid, owner: LockOwner): CatalogTransaction {
    const { births: _, ...host } = this.#host;
    return new CatalogTransaction(host, database, owner, "read committed");
  }

  commit(transaction: CatalogTransaction, info: CommitInfo): void | Promise<void> {
    if (!transaction.rows.isLarge) return this.sequencer.commit(transaction, info);
    const spilled = transaction.rows.spill([]);
    if (spilled === undefined) return this.sequencer.commit(transaction, info);
    return spilled.then(() => this.sequencer.commit(transaction, info));
  }

  /** Versions are counted in memory; what is in the pages says where to begin. */
  #nextVersion(storage: Oid): number {
    const next = (this.#lastVersions.get(storage) ?? this.store.rows.lastVersion(storage)) + 1;
    this.#lastVersions.set(storage, next);
    return next;
  }

  /**
   * A restart has little to replay, and SQLite's log stays small, without a statement that waits
   * for it.
   */
  #keepHouse(): void {
    const { store } = this;
    if (store.rows.bulks.hasUnsettled) this.#settle();
    this.vacuum.trimMoments();
    this.#unlessFailed(() => store.dirty && store.commit());
    this.vacuum.runInBackground();
    if (store.walBytes > WAL_BYTES_MAX && !this.#mover.isMoving) {
      this.#mover.move(() => this.#unlessFailed(() => store.checkpoint()));
    }
  }

  /** Gives versions of finished bulks their epochs, a slice at a time, between other work. */
  #settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    const slice = () => {
      this.#settling = false;
      if (this.#closed) return;
      if (!this.#unlessFailed(() => this.store.settleBulks(SETTLED_MAX))) return;
      if (this.store.rows.bulks.hasUnsettled) this.#settle();
    };
    setImmediate(slice);
  }

  /**
   * A step on the pages that nobody waits for: its failure is as fatal as any other. False when
   * log or pages have failed.
   */
  #unlessFailed(step: () => void): boolean {
    if (!this.sequencer.isAlive) return false;
    try {
      step();
    } catch (error) {
      this.sequencer.stop(error as Error);
    }
    return this.sequencer.isAlive;
  }

  /** The pages become durable up to the newest epoch: a restart replays from here. */
  checkpoint(): void {
    this.checkpoints++;
    this.sequencer.publish();
    this.store.checkpoint();
  }

  /** The newest commit, and where the log ends with it. */
  reached(): { readonly position: Position; readonly epoch: Epoch } {
    this.sequencer.publish();
    return { position: positionOf(this.store), epoch: this.store.applied.epoch };
  }

  /** Makes everything durable, with sequences standing exactly where they are. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#housekeeping);
    await this.vacuum.stop();
    await this.#mover.close();
    const marks = this.sequences.exactMarks();
    if (marks.length > 0) await this.sequencer.appendMarks(marks);
    await this.sequencer.drain();
    this.store.checkpoint();
    this.store.close();
    await this.#leadership.release();
    await this.log.close();
  }

  /** Is told of everything that was applied, in the same step. */
  onApplied(listener: (batch: ApplyBatch) => void): void {
    this.#listeners.push(listener);
  }

  #apply(batch: ApplyBatch): void {
    this.store.apply(batch);
    this.#lookups.forget(batch);
    this.vacuum.note(batch);
    for (const listener of this.#listeners) listener(batch);
    if (this.store.unpublished > UNPUBLISHED_MAX) this.store.commit();
  }

  /** What it changes is no burden on the next commit. */
  #withCommit(step: () => void): void {
    step();
    if (this.store.unpublished > UNPUBLISHED_MAX) this.store.commit();
  }
}
