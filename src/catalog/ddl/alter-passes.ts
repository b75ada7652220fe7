/**
 * THE PASSES OF ALTER TABLE, in PostgreSQL's order. What one pass finds out may add steps to a
 * later one: ADD PRIMARY KEY sets its columns NOT NULL, then builds its index when all columns are
 * there.
 */
import { assert } from "../../base/assert.ts";

export const PASS = {
  drop: 0,
  addColumn: 1,
  /** Looks at new constraints and queues the rest. */
  addConstraint: 2,
  columnAttributes: 3,
  /** Constraints over indexes that are there. */
  indexConstraints: 4,
  indexes: 5,
  otherConstraints: 6,
  misc: 7,
} as const;

type Step = () => void;

export class Passes {
  readonly #steps: readonly Step[][] = Object.values(PASS).map(() => []);
  #current = 0;

  /** Never for a pass that is over. */
  add(pass: number, step: Step): void {
    assert(pass >= this.#current, `it is too late for pass ${pass}`);
    this.#steps[pass]?.push(step);
  }

  run(): void {
    for (const steps of this.#steps) {
      // A step may add to its own pass.
      for (const step of steps) step();
      this.#current++;
    }
  }
}
