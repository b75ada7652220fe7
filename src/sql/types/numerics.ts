/**
 * numeric: its text as PostgreSQL shows it is the stored form; sortKey orders and groups it.
 */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader, binary } from "./binary.ts";
import type { TypeCodec } from "./codec.ts";
import {
  absolute,
  applyTypmod,
  type Decimal,
  digitCount,
  formatDecimal,
  INFINITY,
  MINUS_INFINITY,
  NAN,
  parseDecimal,
  powerOfTen,
  rescale,
} from "./decimal.ts";

const SIGN_NEGATIVE = 0x4000;
const SIGN_NAN = 0xc000;
const SIGN_INFINITY = 0xd000;
const SIGN_MINUS_INFINITY = 0xf000;
/** What PostgreSQL sends as the scale of infinities. */
const INFINITE_SCALE = 0x20;

/** Base-10000 digits: count, weight of the first, sign, shown scale, digits. */
export function encodeDecimal(value: Decimal): Uint8Array {
  if (value.special) {
    const sign =
      value.special === "NaN"
        ? SIGN_NAN
        : value.special === "Infinity"
          ? SIGN_INFINITY
          : SIGN_MINUS_INFINITY;
    return binary(8, (view) => {
      view.setUint16(4, sign);
      if (sign !== SIGN_NAN) view.setUint16(6, INFINITE_SCALE);
    });
  }
  const fractionDigits = Math.ceil(value.scale / 4);
  let rest = absolute(value.units) * powerOfTen(fractionDigits * 4 - value.scale);
  const digits: number[] = [];
  for (; rest > 0n; rest /= 10000n) digits.push(Number(rest % 10000n));
  const weight = digits.length - fractionDigits - 1;
  digits.reverse();
  while (digits.length > 0 && digits.at(-1) === 0) digits.pop();
  return binary(8 + digits.length * 2, (view) => {
    view.setUint16(0, digits.length);
    view.setInt16(2, digits.length === 0 ? 0 : weight);
    view.setUint16(4, value.units < 0n ? SIGN_NEGATIVE : 0);
    view.setUint16(6, value.scale);
    digits.forEach((digit, at) => {
      view.setUint16(8 + at * 2, digit);
    });
  });
}

const malformed = (what: string) =>
  new SqlError("22P03", `invalid ${what} in external "numeric" value`);

function decodeDecimal(bytes: Uint8Array): Decimal {
  const reader = new BinaryReader(bytes);
  const count = reader.uint16();
  const weight = reader.int16();
  const sign = reader.uint16();
  const scale = reader.uint16();
  let units = 0n;
  for (let at = 0; at < count; at++) {
    const digit = reader.uint16();
    if (digit > 9999) throw malformed("digit");
    units = units * 10000n + BigInt(digit);
  }
  reader.end(undefined);
  if (sign === SIGN_NAN) return NAN;
  if (sign === SIGN_INFINITY) return INFINITY;
  if (sign === SIGN_MINUS_INFINITY) return MINUS_INFINITY;
  if (sign !== 0 && sign !== SIGN_NEGATIVE) throw malformed("sign");
  if (scale > 0x3fff) throw malformed("scale");
  const signed = sign === SIGN_NEGATIVE ? -units : units;
  const exponent = (weight - count + 1) * 4;
  const value =
    exponent >= 0
      ? { units: signed * powerOfTen(exponent), scale: 0 }
      : { units: signed, scale: -exponent };
  return truncateTo(value, scale);
}

/** Digits beyond the shown scale are dropped, as numeric_recv does. */
function truncateTo(value: Decimal, scale: number): Decimal {
  if (scale >= value.scale) return rescale(value, scale);
  return { units: value.units / powerOfTen(value.scale - scale), scale };
}

/**
 * Order-preserving: class byte, then for finite non-zero values the decimal exponent and the
 * significant digits; negative ones are inverted and end with 0xff so that a prefix sorts after its
 * extension.
 */
export function decimalKey(value: Decimal): Uint8Array {
  if (value.special) {
    return new Uint8Array([value.special === "NaN" ? 6 : value.special === "Infinity" ? 5 : 1]);
  }
  if (value.units === 0n) return new Uint8Array([3]);
  const magnitude = absolute(value.units);
  const digits = magnitude.toString().replace(/0+$/, "");
  const exponent = digitCount(magnitude) - value.scale + 0x80_0000;
  const key = new Uint8Array(4 + digits.length + 1);
  key[0] = 4;
  key[1] = exponent >> 16;
  key[2] = (exponent >> 8) & 0xff;
  key[3] = exponent & 0xff;
  for (let at = 0; at < digits.length; at++) key[4 + at] = digits.charCodeAt(at);
  if (value.units < 0n) {
    for (let at = 1; at < key.length; at++) key[at] = ~(key[at] as number);
    key[0] = 2;
  }
  return key;
}

export const numeric: TypeCodec<string> = {
  storage: "text",
  parse: (text, typmod) => formatDecimal(applyTypmod(parseDecimal(text), typmod)),
  format: (value) => value,
  encode: (value) => encodeDecimal(parseDecimal(value)),
  decode: (bytes, typmod) => formatDecimal(applyTypmod(decodeDecimal(bytes), typmod)),
  sortKey: (value) => decimalKey(parseDecimal(value)),
};
