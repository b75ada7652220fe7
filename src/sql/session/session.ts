/**
 * THE SESSION: messages in, answers to the sink, and the rules between: what an error does to the
 * transaction block, when an implicit transaction commits, what a cancel reaches. It knows no
 * sockets.
 *
 * Every message goes through #answer, which is the one place where a message begins, ends or fails.
 * Nothing here is asynchronous unless the engine is: a statement that does not wait is answered
 * before the call returns.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { type Charset, charsetOf } from "../../catalog/charsets.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import type { ScanMeter } from "../../pages/scan-meter.ts";
import { longIdentifiers } from "../parse/long-identifiers.ts";
import { parse } from "../parse/parse.ts";
import type { Statement } from "../parse/statement.ts";
import { after } from "./after.ts";
import type {
  BindRequest,
  FunctionCallRequest,
  PortalDescription,
  ResultSink,
  Session,
  StatementDescription,
  WireValue,
} from "./api.ts";
import { allText } from "./columns.ts";
import type { Command, Outcome } from "./command.ts";
import { checkBlock } from "./commands.ts";
import type { ResultRow } from "./engine.ts";
import {
  bindMessage,
  describePortal,
  describePrepared,
  executeMessage,
  parseMessage,
} from "./extended-query.ts";
import { callFunction } from "./function-call.ts";
import { statementCancelled } from "./interrupts.ts";
import type { Activity } from "./live-rows.ts";
import { NO_SINK } from "./no-sink.ts";
import { sendRows } from "./rows.ts";
import type { SessionState } from "./state.ts";
import { dropTemporary } from "./temporary-commands.ts";
import { type SessionTrace, through, traceOf } from "./tracing.ts";
import { abortBlock, commitBlock } from "./transaction-commands.ts";

type Done = void | Promise<void>;

const statusOf = { idle: "I", implicit: "I", open: "T", failed: "E" } as const;
const idleStates = {
  idle: "idle",
  implicit: "idle",
  open: "idle in transaction",
  failed: "idle in transaction (aborted)",
} as const;

/** How long the statements of one message run before other sessions have their turn. */
const TURN_MS = 10;

export class CatalogSession implements Session {
  readonly #state: SessionState;
  readonly #onClose: () => void;
  readonly #startedAt: bigint;
  #phase: "waiting" | "busy" | "closing" | "closed" = "waiting";
  #idleTimer: NodeJS.Timeout | undefined;
  /** What it is telling waits for the client to read. */
  #isWaking = false;
  /** While statements are traced. */
  #trace: SessionTrace | undefined;
  #changedAt: bigint;

  constructor(state: SessionState, onClose: () => void) {
    this.#state = state;
    this.#onClose = onClose;
    this.#startedAt = this.#changedAt = state.engine.now();
  }

  get processId(): number {
    return this.#state.processId;
  }
  get status(): "I" | "T" | "E" {
    return statusOf[this.#state.block.state];
  }
  get charset(): Charset | undefined {
    return charsetOf(this.#state.settings.kept("client_encoding"));
  }
  get database(): Oid {
    return this.#state.connection.database.oid;
  }

  simpleQuery(text: string, sink: ResultSink): Done {
    return this.#answer(text, sink, () => {
      this.#state.prepared.delete("");
      this.#state.portals.delete("");
      const statements = parse(text);
      for (const said of longIdentifiers(text)) this.#state.tell(said);
      if (statements.length === 0) return sink.emptyQuery();
      this.#state.inMultiStatement = statements.length > 1;
      return this.#runFrom(statements, 0, through(this.#trace, sink));
    });
  }

  /** A statement of the server's own, in a transaction of its own. */
  runInternal(body: DdlStatement, meter?: ScanMeter): Promise<void> {
    const state = this.#state;
    state.meter = meter;
    const statement = { body, tag: "JOB", text: "", source: "", parameterCount: 0 };
    const ran = this.#answer("", NO_SINK, () => this.#runFrom([statement], 0, NO_SINK));
    return Promise.resolve(ran);
  }

  #runFrom(statements: readonly Statement[], from: number, sink: ResultSink): Done {
    const turnEnd = performance.now() + TURN_MS;
    for (let at = from; at < statements.length; at++) {
      const isLast = at === statements.length - 1;
      const ran = this.#runStatement(statements[at] as Statement, isLast, sink);
      if (ran !== undefined) return ran.then(() => this.#runFrom(statements, at + 1, sink));
      if (!isLast && performance.now() > turnEnd) {
        return this.#letOthersRun().then(() => this.#runFrom(statements, at + 1, sink));
      }
    }
    return undefined;
  }

  /** One message of many statements holds nobody up; a cancel that arrived meanwhile ends it. */
  async #letOthersRun(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#state.interrupts.check();
  }

  #runStatement(statement: Statement, isLast: boolean, sink: ResultSink): Done {
    const state = this.#state;
    checkBlock(state, statement.body);
    this.#beginStatement();
    return after(state.commandOf(statement), (command) => {
      const early = command.describedLate ? undefined : this.#describe(command, sink);
      return after(command.run(), (outcome) => {
        const formats = early ?? this.#describe(command, sink);
        return after(this.#send(outcome, command, formats, sink), (tag) => {
          if (!isLast || state.block.state !== "implicit") return sink.commandComplete(tag);
          return after(commitBlock(state), () => sink.commandComplete(tag));
        });
      });
    });
  }

  #beginStatement(): void {
    const state = this.#state;
    state.block.enter();
    state.context.nextStatement();
    state.statementStartMs = performance.now();
    state.commitNow = false;
  }

  #describe(command: Command, sink: ResultSink): readonly (0 | 1)[] {
    const { columns, format = 0 } = command;
    if (columns === undefined) return [];
    const formats = format === 0 ? allText(columns.length) : columns.map(() => format);
    sink.rowDescription(columns, formats);
    return formats;
  }

  /** Sends an outcome's rows; returns its command tag. */
  #send(
    outcome: Outcome,
    command: Command,
    formats: readonly (0 | 1)[],
    sink: ResultSink,
  ): string | Promise<string> {
    if (outcome.kind === "done") return outcome.tag;
    const state = this.#state;
    const encode = state.block.transaction.encoder(command.columns ?? [], formats, state.context);
    const send = (row: ResultRow) => sink.row(encode(row));
    return after(sendRows(state, outcome.source, send, sink), (count) =>
      outcome.counted ? `${outcome.tag} ${count}` : outcome.tag,
    );
  }

  parse(name: string, text: string, parameterTypes: readonly Oid[], sink: ResultSink): Done {
    return this.#answer(text, sink, () => {
      const statements = parse(text);
      for (const said of longIdentifiers(text)) this.#state.tell(said);
      this.#beginStatement();
      return parseMessage(this.#state, name, text, statements, parameterTypes);
    });
  }

  bind(request: BindRequest, sink: ResultSink): Done {
    return this.#answer(undefined, sink, () => {
      this.#beginStatement();
      return bindMessage(this.#state, request);
    });
  }

  describeStatement(name: string): StatementDescription | Promise<StatementDescription> {
    return this.#answer(undefined, this.#state.sink, () => {
      this.#beginStatement();
      return describePrepared(this.#state, name);
    });
  }

  describePortal(name: string): PortalDescription | Promise<PortalDescription> {
    return this.#answer(undefined, this.#state.sink, () => describePortal(this.#state, name));
  }

  execute(portal: string, maxRows: number, sink: ResultSink): Done {
    const text = this.#state.portals.find(portal)?.text;
    return this.#answer(text, sink, () => {
      this.#beginStatement();
      return executeMessage(this.#state, portal, maxRows, through(this.#trace, sink));
    });
  }

  functionCall(request: FunctionCallRequest, sink: ResultSink): WireValue | Promise<WireValue> {
    return this.#answer(undefined, sink, () => {
      this.#beginStatement();
      return after(callFunction(this.#state, request), (result) => {
        this.#trace?.ended({ tag: "FUNCTION CALL" });
        return result;
      });
    });
  }

  closeStatement(name: string): void {
    this.#state.prepared.delete(name);
  }

  closePortal(name: string): void {
    this.#state.portals.delete(name);
  }

  sync(failed: boolean, sink: ResultSink): Done {
    return this.#answer(undefined, sink, () => {
      const state = this.#state;
      state.inPipeline = false;
      if (failed) return this.#failBlock();
      return state.block.state === "implicit" ? commitBlock(state) : undefined;
    });
  }

  /** `text`: what the client asks for, if the message says it. */
  #answer<T>(
    text: string | undefined,
    sink: ResultSink | undefined,
    work: () => T | Promise<T>,
  ): T | Promise<T> {
    const state = this.#state;
    if (this.#phase === "closed") throw new SqlError("08003", "connection does not exist");
    if (this.#idleTimer !== undefined) this.#wake();
    if (state.tracer.isOn || this.#trace !== undefined) this.#trace = traceOf(state, this.#trace);
    this.#phase = "busy";
    state.sink = sink;
    state.inMultiStatement = false;
    state.interrupts.clear();
    state.settings.refresh();
    state.messageTime = this.#changedAt = state.engine.now();
    if (text !== undefined) state.queryText = text;
    try {
      const result = work();
      if (result instanceof Promise) {
        return result.then(
          (value) => this.#end(value),
          (error: unknown) => this.#fail(error),
        );
      }
      return this.#end(result);
    } catch (error) {
      return this.#fail(error);
    }
  }

  announce(sink: ResultSink): void {
    const state = this.#state;
    if (state.block.state === "idle") state.notifications.deliver(sink);
    for (const [name, shown] of state.settings.reports()) sink.parameterStatus(name, shown);
  }

  /** Tells of notifications while it waits for the client, outside a block. */
  wake(): void {
    const { block, notifications, output } = this.#state;
    if (this.#phase !== "waiting" || block.state !== "idle" || this.#isWaking) return;
    const isMore = notifications.deliver(output);
    output.flush();
    if (!isMore) return;
    this.#isWaking = true;
    void output.drained().then(() => {
      this.#isWaking = false;
      this.wake();
    });
  }

  #end<T>(value: T): T {
    const state = this.#state;
    this.#trace?.end();
    this.#changedAt = state.engine.now();
    if (this.#phase === "closing") this.#release();
    else this.#phase = "waiting";
    return value;
  }

  #fail(error: unknown): never {
    this.#failBlock();
    this.#trace?.failed(error);
    this.#end(undefined);
    throw error;
  }

  #failBlock(): void {
    const { block, portals } = this.#state;
    const { state, depth } = block;
    block.fail();
    if (state === "implicit") portals.endTransaction(false);
    else if (state === "open") portals.rollbackTo(depth);
  }

  idle(): void {
    const { settings, block, host } = this.#state;
    if (this.#phase !== "waiting") return;
    this.wake();
    const inBlock = block.state === "open" || block.state === "failed";
    const name = inBlock ? "idle_in_transaction_session_timeout" : "idle_session_timeout";
    const timeout = settings.number(name);
    if (timeout === 0) return;
    const error = inBlock
      ? ["25P03", "terminating connection due to idle-in-transaction timeout"]
      : ["57P05", "terminating connection due to idle-session timeout"];
    const [code = "", message = ""] = error;
    this.#wake();
    this.#idleTimer = setTimeout(
      () => host.terminate(new SqlError(code, message, {}, "FATAL")),
      timeout,
    );
  }

  #wake(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
  }

  cancel(by?: string): void {
    if (this.#phase === "busy") this.#state.interrupts.raise(statementCancelled(), by);
  }

  /** The role that cancelled the last statement, if one did. */
  get cancelledBy(): string | undefined {
    return this.#state.interrupts.cancelledBy;
  }

  /** pg_terminate_backend, DROP DATABASE … WITH (FORCE), shutdown. */
  terminate(): void {
    const error = new SqlError(
      "57P01",
      "terminating connection due to administrator command",
      {},
      "FATAL",
    );
    this.#state.host.terminate(error);
  }

  close(): void {
    this.#wake();
    if (this.#phase === "closed" || this.#phase === "closing") return;
    if (this.#phase === "waiting") return this.#release();
    this.#phase = "closing";
    this.#state.interrupts.raise(
      new SqlError("57P01", "terminating connection due to administrator command", {}, "FATAL"),
    );
  }

  #release(): void {
    this.#phase = "closed";
    abortBlock(this.#state);
    this.#state.portals.clear();
    this.#state.prepared.clear();
    this.#state.notifications.close();
    const dropped = dropTemporary(this.#state);
    if (dropped === undefined) return this.#leave();
    void dropped.then(() => this.#leave());
  }

  #leave(): void {
    this.#state.connection.close();
    this.#onClose();
  }

  /** For pg_stat_activity. */
  activity(): Activity {
    const { settings, block, connection, host, waitingFor, messageTime } = this.#state;
    const isBusy = this.#phase === "busy";
    const isIdle = block.state === "idle";
    return {
      processId: this.processId,
      database: connection.database.oid,
      user: this.#state.roles.sessionUserOid,
      applicationName: settings.show("application_name"),
      isInternal: this.#state.isInternal,
      address: host.address,
      port: host.port,
      backendStart: this.#startedAt,
      transactionStart: isIdle ? undefined : block.startTime,
      queryStart: messageTime === 0n ? undefined : messageTime,
      stateChange: this.#changedAt,
      state: isBusy ? "active" : idleStates[block.state],
      query: this.#state.queryText,
      wait: isBusy ? waitingFor : ["Client", "ClientRead"],
      xid: block.begun?.xid,
    };
  }
}
