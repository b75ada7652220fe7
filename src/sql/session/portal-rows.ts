/** The rows of portals: run once, kept until the portal goes. */
import { SqlError } from "../../base/sql-error.ts";
import { after } from "./after.ts";
import type { Outcome } from "./command.ts";
import { type KeptRows, keepRows } from "./kept-rows.ts";
import type { Portal, PortalState } from "./portals.ts";
import type { SessionState } from "./state.ts";

type Rows = Extract<PortalState, { readonly state: "rows" }>;

const NO_ROWS: KeptRows = { length: 0, failure: undefined, rows: () => [], close: () => {} };

export const cannotBeRun = (portal: Portal): SqlError =>
  new SqlError("55000", `portal "${portal.name}" cannot be run`);

/** The portal's rows; its query runs now if it has not. Throws 55000. */
export function rowsOf(state: SessionState, portal: Portal): Rows | Promise<Rows> {
  const { answer, columns } = portal;
  if (answer.state === "rows") return answer;
  if (answer.state === "failed" || columns === undefined) throw cannotBeRun(portal);
  if (answer.state === "finished") return { state: "rows", rows: NO_ROWS, position: 1 };
  const { command } = answer;
  return failing(portal, () =>
    after(command.run(true), (outcome) => keepOutcome(state, portal, outcome)),
  );
}

/** Keeps what its command answered. */
export function keepOutcome(
  state: SessionState,
  portal: Portal,
  outcome: Outcome,
): Rows | Promise<Rows> {
  const source = outcome.kind === "rows" ? outcome.source : [];
  const width = (portal.columns?.length ?? 0) + (portal.tables?.tables.length ?? 0);
  return after(keepRows(state, source, width), (rows) => {
    const kept: Rows = { state: "rows", rows, position: 0 };
    portal.answer = kept;
    return kept;
  });
}

/** A portal whose query has failed cannot be run again, not even behind a savepoint. */
export function failing<T>(portal: Portal, work: () => T | Promise<T>): T | Promise<T> {
  const fail = (error: unknown): never => {
    if (portal.answer.state === "rows") portal.answer.rows.close();
    portal.answer = { state: "failed" };
    throw error;
  };
  try {
    const result = work();
    return result instanceof Promise ? result.catch(fail) : result;
  } catch (error) {
    return fail(error);
  }
}

/** Before a commit: cursors WITH HOLD read what they have not, for they outlive its snapshot. */
export function keepHeld(state: SessionState): void | Promise<void> {
  for (const portal of state.portals.toBeHeld()) {
    if (portal.answer.state !== "ready" && portal.answer.state !== "rows") continue;
    const kept = rowsOf(state, portal);
    if (kept instanceof Promise) {
      return kept.then((rows) => {
        throwFailure(portal, rows);
        return keepHeld(state);
      });
    }
    throwFailure(portal, kept);
  }
  return undefined;
}

function throwFailure(portal: Portal, { rows }: Rows): void {
  if (rows.failure === undefined) return;
  portal.answer = { state: "failed" };
  rows.close();
  throw rows.failure;
}
