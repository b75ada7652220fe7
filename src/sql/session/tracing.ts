/**
 * ENABLE_TRACING: what a client's statements took, a line of the server's log each. It says by whom
 * and how a statement ended, never what it was: texts may have passwords in them.
 *
 * A statement ends with its CommandComplete, or with an error. In the extended protocol its commit
 * comes with Sync, so that the last line of an implicit transaction waits for that.
 */
import { SqlError } from "../../base/sql-error.ts";
import type { CopyInput, FormatCode, ResultColumn, ResultSink, WireValue } from "./api.ts";
import type { SessionState } from "./state.ts";

export interface TracedStatement {
  readonly pid: number;
  readonly user: string;
  readonly database: string;
  /** Of what came to its end; without it and `code`, the client took a part of its rows. */
  readonly tag?: string;
  /** The SQLSTATE of what failed. */
  readonly code?: string;
  readonly ms: number;
  readonly rows: number;
  /** Of the commit that came with it. */
  readonly epoch?: number;
}

export interface Tracer {
  readonly isOn: boolean;
  write(line: TracedStatement): void;
}

export const NO_TRACER: Tracer = { isOn: false, write: () => {} };

/** Of one session. */
export class SessionTrace {
  readonly #tracer: Tracer;
  readonly #state: SessionState;
  #start = 0;
  #rows = 0;
  #known: number | undefined;
  #last: TracedStatement | undefined;

  constructor(tracer: Tracer, state: SessionState) {
    this.#tracer = tracer;
    this.#state = state;
  }

  /** A message has come. */
  begin(): void {
    this.#start = performance.now();
    this.#rows = 0;
    if (this.#last === undefined) this.#known = this.#state.block.committed;
  }

  row(): void {
    this.#rows += 1;
  }

  ended(how: Pick<TracedStatement, "tag" | "code">): void {
    this.tell();
    const { processId: pid, sessionUser, connection } = this.#state;
    const now = performance.now();
    const counted = /\d+$/.exec(how.tag ?? "");
    const rows = counted ? Number(counted[0]) : this.#rows;
    const ms = Math.round((now - this.#start) * 1000) / 1000;
    const [user, database] = [sessionUser.name, connection.database.name];
    this.#last = { pid, user, database, ...how, ms, rows, ...this.#commit() };
    this.#start = now;
    this.#rows = 0;
  }

  failed(error: unknown): void {
    this.ended({ code: error instanceof SqlError ? error.code : "XX000" });
  }

  /** The message is answered. */
  end(): void {
    if (this.#state.block.state === "implicit") return;
    if (this.#last) this.#last = { ...this.#last, ...this.#commit() };
    this.tell();
  }

  /** What waited for its commit. */
  tell(): void {
    if (this.#last) this.#tracer.write(this.#last);
    this.#last = undefined;
  }

  /** What was committed since it was asked for last. */
  #commit(): { readonly epoch?: number } {
    const { committed } = this.#state.block;
    if (committed === undefined || committed === this.#known) return {};
    this.#known = committed;
    return { epoch: committed };
  }
}

/** At a message: that of a session for as long as statements are traced. */
export function traceOf(
  state: SessionState,
  before: SessionTrace | undefined,
): SessionTrace | undefined {
  if (!state.tracer.isOn) {
    before?.tell();
    return undefined;
  }
  const trace = before ?? new SessionTrace(state.tracer, state);
  trace.begin();
  return trace;
}

/** The sink that the message's answers go through. */
export const through = (trace: SessionTrace | undefined, sink: ResultSink): ResultSink =>
  trace === undefined ? sink : new TracedSink(sink, trace);

class TracedSink implements ResultSink {
  readonly #sink: ResultSink;
  readonly #trace: SessionTrace;

  constructor(sink: ResultSink, trace: SessionTrace) {
    this.#sink = sink;
    this.#trace = trace;
  }

  row(values: readonly WireValue[]): void {
    this.#trace.row();
    this.#sink.row(values);
  }
  commandComplete(tag: string): void {
    this.#sink.commandComplete(tag);
    this.#trace.ended({ tag });
  }
  portalSuspended(): void {
    this.#sink.portalSuspended();
    this.#trace.ended({});
  }

  rowDescription(columns: readonly ResultColumn[], formats: readonly FormatCode[]): void {
    this.#sink.rowDescription(columns, formats);
  }
  emptyQuery(): void {
    this.#sink.emptyQuery();
  }
  notice(notice: Parameters<ResultSink["notice"]>[0]): void {
    this.#sink.notice(notice);
  }
  copyOut(format: FormatCode, columns: number): void {
    this.#sink.copyOut(format, columns);
  }
  copyData(data: string | Uint8Array): void {
    this.#sink.copyData(data);
  }
  copyDone(): void {
    this.#sink.copyDone();
  }
  copyIn(format: FormatCode, columns: number): CopyInput {
    return this.#sink.copyIn(format, columns);
  }
  parameterStatus(name: string, value: string): void {
    this.#sink.parameterStatus(name, value);
  }
  notification(processId: number, channel: string, payload: string): void {
    this.#sink.notification(processId, channel, payload);
  }
  get full(): boolean {
    return this.#sink.full;
  }
  drained(): Promise<void> {
    return this.#sink.drained();
  }
  flush(): void {
    this.#sink.flush();
  }
}
