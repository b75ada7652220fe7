/** STATEMENT → COMMAND: who runs what, and what must hold before it may. */
import { notSupported, SqlError, warning } from "../../base/sql-error.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import type { Statement, StatementBody } from "../parse/statement.ts";
import { after } from "./after.ts";
import { type Command, done, type Outcome, plainCommand } from "./command.ts";
import { cursorCommand } from "./cursor-commands.ts";
import { preparedCommand, queryCommand } from "./query-commands.ts";
import { discard, settingCommand } from "./setting-commands.ts";
import type { SessionState } from "./state.ts";
import { endsFailedBlock, failedBlock, runTransactionStatement } from "./transaction-commands.ts";

/** Throws 25P02 when the block has failed and the statement would not end it. */
export function checkBlock(state: SessionState, body: StatementBody): void {
  if (state.block.state === "failed" && !endsFailedBlock(body.kind)) throw failedBlock();
}

/** The command of a statement without parameters. */
export function commandOf(state: SessionState, statement: Statement): Command | Promise<Command> {
  const { body } = statement;
  checkBlock(state, body);
  switch (body.kind) {
    case "refused":
      throw body.error;
    case "unsupported":
      throw notSupported(body.what);
    case "query":
      return queryCommand(state, {
        statement,
        query: body,
        types: [],
        infer: false,
        parameters: [],
      });
    case "begin":
    case "commit":
    case "rollback":
    case "savepoint":
    case "release":
    case "rollbackTo":
      return plainCommand(() => runTransactionStatement(state, body));
    case "set":
    case "setTransaction":
    case "show":
    case "reset":
      return settingCommand(state, body);
    case "prepare":
    case "execute":
    case "deallocate":
      return preparedCommand(state, statement, body);
    case "declareCursor":
    case "fetch":
    case "closeCursor":
      return cursorCommand(state, statement, body);
    case "discard":
      return plainCommand(() => discard(state, body.what));
    case "checkpoint":
      return plainCommand(() => checkpoint(state));
    default:
      return plainCommand(() => runDdl(state, statement, body));
  }
}

function runDdl(
  state: SessionState,
  statement: Statement,
  body: DdlStatement,
): Outcome | Promise<Outcome> {
  const { block, context } = state;
  if (body.kind === "setConstraints") warnOutsideBlock(state, statement.tag);
  else if (block.modes.readOnly) {
    throw new SqlError("25006", `cannot execute ${statement.tag} in a read-only transaction`);
  }
  const alone = body.kind === "createDatabase" || body.kind === "dropDatabase";
  if (alone) checkAlone(state, statement.tag);
  block.noteQuery();
  block.noteText(statement.text);
  const executed = state.attempt(() => block.transaction.executeDdl(body, context));
  return after(executed, () => {
    if (alone) state.commitNow = true;
    return done(statement.tag);
  });
}

function warnOutsideBlock(state: SessionState, tag: string): void {
  if (state.block.state === "open" || state.inMultiStatement) return;
  state.tell(warning("25P01", `${tag} can only be used in transaction blocks`));
}

/** Whole databases are not created and dropped in the middle of anything. */
function checkAlone(state: SessionState, tag: string): void {
  if (state.block.state === "open" || state.inMultiStatement) {
    throw new SqlError("25001", `${tag} cannot run inside a transaction block`);
  }
  if (state.inPipeline) {
    throw new SqlError("25001", `${tag} cannot be executed within a pipeline`);
  }
}

function checkpoint(state: SessionState): Outcome | Promise<Outcome> {
  if (!state.user.superuser) {
    throw new SqlError(
      "42501",
      "must be superuser or have privileges of pg_checkpoint to do CHECKPOINT",
    );
  }
  return after(state.engine.checkpoint(), () => done("CHECKPOINT"));
}
