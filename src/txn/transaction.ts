/**
 * CatalogTransaction: a snapshot, an overlay, locks. DDL reads the newest committed rows plus its
 * own overlay, after its locks; queries read the transaction's snapshot plus the overlay.
 *
 *   open ──stage──▶ open ──commit──▶ committed        (commit: see sequencer.ts, the one way out of
 *   memory)
 *     └────────────abort────────────▶ aborted
 */
import { assert } from "../base/assert.ts";
import type { Epoch, Oid, Xid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import type { Row, Value } from "../base/value.ts";
import type { TableLayout } from "../pages/layout.ts";
import type { TupleReader } from "../pages/store.ts";
import type { Mutation } from "../wal/fragment.ts";
import type { Births } from "./births.ts";
import { DeferredChecks, type DeferredMark } from "./deferred-checks.ts";
import { type DescriptorMark, Descriptors } from "./descriptors.ts";
import type { ExportedSnapshots } from "./exported-snapshots.ts";
import type { LockManager, LockOwner } from "./lock-manager.ts";
import { bitOf, type LockMode } from "./lock-mode.ts";
import type { LockTag } from "./lock-tag.ts";
import { Overlay } from "./overlay.ts";
import { RelationsInUse } from "./relations-in-use.ts";
import type { Lease, SnapshotLeases } from "./snapshot-leases.ts";
import { type RowHost, TransactionRows } from "./transaction-rows.ts";

export type Isolation = "read committed" | "repeatable read" | "serializable";

/** A point to which a transaction can go back: staged rows and locks. */
export interface Mark {
  readonly overlay: number;
  readonly rows: number;
  readonly grants: number;
  readonly deferred: DeferredMark;
  readonly descriptors: DescriptorMark;
}

export type LockWatcher = (tag: LockTag, mode: LockMode) => void;

/** What a transaction needs of the engine. */
export interface TransactionHost {
  readonly store: TupleReader;
  readonly locks: LockManager;
  /** The newest published epoch. */
  readonly epoch: () => Epoch;
  readonly allocateXid: () => Xid;
  readonly rows: RowHost;
  /** The transaction with this id has ended. */
  readonly endXid: (xid: Xid, committed: boolean) => void;
  readonly leases: SnapshotLeases;
  readonly exported: ExportedSnapshots;
  /** Absent: its transactions make nothing. */
  readonly births?: Births;
}

export class CatalogTransaction {
  readonly database: Oid;
  readonly owner: LockOwner;
  readonly isolation: Isolation;
  readonly overlay = new Overlay();
  /** What it did to users' rows. */
  readonly rows: TransactionRows;
  /** Relations that queries read, for SERIALIZABLE: `db.relation`. */
  readonly reads = new Set<string>();
  readonly deferred = new DeferredChecks();
  readonly inUse = new RelationsInUse();
  /** Of large objects. */
  readonly descriptors = new Descriptors();
  /** Labels that ALTER TYPE has added to enums: nobody uses them before the commit. */
  readonly newLabels = new Set<Oid>();
  readonly #host: TransactionHost;
  #snapshot: Epoch | undefined;
  #xid: Xid | undefined;
  #lockWatcher: LockWatcher | undefined;
  readonly #leases = new Set<Lease>();
  readonly #exported: string[] = [];
  readonly #birth: Oid | undefined;
  #state: "open" | "committing" | "committed" | "aborted" = "open";
  #committed: Epoch | undefined;

  constructor(host: TransactionHost, database: Oid, owner: LockOwner, isolation: Isolation) {
    this.#host = host;
    this.database = database;
    this.owner = owner;
    this.isolation = isolation;
    this.#birth = host.births?.begin();
    this.rows = new TransactionRows(host.rows, owner, database);
  }

  get state(): "open" | "committing" | "committed" | "aborted" {
    return this.#state;
  }

  /** The epoch of its commit; undefined also where that had nothing to log. */
  get committed(): Epoch | undefined {
    return this.#committed;
  }

  /**
   * Assigned when first asked for, as PostgreSQL does: a transaction that writes nothing has none.
   */
  get xid(): Xid {
    this.#xid ??= this.#host.allocateXid();
    return this.#xid;
  }
  get hasXid(): boolean {
    return this.#xid !== undefined;
  }

  /**
   * The epoch that queries read: the newest one, or from REPEATABLE READ on the first statement's.
   */
  snapshotEpoch(): Epoch {
    if (this.isolation === "read committed") return this.#host.epoch();
    this.#snapshot ??= this.lease(this.#host.epoch()).epoch;
    return this.#snapshot;
  }
  /** Keeps an epoch readable until the lease, or the transaction, ends. */
  lease(epoch: Epoch): Lease {
    const taken = this.#host.leases.take(epoch);
    const release = () => {
      taken.release();
      this.#leases.delete(lease);
    };
    const lease: Lease = { epoch, release };
    this.#leases.add(lease);
    return lease;
  }

  /** What queries read now, for others to read as well until this transaction ends. */
  exportSnapshot(): string {
    const { epoch } = this.lease(this.snapshotEpoch());
    const { database } = this;
    const name = this.#host.exported.add(this.owner.processId, { epoch, database });
    this.#exported.push(name);
    return name;
  }
  /**
   * Reads what another transaction exported. Throws 22023 when none of this name is there, 0A000
   * for another database.
   */
  importSnapshot(name: string): void {
    assert(this.#snapshot === undefined, "no query has run");
    const found = this.#host.exported.find(name);
    if (!found) throw new SqlError("22023", `invalid snapshot identifier: "${name}"`);
    if (found.database !== this.database) {
      throw new SqlError("0A000", "cannot import a snapshot from a different database");
    }
    this.#snapshot = this.lease(found.epoch).epoch;
  }

  /** The epoch that a SERIALIZABLE transaction's reads were made at, if it made any. */
  get takenSnapshot(): Epoch | undefined {
    return this.#snapshot;
  }

  noteRead(db: Oid, relation: Oid): void {
    if (this.isolation === "serializable") this.reads.add(`${db}.${relation}`);
  }

  /** Grants at once, or throws a Wait: whoever runs the statement awaits it and runs it again. */
  lock(tag: LockTag, mode: LockMode): void {
    this.#lockWatcher?.(tag, mode);
    this.#host.locks.acquire(this.owner, tag, mode);
  }
  tryLock(tag: LockTag, mode: LockMode): boolean {
    this.#lockWatcher?.(tag, mode);
    return this.#host.locks.tryAcquire(this.owner, tag, mode);
  }

  /** Tells the watcher of each lock before it is asked for; returns the end of watching. */
  watchLocks(watcher: LockWatcher): () => void {
    this.#lockWatcher = watcher;
    return () => {
      this.#lockWatcher = undefined;
    };
  }

  // Reads of the newest committed rows under the overlay. `db` is the database whose rows are
  // meant.

  get(table: TableLayout, db: Oid, key: readonly Value[], epoch = this.#host.epoch()) {
    const at = table.shared ? (0 as Oid) : db;
    const staged = this.overlay.get(table, at, key);
    if (staged !== undefined) return staged ?? undefined;
    return this.#host.store.get(table, at, key, epoch);
  }

  /** The row of this database itself, a cover too, whatever it hides. */
  getOwn(table: TableLayout, db: Oid, key: readonly Value[]): Row | undefined {
    const staged = this.overlay.getOwn(table, db, key);
    if (staged !== undefined) return staged ?? undefined;
    return this.#host.store.getOwn(table, db, key, this.#host.epoch());
  }

  /** The newest committed row, whatever is staged over it. */
  stored(table: TableLayout, db: Oid, key: readonly Value[]): Row | undefined {
    return this.#host.store.get(table, db, key, this.#host.epoch());
  }

  lookup(
    table: TableLayout,
    index: number,
    db: Oid,
    prefix: readonly Value[],
    epoch = this.#host.epoch(),
  ): Row[] {
    const at = table.shared ? (0 as Oid) : db;
    const stored = this.#host.store.lookup(table, index, at, prefix, epoch);
    if (!this.overlay.touches(table, at)) return stored;
    const visible = stored.filter((row) => !this.overlay.hides(table, at, row));
    visible.push(...this.overlay.lookup(table, index, at, prefix));
    return visible;
  }

  scan(table: TableLayout, db: Oid, epoch = this.#host.epoch()): Row[] {
    const at = table.shared ? (0 as Oid) : db;
    const stored = this.#host.store.scan(table, at, epoch);
    if (!this.overlay.touches(table, at)) return stored;
    const visible = stored.filter((row) => !this.overlay.hides(table, at, row));
    visible.push(...this.overlay.rows(table, at));
    return visible;
  }

  /**
   * Rows of one database alone, without the built-in ones: what goes with it when it is dropped.
   */
  scanOwn(table: TableLayout, db: Oid): Row[] {
    const stored = this.#host.store.scanOwn(table, db, this.#host.epoch());
    const visible = stored.filter((row) => !this.overlay.hides(table, db, row));
    visible.push(...this.overlay.rows(table, db));
    return visible;
  }

  // Staging. Whoever stages holds the locks that make it right; see catalog/ddl.

  insert(table: TableLayout, db: Oid, row: Row): void {
    this.#assertOpen();
    this.overlay.insert(table, table.shared ? (0 as Oid) : db, row);
  }
  update(table: TableLayout, db: Oid, row: Row): void {
    this.#assertOpen();
    this.overlay.update(table, table.shared ? (0 as Oid) : db, row);
  }
  delete(table: TableLayout, db: Oid, key: readonly Value[]): void {
    this.#assertOpen();
    this.overlay.delete(table, table.shared ? (0 as Oid) : db, key);
  }

  mark(): Mark {
    const { overlay, rows, owner, deferred, descriptors } = this;
    return {
      overlay: overlay.mark,
      rows: rows.mark,
      grants: owner.mark(),
      deferred: deferred.mark,
      descriptors: descriptors.mark,
    };
  }

  /**
   * Undoes what was staged since the mark; `keepLocks` when the statement is about to run again.
   */
  rollbackTo(mark: Mark, keepLocks: boolean): void {
    this.overlay.rollbackTo(mark.overlay);
    this.rows.rollbackTo(mark.rows);
    this.deferred.rollbackTo(mark.deferred);
    if (keepLocks) return this.descriptors.undoTo(mark.descriptors);
    this.descriptors.closeSince(mark.descriptors);
    this.#host.locks.releaseSince(this.owner, mark.grants);
  }

  /** Nothing was staged: there is nothing to commit. */
  get isEmpty(): boolean {
    return this.overlay.isEmpty && this.rows.isEmpty;
  }

  /** Whether the transaction was granted the lock before the mark. */
  heldAt({ grants }: Mark, tag: LockTag, mode: LockMode): boolean {
    return this.owner.grants
      .slice(0, grants)
      .some(({ held, bit }) => held?.entry.tag.key === tag.key && bit === bitOf[mode]);
  }

  mutations(): Mutation[] {
    return this.overlay.mutations();
  }

  // The sequencer's steps; nobody else calls these.

  beginCommit(): void {
    this.#assertOpen();
    this.#state = "committing";
  }
  /** `at`: undefined where there was nothing to log. */
  finishCommit(at?: Epoch): void {
    this.#state = "committed";
    this.#committed = at;
    if (this.#xid !== undefined) this.#host.endXid(this.#xid, true);
    this.#release();
    this.rows.release();
    this.#host.locks.releaseSince(this.owner, 0);
  }

  abort(): void {
    if (this.#state === "committed" || this.#state === "aborted") return;
    assert(this.#state === "open", "a transaction whose commit is in the log cannot abort");
    this.#state = "aborted";
    if (this.#xid !== undefined) this.#host.endXid(this.#xid, false);
    this.overlay.rollbackTo(0);
    this.rows.abort();
    this.#release();
    this.#host.locks.releaseSince(this.owner, 0);
  }

  #release(): void {
    for (const name of this.#exported) this.#host.exported.remove(name);
    for (const lease of this.#leases) lease.release();
    if (this.#birth !== undefined) this.#host.births?.end(this.#birth);
  }

  #assertOpen(): void {
    assert(this.#state === "open", `the transaction is ${this.#state}`);
  }
}

export const serializationFailure = (): SqlError =>
  new SqlError(
    "40001",
    "could not serialize access due to read/write dependencies among transactions",
    {
      detail: "Reason code: Canceled on identification as a pivot, during commit attempt.",
      hint: "The transaction might succeed if retried.",
    },
  );
