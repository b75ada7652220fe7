/**
 * Bit strings.
 * https://www.postgresql.org/docs/15/functions-bitstring.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { bitDigits, bitsOf } from "../types/blobs.ts";
import { asBytes, asNumber, define } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

function combine(
  a: Uint8Array,
  b: Uint8Array,
  word: string,
  call: (x: string, y: string) => boolean,
) {
  if (a.length !== b.length) {
    throw new SqlError("22026", `cannot ${word} bit strings of different sizes`);
  }
  const [left, right] = [bitDigits(a), bitDigits(b)];
  let digits = "";
  for (let at = 0; at < left.length; at++) {
    digits += call(left[at] as string, right[at] as string) ? "1" : "0";
  }
  return bitsOf(digits);
}

function shifted(bits: Uint8Array, by: number): Uint8Array {
  const digits = bitDigits(bits);
  const moved =
    by >= 0
      ? digits.slice(by).padEnd(digits.length, "0")
      : digits.slice(0, by).padStart(digits.length, "0");
  return bitsOf(moved);
}

function part(bits: Uint8Array, from: number, count?: number): Uint8Array {
  if (count !== undefined && count < 0) {
    throw new SqlError("22011", "negative substring length not allowed");
  }
  const end = count === undefined ? bits.length : from - 1 + count;
  return bits.slice(Math.max(from - 1, 0), Math.max(end, 0));
}

/** Throws 22026 for strings of different lengths. */
export const combineBits = {
  and: (a: Uint8Array, b: Uint8Array) => combine(a, b, "AND", (x, y) => x === "1" && y === "1"),
  or: (a: Uint8Array, b: Uint8Array) => combine(a, b, "OR", (x, y) => x === "1" || y === "1"),
  xor: (a: Uint8Array, b: Uint8Array) => combine(a, b, "XOR", (x, y) => x !== y),
};

export const bitStringFunctions: readonly FunctionDefinition[] = [
  define("bitand(bit, bit)", (_c, a, b) => combineBits.and(asBytes(a), asBytes(b))),
  define("bitor(bit, bit)", (_c, a, b) => combineBits.or(asBytes(a), asBytes(b))),
  define("bitxor(bit, bit)", (_c, a, b) => combineBits.xor(asBytes(a), asBytes(b))),
  define("bitnot(bit)", (_c, value) => asBytes(value).map((digit) => digit ^ 1)),
  define("bitshiftleft(bit, int4)", (_c, value, by) => shifted(asBytes(value), asNumber(by))),
  define("bitshiftright(bit, int4)", (_c, value, by) => shifted(asBytes(value), -asNumber(by))),
  define("bitcat(varbit, varbit)", (_c, a, b) =>
    bitsOf(bitDigits(asBytes(a)) + bitDigits(asBytes(b))),
  ),
  define("length(bit)", (_c, value) => BigInt(asBytes(value).length)),
  define("bit_length(bit)", (_c, value) => BigInt(asBytes(value).length)),
  define("substring(bit, int4)", (_c, value, from) => part(asBytes(value), asNumber(from))),
  define("substring(bit, int4, int4)", (_c, value, from, count) =>
    part(asBytes(value), asNumber(from), asNumber(count)),
  ),
];
