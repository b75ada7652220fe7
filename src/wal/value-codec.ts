/**
 * VALUES AND ROWS AS BYTES: self-describing, one byte for what catalogs are full of.
 *
 *   tag          meaning                        bytes behind the tag
 *   00 … 3f      integer 0 … 63                 none
 *   40 … 7f      string of 0 … 63 UTF-8 bytes   the string
 *   80 … 8f      array of 0 … 15 values         the values
 *   90           null
 *   91, 92       false, true
 *   93           integer -1
 *   94           integer >= 0                   varint
 *   95           integer < 0                    varint of (-1 - value)
 *   96           float                          8 bytes, IEEE 754; also -0, NaN, infinities
 *   97           bigint within 0 … 2^53 - 1     varint
 *   98           other bigint of 64 bits        8 bytes, two's complement
 *   99           bytes                          varint length, the bytes
 *   9a           string                         varint length, UTF-8
 *   9b           array                          varint length, the values
 *   c0 … df      integer 64 … 8255              1 byte; the tag's low 5 bits are the high ones
 *   e0 … ff      integer 8256 … 2105407         2 bytes, likewise
 *
 * A row is the varint number of its values and the values. Most integers of a catalog row are oids:
 * built-in types take two bytes and user objects three.
 */
import { AssertionError, DataCorrupted } from "../base/assert.ts";
import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import type { Row, Value } from "../base/value.ts";

const SMALL_STRING = 0x40;
const SMALL_ARRAY = 0x80;
const NULL = 0x90;
const FALSE = 0x91;
const TRUE = 0x92;
const MINUS_ONE = 0x93;
const POSITIVE = 0x94;
const NEGATIVE = 0x95;
const FLOAT = 0x96;
const BIGINT_SMALL = 0x97;
const BIGINT = 0x98;
const BYTES = 0x99;
const STRING = 0x9a;
const ARRAY = 0x9b;
const TWO_BYTES = 0xc0;
const THREE_BYTES = 0xe0;

const TWO_BYTES_MIN = 64;
const THREE_BYTES_MIN = TWO_BYTES_MIN + (1 << 13);
const THREE_BYTES_END = THREE_BYTES_MIN + (1 << 21);
/** Arrays nest no deeper; deeper ones are damage, not data. */
const DEPTH_MAX = 16;

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const INT8_MIN = -(2n ** 63n);
const INT8_MAX = 2n ** 63n - 1n;

export function encodeRow(writer: ByteWriter, row: Row): void {
  const { length } = row;
  writer.varint(length);
  for (let at = 0; at < length; at++) encodeValue(writer, row[at] as Value);
}

export function decodeRow(reader: ByteReader): Row {
  return decodeValues(reader, reader.varint(), 0);
}

function encodeValue(writer: ByteWriter, value: Value): void {
  if (typeof value === "number") encodeNumber(writer, value);
  else if (typeof value === "string") encodeString(writer, value);
  else if (value === null) writer.u8(NULL);
  else if (typeof value === "boolean") writer.u8(value ? TRUE : FALSE);
  else if (typeof value === "bigint") encodeBigint(writer, value);
  else if (value instanceof Uint8Array) {
    writer.u8(BYTES);
    writer.lengthAndBytes(value);
  } else if (Array.isArray(value)) encodeArray(writer, value);
  else throw new AssertionError(`a row cannot hold a value of type ${typeof value}`);
}

function encodeString(writer: ByteWriter, text: string): void {
  const { length } = text;
  if (length < SMALL_ARRAY - SMALL_STRING) {
    const start = writer.length;
    writer.u8(SMALL_STRING + length);
    if (writer.ascii(text)) return;
    writer.truncate(start);
  }
  writer.u8(STRING);
  writer.string(text);
}

function encodeNumber(writer: ByteWriter, value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    writer.u8(FLOAT);
    writer.f64(value);
  } else if (value === -1) {
    writer.u8(MINUS_ONE);
  } else if (value < 0) {
    writer.u8(NEGATIVE);
    writer.varint(-1 - value);
  } else if (value < TWO_BYTES_MIN) {
    writer.u8(value);
  } else if (value < THREE_BYTES_MIN) {
    const rest = value - TWO_BYTES_MIN;
    writer.u16((TWO_BYTES << 8) + rest);
  } else if (value < THREE_BYTES_END) {
    const rest = value - THREE_BYTES_MIN;
    writer.u8(THREE_BYTES + (rest >>> 16));
    writer.u16(rest & 0xffff);
  } else {
    writer.u8(POSITIVE);
    writer.varint(value);
  }
}

function encodeBigint(writer: ByteWriter, value: bigint): void {
  if (value >= 0n && value <= SAFE_MAX) {
    writer.u8(BIGINT_SMALL);
    writer.varint(Number(value));
    return;
  }
  if (value < INT8_MIN || value > INT8_MAX) {
    throw new AssertionError(`the integer ${value} does not fit 64 bits`);
  }
  writer.u8(BIGINT);
  writer.i64(value);
}

function encodeArray(writer: ByteWriter, values: readonly Value[]): void {
  const { length } = values;
  if (length < NULL - SMALL_ARRAY) {
    writer.u8(SMALL_ARRAY + length);
  } else {
    writer.u8(ARRAY);
    writer.varint(length);
  }
  for (let at = 0; at < length; at++) encodeValue(writer, values[at] as Value);
}

function decodeValue(reader: ByteReader, depth = 0): Value {
  const tag = reader.u8();
  if (tag < SMALL_STRING) return tag;
  if (tag < SMALL_ARRAY) return reader.utf8(tag - SMALL_STRING);
  if (tag < NULL) return decodeValues(reader, tag - SMALL_ARRAY, depth + 1);
  if (tag >= THREE_BYTES) return THREE_BYTES_MIN + ((tag - THREE_BYTES) << 16) + reader.u16();
  if (tag >= TWO_BYTES) return TWO_BYTES_MIN + ((tag - TWO_BYTES) << 8) + reader.u8();
  switch (tag) {
    case NULL:
      return null;
    case FALSE:
      return false;
    case TRUE:
      return true;
    case MINUS_ONE:
      return -1;
    case POSITIVE:
      return reader.varint();
    case NEGATIVE:
      return -1 - reader.varint();
    case FLOAT:
      return reader.f64();
    case BIGINT_SMALL:
      return BigInt(reader.varint());
    case BIGINT:
      return reader.i64();
    case BYTES:
      return reader.lengthAndBytes();
    case STRING:
      return reader.string();
    case ARRAY:
      return decodeValues(reader, reader.varint(), depth + 1);
    default:
      throw new DataCorrupted(`no value starts with byte 0x${tag.toString(16)}`);
  }
}

function decodeValues(reader: ByteReader, count: number, depth: number): Value[] {
  if (depth > DEPTH_MAX) throw new DataCorrupted("arrays are nested too deeply");
  // Each value takes a byte at least, so a damaged count cannot make us allocate without bound.
  if (count > reader.remaining) throw new DataCorrupted(`${count} values do not fit what is left`);
  const values: Value[] = new Array(count);
  for (let at = 0; at < count; at++) values[at] = decodeValue(reader, depth);
  return values;
}
