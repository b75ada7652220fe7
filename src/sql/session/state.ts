/**
 * What the parts of a session share: its roles, settings, transaction block, statements and
 * portals.
 */

import type { Oid } from "../../base/ids.ts";
import { type Notice, SqlError, warning } from "../../base/sql-error.ts";
import { PG_READ_ALL_SETTINGS } from "../../catalog/memberships.ts";
import type { ScanMeter } from "../../pages/scan-meter.ts";
import { Wait } from "../../txn/wait.ts";
import type { Statement } from "../parse/statement.ts";
import { seedIn } from "../settings/registry.ts";
import { SessionSettings } from "../settings/session-settings.ts";
import type { ResultSink, SessionHost } from "./api.ts";
import type { BodyMark } from "./body-effects.ts";
import type { Command } from "./command.ts";
import { SessionContext } from "./context.ts";
import type { Connection, DefaultSetting, Engine, SessionRole, TransactionMark } from "./engine.ts";
import { Interrupts, lockTimedOut, statementTimedOut } from "./interrupts.ts";
import type { Jobs } from "./jobs.ts";
import type { LiveRows } from "./live-rows.ts";
import { severityPasses } from "./notices.ts";
import { Notifications } from "./notifications.ts";
import type { NotifyQueue } from "./notify-queue.ts";
import { Portals } from "./portals.ts";
import { PreparedStatements } from "./prepared-statements.ts";
import { SessionRoles } from "./roles.ts";
import { qualifiedConfiguration } from "./search-configuration.ts";
import { SleepWait } from "./sleep.ts";
import { SpillSpace } from "./spill-space.ts";
import { checkTableMethod } from "./table-access-method.ts";
import { checkDefaultTablespace, checkTemporaryTablespaces } from "./tablespace-settings.ts";
import { TemporaryTables } from "./temporary-tables.ts";
import type { Tracer } from "./tracing.ts";
import { TransactionBlock } from "./transaction-block.ts";

/** The other sessions, as far as a session may reach them. */
export interface OtherSessions {
  /** The session user of a session, by its process id. */
  roleOf(processId: number): Oid | undefined;
  cancel(processId: number, by: string): void;
  terminate(processId: number): void;
}

export interface StateOptions {
  readonly engine: Engine;
  readonly connection: Connection;
  readonly host: SessionHost;
  /** Where the session says what nobody asked for. */
  readonly output: ResultSink;
  readonly processId: number;
  readonly others: OtherSessions;
  readonly notifyQueue: NotifyQueue;
  /** The session has something to be told of while it waits for its client. */
  readonly wake: () => void;
  readonly isInternal: boolean;
  readonly tracer: Tracer;
  readonly jobs: Jobs;
  readonly live: (state: SessionState) => LiveRows;
  /** commands.ts, which is built on this file. */
  readonly commandOf: (state: SessionState, statement: Statement) => Command | Promise<Command>;
}

/** Where a pass of a statement began. */
interface Mark {
  readonly transaction: TransactionMark;
  readonly body: BodyMark;
  readonly cursors: number;
}

/** After so many others run. */
const PASSES_AT_ONCE = 16;

export class SessionState {
  readonly engine: Engine;
  readonly connection: Connection;
  readonly host: SessionHost;
  readonly output: ResultSink;
  readonly processId: number;
  readonly others: OtherSessions;
  readonly interrupts = new Interrupts();
  readonly portals: Portals;
  readonly spillSpace: SpillSpace;
  readonly prepared: PreparedStatements;
  readonly settings: SessionSettings;
  readonly notifications: Notifications;
  readonly block: TransactionBlock;
  readonly context: SessionContext;
  readonly temporary = new TemporaryTables();
  /** When the message that is being answered arrived; statement_timestamp(). */
  messageTime = 0n;
  /** What the client sent last. */
  queryText = "";
  /** performance.now() at which the running statement began, for statement_timeout. */
  statementStartMs = 0;
  /** What the running statement waits for. */
  waitingFor: readonly [type: string, event: string] | undefined;
  sink: ResultSink | undefined;
  /** It works for the server, not for a client. */
  readonly isInternal: boolean;
  readonly tracer: Tracer;
  readonly jobs: Jobs;
  /** Of the job that it works for. */
  meter: ScanMeter | undefined;
  /** The running statement is one of several of its message. */
  inMultiStatement = false;
  /** How many routines the running statement stands in. */
  routineDepth = 0;
  /** An Execute ran since the last Sync. */
  inPipeline = false;
  /** The statement that ran must be committed without waiting for the end of the pipeline. */
  commitNow = false;
  readonly roles: SessionRoles;

  readonly #commandOf: StateOptions["commandOf"];

  constructor(options: StateOptions) {
    this.#commandOf = options.commandOf;
    this.engine = options.engine;
    this.connection = options.connection;
    this.host = options.host;
    this.output = options.output;
    this.processId = options.processId;
    this.others = options.others;
    this.settings = new SessionSettings(
      options.engine.parameters,
      (key) => this.#derived(key),
      () => this.roles.has(PG_READ_ALL_SETTINGS),
    );
    this.isInternal = options.isInternal;
    this.tracer = options.tracer;
    this.jobs = options.jobs;
    this.portals = new Portals(this.settings);
    this.prepared = new PreparedStatements(this.settings);
    this.spillSpace = new SpillSpace(this.settings);
    this.notifications = new Notifications({
      queue: options.notifyQueue,
      database: options.connection.database.oid,
      processId: options.processId,
      wake: options.wake,
      expel: (error) => this.host.terminate(error),
    });
    this.block = new TransactionBlock(options.connection, this.settings, this.notifications, this);
    this.roles = new SessionRoles(options.connection, this.settings, () => this.block.begun);
    this.context = new SessionContext(this, options.live(this));
  }

  /** The running statement is not a transaction of its own. */
  get isInBlock(): boolean {
    return this.block.state === "open" || this.inMultiStatement || this.routineDepth > 0;
  }

  /** The command of a statement without parameters. */
  commandOf(statement: Statement): Command | Promise<Command> {
    return this.#commandOf(this, statement);
  }

  #derived(key: string): string | undefined {
    const { modes, state } = this.block;
    switch (key) {
      case "transaction_isolation":
        return state === "idle"
          ? this.settings.kept("default_transaction_isolation")
          : modes.isolation;
      case "transaction_read_only":
        if (state === "idle") return this.settings.kept("default_transaction_read_only");
        return modes.readOnly ? "on" : "off";
      case "transaction_deferrable":
        if (state === "idle") return this.settings.kept("default_transaction_deferrable");
        return modes.deferrable ? "on" : "off";
      case "is_superuser":
        return this.roles.tookSuperuser ? "on" : "off";
      default:
        return undefined;
    }
  }

  get sessionUser(): SessionRole {
    return this.roles.sessionUser;
  }
  /** The current role: SET ROLE's, else the session's. */
  get user(): SessionRole {
    return this.roles.user;
  }

  /** A setting from the startup packet. */
  startSetting(name: string, value: string): void {
    this.#checkStart(name, value);
    if (SessionRoles.isRole(name)) this.roles.start(name, value, "client");
    else this.settings.start(name, value, "client", this.roles.permitted);
  }

  /**
   * A setting from the catalog, whoever it belongs to. One that does not fit any more keeps nobody
   * out: what is wrong with it is returned.
   */
  startDefault({ name, value, source }: DefaultSetting): Notice | undefined {
    try {
      this.#checkStart(name, value);
      if (SessionRoles.isRole(name)) this.roles.start(name, value, source);
      else this.settings.start(name, value, source, () => true);
      return undefined;
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      return warning(error.code, error.message, error.fields);
    }
  }

  #checkStart(name: string, value: string): void {
    if (name.toLowerCase() !== "default_tablespace") return;
    checkDefaultTablespace(value, this);
  }

  /** SET and set_config; undefined = DEFAULT. */
  setSetting(name: string, value: string | undefined, local: boolean): void {
    switch (name.toLowerCase()) {
      case "role":
        return this.roles.setRole(value, local);
      case "session_authorization":
        return this.roles.setSessionAuthorization(value, local);
      case "seed":
        if (value !== undefined) this.context.effects.chance.seed(seedIn(value));
        return;
      case "default_text_search_config": {
        const kept = value === undefined ? undefined : qualifiedConfiguration(value, this);
        return this.settings.set(name, kept, local, this.roles.permitted);
      }
      case "default_tablespace":
        if (value !== undefined) checkDefaultTablespace(value, this);
        return this.settings.set(name, value, local, this.roles.permitted);
      case "temp_tablespaces":
        if (value !== undefined) checkTemporaryTablespaces(value, this);
        return this.settings.set(name, value, local, this.roles.permitted);
      case "default_table_access_method":
        if (value !== undefined) checkTableMethod(value, this);
        return this.settings.set(name, value, local, this.roles.permitted);
      default:
        return this.settings.set(name, value, local, this.roles.permitted);
    }
  }

  /** Sends a notice, unless client_min_messages is above it. */
  tell(notice: Notice): void {
    if (severityPasses(notice.severity, this.settings.kept("client_min_messages"))) {
      this.sink?.notice(notice);
    }
  }

  tellAll(): void {
    for (const notice of this.context.takeNotices()) this.tell(notice);
  }

  /**
   * Runs one pass of a statement that uses the engine's transaction. Where it has to wait, undoes
   * what it staged, awaits, and runs it again; so what `pass` does outside the transaction must be
   * undone by running it again, too.
   */
  attempt<T>(pass: () => T | Promise<T>): T | Promise<T> {
    const mark = this.#mark();
    this.context.nextPass();
    try {
      const result = pass();
      if (result instanceof Promise) return this.#await(pass, result, mark);
      this.tellAll();
      return result;
    } catch (error) {
      if (error instanceof Wait) return this.#retry(pass, error, mark);
      this.tellAll();
      throw error;
    }
  }

  /** A pass that lets others run: it may still find that it has to begin again. */
  async #await<T>(pass: () => T | Promise<T>, running: Promise<T>, mark: Mark): Promise<T> {
    try {
      const result = await running;
      this.tellAll();
      return result;
    } catch (error) {
      if (error instanceof Wait) return this.#retry(pass, error, mark);
      this.tellAll();
      throw error;
    }
  }

  #mark(): Mark {
    const { cursors, statements } = this.context.effects;
    const transaction = this.block.transaction.mark();
    return { transaction, body: statements.mark(), cursors: cursors.mark };
  }

  #undo({ transaction, body, cursors }: Mark): void {
    const { effects } = this.context;
    effects.cursors.undoTo(cursors);
    effects.statements.rollbackTo(body);
    this.block.transaction.rollbackTo(transaction, true);
  }

  async #retry<T>(pass: () => T | Promise<T>, first: Wait, mark: Mark): Promise<T> {
    let wait = first;
    for (let passes = 1; ; passes++) {
      this.#undo(mark);
      await this.wait(wait);
      // Where it is over at once, again and again, others have their turn, and it can be cancelled.
      if (passes % PASSES_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
      this.interrupts.check();
      this.context.nextPass();
      try {
        const result = await pass();
        this.tellAll();
        return result;
      } catch (error) {
        if (!(error instanceof Wait)) {
          this.tellAll();
          throw error;
        }
        wait = error;
      }
    }
  }

  /** Waits under the session's timeouts, until it is cancelled. */
  async wait(wait: Wait): Promise<void> {
    const [event = ""] = wait.what.split(" ");
    this.waitingFor = wait.event ?? ["Lock", event];
    this.sink?.flush();
    const waiting = wait.start();
    const timeouts: (readonly [number, () => SqlError])[] = this.statementTimeouts();
    const lockTimeout = this.settings.number("lock_timeout");
    if (wait.event === undefined && lockTimeout > 0) timeouts.push([lockTimeout, lockTimedOut]);
    if (wait.limit !== undefined) timeouts.push([wait.limit.ms, wait.limit.error]);
    try {
      await this.interrupts.wait(waiting.done, () => waiting.cancel(), timeouts);
      if (wait instanceof SleepWait) this.context.sleepDone();
    } finally {
      this.waitingFor = undefined;
    }
  }

  /** What is left of statement_timeout, if it is set. */
  statementTimeouts(): (readonly [number, () => SqlError])[] {
    const left = this.timeLeftMs;
    return left === undefined ? [] : [[left, statementTimedOut]];
  }

  get timeLeftMs(): number | undefined {
    const timeout = this.settings.number("statement_timeout");
    return timeout === 0 ? undefined : this.statementStartMs + timeout - performance.now();
  }
}
