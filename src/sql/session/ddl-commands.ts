/** Statements that change the catalog. */
import { SqlError, warning } from "../../base/sql-error.ts";
import { isJobStatement, type JobStatement } from "../../catalog/job-statement.ts";
import { REFRESH } from "../../catalog/jobs.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import type { Statement, StatementBody } from "../parse/statement.ts";
import { after } from "./after.ts";
import { done, type Outcome } from "./command.ts";
import { leavesDataAlone, nameIfAlone } from "./ddl-rules.ts";
import { takeRate } from "./job-options.ts";
import { asJob } from "./jobs.ts";
import { nameOfMade, waitUntilMade } from "./made-by-job.ts";
import type { SessionState } from "./state.ts";

type Other = Exclude<StatementBody, DdlStatement | JobStatement>;

/** Everything that is neither DDL nor about jobs. */
const others: { readonly [kind in Other["kind"]]: true } = {
  begin: true,
  endPrepared: true,
  call: true,
  checkpoint: true,
  closeCursor: true,
  commit: true,
  copy: true,
  deallocate: true,
  declareCursor: true,
  discard: true,
  execute: true,
  executeInto: true,
  explain: true,
  fetch: true,
  kill: true,
  importSnapshot: true,
  inlineCode: true,
  listen: true,
  modify: true,
  notify: true,
  prepare: true,
  prepareTransaction: true,
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
  vacuum: true,
};

export const isDdl = (body: StatementBody): body is DdlStatement =>
  !(body.kind in others) && !isJobStatement(body);

export function runDdl(
  state: SessionState,
  statement: Statement,
  whole: DdlStatement,
): Outcome | Promise<Outcome> {
  const { block, context } = state;
  const { body, rate } = takeRate(whole);
  checkMayRun(state, statement, body);
  if (body.kind === "setConstraints") warnOutsideBlock(state, statement.tag);
  block.noteQuery();
  context.statementText = statement.loggedText ?? statement.text;
  context.statementRate = rate;
  block.noteText(context.statementText);
  const tag = state.isInternal ? undefined : firedTag(statement);
  const execute = () =>
    state.attempt(() => block.transaction.executeDdl(body, context, block.marks, tag));
  const kind = state.isInternal ? undefined : jobKind(body);
  // What only asks for a job does not wait for a slot: the job does.
  const job = context.request?.isBackground && IN_BACKGROUND.has(kind ?? "") ? undefined : kind;
  const executed = job === undefined ? execute() : asJob(state, job, execute);
  return after(executed, (rowsDone) => {
    const made = nameOfMade(body);
    if (made) return waitUntilMade(state, made, statement.tag);
    if (nameIfAlone(body, statement.tag) !== undefined) state.commitNow = true;
    const isMade = body.kind === "createTableAs" && rowsDone?.kind === "filled";
    return done(isMade ? `SELECT ${rowsDone.rows}` : statement.tag);
  });
}

/** As event triggers know it: a query that makes a table is one. */
const firedTag = ({ tag, body }: Statement): string =>
  body.kind === "createTableAs" && tag === "SELECT" ? "SELECT INTO" : tag;

/** What SET background_ddl = on has made beside the statement. */
const IN_BACKGROUND: ReadonlySet<string> = new Set([
  "INDEX",
  "MATERIALIZED VIEW",
  "TABLE",
  REFRESH,
]);

/** What rw_job calls what a statement makes that may take long. */
function jobKind(body: DdlStatement): string | undefined {
  switch (body.kind) {
    case "createIndex":
      return "INDEX";
    case "createTableAs":
      return body.relkind === "m" ? "MATERIALIZED VIEW" : "TABLE";
    case "refreshMaterializedView":
      return REFRESH;
    default:
      return undefined;
  }
}

/** Throws 25006, 25001, 25P01. */
export function checkMayRun(state: SessionState, { tag }: Statement, body: DdlStatement): void {
  if (state.block.modes.readOnly && !leavesDataAlone(body)) {
    throw new SqlError("25006", `cannot execute ${tag} in a read-only transaction`);
  }
  const alone = nameIfAlone(body, tag);
  if (alone !== undefined) checkAlone(state, alone);
  // What lasts to the end of the transaction would be over at once outside a block.
  if (body.kind === "lockTables" && !state.isInBlock) {
    throw new SqlError("25P01", `${tag} can only be used in transaction blocks`);
  }
}

function warnOutsideBlock(state: SessionState, tag: string): void {
  if (state.isInBlock) return;
  state.tell(warning("25P01", `${tag} can only be used in transaction blocks`));
}

/**
 * Throws 25001. `name`: what PostgreSQL calls a statement that does not run in the middle of
 * anything.
 */
export function checkAlone(state: SessionState, name: string): void {
  if (state.routineDepth > 0) {
    throw new SqlError("25001", `${name} cannot be executed from a function`);
  }
  if (state.isInBlock) {
    throw new SqlError("25001", `${name} cannot run inside a transaction block`);
  }
  if (state.inPipeline) {
    throw new SqlError("25001", `${name} cannot be executed within a pipeline`);
  }
}
