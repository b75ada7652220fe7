/**
 * MATERIALIZED VIEWS THAT ARE BEHIND, and sinks: which storages were changed at which epoch, and
 * what each has taken in. Its epoch is leased, so that what it has not taken in yet is kept; up to
 * a bound, in log that is written while one does not get on.
 */
import { performance } from "node:perf_hooks";
import type { Epoch, Lsn, Oid } from "../../base/ids.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { withDescendants } from "../../catalog/inheritance.ts";
import { jobMaking } from "../../catalog/jobs.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgRewrite } from "../../catalog/relations/pg-rewrite.ts";
import { rwConnector } from "../../catalog/relations/rw-connector.ts";
import { inputsIn, rwMaterialized } from "../../catalog/relations/rw-materialized.ts";
import type { AppliedCommit, ApplyBatch } from "../../pages/store.ts";
import type { Lease, SnapshotLeases } from "../../txn/snapshot-leases.ts";
import type { Mutation } from "../../wal/fragment.ts";
import { Giving } from "./giving-way.ts";

export interface BehindView {
  readonly database: Oid;
  readonly relid: Oid;
  /** What it holds is what its query gave then; 0 = that is not known. */
  readonly epoch: number;
  readonly giving: Giving;
  /** Nothing that it reads has changed since: only the time has. */
  readonly isLevel: boolean;
}

/** Sinks that are not behind, and up to which epoch. */
export interface LevelSinks {
  readonly sinks: readonly Oid[];
  readonly epoch: Epoch;
  readonly level: Lsn;
}

interface View extends BehindView {
  epoch: number;
  isLevel: boolean;
  inputs: readonly Oid[];
  /** What its query gives changes with the time. */
  clock: boolean;
  lease: Lease | undefined;
  /** Of the inputs, when it was looked at last. */
  storages: string;
  /** It could not be brought up to date from what was there at this epoch. */
  failed: number;
  /** As performance.now counts: before it, only FLUSH has it maintained. */
  restsUntil: number;
  /** Where the log ended when it was not behind: the newest that is known. */
  level: Lsn;
  /** The epoch at which a barrier has found that; 0 = none has, since it took something in. */
  levelAt: number;
  /** Of a sink: what of that is written down. */
  written: Lsn;
  /** Its inputs have got other storages since its epoch. */
  hasOthers: boolean;
  /** At how many barriers in a row it was behind, since it took something in. */
  barriersBehind: number;
}

/** How long a view is left alone, in times of what its maintenance took: one in five. */
const REST = 4;
/**
 * Log after which it is written down that a sink is still level: it goes on from there after a
 * crash, so what is newer is kept.
 */
const LEVEL_BYTES = 1_048_576n;

export class MaintainedViews {
  readonly #views = new Map<string, View>();
  /** When a storage was changed last. */
  readonly #changes = new Map<Oid, Epoch>();
  /** Storages that bulks of running transactions have changed. */
  readonly #bulks = new Map<number, Set<Oid>>();
  /** When a row of pg_class was changed last: its storage may be another one since. */
  readonly #altered = new Map<string, Epoch>();
  readonly #leases: SnapshotLeases;
  /**
   * What is older may be behind, whatever is known: what was committed before the server started
   * is in no batch, and a view that others read may have got another query.
   */
  #suspected: Epoch;
  /** Where the log ends. */
  readonly #end: () => Lsn;

  /** `started`: the newest epoch that `note` is not told of. */
  constructor(leases: SnapshotLeases, started: Epoch, end: () => Lsn) {
    this.#leases = leases;
    this.#suspected = started;
    this.#end = end;
  }

  load(catalog: Catalog): void {
    for (const row of catalog.all(rwMaterialized)) {
      this.#set(catalog.database, row);
    }
    for (const { relid, level } of catalog.all(rwConnector)) {
      this.#setLevel(catalog.database, relid, level as Lsn);
    }
  }

  note({ commits, bulks, marks }: ApplyBatch): void {
    for (const { bulk, rows } of bulks) {
      const changed = this.#bulks.get(bulk) ?? new Set();
      for (const change of rows) changed.add(change.storage);
      this.#bulks.set(bulk, changed);
    }
    for (const commit of commits) this.#noteCommit(commit);
    for (const mark of marks) if (mark.kind === "abandoned") this.#bulks.delete(mark.bulk);
  }

  #noteCommit({ epoch, mutations, rows, bulks }: AppliedCommit): void {
    for (const { storage } of rows) this.#changes.set(storage, epoch);
    for (const bulk of bulks) {
      for (const storage of this.#bulks.get(bulk) ?? []) this.#changes.set(storage, epoch);
      this.#bulks.delete(bulk);
    }
    for (const mutation of mutations) {
      if (mutation.rel === pgRewrite.oid) {
        this.#suspected = epoch;
      }
      if (mutation.rel === pgClass.oid) this.#noteClass(mutation, epoch);
      if (mutation.rel !== rwMaterialized.oid) continue;
      if (mutation.kind === "delete") this.#forget(mutation.db, mutation.key[0] as Oid);
      else {
        this.#set(mutation.db, rwMaterialized.view(mutation.row));
      }
    }
    for (const mutation of mutations) {
      if (mutation.rel !== rwConnector.oid || mutation.kind === "delete") continue;
      const { relid, level } = rwConnector.view(mutation.row);
      this.#setLevel(mutation.db, relid, level as Lsn);
    }
  }

  #noteClass(mutation: Mutation, epoch: Epoch): void {
    if (mutation.kind === "insert") return;
    const key = `${mutation.db}/${mutation.key[0]}`;
    if (mutation.kind === "delete") this.#altered.delete(key);
    else this.#altered.set(key, epoch);
  }

  #alteredAt(database: Oid, relation: Oid): number {
    return this.#altered.get(`${database}/${relation}`) ?? 0;
  }

  /** What a row of rw_connector says. */
  #setLevel(database: Oid, relid: Oid, level: Lsn): void {
    const view = this.#views.get(`${database}/${relid}`);
    if (!view || view.written === level) return;
    view.written = level;
    view.level = level;
  }

  #set(database: Oid, row: Tuple<(typeof rwMaterialized)["columns"]>): void {
    const { relid, clock } = row;
    const key = `${database}/${relid}`;
    const epoch = Number(row.epoch);
    const known = this.#views.get(key);
    known?.lease?.release();
    const view: View = {
      database,
      relid,
      epoch,
      giving: known?.giving ?? new Giving(),
      isLevel: false,
      inputs: inputsIn(row.inputs),
      clock,
      lease: epoch === 0 ? undefined : this.#leases.take(epoch as Epoch),
      storages: known?.storages ?? "",
      failed: 0,
      restsUntil: known?.restsUntil ?? 0,
      level: this.#end(),
      levelAt: 0,
      written: known?.written ?? (0n as Lsn),
      hasOthers: false,
      barriersBehind: 0,
    };
    this.#views.set(key, view);
  }

  #forget(database: Oid, relid: Oid): void {
    const key = `${database}/${relid}`;
    this.#views.get(key)?.lease?.release();
    this.#views.delete(key);
  }

  /** Databases with views. */
  databases(): ReadonlySet<Oid> {
    return new Set([...this.#views.values()].map(({ database }) => database));
  }

  /**
   * The views of a database that are behind, or go by the clock; what reads others comes after
   * them. The others are as new as `now`, the newest epoch. `catalog`: its rows at that epoch.
   * `all`: those that rest, too.
   */
  behind(catalog: Catalog, now: Epoch, all: boolean): BehindView[] {
    // What a job makes is kept as of the epoch that the job reads, and brought up to date by it.
    const views = [...this.#views.values()].filter(
      ({ database, relid }) => database === catalog.database && !jobMaking(catalog, relid),
    );
    const clock = performance.now();
    const end = this.#end();
    const found = views.filter((view) => {
      const relation = catalog.find(pgClass, "key", [view.relid]);
      // What its job has not finished is behind in another way: its epoch stays.
      if (!relation?.relispopulated) return false;
      const isSink = relation.relkind === "s";
      // Without an epoch it is lost.
      if (isSink && view.epoch === 0) return false;
      const last = this.#noteStorages(view, catalog);
      const isBehind = view.epoch < this.#suspected || view.hasOthers || last > view.epoch;
      if (!isBehind) this.#advance(view, now, end, isSink);
      view.barriersBehind = isBehind ? view.barriersBehind + 1 : 0;
      view.isLevel = !isBehind;
      const isTried = all || clock >= view.restsUntil;
      return (isBehind || view.clock) && isTried && (view.failed < last || view.failed === 0);
    });
    return found.sort((a, b) => a.relid - b.relid);
  }

  /** When what it reads was changed last. */
  #noteStorages(view: View, catalog: Catalog): number {
    const tables = view.inputs.flatMap((input) => withDescendants(catalog, input));
    const storages = tables.map(
      (table) => catalog.find(pgClass, "key", [table])?.relfilenode ?? (0 as Oid),
    );
    const text = storages.join();
    const isOther =
      view.storages === ""
        ? tables.some((table) => this.#alteredAt(view.database, table) > view.epoch)
        : view.storages !== text;
    if (isOther) view.hasOthers = true;
    view.storages = text;
    return Math.max(0, ...storages.map((storage) => this.#changes.get(storage) ?? 0));
  }

  /** Nothing that it reads has changed: vacuum need keep nothing for it. */
  #advance(view: View, now: Epoch, end: Lsn, isSink: boolean): void {
    view.level = end;
    view.levelAt = now;
    // A sink's epoch is what is written down: behind a crash it has nothing else to go by.
    if (isSink || view.epoch === now) return;
    view.lease?.release();
    view.lease = this.#leases.take(now);
    view.epoch = now;
  }

  /**
   * Sinks of a database that are level, as of the last call of `behind`, and of which that is to be
   * written down. `all`: all that are not known to be as new as `now`.
   */
  unwritten(database: Oid, now: Epoch, all: boolean): LevelSinks | undefined {
    const found = [...this.#views.values()].filter(
      (view) =>
        view.database === database &&
        view.written !== 0n &&
        view.levelAt === now &&
        view.epoch < now &&
        (all || view.level - view.written > LEVEL_BYTES),
    );
    const [first] = found;
    if (!first) return undefined;
    // All were found so at one barrier.
    return { sinks: found.map(({ relid }) => relid), epoch: now, level: first.level };
  }

  /** Those of a database for which more log than `bytes` would be kept. Each was tried once. */
  tooFarBehind(database: Oid, bytes: number): BehindView[] {
    const end = this.#end();
    return [...this.#views.values()].filter(
      (view) =>
        view.database === database &&
        view.epoch !== 0 &&
        view.barriersBehind > 1 &&
        Number(end - view.level) > bytes,
    );
  }

  /** Maintaining a view begins; call what is returned when it ends. Then the view rests. */
  begin({ database, relid }: BehindView): () => void {
    const started = performance.now();
    return () => {
      const view = this.#views.get(`${database}/${relid}`);
      const ended = performance.now();
      if (view) view.restsUntil = ended + REST * (ended - started);
    };
  }

  /** It is tried again when its inputs have changed again. */
  noteFailure({ database, relid }: BehindView, now: Epoch): void {
    const view = this.#views.get(`${database}/${relid}`);
    if (view) view.failed = now;
  }
}
