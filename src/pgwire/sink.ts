/** Turns what a session answers into messages in its connection's output buffer. */
import { type Notice, SqlError } from "../base/sql-error.ts";
import type {
  FormatCode,
  ResultColumn,
  ResultSink,
  Session,
  WireValue,
} from "../sql/session/api.ts";
import { CopyInputQueue } from "./copy-input.ts";
import {
  writeCommandComplete,
  writeCopyData,
  writeCopyDone,
  writeCopyInResponse,
  writeCopyOutResponse,
  writeDataRow,
  writeEmptyQuery,
  writeError,
  writeNotice,
  writeNotification,
  writeParameterStatus,
  writePortalSuspended,
  writeReadyForQuery,
  writeRowDescription,
} from "./encode.ts";
import { OUTPUT_BYTES_FLUSH } from "./limits.ts";
import type { OutputBuffer } from "./output-buffer.ts";

/** What a sink needs of its connection's socket. */
export interface OutputFlow {
  /** Hands the output buffer to the socket. */
  send(): void;
  /** COPY FROM STDIN waits for frames. */
  takeCopyData(): void;
  /** More is unsent than the mark allows. */
  readonly full: boolean;
  /** Resolves when `full` is over, or the connection. */
  drained(): Promise<void>;
}

export class ConnectionSink implements ResultSink {
  readonly #out: OutputBuffer;
  readonly #flow: OutputFlow;
  /** "ending": rows still pass, no command completes any more; "closed": nobody listens. */
  #state: "open" | "ending" | "closed" = "open";
  #copyInput: CopyInputQueue | undefined;

  constructor(out: OutputBuffer, flow: OutputFlow) {
    this.#out = out;
    this.#flow = flow;
  }

  /** The session is to be terminated as soon as the call in progress returns. */
  end(): void {
    if (this.#state === "open") this.#state = "ending";
  }

  close(): void {
    this.#state = "closed";
  }

  rowDescription(columns: readonly ResultColumn[], formats: readonly FormatCode[]): void {
    if (this.#state !== "closed") writeRowDescription(this.#out, columns, formats);
  }

  row(values: readonly WireValue[]): void {
    if (this.#state === "closed") return;
    writeDataRow(this.#out, values);
    if (this.#out.length >= OUTPUT_BYTES_FLUSH) this.#flow.send();
  }

  commandComplete(tag: string): void {
    if (this.#state === "open") writeCommandComplete(this.#out, tag);
  }

  copyOut(format: FormatCode, columns: number): void {
    if (this.#state !== "closed") writeCopyOutResponse(this.#out, format, columns);
  }

  copyData(data: string | Uint8Array): void {
    if (this.#state === "closed") return;
    writeCopyData(this.#out, data);
    if (this.#out.length >= OUTPUT_BYTES_FLUSH) this.#flow.send();
  }

  copyDone(): void {
    if (this.#state !== "closed") writeCopyDone(this.#out);
  }

  copyIn(format: FormatCode, columns: number): CopyInputQueue {
    if (this.#state !== "closed") writeCopyInResponse(this.#out, format, columns);
    this.#flow.send();
    this.#copyInput = new CopyInputQueue(() => this.#flow.takeCopyData());
    return this.#copyInput;
  }

  /** Where the client's frames go while COPY FROM STDIN runs. */
  get copyInput(): CopyInputQueue | undefined {
    return this.#copyInput;
  }

  /** The call that ran it is over. True when the stream is lost. */
  endCopy(): boolean {
    const isLost = this.#copyInput?.lost ?? false;
    this.#copyInput = undefined;
    return isLost;
  }

  emptyQuery(): void {
    if (this.#state === "open") writeEmptyQuery(this.#out);
  }

  portalSuspended(): void {
    if (this.#state === "open") writePortalSuspended(this.#out);
  }

  readyForQuery(status: Session["status"]): void {
    if (this.#state === "open") writeReadyForQuery(this.#out, status);
  }

  notice(notice: Notice): void {
    if (this.#state !== "closed") writeNotice(this.#out, notice);
  }

  parameterStatus(name: string, value: string): void {
    if (this.#state === "closed") return;
    this.#tell(() => writeParameterStatus(this.#out, name, value));
  }

  notification(processId: number, channel: string, payload: string): void {
    if (this.#state !== "open") return;
    this.#tell(() => writeNotification(this.#out, processId, channel, payload));
  }

  /** Of what nobody asked for no statement fails when the client's encoding cannot say it. */
  #tell(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      writeError(this.#out, error);
    }
  }

  get full(): boolean {
    return this.#flow.full;
  }

  drained(): Promise<void> {
    return this.#flow.drained();
  }

  flush(): void {
    if (this.#state !== "closed") this.#flow.send();
  }
}
