/**
 * WHAT THE WIRE SEES OF A SESSION. The session knows no sockets; the wire knows no SQL.
 *
 * Every call either returns at once (nothing had to wait) or a promise. One call is in progress at
 * a time. A call that fails throws (or rejects with) a SqlError after the session has put its own
 * state right (a transaction block is failed by then); the wire only reports it. Anything else
 * thrown is our own mistake.
 */
import type { Oid } from "../../base/ids.ts";
import type { Notice, SqlError } from "../../base/sql-error.ts";
import type { Charset } from "../../catalog/charsets.ts";

export interface ResultColumn {
  readonly name: string;
  /** pg_class oid and attnum when it is plainly a relation's column, else 0. */
  readonly table: Oid;
  readonly attribute: number;
  readonly type: Oid;
  /** The one over that type; bodies of routines are told of it, clients are not. */
  readonly domain?: Oid;
  /** pg_type.typlen */
  readonly typeLength: number;
  readonly typmod: number;
  /** Where it is not that of the type. */
  readonly collation?: Oid;
}
/** 0 = text, 1 = binary */
export type FormatCode = 0 | 1;
/** A column's bytes in its format: text as a string (sent as UTF-8), binary as bytes. */
export type WireValue = string | Uint8Array | null;

/** Where a session puts its answers; the wire turns each call into a message. */
export interface ResultSink {
  rowDescription(columns: readonly ResultColumn[], formats: readonly FormatCode[]): void;
  row(values: readonly WireValue[]): void;
  commandComplete(tag: string): void;
  emptyQuery(): void;
  portalSuspended(): void;
  notice(notice: Notice): void;
  /** COPY TO STDOUT begins, sends a piece of its data, ends. */
  copyOut(format: FormatCode, columns: number): void;
  /** Copied before it returns. */
  copyData(data: string | Uint8Array): void;
  copyDone(): void;
  /** COPY FROM STDIN begins: asks the client for data. */
  copyIn(format: FormatCode, columns: number): CopyInput;
  parameterStatus(name: string, value: string): void;
  notification(processId: number, channel: string, payload: string): void;
  /** True when the client does not read fast enough: await `drained` before producing more rows. */
  readonly full: boolean;
  drained(): Promise<void>;
  /** Sends what is buffered now (the client sees a RowDescription before pg_sleep ends). */
  flush(): void;
}

/** The client's side of COPY FROM STDIN. */
export interface CopyInput {
  /**
   * The next piece of data; undefined: the client is done. Rejects, or throws, with 57014 when the
   * client gives up and with 08P01 when it says something else.
   */
  next(): Buffer | undefined | Promise<Buffer | undefined>;
}

export interface StatementDescription {
  readonly parameters: readonly Oid[];
  /** undefined = NoData */
  readonly columns: readonly ResultColumn[] | undefined;
  /** Why the columns cannot be told: reported behind the parameters, and `sync` is told of it. */
  readonly failure?: SqlError;
}
export interface PortalDescription {
  readonly columns: readonly ResultColumn[] | undefined;
  readonly formats: readonly FormatCode[];
}

export interface BindRequest {
  readonly portal: string;
  readonly statement: string;
  /** As sent: none, one for all, or one each; not yet checked. */
  readonly parameterFormats: readonly number[];
  readonly parameters: readonly (Uint8Array | null)[];
  readonly resultFormats: readonly number[];
}

/** A call of one function by its oid, without SQL text. */
export interface FunctionCallRequest {
  readonly function: Oid;
  /** As sent: none, one for all, or one each; not yet checked. */
  readonly argumentFormats: readonly number[];
  readonly arguments: readonly (Uint8Array | null)[];
  /** Not yet checked. */
  readonly resultFormat: number;
}

type Done = void | Promise<void>;

export interface Session {
  readonly processId: number;
  /** I idle, T in a transaction block, E in a failed one. */
  readonly status: "I" | "T" | "E";
  /** Of the client's texts, unless they are UTF-8. */
  readonly charset: Charset | undefined;

  simpleQuery(text: string, sink: ResultSink): Done;

  parse(name: string, text: string, parameterTypes: readonly Oid[], sink: ResultSink): Done;
  bind(request: BindRequest, sink: ResultSink): Done;
  describeStatement(name: string): StatementDescription | Promise<StatementDescription>;
  describePortal(name: string): PortalDescription | Promise<PortalDescription>;
  execute(portal: string, maxRows: number, sink: ResultSink): Done;
  closeStatement(name: string): void;
  closePortal(name: string): void;
  /** Answers the result in the format asked for. A session without it: the wire answers 0A000. */
  functionCall?(request: FunctionCallRequest, sink: ResultSink): WireValue | Promise<WireValue>;
  /**
   * Ends the implicit transaction: commits it, or rolls it back when `failed` (an error since the
   * last Sync). When `failed` finds an open transaction block, the wire found the error (a
   * malformed message): the block fails.
   */
  sync(failed: boolean, sink: ResultSink): Done;

  /**
   * ReadyForQuery is about to be sent: what the session has to tell unasked goes before it
   * (notifications, settings that changed).
   */
  announce(sink: ResultSink): void;
  /**
   * The wire is about to wait for the client: starts the idle timeouts; any other call ends them.
   */
  idle(): void;
  /** Cancels the statement in progress, if there is one: 57014. `by`: the role that asks for it. */
  cancel(by?: string): void;
  /**
   * Rolls back, releases locks and everything else. Idempotent; any call in progress is cancelled.
   */
  close(): void;
}

/** What a session needs of its connection. */
export interface SessionHost {
  /** The peer's address, for pg_stat_activity; null on none. */
  readonly address: string | null;
  readonly port: number;
  /** This server's end of the connection. */
  readonly local?: { readonly address: string; readonly port: number };
  /**
   * Ends the connection after sending this FATAL error: timeouts, pg_terminate_backend, shutdown.
   */
  terminate(error: SqlError): void;
}

export interface StartupRequest {
  readonly user: string;
  readonly database: string;
  /**
   * Every other startup parameter, `options` already split; names as the client wrote them, in
   * order.
   */
  readonly settings: readonly (readonly [name: string, value: string])[];
}

/** What the wire sees of the engine. */
export interface SessionService {
  /**
   * Throws FATAL SqlErrors (3D000, 28000, 42704, 22023, 53300 …). ParameterStatus values go to the
   * sink.
   */
  open(request: StartupRequest, host: SessionHost, sink: ResultSink): Promise<Session> | Session;
  /**
   * The secret is a signed 32-bit integer. CancelRequest: false when key or process id fit no
   * session (compared in constant time).
   */
  cancel(processId: number, secret: number): boolean;
  /** The secret of a session, a signed 32-bit integer, for BackendKeyData. */
  secretOf(session: Session): number;
}
