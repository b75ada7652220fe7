/**
 * WORK IN RANGES: how much of a table is dealt with between two looks at the clock. A range grows
 * as long as its work takes little time, and shrinks when it takes too much.
 */
import { performance } from "node:perf_hooks";

/** Rows of the first range. */
const ROWS_FIRST = 256;
const ROWS_MAX = 8192;
/** Aim of one range's work, in milliseconds. */
const RANGE_MS = 1;

/** Long work as its caller drives it. */
export interface SteppedWork {
  /** Goes on for about so many milliseconds. Any error leaves the pages unusable. */
  step(ms: number): void;
  readonly isOver: boolean;
}

export class Ranges {
  #rows = ROWS_FIRST;

  /** Calls `work` with a number of rows until it answers that all is done, or the time is over. */
  run(ms: number, work: (rows: number) => boolean): boolean {
    const end = performance.now() + ms;
    for (;;) {
      const started = performance.now();
      if (work(this.#rows)) return true;
      const now = performance.now();
      if (now - started < RANGE_MS / 2) this.#rows = Math.min(this.#rows * 2, ROWS_MAX);
      else if (now - started > RANGE_MS) this.#rows = Math.max(this.#rows >> 1, 1);
      if (now >= end) return false;
    }
  }
}
