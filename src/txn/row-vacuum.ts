/**
 * VACUUM OF USERS' ROWS: what of it is worth doing, and what has been done. vacuum.ts says when
 * and in which slices.
 *
 *   versions   of a storage, when so many of them have ended that it is worth it
 *   storages   that pg_class names at no epoch that anybody may read, and that no transaction that
 *              runs can have made: dropped, truncated and rewritten ones, and those of CREATE TABLE
 *              that was rolled back
 *   pages      that are free go back to the disk when they are more than half of those in use; the
 *              others are filled again
 */
import { type Epoch, type Oid, oid } from "../base/ids.ts";
import type { TableLayout } from "../pages/layout.ts";
import type { PageStore } from "../pages/page-store.ts";
import type { SteppedWork } from "../pages/ranges.ts";
import type { RowsSwept } from "../pages/row-sweep.ts";
import type { ApplyBatch } from "../pages/store.ts";
import type { Births } from "./births.ts";
import type { VacuumLog } from "./vacuum-counts.ts";
import type { VacuumLimits } from "./vacuum-limits.ts";

/** Looks for something to do between two searches for storages. */
const LOOKS_PER_SEARCH = 10;
/** Versions of finished bulks in a slice. */
const SETTLED_MAX = 500;
const FREE_PAGES_MIN = 256;
const FREE_PART = 0.5;
const OID_END = oid(2 ** 32);

/** The relation whose rows name storages: pg_class, at the position of relfilenode. */
export interface StorageNames {
  readonly table: TableLayout;
  readonly column: number;
}

export interface RowVacuumOptions {
  readonly store: PageStore;
  /** Every version that ended below it may go; what is committed is in the pages. */
  readonly horizon: () => Epoch;
  readonly limits: Pick<VacuumLimits, "endedMin" | "endedPart">;
  readonly births: Births;
  readonly counts: VacuumLog;
  /** Without it no storage is ever removed. */
  readonly names: StorageNames | undefined;
}

/** Does work to its end, in slices; false when it was cancelled or has failed. */
export type Drive = (work: SteppedWork) => Promise<boolean>;

export interface StorageSwept extends RowsSwept {
  readonly storage: Oid;
  readonly horizon: Epoch;
}

export class RowVacuum {
  readonly #options: RowVacuumOptions;
  /** Horizons that storages were swept to. */
  readonly #swept = new Map<Oid, Epoch>();
  /** The last change that may have left storages behind; a start may find some. */
  #changed: Epoch | undefined = 0 as Epoch;
  #looks = LOOKS_PER_SEARCH;

  constructor(options: RowVacuumOptions) {
    this.#options = options;
  }

  /** Notes what may leave storages behind. */
  note({ commits, marks }: ApplyBatch): void {
    const { names, store } = this.#options;
    for (const { epoch, mutations } of commits) {
      for (const { kind, rel } of mutations) {
        if (kind !== "insert" && rel === names?.table.rel) this.#changed = epoch;
      }
    }
    if (marks.some(({ kind }) => kind === "abandoned")) this.#changed = store.applied.epoch;
  }

  /** Something that is worth doing, if there is. */
  findWork(): ((drive: Drive) => Promise<void>) | undefined {
    const { rows } = this.#options.store;
    const { endedMin, endedPart } = this.#options.limits;
    const horizon = this.#options.horizon();
    for (const [storage, count] of rows.ended) {
      if (count < endedMin || horizon <= (this.#swept.get(storage) ?? -1)) continue;
      if (count < rows.estimate(storage) * endedPart) continue;
      return async (drive) => {
        await this.settle(drive);
        if (await this.sweep(storage, true, drive)) this.#options.counts.note(storage, false);
        await this.#shrinkIfLarge(drive);
      };
    }
    if (this.#changed === undefined || ++this.#looks < LOOKS_PER_SEARCH) return undefined;
    this.#looks = 0;
    return async (drive) => {
      if ((await this.removeStorages(drive)) > 0) await this.#shrinkIfLarge(drive);
    };
  }

  /** Gives versions of finished bulks their epochs: only then is dead what a bulk has ended. */
  async settle(drive: Drive): Promise<void> {
    const { store } = this.#options;
    await drive({
      step: () => store.settleBulks(SETTLED_MAX),
      get isOver() {
        return !store.rows.bulks.hasUnsettled;
      },
    });
  }

  /**
   * Removes the dead versions of a storage; `withEntries`: their index entries, too. Undefined: it
   * never had a row, or the sweep was cancelled.
   */
  async sweep(storage: Oid, withEntries: boolean, drive: Drive): Promise<StorageSwept | undefined> {
    const { store } = this.#options;
    const { ended } = store.rows;
    const horizon = this.#options.horizon();
    const counted = ended.get(storage) ?? 0;
    const sweep = store.upkeep.sweepRows(storage, horizon, withEntries);
    if (sweep === undefined) {
      ended.delete(storage);
      return undefined;
    }
    if (!(await drive(sweep))) return undefined;
    const { swept } = sweep;
    // What ended meanwhile is counted for the next time, and so are entries that were left.
    const left = withEntries ? swept.dead : swept.dead + swept.removed;
    const now = Math.max((ended.get(storage) ?? 0) - counted, 0) + left;
    if (now > 0) ended.set(storage, now);
    else ended.delete(storage);
    this.#swept.set(storage, withEntries ? horizon : (0 as Epoch));
    return { storage, horizon, ...swept };
  }

  /** Answers how many storages were removed. */
  async removeStorages(drive: Drive): Promise<number> {
    const { store, births, names } = this.#options;
    if (names === undefined) return 0;
    // First: whose transaction has ended since is in the pages with what it named.
    const horizon = this.#options.horizon();
    const below = births.least ?? OID_END;
    const changed = this.#changed;
    const isAll = store.rows.storages(OID_END).every(({ id }) => id < below);
    const search = store.upkeep.findStorages(names.table, names.column, horizon, below);
    if (!(await drive(search))) return 0;
    let removed = 0;
    for (const storage of search.unnamed) {
      if (!(await drive(store.upkeep.removeStorage(storage)))) return removed;
      this.#swept.delete(storage.id);
      this.#options.counts.forget(storage.id);
      removed++;
    }
    if (isAll && changed === this.#changed && horizon >= (changed ?? 0)) this.#changed = undefined;
    return removed;
  }

  /** Gives all free pages back. */
  async shrink(drive: Drive): Promise<void> {
    await drive(this.#options.store.upkeep.shrinkRows(0));
  }

  async #shrinkIfLarge(drive: Drive): Promise<void> {
    const { store } = this.#options;
    const { all, free } = store.rows.pages;
    const kept = FREE_PAGES_MIN + (all - free) * FREE_PART;
    if (free > kept) await drive(store.upkeep.shrinkRows(Math.floor(kept / 2)));
  }
}
