/**
 * VACUUM: versions that no snapshot can see any more leave the pages. They are derived, so nothing
 * of this is in the log; what the log holds of them stays there.
 *
 *   horizon = the least of    the newest epoch less the retention
 *                             every leased snapshot
 *
 * The horizon is raised in the pages before the first version below it goes, in the same SQLite
 * transaction: so a read below it fails (72000), after a crash too, and never finds half of what
 * was. The work is done in slices of at most SLICE_MS, and other events have their turn between
 * them.
 *
 * In the background a relation is swept when so many of its versions have ended that it is worth
 * it, one relation at a time, most of the time idle.
 */
import type { Epoch, Oid } from "../base/ids.ts";
import type { TableLayout } from "../pages/layout.ts";
import type { PageStore } from "../pages/page-store.ts";
import type { ApplyBatch } from "../pages/store.ts";
import type { Swept } from "../pages/sweep.ts";
import type { SnapshotLeases } from "./snapshot-leases.ts";

/** The longest that other sessions are kept waiting by it. */
const SLICE_MS = 5;
/** Pause between slices when nobody waits for the end. */
const PAUSE_MS = 45;
/** Ended versions that are worth a sweep, and the part of a relation that they must be. */
const ENDED_MIN = 1_000;
const ENDED_PART = 0.2;

export interface VacuumOptions {
  readonly store: PageStore;
  readonly leases: SnapshotLeases;
  /** The newest published epoch. */
  readonly epoch: () => Epoch;
  /** Epochs that stay readable behind the newest one. */
  readonly retainEpochs: number;
  readonly tables: readonly TableLayout[];
  /** Runs a step on the pages; its failure stops the server. False when that has happened. */
  readonly guarded: (step: () => void) => boolean;
}

export interface RelationSwept extends Swept {
  readonly relation: Oid;
  readonly horizon: Epoch;
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
  readonly #ended = new Map<Oid, Ended>();
  /** The sweep in progress: there is one at a time. */
  #running: Promise<unknown> = Promise.resolve();
  #isSweeping = false;
  #stopped = false;

  constructor(options: VacuumOptions) {
    this.#options = options;
    this.#tables = new Map(options.tables.map((table) => [table.rel, table]));
  }

  /** Every version that ended below it may go. */
  get horizon(): Epoch {
    const { epoch, leases, retainEpochs } = this.#options;
    const retained = Math.max(epoch() - retainEpochs, 0);
    return Math.min(retained, leases.least ?? retained) as Epoch;
  }

  /** What a batch has ended, counted. */
  note({ commits }: ApplyBatch): void {
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
    const before = this.#running;
    const done = before.then(async () => {
      const swept: RelationSwept[] = [];
      for (const relation of relations) {
        const one = await this.#sweep(relation, 0, isCancelled);
        if (one !== undefined) swept.push(one);
      }
      return swept;
    });
    this.#running = done.catch(() => {});
    return done;
  }

  /** Housekeeping: starts a sweep where it is worth it. */
  runInBackground(): void {
    if (this.#isSweeping || this.#stopped) return;
    const { horizon } = this;
    for (const [relation, ended] of this.#ended) {
      const isWorth = ended.count >= Math.max(ENDED_MIN, ended.remaining * ENDED_PART);
      if (!isWorth || horizon <= ended.horizon) continue;
      this.#running = this.#running.then(() =>
        this.#sweep(relation, PAUSE_MS, () => this.#stopped),
      );
      return;
    }
  }

  /** Returns when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #sweep(
    relation: Oid,
    pauseMs: number,
    isCancelled: () => boolean,
  ): Promise<RelationSwept | undefined> {
    const table = this.#tables.get(relation);
    if (table === undefined || this.#stopped) return undefined;
    const { store, guarded } = this.#options;
    const { horizon } = this;
    const ended = this.#of(relation);
    const counted = ended.count;
    this.#isSweeping = true;
    try {
      const sweep = store.sweep(table, horizon);
      for (;;) {
        if (!guarded(() => sweep.step(SLICE_MS))) return undefined;
        if (sweep.isOver) break;
        await pause(pauseMs);
        if (isCancelled() || this.#stopped) return undefined;
      }
      const { swept } = sweep;
      // What ended meanwhile is counted for the next time.
      ended.count = Math.max(ended.count - counted, 0) + swept.dead;
      ended.remaining = swept.remaining;
      ended.horizon = horizon;
      return { relation, horizon, ...swept };
    } finally {
      this.#isSweeping = false;
    }
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
