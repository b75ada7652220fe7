/**
 * BYTES: a writer over one growing buffer and a bounds-checked reader; mirror images of each other.
 *
 *   fixed integers   big-endian
 *   varint           unsigned, 7 bits a byte, least significant first, up to 2^53 - 1
 *   string           varint byte length, then UTF-8
 *   bytes            varint length, then the bytes
 *
 * The writer is made to be reused: `reset` keeps its buffer, so a busy path allocates nothing. The
 * checksum beside them is zlib's CRC-32, which node has built in; no library is needed for it.
 */
import { crc32 } from "node:zlib";
import { assert, DataCorrupted } from "./assert.ts";

const CAPACITY_BYTES_INITIAL = 4096;
/**
 * Up to this many characters a loop over an ASCII string beats the call into the runtime's encoder.
 */
const LOOP_CHARACTERS_MAX = 48;

export class ByteWriter {
  private buffer: Buffer;
  private at = 0;

  constructor(capacity: number = CAPACITY_BYTES_INITIAL) {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(capacity, 16));
  }

  get length(): number {
    return this.at;
  }

  /** What was written, as a view that holds until the next write. */
  bytes(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  reset(): void {
    this.at = 0;
  }

  /** Takes back everything written behind `length`. */
  truncate(length: number): void {
    assert(length >= 0 && length <= this.at, `cannot truncate ${this.at} bytes to ${length}`);
    this.at = length;
  }

  u8(value: number): void {
    if (this.at === this.buffer.length) this.grow(1);
    this.buffer[this.at++] = value;
  }

  u16(value: number): void {
    const at = this.reserve(2);
    this.buffer[at] = value >>> 8;
    this.buffer[at + 1] = value;
  }

  u32(value: number): void {
    const at = this.reserve(4);
    this.patchU32(at, value);
  }

  u64(value: bigint): void {
    const at = this.reserve(8);
    this.buffer.writeBigUInt64BE(value, at);
  }

  i64(value: bigint): void {
    const at = this.reserve(8);
    this.buffer.writeBigInt64BE(value, at);
  }

  f64(value: number): void {
    const at = this.reserve(8);
    this.buffer.writeDoubleBE(value, at);
  }

  varint(value: number): void {
    if (this.buffer.length - this.at < 8) this.grow(8);
    const { buffer } = this;
    let rest = value;
    let at = this.at;
    while (rest > 0x7fffffff) {
      buffer[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.at = at;
  }

  /** Leaves `size` bytes to be patched later; answers where they start. */
  reserve(size: number): number {
    const { at } = this;
    if (this.buffer.length - at < size) this.grow(size);
    this.at = at + size;
    return at;
  }

  patchU8(at: number, value: number): void {
    this.buffer[at] = value;
  }

  patchU32(at: number, value: number): void {
    const { buffer } = this;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
  }

  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
  }

  lengthAndBytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  string(text: string): void {
    const { length } = text;
    if (length <= LOOP_CHARACTERS_MAX) {
      const start = this.at;
      this.varint(length);
      if (this.ascii(text)) return;
      this.at = start;
    }
    this.varint(Buffer.byteLength(text));
    this.utf8(text);
  }

  /**
   * Writes a short string without its length, unless a character is not ASCII: then nothing, and
   * false.
   */
  ascii(text: string): boolean {
    const { length } = text;
    if (this.buffer.length - this.at < length) this.grow(length);
    const { buffer, at } = this;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      buffer[at + index] = code;
    }
    this.at = at + length;
    return true;
  }

  /** UTF-8 without a length. */
  utf8(text: string): void {
    const most = text.length * 3;
    if (this.buffer.length - this.at < most) this.grow(most);
    this.at += this.buffer.write(text, this.at, "utf8");
  }

  private grow(size: number): void {
    const next = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.at + size));
    this.buffer.copy(next, 0, 0, this.at);
    this.buffer = next;
  }
}

/** Reads what ByteWriter wrote; throws DataCorrupted where the bytes end too soon. */
export class ByteReader {
  private readonly buffer: Buffer;
  private at: number;
  private end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.buffer = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
    this.end = end;
  }

  get position(): number {
    return this.at;
  }

  get remaining(): number {
    return this.end - this.at;
  }

  /** Reads no further than `size` bytes from here until `unlimit` gets what this answers. */
  limit(size: number): number {
    this.need(size);
    const before = this.end;
    this.end = this.at + size;
    return before;
  }

  unlimit(before: number): void {
    this.end = before;
  }

  u8(): number {
    this.need(1);
    return this.buffer[this.at++] as number;
  }

  u16(): number {
    return this.buffer.readUInt16BE(this.take(2));
  }

  u32(): number {
    return this.buffer.readUInt32BE(this.take(4));
  }

  u64(): bigint {
    return this.buffer.readBigUInt64BE(this.take(8));
  }

  i64(): bigint {
    return this.buffer.readBigInt64BE(this.take(8));
  }

  f64(): number {
    return this.buffer.readDoubleBE(this.take(8));
  }

  varint(): number {
    let byte = this.u8();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let unit = 128;
    do {
      byte = this.u8();
      value += (byte & 0x7f) * unit;
      unit *= 128;
      if (value > Number.MAX_SAFE_INTEGER) throw new DataCorrupted("an integer exceeds 53 bits");
    } while (byte >= 0x80);
    if (byte === 0) throw new DataCorrupted("an integer is longer than it needs to be");
    return value;
  }

  /** A copy, for the reader's buffer may be reused. */
  raw(size: number): Uint8Array {
    const at = this.take(size);
    return new Uint8Array(this.buffer.subarray(at, at + size));
  }

  lengthAndBytes(): Uint8Array {
    return this.raw(this.varint());
  }

  string(): string {
    return this.utf8(this.varint());
  }

  utf8(size: number): string {
    const at = this.take(size);
    return this.buffer.toString("utf8", at, at + size);
  }

  private take(size: number): number {
    this.need(size);
    const { at } = this;
    this.at = at + size;
    return at;
  }

  private need(size: number): void {
    if (size <= this.end - this.at) return;
    throw new DataCorrupted(`${size} bytes wanted and ${this.end - this.at} are left`);
  }
}

/** CRC-32 of `bytes`, going on from `seed`. */
export const checksum = (bytes: Uint8Array, seed: number): number => crc32(bytes, seed);
