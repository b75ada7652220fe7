/**
 * TURNS: a statement of many rows lets other sessions run in between, and hands staged rows over to
 * the pages before they take much memory.
 */
import { performance } from "node:perf_hooks";
import type { TransactionRows } from "../../txn/transaction-rows.ts";

/** How long a statement of many rows runs before others have their turn. */
const TURN_MS = 2;

export interface TurnEngine {
  readonly rows: TransactionRows;
  /** Points to which the transaction may go back. */
  readonly marks: () => readonly number[];
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
    if (spills && engine.rows.isLarge) {
      const spilled = engine.rows.spill(engine.marks());
      if (spilled !== undefined) return spilled.then(() => letOthersRun(engine));
    }
    return this.isOver(at) ? letOthersRun(engine) : undefined;
  }
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
