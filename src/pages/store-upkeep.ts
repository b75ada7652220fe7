/**
 * UPKEEP OF THE STORE: what takes out versions, storages and pages that nobody needs any more, as
 * work in steps. Between two steps anything may be committed.
 *
 * The horizon is raised before the first version below it goes, in both files: a crash may leave
 * one of them older than the other.
 */
import type Database from "better-sqlite3";
import type { Epoch, Oid } from "../base/ids.ts";
import type { TableLayout } from "./layout.ts";
import type { SteppedWork } from "./ranges.ts";
import { StorageSearch, type StoredStorage } from "./row-removal.ts";
import type { RowStore } from "./row-store.ts";
import type { RowSweepInProgress } from "./row-sweep.ts";
import { Sweep, type SweepInProgress, sweeping } from "./sweep.ts";

export class StoreUpkeep {
  readonly #db: Database.Database;
  readonly #rows: RowStore;
  readonly #run: (step: () => number) => void;
  #horizon: Epoch;

  /** `run` does a step that answers how many changes it made; its errors are fatal. */
  constructor(
    db: Database.Database,
    rows: RowStore,
    horizon: Epoch,
    run: (step: () => number) => void,
  ) {
    this.#db = db;
    this.#rows = rows;
    this.#run = run;
    this.#horizon = Math.max(horizon, rows.horizon) as Epoch;
  }

  /** Versions that ended at or below it may be gone: nobody reads an older epoch any more. */
  get horizon(): Epoch {
    return this.#horizon;
  }

  /**
   * Begins to remove the versions of a relation that ended at or below the horizon. From now on no
   * older epoch can be read, whatever becomes of the sweep.
   */
  sweep(table: TableLayout, horizon: Epoch): SweepInProgress {
    this.#raiseHorizon(horizon);
    const sweep = new Sweep(this.#db, table, horizon);
    return sweeping(
      sweep,
      this.#inSteps(sweep, () => sweep.swept.removed),
    );
  }

  /** The same with users' rows; undefined: the storage never had one. */
  sweepRows(storage: Oid, horizon: Epoch, withEntries: boolean): RowSweepInProgress | undefined {
    this.#raiseHorizon(horizon);
    const sweep = this.#rows.sweep(storage, horizon, withEntries);
    if (sweep === undefined) return undefined;
    const changes = () => sweep.swept.removed + sweep.swept.entries;
    return sweeping(sweep, this.#inSteps(sweep, changes));
  }

  /** Looks for storages below an oid that no row of the relation names in the column. */
  findStorages(table: TableLayout, column: number, horizon: Epoch, below: Oid): StorageSearch {
    return new StorageSearch(this.#db, table, column, horizon, this.#rows.storages(below));
  }

  removeStorage(storage: StoredStorage): SteppedWork {
    return this.#inSteps(this.#rows.remove(storage));
  }

  /** Gives pages of the file of users' rows back to the disk, but for so many free ones. */
  shrinkRows(freePagesKept: number): SteppedWork {
    return this.#inSteps(this.#rows.shrink(freePagesKept));
  }

  #raiseHorizon(horizon: Epoch): void {
    this.#run(() => {
      this.#rows.raiseHorizon(horizon);
      if (horizon <= this.#horizon) return 0;
      this.#db.prepare("UPDATE meta SET horizon = ?").run(horizon);
      this.#horizon = horizon;
      return 1;
    });
  }

  /** `changes`: how many it has made; without it, each step counts as one. */
  #inSteps(work: SteppedWork, changes?: () => number): SteppedWork {
    let before = 0;
    const step = (ms: number) =>
      this.#run(() => {
        work.step(ms);
        const now = changes?.() ?? before + 1;
        const made = now - before;
        before = now;
        return made;
      });
    return {
      step,
      get isOver() {
        return work.isOver;
      },
    };
  }
}
