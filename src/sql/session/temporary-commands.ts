/** Temporary relations at the end of a transaction and of the session. */
import type { StepStatement } from "../../catalog/job-statement.ts";
import { after } from "./after.ts";
import type { SessionState } from "./state.ts";

function run(state: SessionState, body: StepStatement): void | Promise<void> {
  const { block, context } = state;
  const pass = () => block.transaction.executeDdl(body, context, block.marks);
  return after(state.attempt(pass), () => undefined);
}

/** ON COMMIT, before there is a commit. Throws 0A000. */
export function endTemporary(state: SessionState): void | Promise<void> {
  const { actions: tables } = state.temporary;
  if (tables.size === 0 || state.block.begun === undefined) return undefined;
  return run(state, { kind: "endTemporary", tables });
}

/** DISCARD TEMP. */
export function discardTemporary(state: SessionState): void | Promise<void> {
  return run(state, { kind: "dropTemporary", of: "session", keepsSchemas: true });
}

/** How long the end of a session waits for each lock, in ms. */
const END_LOCK_MS = 60_000;

/**
 * The session is over: what it made for itself goes, in a transaction of its own. What cannot be
 * dropped, or is kept locked by others for longer than END_LOCK_MS, is dropped when the server
 * starts again.
 */
export function dropTemporary(state: SessionState): void | Promise<void> {
  if (!state.connection.hasTemporary()) return undefined;
  try {
    const dropped = dropNow(state);
    return dropped?.catch(() => state.block.abort());
  } catch {
    return state.block.abort();
  }
}

function dropNow(state: SessionState): void | Promise<void> {
  const { block, context, interrupts, processId, user } = state;
  interrupts.clear();
  state.setSetting("lock_timeout", String(END_LOCK_MS), false);
  state.setSetting("statement_timeout", "0", false);
  block.enter();
  context.nextStatement();
  const dropped = run(state, { kind: "dropTemporary", of: "session", keepsSchemas: false });
  return after(dropped, () => block.commit({ user: user.name, session: processId }));
}
