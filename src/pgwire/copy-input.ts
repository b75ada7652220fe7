/**
 * COPY FROM STDIN on the wire: while the session runs it, frames of the client are its data
 *
 *   CopyData            a piece
 *   CopyDone            the end
 *   CopyFail            the client gives up: 57014
 *   Flush, Sync         nothing: clients send them without noticing that they have begun a COPY
 *   anything else       the session ends: its length cannot be trusted, so the stream is lost
 *
 * Pieces wait here until the session takes them; when many do, the connection stops reading.
 * https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-COPY
 */
import { SqlError } from "../base/sql-error.ts";
import { decodeUtf8 } from "../base/utf8.ts";
import type { CopyInput } from "../sql/session/api.ts";
import type { Frame } from "./framer.ts";
import { COPY_INPUT_BYTES_MARK } from "./limits.ts";
import { frontendType } from "./messages.ts";

/** What may come while COPY FROM STDIN runs. */
const EXPECTED: readonly number[] = [
  frontendType.copyData,
  frontendType.copyDone,
  frontendType.copyFail,
  frontendType.flush,
  frontendType.sync,
];

export class CopyInputQueue implements CopyInput {
  readonly #wantMore: () => void;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #end: "open" | "done" | SqlError = "open";
  #waiting: ((settled: Buffer | undefined | SqlError) => void) | undefined;
  #lost = false;

  /** `wantMore` is called when the session waits for a piece. */
  constructor(wantMore: () => void) {
    this.#wantMore = wantMore;
  }

  /** It takes no frame now. */
  get full(): boolean {
    return this.#end !== "open" || this.#bytes >= COPY_INPUT_BYTES_MARK;
  }

  /** The client has said something else: what follows cannot be read. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Whether a frame of this type may be read; when not, the COPY fails. */
  accepts(type: number): boolean {
    if (EXPECTED.includes(type)) return true;
    this.#lost = true;
    const shown = type.toString(16).toUpperCase().padStart(2, "0");
    this.#close(new SqlError("08P01", `unexpected message type 0x${shown} during COPY from stdin`));
    return false;
  }

  take(frame: Frame): void {
    const { type, bytes, start, end } = frame;
    if (type === frontendType.copyData) this.#push(bytes.subarray(start, end));
    else if (type === frontendType.copyDone) this.#close("done");
    else if (type === frontendType.copyFail) this.#close(failure(frame));
  }

  #push(piece: Buffer): void {
    if (this.#waiting !== undefined) this.#settle(piece);
    else {
      this.#pieces.push(piece);
      this.#bytes += piece.length;
    }
  }

  #close(how: "done" | SqlError): void {
    this.#end = how;
    if (this.#waiting !== undefined) this.#settle(how === "done" ? undefined : how);
  }

  #settle(how: Buffer | undefined | SqlError): void {
    const settle = this.#waiting;
    this.#waiting = undefined;
    settle?.(how);
  }

  next(): Buffer | undefined | Promise<Buffer | undefined> {
    if (this.#pieces.length === 0) this.#wantMore();
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#bytes -= piece.length;
      return piece;
    }
    if (this.#end === "done") return undefined;
    if (this.#end !== "open") throw this.#end;
    return new Promise((resolve, reject) => {
      this.#waiting = (how) => (how instanceof SqlError ? reject(how) : resolve(how));
    });
  }
}

function failure({ bytes, start, end }: Frame): SqlError {
  const nul = bytes.indexOf(0, start);
  if (nul < 0 || nul >= end) return new SqlError("08P01", "invalid string in message");
  try {
    const reason = decodeUtf8(bytes, start, nul);
    return new SqlError("57014", `COPY from stdin failed: ${reason}`);
  } catch (error) {
    return error as SqlError;
  }
}
