/**
 * THE PASSES OF ALTER TABLE, in PostgreSQL's order. What one pass finds out may add steps to a
 * later one: ADD PRIMARY KEY sets its columns NOT NULL, then builds its index when all columns are
 * there.
 */
import { assert } from "../../base/assert.ts";

export const PASS = {
  drop: 0,
  alterType: 1,
  /** What stands on columns whose type has changed. */
  rebuild: 2,
  addColumn: 3,
  /** Looks at new constraints and queues the rest. */
  addConstraint: 4,
  columnAttributes: 5,
  /** Constraints over indexes that are there. */
  indexConstraints: 6,
  indexes: 7,
  otherConstraints: 8,
  misc: 9,
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
