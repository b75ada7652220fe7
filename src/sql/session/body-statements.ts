/**
 * STATEMENTS IN BODIES OF ROUTINES that are not queries: DDL, which the engine runs for the body,
 * and what is about the session. What they do beside the transaction goes back with it.
 */
import { assert } from "../../base/assert.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import type { Statement, StatementBody, VacuumStatement } from "../parse/statement.ts";
import type { BodyMark, BodyStatements, SessionAnswer } from "./body-effects.ts";
import { checkMayRun, isDdl } from "./ddl-commands.ts";
import { nameIfAlone } from "./ddl-rules.ts";
import type { VacuumRequest } from "./engine.ts";
import { takeRate } from "./job-options.ts";
import { isAtHand } from "./rows.ts";
import type { SessionState } from "./state.ts";
import { analyzeRequest } from "./vacuum-commands.ts";

const OF_SESSION: ReadonlySet<StatementBody["kind"]> = new Set([
  ...(["set", "setTransaction", "importSnapshot", "reset", "show"] as const),
  ...(["listen", "unlisten", "notify", "deallocate", "discard"] as const),
]);

export class SessionBodyStatements implements BodyStatements {
  readonly #state: SessionState;

  constructor(state: SessionState) {
    this.#state = state;
  }

  beginDdl(statement: Statement): DdlStatement | undefined {
    const { body, tag } = statement;
    if (!isDdl(body)) return undefined;
    const { block, context } = this.#state;
    const alone = nameIfAlone(body, tag);
    if (alone !== undefined) {
      throw new SqlError("25001", `${alone} cannot be executed from a function`);
    }
    const rated = takeRate(body);
    checkMayRun(this.#state, statement, rated.body);
    if (body.kind === "createSource" || body.kind === "createSink") {
      throw notSupported(`${tag} in PL/pgSQL`);
    }
    context.statementText = statement.loggedText ?? statement.text;
    context.statementRate = rated.rate;
    block.noteText(context.statementText);
    return rated.body;
  }

  beginAnalyze({ text }: Statement, body: VacuumStatement): VacuumRequest {
    this.#state.block.noteText(text);
    return analyzeRequest(body);
  }

  runOfSession(statement: Statement): SessionAnswer | undefined {
    const { body } = statement;
    if (!OF_SESSION.has(body.kind)) return undefined;
    if (body.kind === "discard" && body.what === "all") {
      throw new SqlError("25001", "DISCARD ALL cannot be executed from a function");
    }
    // It drops tables, which is the work of the engine.
    if (body.kind === "discard" && body.what === "temp") return undefined;
    const command = this.#state.commandOf(statement);
    assert(!(command instanceof Promise), "it needs nothing of the engine");
    const outcome = command.run();
    assert(!(outcome instanceof Promise), "it waits for nothing");
    if (outcome.kind === "done" || !command.columns) return { columns: undefined, rows: [] };
    assert(isAtHand(outcome.source), "its rows are few");
    return { columns: command.columns, rows: outcome.source };
  }

  mark(): BodyMark {
    const { settings, notifications, block } = this.#state;
    return { settings: settings.mark, notifications: notifications.mark, texts: block.texts };
  }

  rollbackTo({ settings, notifications, texts }: BodyMark): void {
    this.#state.settings.rollbackTo(settings);
    this.#state.notifications.rollbackTo(notifications);
    this.#state.block.forgetTexts(texts);
  }
}
