/**
 * bool, int2, int4, int8, oid, xid, cid, xid8, tid, money's whole-number relatives: the integer
 * class.
 */
import { BinaryReader, binary } from "./binary.ts";
import { invalidSyntax, outOfRange, type TypeCodec, trimSpace } from "./codec.ts";

interface IntegerType {
  readonly name: string;
  readonly min: bigint;
  readonly max: bigint;
  readonly encode: (value: bigint) => Uint8Array;
  readonly decode: (reader: BinaryReader) => bigint;
}

const UNSIGNED64_MAX = 0xffff_ffff_ffff_ffffn;

const leadingInteger = /^[ \t\n\v\f\r]*([+-]?[0-9]+)(.*)$/s;

function integerCodec(type: IntegerType): TypeCodec<bigint> {
  return {
    storage: "integer",
    parse(text) {
      const match = leadingInteger.exec(text);
      if (!match) throw invalidSyntax(type.name, text);
      const [, digits = "", rest = ""] = match;
      const value = BigInt(digits.startsWith("+") ? digits.slice(1) : digits);
      // Too many digits are noticed before what follows them. They are counted below zero.
      if (value < type.min || value > -type.min) throw outOfRange(type.name, text);
      if (trimSpace(rest) !== "") throw invalidSyntax(type.name, text);
      if (value > type.max) throw outOfRange(type.name, text);
      return value;
    },
    format: String,
    encode: type.encode,
    decode(bytes) {
      const reader = new BinaryReader(bytes);
      return reader.end(type.decode(reader));
    },
  };
}

const encodeUint32 = (value: bigint): Uint8Array =>
  binary(4, (view) => view.setUint32(0, Number(value)));

export const int2: TypeCodec<bigint> = integerCodec({
  name: "smallint",
  min: -0x8000n,
  max: 0x7fffn,
  encode: (value) => binary(2, (view) => view.setInt16(0, Number(value))),
  decode: (reader) => BigInt(reader.int16()),
});
export const int4: TypeCodec<bigint> = integerCodec({
  name: "integer",
  min: -0x8000_0000n,
  max: 0x7fff_ffffn,
  encode: (value) => binary(4, (view) => view.setInt32(0, Number(value))),
  decode: (reader) => BigInt(reader.int32()),
});
export const int8: TypeCodec<bigint> = integerCodec({
  name: "bigint",
  min: -0x8000_0000_0000_0000n,
  max: 0x7fff_ffff_ffff_ffffn,
  encode: (value) => binary(8, (view) => view.setBigInt64(0, value)),
  decode: (reader) => reader.int64(),
});

/** strtoul's reading: a sign is allowed, and -1 is the greatest oid. */
export function parseOid(text: string): bigint {
  const match = leadingInteger.exec(text);
  if (!match) throw invalidSyntax("oid", text);
  const [, digits = "", rest = ""] = match;
  const value = BigInt(digits.replace(/^\+/, ""));
  if (value > UNSIGNED64_MAX || -value > UNSIGNED64_MAX) throw outOfRange("oid", text);
  if (trimSpace(rest) !== "") throw invalidSyntax("oid", text);
  if (value > 0xffff_ffffn || value < -0x8000_0000n) throw outOfRange("oid", text);
  return BigInt.asUintN(32, value);
}

/** The numbers of an oidvector: each ends where its digits end. Messages quote all that is left. */
export function readOid(rest: string): { value: bigint; length: number } {
  const digits = /^[+-]?\d+/.exec(rest)?.[0];
  if (digits === undefined) throw invalidSyntax("oid", rest);
  try {
    return { value: parseOid(digits), length: digits.length };
  } catch {
    throw outOfRange("oid", rest);
  }
}

/** The numbers of an int2vector: each ends at a space. Messages quote all that is left. */
export function readInt2(rest: string): { value: bigint; length: number } {
  const digits = /^[+-]?\d+/.exec(rest)?.[0];
  if (digits === undefined) throw invalidSyntax("smallint", rest);
  const value = BigInt(digits.replace(/^\+/, ""));
  if (BigInt.asIntN(16, value) !== value) throw outOfRange("smallint", rest);
  if (digits.length < rest.length && rest[digits.length] !== " ") {
    throw invalidSyntax("smallint", rest);
  }
  return { value, length: digits.length };
}

export const oidCodec: TypeCodec<bigint> = {
  storage: "integer",
  parse: parseOid,
  format: String,
  encode: encodeUint32,
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    return reader.end(BigInt(reader.uint32()));
  },
};

/**
 * strtoul(text, NULL, 0): whatever number it starts with, in decimal, octal or hexadecimal; never
 * an error.
 */
function leadingNumber(text: string, bits: 32 | 64): bigint {
  const match = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(text);
  if (!match) return 0n;
  const digits = match[2] as string;
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const value = BigInt(octal);
  const signed = value > UNSIGNED64_MAX ? UNSIGNED64_MAX : match[1] === "-" ? -value : value;
  return BigInt.asUintN(bits, signed);
}

export const xid: TypeCodec<bigint> = {
  ...oidCodec,
  parse: (text) => leadingNumber(text, 32),
};

/** Unsigned 64 bits, beyond what an INTEGER holds: eight bytes, most significant first. */
export const unsigned64 = (value: bigint): Uint8Array =>
  binary(8, (view) => view.setBigUint64(0, value));
export const fromUnsigned64 = (bytes: Uint8Array): bigint =>
  new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);

export const xid8: TypeCodec<Uint8Array> = {
  storage: "blob",
  parse: (text) => unsigned64(leadingNumber(text, 64)),
  format: (value) => String(fromUnsigned64(value)),
  encode: (value) => value,
  decode: (bytes) => {
    const reader = new BinaryReader(bytes);
    return reader.end(reader.raw(8).slice());
  },
};

export const pgLsn: TypeCodec<Uint8Array> = {
  ...xid8,
  parse(text) {
    const match = /^([0-9a-fA-F]{1,8})\/([0-9a-fA-F]{1,8})$/.exec(text);
    if (!match) throw invalidSyntax("pg_lsn", text);
    return unsigned64((BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`));
  },
  format(value) {
    const lsn = fromUnsigned64(value);
    const hex = (part: bigint) => part.toString(16).toUpperCase();
    return `${hex(lsn >> 32n)}/${hex(lsn & 0xffff_ffffn)}`;
  },
};

/** The block begins at a parenthesis or comma; what is before and after the two numbers is free. */
const tidText = /^[^(,)]*[(,][ \t\n\v\f\r]*([+-]?\d+)?,[ \t\n\v\f\r]*([+-]?\d+)?\)/;

/** block << 16 | offset */
export const tid: TypeCodec<bigint> = {
  storage: "integer",
  parse(text) {
    const match = tidText.exec(text);
    const [block, offset] = [match?.[1], match?.[2]].map((digits) =>
      BigInt(digits?.replace(/^\+/, "") || "0"),
    ) as [bigint, bigint];
    const isBlock = block <= 0xffff_ffffn && block >= -0x8000_0000n;
    if (!match || !isBlock || offset < 0n || offset > 0xffffn) throw invalidSyntax("tid", text);
    return (BigInt.asUintN(32, block) << 16n) | offset;
  },
  format: (value) => `(${value >> 16n},${value & 0xffffn})`,
  encode: (value) =>
    binary(6, (view) => {
      view.setUint32(0, Number(value >> 16n));
      view.setUint16(4, Number(value & 0xffffn));
    }),
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    const block = BigInt(reader.uint32());
    return reader.end((block << 16n) | BigInt(reader.uint16()));
  },
};

/** The unique prefixes of true, false, yes, no, on, off, and 1 and 0. undefined = none of them. */
function readBool(text: string): boolean | undefined {
  const word = trimSpace(text).toLowerCase();
  if (word === "") return undefined;
  if ("true".startsWith(word) || "yes".startsWith(word) || word === "on" || word === "1")
    return true;
  if ("false".startsWith(word) || "no".startsWith(word) || word === "0") return false;
  return word === "off" || word === "of" ? false : undefined;
}

export const bool: TypeCodec<bigint> = {
  storage: "integer",
  parse(text) {
    const value = readBool(text);
    if (value === undefined) throw invalidSyntax("boolean", text);
    return value ? 1n : 0n;
  },
  format: (value) => (value ? "t" : "f"),
  encode: (value) => new Uint8Array([value ? 1 : 0]),
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    return reader.end(reader.uint8() === 0 ? 0n : 1n);
  },
};
