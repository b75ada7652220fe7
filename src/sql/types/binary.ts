/**
 * Reading binary values as PostgreSQL's receive functions do: 08P01 when bytes are missing, 22P03
 * when some remain.
 */
import { SqlError } from "../../base/sql-error.ts";

export class BinaryReader {
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  private take(length: number): number {
    const from = this.at;
    if (length < 0 || from + length > this.bytes.length) {
      throw new SqlError("08P01", "insufficient data left in message");
    }
    this.at = from + length;
    return from;
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }
  uint8(): number {
    return this.view.getUint8(this.take(1));
  }
  int16(): number {
    return this.view.getInt16(this.take(2));
  }
  uint16(): number {
    return this.view.getUint16(this.take(2));
  }
  int32(): number {
    return this.view.getInt32(this.take(4));
  }
  uint32(): number {
    return this.view.getUint32(this.take(4));
  }
  int64(): bigint {
    return this.view.getBigInt64(this.take(8));
  }
  float32(): number {
    return this.view.getFloat32(this.take(4));
  }
  float64(): number {
    return this.view.getFloat64(this.take(8));
  }
  raw(length: number): Uint8Array {
    const from = this.take(length);
    return this.bytes.subarray(from, from + length);
  }
  /** Asserts that the value ended here. */
  end<T>(value: T): T {
    if (this.at !== this.bytes.length) {
      throw new SqlError("22P03", "incorrect binary data format");
    }
    return value;
  }
}

/** `write` fills a fresh buffer of `length` bytes. */
export function binary(length: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  write(new DataView(bytes.buffer));
  return bytes;
}

export function concatBytes(pieces: Iterable<Uint8Array>): Uint8Array {
  const parts = [...pieces];
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
