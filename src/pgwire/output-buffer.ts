/**
 * OUTPUT BUFFER: one growable buffer per connection, messages appended with their length patched in
 * afterwards
 *
 *   begin(type)   byte type, int32 still unknown
 *   …             fields
 *   end()         the length, itself included
 *
 * No message grows past its limit, so no length wraps: the one that would throws 54000. A message
 * that was begun and not ended, for this reason or another, is forgotten when the next begins; only
 * whole messages are ever seen outside.
 */
import { assert } from "../base/assert.ts";
import { SqlError } from "../base/sql-error.ts";
import type { Charset } from "../catalog/charsets.ts";
import { MESSAGE_BYTES_MAX } from "./limits.ts";

const CAPACITY_FIRST = 4 * 1024;
const CAPACITY_KEPT_MAX = 256 * 1024;
/** Below this many characters a loop over ASCII beats a call into the runtime. */
const SHORT_TEXT = 48;
/**
 * Above this many characters the exact size is worth counting before reserving three bytes for
 * each.
 */
const LONG_TEXT = 64 * 1024;

export class OutputBuffer {
  readonly #messageBytesMax: number;
  #bytes: Buffer = Buffer.allocUnsafeSlow(CAPACITY_FIRST);
  #length = 0;
  /** End of the last whole message, start of the one being written. */
  #whole = 0;
  /** The client's, unless it is UTF-8; asked for when a text is not short ASCII. */
  charset: () => Charset | undefined = () => undefined;

  constructor(messageBytesMax = MESSAGE_BYTES_MAX) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** Bytes of whole messages. */
  get length(): number {
    return this.#whole;
  }

  /** What is there, as a view. After it either `reuse` or `renew` must follow. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#whole);
  }

  /** The view's bytes are with the kernel: the memory is free. */
  reuse(): void {
    this.#whole = 0;
    if (this.#bytes.length > CAPACITY_KEPT_MAX) {
      this.#bytes = Buffer.allocUnsafeSlow(CAPACITY_FIRST);
    }
  }

  /** The view still waits in the socket: leave it the memory. */
  renew(): void {
    const capacity = Math.min(this.#bytes.length, CAPACITY_KEPT_MAX);
    this.#whole = 0;
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  begin(type: number): void {
    this.#length = this.#whole;
    this.#reserve(5);
    this.#bytes[this.#length] = type;
    this.#length += 5;
  }

  end(): void {
    this.#check(0);
    this.#put32(this.#whole + 1, this.#length - this.#whole - 1);
    this.#whole = this.#length;
  }

  /** A message without a body. */
  empty(type: number): void {
    this.begin(type);
    this.end();
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** A count, 0 … 65535: a larger one would make the client read values as messages. */
  count(value: number): void {
    assert(value <= 0xffff, `count ${value} does not fit int16`);
    this.int16(value);
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#bytes[this.#length++] = value >>> 8;
    this.#bytes[this.#length++] = value;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#put32(this.#length, value);
    this.#length += 4;
  }

  /**
   * NUL-terminated. A NUL inside would end the field early and let the rest pose as other fields,
   * so it goes. Throws 22P05.
   */
  cstring(text: string): void {
    this.#text(text.includes("\0") ? text.replaceAll("\0", "") : text);
    this.byte(0);
  }

  /** Length and bytes of the client's encoding. Throws 22P05. */
  text(text: string): void {
    this.#reserve(4);
    const at = this.#length;
    this.#length += 4;
    this.#text(text);
    this.#put32(at, this.#length - at - 4);
  }

  /** Length and bytes. */
  bytes(bytes: Uint8Array): void {
    this.int32(bytes.length);
    this.raw(bytes);
  }

  /** Without a length: the rest of a message. */
  rawText(text: string): void {
    this.#text(text);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #text(text: string): void {
    const characters = text.length;
    this.#reserve(characters > LONG_TEXT ? Buffer.byteLength(text) : characters * 3);
    if (characters <= SHORT_TEXT && this.#ascii(text)) return;
    const charset = this.charset();
    if (charset !== undefined) this.raw(charset.encode(text));
    else this.#length += this.#bytes.write(text, this.#length, "utf8");
  }

  /** False, and nothing appended, when the text has other characters. */
  #ascii(text: string): boolean {
    const bytes = this.#bytes;
    const at = this.#length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return false;
      bytes[at + i] = code;
    }
    this.#length = at + text.length;
    return true;
  }

  #put32(at: number, value: number): void {
    const bytes = this.#bytes;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }

  #reserve(extra: number): void {
    if (this.#length + extra > this.#bytes.length) this.#grow(extra);
  }

  #grow(extra: number): void {
    this.#check(extra);
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + extra));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  #check(extra: number): void {
    const used = this.#length - this.#whole;
    if (used + extra <= this.#messageBytesMax) return;
    throw new SqlError("54000", "out of memory", {
      detail: `Cannot enlarge string buffer containing ${used} bytes by ${extra} more bytes.`,
    });
  }
}
