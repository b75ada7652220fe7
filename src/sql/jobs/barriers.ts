/**
 * BARRIERS: one after the other, an interval apart. Who cannot wait for the next has one begin at
 * once, behind the one that is passing.
 */
import type { Waiting } from "../../txn/wait.ts";

export interface BarrierOptions {
  readonly intervalMs: () => number;
  /** What is done at one; it rejects with nothing. `isForced`: somebody waits for it. */
  readonly pass: (isForced: boolean) => Promise<void>;
}

export class Barriers {
  readonly #options: BarrierOptions;
  /** Who waits for one that has not begun. */
  #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #passing: Promise<void> | undefined;
  #closed = false;

  constructor(options: BarrierOptions) {
    this.#options = options;
  }

  /** The next one is an interval from now. */
  schedule(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#pass(), this.#options.intervalMs()).unref();
  }

  /** Until one has passed that begins behind this call. */
  force(): Waiting {
    const done = new Promise<void>((resolve) => this.#waiting.push(resolve));
    clearTimeout(this.#timer);
    void this.#pass();
    return { done, cancel: () => {} };
  }

  async #pass(): Promise<void> {
    while (this.#passing !== undefined) await this.#passing;
    if (this.#closed) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#passing = this.#options.pass(waiting.length > 0);
    await this.#passing;
    this.#passing = undefined;
    for (const wake of waiting) wake();
    this.schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#passing;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
