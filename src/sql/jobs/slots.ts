/** SLOTS: how many jobs work at a time. Who finds none free queues, in the order of asking. */
import type { Waiting } from "../../txn/wait.ts";

export class Slots {
  readonly #limit: () => number;
  readonly #queue: (() => void)[] = [];
  #taken = 0;

  /** `limit`: 0 = as many as there are. */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** 0 = any number. */
  get limit(): number {
    return this.#limit();
  }

  get taken(): number {
    return this.#taken;
  }

  tryTake(): boolean {
    const limit = this.#limit();
    if (limit > 0 && this.#taken >= limit) return false;
    this.#taken++;
    return true;
  }

  release(): void {
    this.#taken--;
    this.wake();
  }

  /** One may be free, or the limit is another one. */
  wake(): void {
    this.#queue.shift()?.();
  }

  wakeAll(): void {
    for (const wake of this.#queue.splice(0)) wake();
  }

  /** Until it is worth trying again. */
  wait(): Waiting {
    let wake = () => {};
    const done = new Promise<void>((resolve) => {
      wake = resolve;
    });
    this.#queue.push(wake);
    return {
      done,
      cancel: () => {
        const at = this.#queue.indexOf(wake);
        if (at >= 0) this.#queue.splice(at, 1);
        // It may have been woken and not have taken what it was woken for.
        else this.wake();
      },
    };
  }
}
