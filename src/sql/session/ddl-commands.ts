/** Statements that change the catalog. */
import { SqlError } from "../../base/sql-error.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import type { Statement, StatementBody } from "../parse/statement.ts";
import { after } from "./after.ts";
import { done, type Outcome } from "./command.ts";
import type { SessionState } from "./state.ts";

/** Everything that is no DDL. */
const others: { readonly [kind in Exclude<StatementBody, DdlStatement>["kind"]]: true } = {
  begin: true,
  checkpoint: true,
  closeCursor: true,
  commit: true,
  copy: true,
  deallocate: true,
  declareCursor: true,
  discard: true,
  execute: true,
  explain: true,
  fetch: true,
  listen: true,
  notify: true,
  prepare: true,
  query: true,
  refused: true,
  release: true,
  reset: true,
  rollback: true,
  rollbackTo: true,
  savepoint: true,
  set: true,
  setTransaction: true,
  show: true,
  unlisten: true,
  unsupported: true,
};

export const isDdl = (body: StatementBody): body is DdlStatement => !(body.kind in others);

export function runDdl(
  state: SessionState,
  statement: Statement,
  body: DdlStatement,
): Outcome | Promise<Outcome> {
  const { block, context } = state;
  checkMayRun(state, statement, body);
  block.noteQuery();
  block.noteText(statement.text);
  const executed = state.attempt(() => block.transaction.executeDdl(body, context));
  return after(executed, () => {
    if (isAlone(body)) state.commitNow = true;
    return done(statement.tag);
  });
}

/** Throws 25006, 25001. */
export function checkMayRun(state: SessionState, { tag }: Statement, body: DdlStatement): void {
  if (state.block.modes.readOnly) {
    throw new SqlError("25006", `cannot execute ${tag} in a read-only transaction`);
  }
  if (isAlone(body)) checkAlone(state, tag);
}

/** Whole databases are not created and dropped in the middle of anything. */
const isAlone = ({ kind }: DdlStatement): boolean =>
  kind === "createDatabase" || kind === "dropDatabase";

/** Throws 25001 for a statement that must be a transaction of its own. */
function checkAlone(state: SessionState, tag: string): void {
  if (state.isInBlock) {
    throw new SqlError("25001", `${tag} cannot run inside a transaction block`);
  }
  if (state.inPipeline) {
    throw new SqlError("25001", `${tag} cannot be executed within a pipeline`);
  }
}
