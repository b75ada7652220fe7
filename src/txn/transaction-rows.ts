/**
 * USERS' ROWS OF ONE TRANSACTION: staged here, seen by it alone, committed with it.
 *
 *   staged   in the row overlay, as long as they are few; each under locks of the one lock table
 *   bulk     beyond that in the log and in the pages, under an id that only this transaction sees;
 *            the rows' locks are given up for one lock on the bulk, which whoever meets such a row
 *            waits for
 *
 * COMMIT makes the bulks real by naming them in its frame; ROLLBACK abandons them.
 */
import { assert } from "../base/assert.ts";
import { type BulkId, bulkOf, EPOCH_MAX, isBulk, type Oid, type Xid, xidOf } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { Entry, RowStore, RowVersion, StoredIndex } from "../pages/row-store.ts";
import type { Bulk } from "../pages/store.ts";
import type { RowChange } from "../wal/fragment.ts";
import type { LockManager, LockOwner } from "./lock-manager.ts";
import type { LockMode } from "./lock-mode.ts";
import {
  type ExclusionTag,
  exclusionTag,
  keyTag,
  type LockTag,
  rowTag,
  transactionTag,
} from "./lock-tag.ts";
import { keyText, RowOverlay } from "./row-overlay.ts";

/** What the rows of a transaction need of the engine. */
export interface RowHost {
  /** The rows at the head: all that is durable is in them. */
  readonly store: Pick<
    RowStore,
    | "get"
    | "isCommitted"
    | "epochOf"
    | "knows"
    | "lookup"
    | "beside"
    | "page"
    | "bulksIn"
    | "indexesOf"
    | "entryPage"
  >;
  readonly locks: LockManager;
  /** A version that the storage has never had. */
  readonly nextVersion: (storage: Oid) => number;
  readonly allocateXid: () => Xid;
  /** Logs and applies; returns when that is done. */
  readonly appendBulks: (bulks: readonly Bulk[]) => void | Promise<void>;
  /** Says that bulks will never be committed. */
  readonly abandon: (bulks: readonly BulkId[]) => void;
}

/** Changes before which a bulk ends, counted from the transaction's start. */
interface OwnBulk {
  readonly id: BulkId;
  readonly end: number;
}

/** Row locks as statements ask for them, from the weakest. */
export type RowLock = "key share" | "share" | "no key update" | "update";

/** PostgreSQL's own choice of modes, whose conflicts are those of row locks. */
const modeOf = {
  "key share": "AccessShare",
  share: "RowShare",
  "no key update": "Exclusive",
  update: "AccessExclusive",
} as const satisfies Record<RowLock, LockMode>;

/** What has become of a version, as this transaction sees it at the head. */
export type RowState =
  | { readonly state: "live"; readonly row: Row }
  /** `next`: the version that replaced it, 0 = deleted. */
  | { readonly state: "ended"; readonly next: number; readonly by: "own" | "other" }
  | { readonly state: "gone" };

/** A version that somebody may see. */
export interface ScannedVersion {
  readonly version: number;
  readonly row: Row;
  /** Not ended, as this transaction sees it at the head. */
  readonly isLive: boolean;
}

/** Staged bytes beyond which rows become a bulk. */
const STAGED_BYTES_MAX = 64 * 1024;
/** Changes of one bulk. */
const BULK_CHANGES_MAX = 4096;

/** A version as a query reads it. */
export interface FoundVersion {
  readonly table: Oid;
  readonly storage: Oid;
  readonly version: number;
  /** An epoch or a bulk. */
  readonly endedBy: number;
}

export class TransactionRows {
  readonly overlay = new RowOverlay();
  readonly #host: RowHost;
  readonly #owner: LockOwner;
  readonly #database: Oid;
  readonly #bulks: OwnBulk[] = [];
  /** Changes that have become bulks. */
  #spilled = 0;
  /** Tables whose rows were changed. */
  readonly tables = new Set<Oid>();
  /**
   * Locks that stand for what is staged: keys of added rows, versions that were ended. `mark`: when
   * they were taken.
   */
  readonly #rowLocks: { readonly mark: number; readonly key: string }[] = [];

  constructor(host: RowHost, owner: LockOwner, database: Oid) {
    this.#host = host;
    this.#owner = owner;
    this.#database = database;
  }

  get bulks(): readonly BulkId[] {
    return this.#bulks.map(({ id }) => id);
  }
  get isEmpty(): boolean {
    return this.overlay.isEmpty && this.#bulks.length === 0;
  }
  /** What is staged should become a bulk before more is. */
  get isLarge(): boolean {
    return this.overlay.bytes > STAGED_BYTES_MAX;
  }

  /** A point to which the rows can go back: how many changes there were. */
  get mark(): number {
    return this.#spilled + this.overlay.mark;
  }

  /** Back to a mark that every spill since was told of. */
  rollbackTo(mark: number): void {
    const kept = this.#bulks.filter(({ end }) => end <= mark).length;
    const lost = this.#bulks.splice(kept);
    this.#abandon(lost);
    while ((this.#rowLocks.at(-1)?.mark ?? -1) >= mark) this.#rowLocks.pop();
    this.overlay.rollbackTo(Math.max(0, mark - this.#spilled));
    if (lost.length > 0) this.#spilled = this.#bulks.at(-1)?.end ?? 0;
  }

  /** Stages a new row; answers its version. */
  add(table: Oid, storage: Oid, row: Row): number {
    const version = this.#host.nextVersion(storage);
    this.tables.add(table);
    this.overlay.stage({ kind: "add", storage, version, row });
    return version;
  }

  /** Stages a row of a new storage as another has it, which is of another database. */
  addCopy(storage: Oid, version: number, row: Row): void {
    this.overlay.stage({ kind: "add", storage, version, row });
  }

  /** Stages the end of a version that `stateOf` says is live; `next` = 0 when it is deleted. */
  end(table: Oid, storage: Oid, version: number, next: number): void {
    this.tables.add(table);
    const tag = rowTag(this.#database, table, storage, version);
    this.#noteLock(tag);
    // Whoever keeps the row's key (FOR KEY SHARE) keeps that of its next version, too.
    if (next !== 0) this.#host.locks.continueAs(tag, rowTag(this.#database, table, storage, next));
    this.overlay.stage({ kind: "end", storage, version, next });
  }

  /** Stages index entries: logged, or following from the row. */
  addEntry(index: Oid, version: number, keys: Row, logged: boolean): void {
    this.overlay.stage({ kind: logged ? "entry" : "note", storage: index, version, keys });
  }

  /** Stages the definition of an index over a storage, unless it is known. */
  define(change: RowChange & { readonly kind: "index" }): void {
    if (this.#host.store.knows(change.index) || this.overlay.defines(change.index)) return;
    this.overlay.stage(change);
  }

  /** Locks a version; throws a Wait when others hold it. */
  lockRow(table: Oid, storage: Oid, version: number, lock: RowLock): void {
    const tag = rowTag(this.#database, table, storage, version);
    this.#host.locks.acquire(this.#owner, tag, modeOf[lock]);
    this.#waitForBulk(this.#host.store.get(storage, version));
  }

  tryLockRow(table: Oid, storage: Oid, version: number, lock: RowLock): boolean {
    const stored = this.#host.store.get(storage, version);
    if (stored && this.#foreignBulk(stored) !== undefined) return false;
    const tag = rowTag(this.#database, table, storage, version);
    return this.#host.locks.tryAcquire(this.#owner, tag, modeOf[lock]);
  }

  /**
   * The same of a version that a query reads: the pages cannot be asked, but what has ended it is
   * known. `wait`: else false when it is not free.
   */
  lockFound(
    { table, storage, version, endedBy }: FoundVersion,
    lock: RowLock,
    wait: boolean,
  ): boolean {
    const tag = rowTag(this.#database, table, storage, version);
    if (wait) this.#host.locks.acquire(this.#owner, tag, modeOf[lock]);
    const bulk = isBulk(endedBy) && !this.#isReal(endedBy) ? endedBy : undefined;
    if (wait) this.#waitFor(bulk);
    return (
      wait || (bulk === undefined && this.#host.locks.tryAcquire(this.#owner, tag, modeOf[lock]))
    );
  }

  /** Whether the statement may take it as it is: `next` of it is there, or nothing. */
  hasEnded({ storage, version, endedBy }: FoundVersion): false | "own" | "other" {
    if (this.overlay.endOf(storage, version) !== undefined) return "own";
    if (endedBy === EPOCH_MAX || !this.#isReal(endedBy)) return false;
    return this.#isOwn(endedBy) ? "own" : "other";
  }

  /** Locks a value of a unique index against other transactions that add it. */
  lockKey(table: Oid, index: Oid, keys: readonly Value[]): void {
    const tag = keyTag(this.#database, table, index, keyText(keys));
    this.#host.locks.acquire(this.#owner, tag, "AccessExclusive");
    this.#noteLock(tag);
  }

  /** Says what keys under an exclusion constraint are added, for others to hold theirs against. */
  lockExclusion(table: Oid, index: Oid, keys: readonly Value[]): void {
    const text = `${this.#owner.processId}/${keyText(keys)}`;
    const tag = exclusionTag(this.#database, table, index, text, keys);
    this.#host.locks.acquire(this.#owner, tag, "AccessExclusive");
    this.#noteLock(tag);
  }

  /** What was locked before the last savepoint stays locked when its changes are taken back. */
  #noteLock(tag: LockTag): void {
    if (this.#owner.isNew(tag)) this.#rowLocks.push({ mark: this.mark, key: tag.key });
  }

  /** Keys under an exclusion constraint that running transactions have added. */
  exclusionsOf(index: Oid): readonly { readonly tag: ExclusionTag; readonly own: boolean }[] {
    return this.#host.locks.exclusionsOf(index, this.#owner);
  }

  /** Until whoever has added the keys has ended; throws a Wait. */
  waitForExclusion(tag: ExclusionTag): void {
    this.#host.locks.acquire(this.#owner, tag, "Share");
  }

  /** Until other transactions that have handed rows of the storage to the pages have ended. */
  waitForBulks(storage: Oid): void {
    for (const bulk of this.#host.store.bulksIn(storage)) {
      if (!this.#isOwn(bulk)) this.#waitFor(bulk);
    }
  }

  /** Versions in the pages beside keys, the nearest first, whatever has become of them. */
  beside(index: Oid, keys: readonly Value[], side: "before" | "behind"): Iterable<number> {
    return this.#host.store.beside(index, keys, side);
  }

  /** The versions with these keys that are live, or may be once another transaction has ended. */
  lookup(index: Oid, keys: readonly Value[]): number[] {
    return [...this.#host.store.lookup(index, keys), ...this.overlay.lookup(index, keys)];
  }

  stateOf(storage: Oid, version: number): RowState {
    const { overlay } = this;
    const added = overlay.findAdded(storage, version);
    if (added !== undefined) return { state: "live", row: added };
    const end = overlay.endOf(storage, version);
    if (end !== undefined) return { state: "ended", next: end, by: "own" };
    const stored = this.#host.store.get(storage, version);
    if (!stored || !this.#isReal(stored.xmin)) return { state: "gone" };
    const { xmax, next, row } = stored;
    if (xmax === EPOCH_MAX || !this.#isReal(xmax)) return { state: "live", row };
    return { state: "ended", next, by: this.#isOwn(xmax) ? "own" : "other" };
  }

  /**
   * The version that has taken the place of this one, itself included; undefined when the row was
   * deleted. `ownOnly`: what others have made of it does not count.
   */
  newestOf(storage: Oid, version: number, ownOnly: boolean): number | undefined {
    for (let at = version; ; ) {
      const state = this.stateOf(storage, at);
      if (state.state === "gone") return undefined;
      if (state.state === "live" || (ownOnly && state.by === "other")) return at;
      if (state.next === 0) return undefined;
      at = state.next;
    }
  }

  /** Whether a live version was there at the epoch, or is the transaction's own. */
  wasThere(storage: Oid, version: number, epoch: number): boolean {
    if (this.overlay.findAdded(storage, version) !== undefined) return true;
    const stored = this.#host.store.get(storage, version);
    if (!stored) return false;
    if (this.#isOwn(stored.xmin)) return true;
    return (this.#host.store.epochOf(stored.xmin) ?? EPOCH_MAX) <= epoch;
  }

  /** Versions in the pages behind `after`, without those that others have not committed. */
  page(
    storage: Oid,
    after: number,
    limit: number,
  ): { readonly found: readonly ScannedVersion[]; readonly last: number | undefined } {
    const page = this.#host.store.page(storage, after, limit);
    const found = page
      .filter(({ xmin }) => this.#isReal(xmin))
      .map(({ version, xmax, row }) => {
        const hasEnded = xmax !== EPOCH_MAX && this.#isReal(xmax);
        return { version, row, isLive: !hasEnded && !this.overlay.hasEnded(storage, version) };
      });
    return { found, last: page.at(-1)?.version };
  }

  /** The indexes over a storage in the pages. */
  indexesOf(storage: Oid): readonly StoredIndex[] {
    return this.#host.store.indexesOf(storage);
  }

  /** Entries of an index in the pages behind one, in their order. */
  entries(index: Oid, after: Entry | undefined, limit: number): readonly Entry[] {
    return this.#host.store.entryPage(index, after, limit);
  }

  /** Whether a version added by another transaction's bulk stands in the way; throws its Wait. */
  waitFor(storage: Oid, version: number): void {
    this.#waitForBulk(this.#host.store.get(storage, version));
  }

  #waitForBulk(stored: RowVersion | undefined): void {
    this.#waitFor(stored && this.#foreignBulk(stored));
  }

  #waitFor(bulk: BulkId | undefined): void {
    if (bulk === undefined) return;
    this.#host.locks.acquire(this.#owner, transactionTag(this.#database, xidOf(bulk)), "Share");
  }

  #foreignBulk({ xmin, xmax }: RowVersion): BulkId | undefined {
    return [xmin, xmax].filter(isBulk).find((bulk) => !this.#isReal(bulk));
  }

  #isReal(by: number): boolean {
    return this.#host.store.isCommitted(by) || this.#isOwn(by);
  }
  #isOwn(by: number): boolean {
    return this.#bulks.some(({ id }) => id === by);
  }

  /**
   * Hands what is staged over to the log and the pages, in slices that end at `marks`, the points
   * to which the transaction may yet go back. The rows' locks are given up when it is done.
   */
  spill(marks: readonly number[]): void | Promise<void> {
    const bulks: Bulk[] = [];
    const total = this.overlay.mark;
    const limits = [...marks.map((mark) => mark - this.#spilled), total];
    const cuts = [...new Set(limits)].filter((at) => at > 0 && at <= total);
    let from = 0;
    for (const cut of cuts.sort((a, b) => a - b)) {
      while (from < cut) {
        const to = Math.min(from + BULK_CHANGES_MAX, cut);
        const rows = this.overlay.changes(from, to);
        bulks.push({ bulk: this.#newBulk(this.#spilled + to), rows });
        from = to;
      }
    }
    const done = this.#host.appendBulks(bulks);
    if (done === undefined) return this.#finishSpill(total);
    return done.then(() => this.#finishSpill(total));
  }

  #newBulk(end: number): BulkId {
    const xid = this.#host.allocateXid();
    const tag = transactionTag(this.#database, xid);
    // A savepoint that is newer than the bulk's changes must not release it.
    const isFree = this.#host.locks.tryAcquire(this.#owner, tag, "Exclusive", true);
    assert(isFree, "nobody knows a new transaction id");
    const id = bulkOf(xid);
    this.#bulks.push({ id, end });
    return id;
  }

  #finishSpill(total: number): void {
    for (const { key } of this.#rowLocks.splice(0)) {
      this.#host.locks.releaseEarly(this.#owner, key);
    }
    this.overlay.clear();
    this.#spilled += total;
  }

  abort(): void {
    this.#abandon(this.#bulks.splice(0));
    this.overlay.rollbackTo(0);
  }

  #abandon(bulks: readonly OwnBulk[]): void {
    if (bulks.length > 0) this.#host.abandon(bulks.map(({ id }) => id));
    this.#releaseBulks(bulks);
  }

  /** Those whom the bulks have kept waiting go on. */
  release(): void {
    this.#releaseBulks(this.#bulks);
  }

  #releaseBulks(bulks: readonly OwnBulk[]): void {
    for (const { id } of bulks) {
      const tag = transactionTag(this.#database, xidOf(id));
      this.#host.locks.releaseSession(this.#owner, tag);
    }
  }
}
