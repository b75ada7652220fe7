/**
 * SET rw_implicit_flush = on: who has changed rows gets the answer when a barrier has passed behind
 * the commit, as if FLUSH had followed. Whatever ends the waiting cannot take the commit back.
 * https://docs.risingwave.com/sql/commands/sql-flush
 */
import { SqlError, warning } from "../../base/sql-error.ts";
import { JobWait } from "./jobs.ts";
import type { SessionState } from "./state.ts";

/** Asked before the transaction commits. */
export const flushesBehind = (state: SessionState): boolean =>
  state.block.hasChangedRows && !state.isInternal && state.settings.isOn("rw_implicit_flush");

export async function flushBehind(state: SessionState): Promise<void> {
  try {
    await state.wait(new JobWait("a barrier", "Barrier", () => state.jobs.barrier()));
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const fields = { detail: "The transaction has been committed." };
    state.tell(warning(error.code, `did not wait for a barrier: ${error.message}`, fields));
  }
}
