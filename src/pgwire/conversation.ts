/**
 * THE CONVERSATION of an open session: one frame in, calls to the session, answers into the output
 * buffer; no I/O
 *
 *              error in Parse … Flush
 *   answering ───────────────────────▶ skipping      everything but Sync is thrown away
 *       ▲                                 │
 *       └────────────── Sync ─────────────┘
 *
 * Query, Sync and FunctionCall end with ReadyForQuery, whether they fail or not; nothing else does.
 * A frame is answered at once unless the session returns a promise.
 */
import { notSupported, SqlError } from "../base/sql-error.ts";
import type { FormatCode, ResultColumn, Session } from "../sql/session/api.ts";
import { decodeBindStatement, decodeMessage } from "./decode.ts";
import {
  writeBindComplete,
  writeCloseComplete,
  writeError,
  writeFunctionCallResponse,
  writeNoData,
  writeParameterDescription,
  writeParseComplete,
  writeRowDescription,
} from "./encode.ts";
import type { Frame } from "./framer.ts";
import { afterError, type FrontendMessage, frontendType } from "./messages.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import type { ConnectionSink } from "./sink.ts";

type Done = void | Promise<void>;

/** An error as it goes to the client. */
export interface ReportedError {
  readonly error: SqlError;
  /** What was thrown: its stack says where. */
  readonly cause: Error;
}

export class Conversation {
  readonly session: Session;
  readonly #sink: ConnectionSink;
  readonly #out: OutputBuffer;
  readonly #report: (thrown: unknown) => ReportedError;
  #skipping = false;
  #ready = false;
  #flushDue = false;

  /** `report` logs what is not a SqlError and makes one of it. */
  constructor(
    session: Session,
    sink: ConnectionSink,
    out: OutputBuffer,
    report: (thrown: unknown) => ReportedError,
  ) {
    this.session = session;
    this.#sink = sink;
    this.#out = out;
    this.#report = report;
  }

  /** The client waits for what is in the output buffer. */
  get flushDue(): boolean {
    return this.#flushDue;
  }

  /** ReadyForQuery was the last answer. */
  get ready(): boolean {
    return this.#ready;
  }

  flushed(): void {
    this.#flushDue = false;
  }

  /** ReadyForQuery. */
  finish(): void {
    this.session.announce(this.#sink);
    this.#sink.readyForQuery(this.session.status);
    this.#ready = true;
    this.#flushDue = true;
  }

  /**
   * Throws or rejects with FATAL SqlErrors, and with anything else only when the session's state is
   * unknown.
   */
  handle(frame: Frame): Done {
    const { type } = frame;
    if (this.#skipping && type !== frontendType.sync) return undefined;
    this.#ready = false;
    let message: FrontendMessage;
    try {
      message = decodeMessage(frame, this.session.charset);
    } catch (error) {
      return this.#refuse(frame, error);
    }
    let done: Done;
    try {
      done = this.#dispatch(message);
    } catch (error) {
      return this.#fail(type, error);
    }
    if (done === undefined) return this.#succeed(message);
    return done.then(
      () => this.#succeed(message),
      (error: unknown) => this.#fail(type, error),
    );
  }

  #dispatch(message: FrontendMessage): Done {
    const { session } = this;
    switch (message.kind) {
      case "query":
        return session.simpleQuery(message.text, this.#sink);
      case "parse":
        return session.parse(message.name, message.text, message.parameterTypes, this.#sink);
      case "bind":
        return session.bind(message.request, this.#sink);
      case "describeStatement":
        return after(session.describeStatement(message.name), (description) => {
          writeParameterDescription(this.#out, description.parameters);
          if (description.failure !== undefined) throw description.failure;
          this.#writeColumns(description.columns, []);
        });
      case "describePortal":
        return after(session.describePortal(message.name), (description) => {
          this.#writeColumns(description.columns, description.formats);
        });
      case "execute":
        return session.execute(message.portal, message.maxRows, this.#sink);
      case "closeStatement":
        return session.closeStatement(message.name);
      case "closePortal":
        return session.closePortal(message.name);
      case "sync":
        return this.#sync();
      case "functionCall":
        if (session.functionCall === undefined) throw notSupported("the function call message");
        return after(session.functionCall(message.request, this.#sink), (result) => {
          writeFunctionCallResponse(this.#out, result);
        });
      default:
        return undefined;
    }
  }

  #succeed(message: FrontendMessage): void {
    this.#sink.endCopy();
    switch (message.kind) {
      case "query":
      case "sync":
      case "functionCall":
        this.finish();
        break;
      case "parse":
        writeParseComplete(this.#out);
        break;
      case "bind":
        writeBindComplete(this.#out);
        break;
      case "closeStatement":
      case "closePortal":
        writeCloseComplete(this.#out);
        break;
      case "flush":
        this.#flushDue = true;
        break;
      default:
        break;
    }
  }

  #sync(): Done {
    const failed = this.#skipping;
    this.#skipping = false;
    return this.session.sync(failed, this.#sink);
  }

  #writeColumns(
    columns: readonly ResultColumn[] | undefined,
    formats: readonly FormatCode[],
  ): void {
    if (columns === undefined) writeNoData(this.#out);
    else writeRowDescription(this.#out, columns, formats);
  }

  /** The session has put its own state right, unless the error is our mistake. */
  #fail(type: number, thrown: unknown): Done {
    const known = thrown instanceof SqlError;
    if (known && thrown.severity !== "ERROR") throw thrown;
    this.#writeError(thrown);
    if (this.#sink.endCopy()) throw synchronizationLost;
    if (afterError(type) === "skip") {
      this.#skipping = true;
      return undefined;
    }
    if (!known) return this.#abort();
    return this.finish();
  }

  /** A message that cannot be read: the session has not heard of it. */
  #refuse(frame: Frame, thrown: unknown): Done {
    const { type } = frame;
    if (type !== frontendType.bind) return this.#refused(type, thrown);
    // PostgreSQL looks the statement up before it reads on, and says so if there is none.
    const statement = decodeBindStatement(frame, this.session.charset);
    if (statement === undefined) return this.#refused(type, thrown);
    const refuse = () => this.#refused(type, thrown);
    const refuseUnknown = (error: unknown) => {
      const unknown = error instanceof SqlError && error.code === "26000";
      return this.#refused(type, unknown ? error : thrown);
    };
    try {
      return after(this.session.describeStatement(statement), refuse, refuseUnknown);
    } catch (error) {
      return refuseUnknown(error);
    }
  }

  #refused(type: number, thrown: unknown): Done {
    this.#writeError(thrown);
    if (afterError(type) === "ready") return this.#abort();
    this.#skipping = true;
    return undefined;
  }

  /** An error that the session does not know of fails its transaction. */
  #abort(): Done {
    this.#skipping = false;
    return after(this.session.sync(true, this.#sink), () => this.finish());
  }

  #writeError(thrown: unknown): void {
    const { error, cause } = this.#report(thrown);
    writeError(this.#out, error, cause);
    this.#flushDue = true;
  }
}

const synchronizationLost = new SqlError(
  "08P01",
  "terminating connection because protocol synchronization was lost",
  {},
  "FATAL",
);

/** Goes on with a value that is there already without waiting for it. */
function after<T>(
  value: T | Promise<T>,
  next: (value: T) => Done,
  failed?: (error: unknown) => Done,
): Done {
  if (value instanceof Promise) return value.then(next, failed);
  return next(value);
}
