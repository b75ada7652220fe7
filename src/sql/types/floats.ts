/**
 * float4 and float8. Stored as eight bytes whose order is PostgreSQL's: the IEEE double, sign bit
 * flipped, negative ones wholly inverted; NaN is greatest. -0 becomes 0, because they are equal.
 */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader, binary } from "./binary.ts";
import { invalidSyntax, type TypeCodec, type TypeContext, trimSpace } from "./codec.ts";

const NAN_KEY = 0xff;

export function floatKey(value: number): Uint8Array {
  if (Number.isNaN(value)) return new Uint8Array(8).fill(NAN_KEY);
  const key = new Uint8Array(8);
  new DataView(key.buffer).setFloat64(0, value === 0 ? 0 : value);
  if (value < 0) {
    for (let at = 0; at < 8; at++) key[at] = ~(key[at] as number);
  } else {
    key[0] = (key[0] as number) ^ 0x80;
  }
  return key;
}

export function floatOf(key: Uint8Array): number {
  const first = key[0] as number;
  if (first === NAN_KEY && key[1] === NAN_KEY) return Number.NaN;
  const bytes = first & 0x80 ? Uint8Array.from(key) : key.map((byte) => ~byte);
  if (first & 0x80) bytes[0] = first ^ 0x80;
  return new DataView(bytes.buffer).getFloat64(0);
}

/** What strtod takes of a text's beginning. */
const floatText =
  /^[+-]?(?:0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)(?:p[+-]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan(?:\(\w*\))?)/i;

const spacedFloat = new RegExp(
  `[ \\t\\n\\v\\f\\r]*(${floatText.source.slice(1)})[ \\t\\n\\v\\f\\r]*`,
  "iy",
);

function parseFloatText(text: string, single: boolean): number {
  const type = single ? "real" : "double precision";
  const trimmed = text.replace(/^[ \t\n\v\f\r]+/, "");
  const number = floatText.exec(trimmed)?.[0];
  if (number === undefined) throw invalidSyntax(type, text);
  const value = inRange(number, single, single ? text : number);
  if (trimSpace(trimmed.slice(number.length)) !== "") throw invalidSyntax(type, text);
  return value;
}

/** The double that a text has at `from`, and where what follows it begins, spaces left out. */
export function readFloat(
  text: string,
  from: number,
  type: string,
): { value: number; end: number } {
  spacedFloat.lastIndex = from;
  const [all, number] = spacedFloat.exec(text) ?? [];
  if (all === undefined || number === undefined) throw invalidSyntax(type, text);
  return { value: inRange(number, false, number), end: from + all.length };
}

function inRange(number: string, single: boolean, shown: string): number {
  const exact = numberOf(number.toLowerCase());
  const value = single ? nearestSingle(number, exact) : exact;
  const lost = value === 0 ? /[1-9a-f]/i.test(significand(number)) : !Number.isFinite(value);
  if (!lost || /[nN]/.test(number)) return value;
  const type = single ? "real" : "double precision";
  throw new SqlError("22003", `"${shown}" is out of range for type ${type}`);
}

/** The single nearest to a text: where its double is half way between two, the text decides. */
function nearestSingle(number: string, double: number): number {
  const nearest = Math.fround(double);
  if (nearest === double || !Number.isFinite(nearest) || /[xn]/i.test(number)) return nearest;
  const other = neighbour(nearest, double > nearest);
  if (double !== (nearest + other) / 2) return nearest;
  const side = compareWith(number, double);
  if (side === 0) return nearest;
  return side > 0 ? Math.max(nearest, other) : Math.min(nearest, other);
}

/** The next single, upwards or downwards. */
function neighbour(value: number, upwards: boolean): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  if (value === 0) bits.setInt32(0, upwards ? 1 : 0x80000001 | 0);
  else bits.setInt32(0, bits.getInt32(0) + (value > 0 === upwards ? 1 : -1));
  return bits.getFloat32(0);
}

/** Whether a decimal text is less or greater than a finite double; exactly. */
function compareWith(number: string, double: number): number {
  const [mantissa = "", exponent = "0"] = number.toLowerCase().split("e");
  const [whole = "", part = ""] = mantissa.split(".");
  const power = Number(exponent) - part.length;
  let shift = 0; // the double is a whole number times 2^-shift
  while (!Number.isInteger(double * 2 ** shift)) shift++;
  const left = BigInt(whole + part) * 10n ** BigInt(Math.max(power, 0)) * (1n << BigInt(shift));
  const right = BigInt(double * 2 ** shift) * 10n ** BigInt(Math.max(-power, 0));
  return left < right ? -1 : left > right ? 1 : 0;
}

const significand = (number: string): string =>
  /^[+-]?0x/i.test(number)
    ? number.replace(/^[+-]?0x|p.*$/gi, "")
    : number.replace(/[eE].*$/, "").replace(/[^\d]/g, "");

function numberOf(number: string): number {
  const sign = number.startsWith("-") ? -1 : 1;
  const plain = number.replace(/^[+-]/, "");
  if (plain.startsWith("nan")) return Number.NaN;
  if (plain.startsWith("inf")) return sign * Number.POSITIVE_INFINITY;
  if (!plain.startsWith("0x")) return sign * Number(plain);
  const [digits = "", exponent = "0"] = plain.slice(2).split("p");
  const [whole = "", part = ""] = digits.split(".");
  const scaled = Number(BigInt(`0x${whole}${part}`));
  return sign * scaled * 2 ** (Number(exponent) - 4 * part.length);
}

/**
 * Shortest decimal digits that read back as the same value, as [digits, exponent of the first one].
 */
function shortestDigits(value: number, single: boolean): [string, number] {
  let text = value.toExponential();
  if (single) {
    for (let precision = 0; precision < 9; precision++) {
      text = value.toExponential(precision);
      if (readsBack(Number(text), value)) break;
    }
  }
  const [mantissa, exponent] = text.split("e") as [string, string];
  return [mantissa.replace(".", ""), Number(exponent)];
}

/** Whether a text is read as the value, and is not half way to another. */
function readsBack(read: number, value: number): boolean {
  if (Math.fround(read) !== value) return false;
  if (read === value) return true;
  return read !== (value + neighbour(value, read > value)) / 2;
}

function layOut(digits: string, exponent: number, threshold: number): string {
  if (exponent < -4 || exponent >= threshold) {
    const rest = digits.slice(1);
    const sign = exponent < 0 ? "-" : "+";
    const shown = String(Math.abs(exponent)).padStart(2, "0");
    return `${digits[0]}${rest === "" ? "" : `.${rest}`}e${sign}${shown}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, "0");
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** C's %.*g */
function general(value: number, precision: number): string {
  const [mantissa, exponent] = value.toExponential(precision - 1).split("e") as [string, string];
  const digits = mantissa.replace(".", "").replace(/0+$/, "");
  return layOut(digits === "" ? "0" : digits, Number(exponent), precision);
}

/** https://www.postgresql.org/docs/15/datatype-numeric.html#DATATYPE-FLOAT */
export function formatFloat(value: number, single: boolean, extraFloatDigits = 1): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const sign = value < 0 ? "-" : "";
  const magnitude = Math.abs(value);
  const decimalDigits = single ? 6 : 15;
  if (extraFloatDigits <= 0) {
    return sign + general(magnitude, Math.max(1, decimalDigits + extraFloatDigits));
  }
  const [digits, exponent] = shortestDigits(magnitude, single);
  return sign + layOut(digits, exponent, decimalDigits);
}

function extraDigits(context: TypeContext): number {
  const setting = context.setting("extra_float_digits");
  return setting === undefined ? 1 : Number(setting);
}

export const formatFloat8 = (value: number, context: TypeContext): string =>
  formatFloat(value, false, extraDigits(context));

export const float8: TypeCodec<Uint8Array> = {
  storage: "blob",
  parse: (text) => floatKey(parseFloatText(text, false)),
  format: (value, context) => formatFloat8(floatOf(value), context),
  encode: (value) => binary(8, (view) => view.setFloat64(0, floatOf(value))),
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    return floatKey(reader.end(reader.float64()));
  },
};

export const float4: TypeCodec<Uint8Array> = {
  storage: "blob",
  parse: (text) => floatKey(parseFloatText(text, true)),
  format: (value, context) => formatFloat(floatOf(value), true, extraDigits(context)),
  encode: (value) => binary(4, (view) => view.setFloat32(0, floatOf(value))),
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    return floatKey(reader.end(reader.float32()));
  },
};
