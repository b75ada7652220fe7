/**
 * VACUUM: versions that no snapshot can see any more leave the pages, the catalog's and those of
 * users' rows (row-vacuum.ts). They are derived, so nothing of this is in the log; what the log
 * holds of them stays there.
 *
 *   horizon = the least of    the newest epoch less the retention in epochs
 *                             the newest epoch at the time that the retention in time leads to
 *                             every leased snapshot
 *
 * The horizon is raised in the pages before the first version below it goes, in the same SQLite
 * transaction: so a read below it fails (72000), after a crash too, and never finds half of what
 * was. The work is done in slices of at most `sliceMs`, and other events have their turn between
 * them.
 *
 * In the background a relation is swept when so many of its versions have ended that it is worth
 * it, one relation at a time, most of the time idle.
 */
import type { Epoch, Oid } from "../base/ids.ts";
import { postgresMicros } from "../base/postgres-time.ts";
import type { TableLayout } from "../pages/layout.ts";
import type { PageStore } from "../pages/page-store.ts";
import type { ApplyBatch } from "../pages/store.ts";
import type { Swept } from "../pages/sweep.ts";
import type { Births } from "./births.ts";
import { type Drive, RowVacuum, type StorageNames, type StorageSwept } from "./row-vacuum.ts";
import type { SnapshotLeases } from "./snapshot-leases.ts";
import { VacuumLog } from "./vacuum-counts.ts";
import type { VacuumLimits } from "./vacuum-limits.ts";

export interface VacuumOptions {
  readonly store: PageStore;
  readonly leases: SnapshotLeases;
  /** The newest published epoch. */
  readonly epoch: () => Epoch;
  readonly limits: VacuumLimits;
  readonly tables: readonly TableLayout[];
  readonly births: Births;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Which of the tables says what storages there are. */
  readonly storageNames?: StorageNames | undefined;
  /** Runs a step on the pages; its failure stops the server. False when that has happened. */
  readonly guarded: (step: () => void) => boolean;
}

export interface RelationSwept extends Swept {
  readonly relation: Oid;
  readonly horizon: Epoch;
}

/** What is asked of a vacuum of users' rows. */
export interface RowVacuumRequest {
  readonly storages: readonly Oid[];
  /** Index entries of removed versions are removed, too. */
  readonly withEntries: boolean;
  /** Storages that nothing leads to any more are removed. */
  readonly removesStorages: boolean;
  /** Free pages go back to the disk. */
  readonly shrinks: boolean;
}

interface Ended {
  count: number;
  /** Versions that the last sweep left, and the horizon that it swept to. */
  remaining: number;
  horizon: Epoch;
}

export class Vacuum {
  readonly #options: VacuumOptions;
  readonly #tables: ReadonlyMap<Oid, TableLayout>;
  /** By the oid of a catalog's relation, and by the storage of users' rows. */
  readonly counts: VacuumLog;
  readonly #rows: RowVacuum;
  readonly #ended = new Map<Oid, Ended>();
  /** The work in progress: there is one at a time. */
  #running: Promise<unknown> = Promise.resolve();
  /** Who waits for the end of something. */
  #asked = 0;
  #isBusy = false;
  #stopped = false;

  constructor(options: VacuumOptions) {
    this.#options = options;
    this.#tables = new Map(options.tables.map((table) => [table.rel, table]));
    this.counts = new VacuumLog(options.now);
    const { store, births, limits, storageNames: names } = options;
    this.#rows = new RowVacuum({
      limits,
      store,
      births,
      names,
      horizon: () => this.horizon,
      counts: this.counts,
    });
  }

  /** Every version that ended below it may go. */
  get horizon(): Epoch {
    const { epoch, leases, limits } = this.#options;
    const retained = Math.max(epoch() - limits.retainEpochs, 0);
    return Math.min(retained, this.#retainedInTime ?? retained, leases.least ?? retained) as Epoch;
  }

  /** What was the newest epoch then may not be known: nothing goes until it is. */
  get #retainedInTime(): Epoch | undefined {
    const { limits, now, store } = this.#options;
    if (limits.retainMs === 0) return undefined;
    return store.moments.find(postgresMicros(now() - limits.retainMs)) ?? store.horizon;
  }

  /** Which commit was the newest when is known for as long as the retention says. */
  trimMoments(): void {
    const { guarded, now, store } = this.#options;
    guarded(() => store.trimMoments(postgresMicros(now())));
  }

  /** Versions that have ended since the start and were not removed; of a relation or a storage. */
  deadOf(id: Oid): number {
    return this.#options.store.rows.ended.get(id) ?? this.#ended.get(id)?.count ?? 0;
  }

  /** What a batch has ended, counted. */
  note(batch: ApplyBatch): void {
    const { commits } = batch;
    this.#rows.note(batch);
    for (const { mutations } of commits) {
      for (const { kind, rel } of mutations) if (kind !== "insert") this.#of(rel).count++;
    }
  }

  /**
   * Sweeps relations now. `isCancelled` is asked between slices; it may throw. Relations that are
   * not stored are passed over.
   */
  run(
    relations: readonly Oid[],
    isCancelled: () => boolean = () => false,
  ): Promise<RelationSwept[]> {
    return this.#ask(async () => {
      const swept: RelationSwept[] = [];
      for (const relation of relations) {
        const one = await this.#sweep(relation, this.#drive(0, isCancelled));
        if (one === undefined) continue;
        swept.push(one);
        this.counts.note(relation, true);
      }
      return swept;
    });
  }

  /** Vacuums users' rows now, else as `run`. Storages that never had a row are passed over. */
  runRows(
    request: RowVacuumRequest,
    isCancelled: () => boolean = () => false,
  ): Promise<StorageSwept[]> {
    return this.#ask(async () => {
      const drive = this.#drive(0, isCancelled);
      const swept: StorageSwept[] = [];
      await this.#rows.settle(drive);
      for (const storage of request.storages) {
        if (this.#stopped) break;
        const one = await this.#rows.sweep(storage, request.withEntries, drive);
        if (one === undefined) continue;
        swept.push(one);
        this.counts.note(storage, true);
      }
      if (request.removesStorages) await this.#rows.removeStorages(drive);
      if (request.shrinks) await this.#rows.shrink(drive);
      return swept;
    });
  }

  /** Housekeeping: starts what is worth it. */
  runInBackground(): void {
    if (this.#isBusy || this.#stopped || !this.#options.limits.isOn) return;
    const work = this.#findSweep() ?? this.#rows.findWork();
    if (work === undefined) return;
    this.#next(() => work(this.#drive(this.#options.limits.pauseMs, () => false))).catch(
      (error) => {
        this.#options.guarded(() => {
          throw error;
        });
      },
    );
  }

  #findSweep(): ((drive: Drive) => Promise<unknown>) | undefined {
    const { horizon } = this;
    const { endedMin, endedPart } = this.#options.limits;
    for (const [relation, ended] of this.#ended) {
      const isWorth =
        ended.count > 0 && ended.count >= Math.max(endedMin, ended.remaining * endedPart);
      if (!isWorth || horizon <= ended.horizon) continue;
      return async (drive) => {
        if (await this.#sweep(relation, drive)) this.counts.note(relation, false);
      };
    }
    return undefined;
  }

  /** Somebody waits for it, and for what is in progress. */
  async #ask<T>(work: () => Promise<T>): Promise<T> {
    this.#asked++;
    try {
      return await this.#next(work);
    } finally {
      this.#asked--;
    }
  }

  /** Runs when what was asked for before is done. */
  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#running.then(async () => {
      this.#isBusy = true;
      try {
        return await work();
      } finally {
        this.#isBusy = false;
      }
    });
    this.#running = done.catch(() => {});
    return done;
  }

  #drive(pauseMs: number, isCancelled: () => boolean): Drive {
    return async (work) => {
      while (!work.isOver) {
        if (this.#stopped || !this.#options.guarded(() => work.step(this.#options.limits.sliceMs)))
          return false;
        if (work.isOver) break;
        await pause(this.#asked > 0 ? 0 : pauseMs);
        if (isCancelled()) return false;
      }
      return true;
    };
  }

  /** Returns when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #sweep(relation: Oid, drive: Drive): Promise<RelationSwept | undefined> {
    const table = this.#tables.get(relation);
    if (table === undefined || this.#stopped) return undefined;
    const { horizon } = this;
    const ended = this.#of(relation);
    const counted = ended.count;
    const sweep = this.#options.store.upkeep.sweep(table, horizon);
    if (!(await drive(sweep))) return undefined;
    const { swept } = sweep;
    // What ended meanwhile is counted for the next time.
    ended.count = Math.max(ended.count - counted, 0) + swept.dead;
    ended.remaining = swept.remaining;
    ended.horizon = horizon;
    return { relation, horizon, ...swept };
  }

  #of(relation: Oid): Ended {
    let ended = this.#ended.get(relation);
    if (ended === undefined) {
      ended = { count: 0, remaining: 0, horizon: 0 as Epoch };
      this.#ended.set(relation, ended);
    }
    return ended;
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)));
