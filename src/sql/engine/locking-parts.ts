/** LOCKS OF A STATEMENT THAT WRITES: which of its parts lock rows, and that they do it first. */
import { notSupported } from "../../base/sql-error.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { BoundPart, BoundStep, BoundWriting } from "../bind/modify.ts";
import { stepsRead } from "../bind/with-modifying.ts";
import type { WritingPlan } from "../rows/writing-plan.ts";
import type { Translation } from "../translate/translation.ts";
import { liftFromWriting } from "./locking-steps.ts";
import { type LockingPlan, withVersions } from "./row-locking.ts";

type Locks = LockingPlan | undefined;

/**
 * The statement with steps for its sub-selects that lock, and with the versions of the rows that
 * its parts lock; `locks` are those of its steps, the main part's behind.
 */
export function withLocks(written: BoundWriting, catalog: CatalogReader) {
  const bound = liftFromWriting(written, catalog);
  const locks: Locks[] = [];
  const lockingPart = (part: BoundPart): BoundPart => {
    const found = part.kind === "select" ? withVersions(part, catalog) : undefined;
    locks.push(found?.locking);
    if (!found?.locking) return part;
    refuseBehindWrites(part, bound.steps);
    return { ...part, kind: "select", query: found.bound.query };
  };
  const steps = bound.steps.map((step) => ({ ...step, part: lockingPart(step.part) }));
  const { main } = bound;
  return {
    whole: { ...bound, steps, main: main.kind === "ruled" ? main : lockingPart(main) },
    locks,
  };
}

/** What is to be locked of the rows of each query. */
export function lockingBySource({ steps, main }: WritingPlan, locks: readonly Locks[]) {
  const found = new Map<Translation, LockingPlan>();
  for (const [at, part] of [...steps, main].entries()) {
    const locking = locks[at];
    if (locking && part.kind === "read") found.set(part.source, locking);
  }
  return found;
}

/** 0A000: what locks rows would have to look at rows that the statement has changed. */
function refuseBehindWrites(part: BoundPart, steps: readonly BoundStep[]): void {
  for (const at of stepsRead(part, steps)) {
    const read = steps[at]?.part;
    if (!read) continue;
    if (read.kind !== "select") throw notSupported("locking rows behind a WITH query that writes");
    refuseBehindWrites(read, steps);
  }
}
