/** bytea, uuid, bit, varbit: byte strings in PostgreSQL's order. */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader, binary } from "./binary.ts";
import { fromHex, invalidSyntax, type TypeCodec, toHex } from "./codec.ts";

function parseHexBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let at = 2; at < text.length; ) {
    const first = text[at] as string;
    if (/[ \t\n\v\f\r]/.test(first)) {
      at++;
      continue;
    }
    const pair = text.slice(at, at + 2);
    const bad = /[^0-9a-fA-F]/.exec(pair);
    if (bad) throw new SqlError("22023", `invalid hexadecimal digit: "${bad[0]}"`);
    if (pair.length < 2)
      throw new SqlError("22023", "invalid hexadecimal data: odd number of digits");
    bytes.push(Number.parseInt(pair, 16));
    at += 2;
  }
  return Uint8Array.from(bytes);
}

function parseEscapedBytes(text: string): Uint8Array {
  const source = Buffer.from(text, "utf8");
  const bytes: number[] = [];
  for (let at = 0; at < source.length; ) {
    if (source[at] !== 0x5c) {
      bytes.push(source[at] as number);
      at++;
    } else if (source[at + 1] === 0x5c) {
      bytes.push(0x5c);
      at += 2;
    } else {
      const octal = source.toString("latin1", at + 1, at + 4);
      if (!/^[0-3][0-7][0-7]$/.test(octal)) {
        throw new SqlError("22P02", "invalid input syntax for type bytea");
      }
      bytes.push(Number.parseInt(octal, 8));
      at += 4;
    }
  }
  return Uint8Array.from(bytes);
}

/** bytea_output = escape */
export function escapeBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte === 0x5c) text += "\\\\";
    else if (byte < 0x20 || byte > 0x7e) text += `\\${byte.toString(8).padStart(3, "0")}`;
    else text += String.fromCharCode(byte);
  }
  return text;
}

export const bytea: TypeCodec<Uint8Array> = {
  storage: "blob",
  parse: (text) => (text.startsWith("\\x") ? parseHexBytes(text) : parseEscapedBytes(text)),
  format: (value, context) =>
    context.setting("bytea_output") === "escape" ? escapeBytes(value) : `\\x${toHex(value)}`,
  encode: (value) => value,
  decode: (bytes) => bytes.slice(),
};

const uuidText = /^(\{)?([0-9a-fA-F]{4}(?:-?[0-9a-fA-F]{4}){7})(\})?$/;

export const uuid: TypeCodec<Uint8Array> = {
  storage: "blob",
  parse(text) {
    const match = uuidText.exec(text);
    if (!match || (match[1] === undefined) !== (match[3] === undefined)) {
      throw invalidSyntax("uuid", text);
    }
    return fromHex((match[2] as string).replaceAll("-", ""));
  },
  format(value) {
    const hex = toHex(value);
    const cuts = [0, 8, 12, 16, 20, 32];
    return cuts
      .slice(1)
      .map((end, at) => hex.slice(cuts[at], end))
      .join("-");
  },
  encode: (value) => value,
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    return reader.end(reader.raw(16).slice());
  },
};

const ascii = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, "latin1"));
export const bitDigits = (value: Uint8Array): string =>
  Buffer.from(value.buffer, value.byteOffset, value.length).toString("latin1");

function readBits(text: string): string {
  if (/^[xX]/.test(text)) {
    const bad = /[^0-9a-fA-F]/.exec(text.slice(1));
    if (bad) throw new SqlError("22P02", `"${bad[0]}" is not a valid hexadecimal digit`);
    return [...text.slice(1)]
      .map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0"))
      .join("");
  }
  const digits = /^[bB]/.test(text) ? text.slice(1) : text;
  const bad = /[^01]/u.exec(digits);
  if (bad) throw new SqlError("22P02", `"${bad[0]}" is not a valid binary digit`);
  return digits;
}

/**
 * bit(n) must fit exactly, or be cut and padded by an explicit cast; without n it takes any length.
 */
export function adjustBits(digits: string, typmod: number, explicit: boolean): string {
  if (typmod <= 0 || digits.length === typmod) return digits;
  if (explicit) return digits.slice(0, typmod).padEnd(typmod, "0");
  throw new SqlError(
    "22026",
    `bit string length ${digits.length} does not match type bit(${typmod})`,
  );
}

export function adjustVarbits(digits: string, typmod: number, explicit: boolean): string {
  if (typmod <= 0 || digits.length <= typmod) return digits;
  if (explicit) return digits.slice(0, typmod);
  throw new SqlError("22001", `bit string too long for type bit varying(${typmod})`);
}

function packBits(digits: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(digits.length / 8));
  for (let at = 0; at < digits.length; at++) {
    if (digits[at] === "1") bytes[at >> 3] = (bytes[at >> 3] as number) | (0x80 >> (at & 7));
  }
  return bytes;
}

function bitCodec(adjust: (digits: string, typmod: number, explicit: boolean) => string) {
  const codec: TypeCodec<Uint8Array> = {
    storage: "blob",
    parse(text, typmod) {
      // The length is judged before the digits are.
      const digits = text.replace(/^[bBxX]/, "");
      const length = /^[xX]/.test(text) ? digits.length * 4 : digits.length;
      adjust("0".repeat(length), typmod, false);
      return ascii(readBits(text));
    },
    format: bitDigits,
    encode(value) {
      const packed = packBits(bitDigits(value));
      return binary(4 + packed.length, (view) => {
        view.setInt32(0, value.length);
        packed.forEach((byte, at) => {
          view.setUint8(4 + at, byte);
        });
      });
    },
    decode(bytes, typmod) {
      const reader = new BinaryReader(bytes);
      const length = reader.int32();
      if (length < 0) throw new SqlError("22P03", "invalid length in external bit string");
      const packed = reader.end(reader.raw(Math.ceil(length / 8)));
      const digits = [...packed].map((byte) => byte.toString(2).padStart(8, "0")).join("");
      return ascii(adjust(digits.slice(0, length), typmod, false));
    },
  };
  return codec;
}

/** Stored as one byte "0" or "1" per bit: bytewise order is then bit_cmp's. */
export const bit: TypeCodec<Uint8Array> = bitCodec(adjustBits);
export const varbit: TypeCodec<Uint8Array> = bitCodec(adjustVarbits);
export const bitsOf = ascii;
