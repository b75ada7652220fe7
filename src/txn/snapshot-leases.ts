/**
 * SNAPSHOT LEASES: which epochs somebody still reads. Whoever will read an epoch after the step in
 * which it took its snapshot leases it: a transaction from REPEATABLE READ on, a cursor that has
 * not run, a query that another thread runs. What the least of them sees is not vacuumed.
 */
import type { Epoch } from "../base/ids.ts";

export interface Lease {
  readonly epoch: Epoch;
  /** Idempotent. */
  release(): void;
}

export class SnapshotLeases {
  /** How many hold each epoch. */
  readonly #held = new Map<Epoch, number>();

  take(epoch: Epoch): Lease {
    this.#held.set(epoch, (this.#held.get(epoch) ?? 0) + 1);
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.#held.get(epoch) ?? 1) - 1;
      if (left === 0) this.#held.delete(epoch);
      else this.#held.set(epoch, left);
    };
    return { epoch, release };
  }

  /** The oldest epoch that is held. */
  get least(): Epoch | undefined {
    let least: Epoch | undefined;
    for (const epoch of this.#held.keys()) if (least === undefined || epoch < least) least = epoch;
    return least;
  }
}
