/**
 * CHECKPOINTS: the barriers at which it is written down how far jobs are. Queries under
 * visibility_mode = checkpoint read what the last one has: its epoch, which is leased as long as
 * anybody asks for it from one checkpoint to the next.
 */
import type { Epoch } from "../../base/ids.ts";
import type { Storage } from "../../txn/storage.ts";

export class Checkpoints {
  readonly #storage: Pick<Storage, "leases" | "store">;
  #last: Epoch | undefined;
  #lease: { release(): void } | undefined;
  #isAsked = false;

  constructor(storage: Pick<Storage, "leases" | "store">) {
    this.#storage = storage;
  }

  /** One has passed; `epoch` is the newest. */
  pass(epoch: Epoch): void {
    this.#lease?.release();
    this.#lease = this.#isAsked ? this.#storage.leases.take(epoch) : undefined;
    this.#isAsked = false;
    this.#last = epoch;
  }

  /** Its epoch; undefined: there was none, or vacuum has removed what it has. The next is kept. */
  find(): Epoch | undefined {
    this.#isAsked = true;
    const { leases, store } = this.#storage;
    if (this.#last === undefined || this.#last < store.horizon) return undefined;
    this.#lease ??= leases.take(this.#last);
    return this.#last;
  }
}
