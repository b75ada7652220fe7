/** Queries whose rows are all there when they are answered: nobody else runs in between. */
import { assert } from "../../base/assert.ts";
import type { Snapshot } from "../execute/snapshot-reader.ts";
import type { StatementContext } from "../session/engine.ts";
import type { ModifyHost } from "./modify-access.ts";
import type { WritingHost } from "./writing-host.ts";

export const runningNow =
  (
    { planner, runner, inStep, newest }: WritingHost,
    context: StatementContext,
  ): ModifyHost["runNow"] =>
  (translation, values, snapshot = newest(), share = undefined) => {
    const options = { atOnce: true, share, timeoutMs: context.timeoutMs };
    const ready = planner.settled(translation, values, context);
    const found = inStep(snapshot, () => runner.run(ready, values, snapshot, context, options));
    assert(found.kind === "rows", "it was to be read at once");
    return found.rows;
  };

/** The catalog stands still while a statement changes rows. */
export function evaluatingNow(
  { runner, inStep, newest }: WritingHost,
  context: StatementContext,
): ModifyHost["evaluate"] {
  let still: Snapshot | undefined;
  return (translation, values) => {
    still ??= { ...newest(), rows: [], bulks: [] };
    const snapshot = still;
    return inStep(snapshot, () => runner.evaluate(translation, values, snapshot, context));
  };
}
