/**
 * TURNS: a statement of many rows lets other sessions run in between, and hands staged rows over to
 * the pages before they take much memory.
 */
import { performance } from "node:perf_hooks";
import type { TransactionRows } from "../../txn/transaction-rows.ts";
import type { Steps } from "./steps.ts";

/** How long a statement of many rows runs before others have their turn. */
const TURN_MS = 2;

export interface TurnEngine {
  readonly rows: TransactionRows;
  /** Points to which the transaction may go back. */
  readonly marks: () => readonly number[];
  /** Nobody else runs in between: a turn that is over is not paused behind. */
  readonly atOnce: boolean;
  /** Ends the statement when it was cancelled or took too long. */
  checkInterrupts(): void;
}

export class Turn {
  readonly #end = performance.now() + TURN_MS;

  /** `at`: how many rows were done; the clock is read now and then. */
  isOver(at: number): boolean {
    return (at & 15) === 15 && performance.now() > this.#end;
  }

  /**
   * What is to be awaited before the next row; a new turn begins behind it. `spills`: nobody has to
   * read rows as they were before.
   */
  pause(at: number, engine: TurnEngine, spills = true): Promise<void> | undefined {
    if (engine.atOnce) {
      if (this.isOver(at)) engine.checkInterrupts();
      return undefined;
    }
    if (spills && engine.rows.isLarge) {
      const spilled = engine.rows.spill(engine.marks());
      if (spilled !== undefined) return spilled.then(() => letOthersRun(engine));
    }
    return this.isOver(at) ? letOthersRun(engine) : undefined;
  }
}

/** Work between two looks at the clock. */
const CLOCK_WORK = 16;

/** One turn behind the other, in work that stages nothing. */
export class Turns {
  readonly #engine: TurnEngine;
  #turn = new Turn();
  #at = 0;

  constructor(engine: TurnEngine) {
    this.#engine = engine;
  }

  /**
   * Behind some work, in units of which many pass before the clock is worth a look; what is to be
   * awaited when the turn is over.
   */
  pause(work = 1): Promise<void> | undefined {
    this.#at += work;
    if (this.#at < CLOCK_WORK) return undefined;
    this.#at = 0;
    if (!this.#turn.isOver(CLOCK_WORK - 1)) return undefined;
    if (this.#engine.atOnce) {
      this.#engine.checkInterrupts();
      return undefined;
    }
    return letOthersRun(this.#engine).then(() => {
      this.#turn = new Turn();
    });
  }
}

/** Items that are sorted at once. */
const SORTED_AT_ONCE = 512;

/** A merge sort that lets others run. */
export function* sortInTurns<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
  turns: Turns,
): Steps<readonly T[]> {
  let runs: T[][] = [];
  for (let at = 0; at < items.length; at += SORTED_AT_ONCE) {
    runs.push(items.slice(at, at + SORTED_AT_ONCE).sort(compare));
    const pause = turns.pause(CLOCK_WORK);
    if (pause !== undefined) yield pause;
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(yield* merge(runs[at] as T[], runs[at + 1] ?? [], compare, turns));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
  turns: Turns,
): Steps<T[]> {
  const merged: T[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) {
    if (compare(left[l] as T, right[r] as T) <= 0) merged.push(left[l++] as T);
    else merged.push(right[r++] as T);
    const pause = turns.pause();
    if (pause !== undefined) yield pause;
  }
  for (; l < left.length; l++) merged.push(left[l] as T);
  for (; r < right.length; r++) merged.push(right[r] as T);
  return merged;
}

/** The end of the last turn that somebody waits for. */
let last: Promise<void> = Promise.resolve();

/**
 * Between two looks at the sockets one such statement has its turn, however many there are: so the
 * others wait for one.
 */
export async function letOthersRun(engine: TurnEngine): Promise<void> {
  const next = last.then(() => new Promise<void>((resolve) => setImmediate(resolve)));
  last = next;
  await next;
  engine.checkInterrupts();
}
