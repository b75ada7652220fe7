/** STATEMENT → COMMAND: who runs what, and what must hold before it may. */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { isJobStatement } from "../../catalog/job-statement.ts";
import { PG_CHECKPOINT } from "../../catalog/memberships.ts";
import type { Statement, StatementBody } from "../parse/statement.ts";
import { after } from "./after.ts";
import { type Command, done, type Outcome, plainCommand } from "./command.ts";
import { runCopy } from "./copy-commands.ts";
import { cursorCommand } from "./cursor-commands.ts";
import { checkAlone, runDdl } from "./ddl-commands.ts";
import { explainCommand } from "./explain-commands.ts";
import { jobCommand } from "./job-commands.ts";
import { modifyCommand } from "./modify-commands.ts";
import { runNotifyStatement } from "./notify-commands.ts";
import { preparedCommand } from "./prepared-commands.ts";
import { queryCommand } from "./query-commands.ts";
import { callCommand, runInlineCode } from "./routine-commands.ts";
import { discard, settingCommand } from "./setting-commands.ts";
import type { SessionState } from "./state.ts";
import { endsFailedBlock, failedBlock, runTransactionStatement } from "./transaction-commands.ts";
import { runVacuum } from "./vacuum-commands.ts";

/** Throws 25P02 when the block has failed and the statement would not end it. */
export function checkBlock(state: SessionState, body: StatementBody): void {
  if (state.block.state === "failed" && !endsFailedBlock(body.kind)) throw failedBlock();
}

const NO_PARAMETERS = { types: [], infer: false, parameters: [] } as const;

/** The command of a statement without parameters. */
export function commandOf(state: SessionState, statement: Statement): Command | Promise<Command> {
  const { body } = statement;
  checkBlock(state, body);
  if (isJobStatement(body)) return jobCommand(state, statement, body);
  switch (body.kind) {
    case "refused":
      throw body.error;
    case "unsupported":
      throw notSupported(body.what);
    case "query":
      return queryCommand(state, { statement, query: body, ...NO_PARAMETERS });
    case "modify":
      return modifyCommand(state, { statement, body, ...NO_PARAMETERS });
    case "call":
      return callCommand(state, { call: body, ...NO_PARAMETERS });
    case "inlineCode":
      return plainCommand(() => runInlineCode(state, body));
    case "begin":
    case "commit":
    case "rollback":
    case "savepoint":
    case "release":
    case "rollbackTo":
    case "prepareTransaction":
      return plainCommand(() => runTransactionStatement(state, body));
    case "endPrepared":
      return plainCommand(() => endPrepared(state, statement.tag, body.identifier));
    case "set":
    case "setTransaction":
    case "importSnapshot":
    case "show":
    case "reset":
      return settingCommand(state, body);
    case "prepare":
    case "execute":
    case "executeInto":
    case "deallocate":
      return preparedCommand(state, statement, body);
    case "declareCursor":
    case "fetch":
    case "closeCursor":
      return cursorCommand(state, statement, body);
    case "explain":
      return explainCommand(state, body);
    case "copy":
      return plainCommand(() => runCopy(state, statement, body));
    case "listen":
    case "unlisten":
    case "notify":
      return plainCommand(() => runNotifyStatement(state, body));
    case "discard":
      return plainCommand(() => discard(state, body.what));
    case "vacuum":
      return plainCommand(() => runVacuum(state, statement, body));
    case "checkpoint":
      return plainCommand(() => checkpoint(state));
    case "kill":
      return plainCommand(() => kill(state, body.processId));
    default:
      return plainCommand(() => runDdl(state, statement, body));
  }
}

/** There are no prepared transactions. */
function endPrepared(state: SessionState, tag: string, identifier: string): never {
  checkAlone(state, tag);
  const message = `prepared transaction with identifier "${identifier}" does not exist`;
  throw new SqlError("42704", message);
}

function checkpoint(state: SessionState): Outcome | Promise<Outcome> {
  if (!state.roles.has(PG_CHECKPOINT)) {
    throw new SqlError(
      "42501",
      "must be superuser or have privileges of pg_checkpoint to do CHECKPOINT",
    );
  }
  return after(state.engine.checkpoint(), () => done("CHECKPOINT"));
}

/** Ends what the session runs, not the session, as in RisingWave. Throws 42704, 42501. */
function kill(state: SessionState, processId: number): Outcome {
  if (state.others.roleOf(processId) === undefined) {
    throw new SqlError("42704", `process ${processId} does not exist`);
  }
  state.context.effects.cancelBackend(processId);
  return done("KILL");
}
