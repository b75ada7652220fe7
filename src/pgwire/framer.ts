/**
 * FRAMER: bytes in, frames out, no I/O
 *
 *   start-up packet   int32 length (itself included), payload of 4 … 10000 bytes
 *   message           byte type, int32 length (itself included), body
 *
 * Chunks may be cut anywhere. A frame is a view into the chunk it came in; only a frame that was
 * cut is copied. Bytes once handed out in a view are never written again, because a Bind's
 * parameters outlive the next chunk.
 *
 *   fault                                           answer
 *   unknown type byte                               FATAL 08P01, as soon as the byte is there
 *   length word below the least or above the most   none: this is no client of ours, or one that
 *   lost its place
 *   body above the configured limit                 FATAL 54000: the client is sane, the message is
 *   not
 */
import { SqlError } from "../base/sql-error.ts";
import { MESSAGE_BYTES_MAX, SMALL_MESSAGE_BYTES_MAX, STARTUP_BYTES_MAX } from "./limits.ts";
import { frontendType } from "./messages.ts";

/** One frame; the framer reuses the object, so it is good until the next call of `next`. */
export interface Frame {
  /** The type byte; 0 for a start-up packet. */
  readonly type: number;
  readonly bytes: Buffer;
  /** The body is [start, end). */
  readonly start: number;
  readonly end: number;
}

/** The connection is to be closed without an answer. */
export class UnanswerableFrame extends Error {
  override readonly name = "UnanswerableFrame";
}

const EMPTY: Buffer = Buffer.alloc(0);
const GROWTH_BYTES_MIN = 64 * 1024;
const LARGE: readonly number[] = [
  frontendType.query,
  frontendType.parse,
  frontendType.bind,
  frontendType.functionCall,
  frontendType.copyData,
];
/** By type byte: the greatest length word, 0 for a byte that is no type. */
const lengthMax = new Uint32Array(256);
for (const type of Object.values(frontendType)) {
  lengthMax[type] = LARGE.includes(type) ? MESSAGE_BYTES_MAX : SMALL_MESSAGE_BYTES_MAX;
}

export class Framer {
  readonly #bodyBytesMax: number;
  readonly #frame = { type: 0, bytes: EMPTY, start: 0, end: 0 };
  #bytes: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** True when #bytes is ours, so that [#end, #bytes.length) is free. */
  #owned = false;
  /** Bytes of the frame that #start is at, as far as its header is there. */
  #frameBytes = 0;
  #typed = false;

  constructor(bodyBytesMax: number) {
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** Bytes pushed and not yet handed out. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** Type of the message that comes next, as soon as a byte of it is there. */
  get nextType(): number | undefined {
    return this.buffered === 0 ? undefined : this.#bytes[this.#start];
  }

  /** From here on frames have a type byte. */
  expectMessages(): void {
    this.#typed = true;
  }

  push(chunk: Buffer): void {
    const rest = this.#end - this.#start;
    if (rest === 0) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#owned = false;
      return;
    }
    if (!this.#owned || this.#bytes.length - this.#end < chunk.length) this.#grow(chunk.length);
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next whole frame. Throws UnanswerableFrame or a FATAL SqlError; the stream is lost then.
   */
  next(): Frame | undefined {
    return this.#typed ? this.#nextMessage() : this.#nextStartupPacket();
  }

  #nextMessage(): Frame | undefined {
    const available = this.#end - this.#start;
    if (available === 0) return undefined;
    const type = this.#bytes[this.#start] ?? 0;
    const max = lengthMax[type] ?? 0;
    if (max === 0) throw invalidMessageType(type);
    if (available < 5) return undefined;
    const length = this.#bytes.readInt32BE(this.#start + 1);
    if (length < 4 || length > max) throw new UnanswerableFrame(`message of length ${length}`);
    if (length - 4 > this.#bodyBytesMax) throw messageTooLarge(length - 4, this.#bodyBytesMax);
    return this.#cut(type, 5, length + 1, available);
  }

  #nextStartupPacket(): Frame | undefined {
    const available = this.#end - this.#start;
    if (available < 4) return undefined;
    const length = this.#bytes.readInt32BE(this.#start);
    if (length < 8 || length > STARTUP_BYTES_MAX + 4) {
      throw new UnanswerableFrame(`start-up packet of length ${length}`);
    }
    return this.#cut(0, 4, length, available);
  }

  #cut(type: number, headerBytes: number, total: number, available: number): Frame | undefined {
    if (available < total) {
      this.#frameBytes = total;
      return undefined;
    }
    const frame = this.#frame;
    frame.type = type;
    frame.bytes = this.#bytes;
    frame.start = this.#start + headerBytes;
    frame.end = this.#start + total;
    this.#start += total;
    this.#frameBytes = 0;
    return frame;
  }

  /**
   * Twice what is there, so that many small chunks cost no more than a few copies; never what a
   * client only claims.
   */
  #grow(extra: number): void {
    const rest = this.#end - this.#start;
    const needed = rest + extra;
    const hoped = Math.min(this.#frameBytes, Math.max(2 * needed, GROWTH_BYTES_MIN));
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, hoped));
    this.#bytes.copy(grown, 0, this.#start, this.#end);
    this.#bytes = grown;
    this.#start = 0;
    this.#end = rest;
    this.#owned = true;
  }
}

const invalidMessageType = (type: number) =>
  new SqlError("08P01", `invalid frontend message type ${type}`, {}, "FATAL");

const messageTooLarge = (bytes: number, max: number) =>
  new SqlError(
    "54000",
    "message too large",
    { detail: `The message has ${bytes} bytes, the limit is ${max}.` },
    "FATAL",
  );
