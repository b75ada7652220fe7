/**
 * WHAT IS DUE on a clock: so many a second from the moment at which it was asked first. What would
 * have been due before (the server was stopped, the source paused) is not made up for.
 */
import { performance } from "node:perf_hooks";

export class Due {
  readonly perSecond: number;
  #since: number | undefined;
  /** How many were done then. */
  #from = 0;

  constructor(perSecond: number) {
    this.perSecond = perSecond;
  }

  /** How many behind `done` are due now. */
  behind(done: number): number {
    const now = performance.now();
    if (this.#since === undefined) {
      this.#since = now;
      this.#from = done;
    }
    const due = this.#from + Math.floor(((now - this.#since) / 1000) * this.perSecond);
    return Math.max(due - done, 0);
  }
}
