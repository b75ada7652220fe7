/**
 * BIRTHS OF TRANSACTIONS: of each one that runs, the oid that was next when it began. Whatever it
 * makes has a later one, so what is older and named nowhere is nobody's.
 */
import type { Oid } from "../base/ids.ts";

export class Births {
  /** How many began at each oid. */
  readonly #running = new Map<Oid, number>();

  readonly #next: () => Oid;

  /** `next`: the oid that is given out next. */
  constructor(next: () => Oid) {
    this.#next = next;
  }

  /** Answers what the transaction ends with. */
  begin(): Oid {
    const next = this.#next();
    this.#running.set(next, (this.#running.get(next) ?? 0) + 1);
    return next;
  }

  end(at: Oid): void {
    const left = (this.#running.get(at) ?? 1) - 1;
    if (left === 0) this.#running.delete(at);
    else this.#running.set(at, left);
  }

  /** What has a lower oid was made by no transaction that runs; undefined: none does. */
  get least(): Oid | undefined {
    let least: Oid | undefined;
    for (const at of this.#running.keys()) if (least === undefined || at < least) least = at;
    return least;
  }
}
