/** All sessions: opening, cancelling, and what they know of one another. */
import { randomInt, timingSafeEqual } from "node:crypto";
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { after } from "./after.ts";
import type { ResultSink, Session, SessionHost, SessionService, StartupRequest } from "./api.ts";
import { commandOf } from "./commands.ts";
import type { Connection, Engine } from "./engine.ts";
import { type Jobs, NoJobs } from "./jobs.ts";
import { liveRowsOf } from "./live-state.ts";
import { NO_SINK } from "./no-sink.ts";
import { NotifyQueue } from "./notify-queue.ts";
import { CatalogSession } from "./session.ts";
import { SessionState } from "./state.ts";
import { NO_TRACER, type Tracer } from "./tracing.ts";

/** Jobs wait for nobody for long. */
const INTERNAL_SETTINGS = [
  ["application_name", "catalogd"],
  ["lock_timeout", "1000"],
] as const;

interface Entry {
  readonly session: CatalogSession;
  readonly state: SessionState;
  readonly secret: number;
}

export interface ServiceOptions {
  readonly engine: Engine;
  readonly jobs?: Jobs;
  /** Of clients' statements. */
  readonly tracer?: Tracer;
}

export class Sessions implements SessionService {
  readonly #options: ServiceOptions;
  readonly #entries = new Map<number, Entry>();
  readonly #jobs: Jobs;
  readonly #notifyQueue: NotifyQueue;
  #lastProcessId = 0;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#jobs = options.jobs ?? new NoJobs();
    const { parameters } = options.engine;
    this.#notifyQueue = new NotifyQueue(() => parameters.get("notify_queue_size") * 1024);
  }

  open(request: StartupRequest, host: SessionHost, sink: ResultSink): Session | Promise<Session> {
    const processId = this.#nextProcessId();
    const { user, database } = request;
    const connected = this.#options.engine.connect({ user, database, processId });
    return after(connected, (connection) =>
      this.#start(request, host, sink, connection, processId),
    );
  }

  /** A session of the server's own, as the superuser that the cluster began with. */
  openInternal(database: string): CatalogSession | Promise<CatalogSession> {
    const processId = this.#nextProcessId();
    const connected = this.#options.engine.connect({ user: undefined, database, processId });
    const request = { user: "", database, settings: INTERNAL_SETTINGS };
    let session: CatalogSession | undefined;
    const host: SessionHost = { address: null, port: -1, terminate: () => session?.close() };
    return after(connected, (connection) => {
      session = this.#start(request, host, NO_SINK, connection, processId, true);
      return session;
    });
  }

  /** Cancels the statement that a session runs, if it runs one. */
  cancelSession(processId: number, by: string): void {
    this.#entries.get(processId)?.session.cancel(by);
  }

  /** Whether the server itself works in it. */
  isInternal(processId: number): boolean {
    return this.#entries.get(processId)?.state.isInternal === true;
  }

  #start(
    request: StartupRequest,
    host: SessionHost,
    sink: ResultSink,
    connection: Connection,
    processId: number,
    isInternal = false,
  ): CatalogSession {
    try {
      const state = this.#createState(connection, host, sink, processId, isInternal);
      const { name: user } = connection.user;
      state.settings.start("session_authorization", user, "override", () => true);
      for (const warning of connection.warnings) sink.notice(warning);
      for (const setting of isInternal ? [] : connection.defaults) {
        const wrong = state.startDefault(setting);
        if (wrong) sink.notice(wrong);
      }
      for (const [name, value] of request.settings) state.startSetting(name, value);
      for (const [name, value] of state.settings.reports()) sink.parameterStatus(name, value);
      const session = new CatalogSession(state, () => this.#entries.delete(processId));
      const secret = randomInt(-(2 ** 31), 2 ** 31);
      this.#entries.set(processId, { session, state, secret });
      return session;
    } catch (error) {
      connection.close();
      if (!(error instanceof SqlError)) throw error;
      throw new SqlError(error.code, error.message, error.fields, "FATAL");
    }
  }

  #createState(
    connection: Connection,
    host: SessionHost,
    output: ResultSink,
    processId: number,
    isInternal: boolean,
  ): SessionState {
    return new SessionState({
      isInternal,
      tracer: (isInternal ? undefined : this.#options.tracer) ?? NO_TRACER,
      jobs: this.#jobs,
      engine: this.#options.engine,
      connection,
      host,
      output,
      processId,
      notifyQueue: this.#notifyQueue,
      wake: () => this.#entries.get(processId)?.session.wake(),
      others: {
        roleOf: (target) => this.#entries.get(target)?.state.roles.sessionUserOid,
        cancel: (target, by) => this.#entries.get(target)?.session.cancel(by),
        terminate: (target) => this.#entries.get(target)?.session.terminate(),
      },
      live: (state) => liveRowsOf(state, () => this.#activities()),
      commandOf,
    });
  }

  /** Process ids wrap around, as PostgreSQL's do, and skip those in use. */
  #nextProcessId(): number {
    do this.#lastProcessId = (this.#lastProcessId % (2 ** 31 - 1)) + 1;
    while (this.#entries.has(this.#lastProcessId));
    return this.#lastProcessId;
  }

  *#activities() {
    for (const { session } of this.#entries.values()) yield session.activity();
  }

  cancel(processId: number, secret: number): boolean {
    const entry = this.#entries.get(processId);
    const isSame = sameSecret(secret, entry?.secret ?? ~secret);
    if (entry === undefined || !isSame) return false;
    entry.session.cancel(entry.state.sessionUser.name);
    return true;
  }

  secretOf(session: Session): number {
    const entry = this.#entries.get(session.processId);
    assert(entry !== undefined, "the session is open");
    return entry.secret;
  }

  /** Sessions connected to a database, but for one. */
  countIn(database: Oid, except?: number): number {
    let count = 0;
    for (const [processId, { session }] of this.#entries) {
      if (session.database === database && processId !== except) count += 1;
    }
    return count;
  }

  /** Ends the sessions of a database, but for one. */
  terminateIn(database: Oid, except?: number): void {
    for (const [processId, { session }] of this.#entries) {
      if (session.database === database && processId !== except) session.terminate();
    }
  }

  get size(): number {
    return this.#entries.size;
  }
}

function sameSecret(given: number, own: number): boolean {
  const bytes = (value: number) => {
    const buffer = Buffer.alloc(4);
    buffer.writeInt32BE(value | 0);
    return buffer;
  };
  return timingSafeEqual(bytes(given), bytes(own));
}
