/**
 * THE WALL CLOCK, finer than the milliseconds that Node tells: what is between two of them is the
 * monotonic clock's. That alone would do for a while, but it neither follows when the system's time
 * is set nor runs while the machine sleeps; so where the two are apart, the wall clock is right.
 */
import { performance } from "node:perf_hooks";

const MS_APART_MAX = 1;

/** Follows `coarse`, in ms, with the fractions of `fine`. Both are given by tests. */
export class WallClock {
  readonly #coarse: () => number;
  readonly #fine: () => number;
  #offset: number;

  constructor(coarse = Date.now, fine = () => performance.now()) {
    this.#coarse = coarse;
    this.#fine = fine;
    this.#offset = coarse() - fine();
  }

  /** ms since 1970. */
  now(): number {
    const fine = this.#fine();
    const coarse = this.#coarse();
    const time = this.#offset + fine;
    if (time >= coarse - MS_APART_MAX && time < coarse + 1 + MS_APART_MAX) return time;
    this.#offset = coarse - fine;
    return coarse;
  }
}

const clock = new WallClock();

/** ms since 1970, with fractions. */
export const wallTime = (): number => clock.now();
