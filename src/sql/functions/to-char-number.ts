/**
 * to_char of numbers.
 * https://www.postgresql.org/docs/15/functions-formatting.html#FUNCTIONS-FORMATTING-NUMERIC-TABLE
 */
import { SqlError } from "../../base/sql-error.ts";
import {
  absolute,
  type Decimal,
  divideRounding,
  formatDecimal,
  fromBigint,
  multiply,
  parseDecimal,
  powerOfTen,
  rescale,
} from "../types/decimal.ts";
import { floatOf } from "../types/floats.ts";
import { inRange, roundHalfEven } from "./arithmetic.ts";
import { asBytes, asInteger, asText, define } from "./define.ts";
import { type NumberFormat, numberTemplate } from "./number-template.ts";
import { NumberWriter } from "./number-writer.ts";
import type { FunctionDefinition } from "./registry.ts";
import { ROMAN_NUMERALS, romanNumeral } from "./roman.ts";

/** The text of a number and its sign into the places of the template. */
function fitted(shown: string, format: NumberFormat): string {
  const sign = shown.startsWith("-") ? "-" : "+";
  const unsigned = sign === "-" ? shown.slice(1) : shown;
  const point = unsigned.indexOf(".");
  const whole = point < 0 ? unsigned.length : point;
  const { pre, post } = format;
  if (whole > pre) {
    const text = `${"#".repeat(pre)}.${"#".repeat(post)}`;
    return new NumberWriter({ text, sign, before: 0, format }).write();
  }
  return new NumberWriter({ text: unsigned, sign, before: pre - whole, format }).write();
}

/** Digits behind V come before the point after all. */
const withMulti = (format: NumberFormat): NumberFormat =>
  format.multi === 0 ? format : { ...format, pre: format.pre + format.multi };

/** Signs and separators are spaces beside a numeral; digits are nothing. */
function roman(value: bigint, { flags, parts }: NumberFormat): string {
  const numeral = romanNumeral(value);
  const fill = flags.has("fill");
  const shown = fill ? numeral : numeral.padStart(ROMAN_NUMERALS.width);
  const texts = parts.map((part) => {
    if (part.kind !== "pattern") return part.text;
    if (part.pattern === "RN") return shown;
    if (part.pattern === "rn") return shown.toLowerCase();
    if (part.pattern === "L") return " ";
    return !fill && [",", "G", "MI", "PL"].includes(part.pattern) ? " " : "";
  });
  return texts.join("");
}

/** Where there is no exponent to show. */
const hashes = ({ pre, post }: NumberFormat): string => {
  const text = ` ${"#".repeat(pre + post + 5)}`;
  return `${text.slice(0, pre + 1)}.${text.slice(pre + 2)}`;
};

const exponentText = (exponent: number): string =>
  `e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
const signSpace = (text: string): string => (text.startsWith("-") ? text : ` ${text}`);

/** The significand is not brought below 10 again when rounding makes it so. */
function scientific(value: Decimal, format: NumberFormat): string {
  if (value.special) return hashes(format);
  const digits = absolute(value.units).toString();
  const exponent = value.units === 0n ? 0 : digits.length - 1 - value.scale;
  const shift = value.scale + exponent - format.post;
  const units =
    shift > 0 ? divideRounding(value.units, powerOfTen(shift)) : value.units * powerOfTen(-shift);
  return signSpace(formatDecimal({ units, scale: format.post }) + exponentText(exponent));
}

function decimalToChar(value: Decimal, template: string): string {
  if (template === "") return "";
  const format = numberTemplate(template);
  if (format.flags.has("roman")) {
    if (value.special) {
      const what = value.special === "NaN" ? "NaN" : "infinity";
      throw new SqlError("0A000", `cannot convert ${what} to integer`);
    }
    return roman(inRange("int4", rescale(value, 0).units), format);
  }
  if (format.flags.has("exponent")) return scientific(value, format);
  const scaled = format.multi === 0 ? value : multiply(value, fromBigint(powerOfTen(format.multi)));
  return fitted(formatDecimal(rescale(scaled, format.post)), withMulti(format));
}

function integerToChar(value: bigint, type: "int4" | "int8", template: string): string {
  if (template === "") return "";
  const format = numberTemplate(template);
  if (format.flags.has("roman")) return roman(inRange("int4", value), format);
  if (format.flags.has("exponent")) {
    return type === "int4"
      ? signSpace(floatScientific(Number(value), format.post))
      : scientific(fromBigint(value), format);
  }
  const product = value * powerOfTen(format.multi);
  const scaled = type === "int4" ? BigInt.asIntN(32, product) : inRange(type, product);
  const digits = format.post === 0 ? String(scaled) : `${scaled}.${"0".repeat(format.post)}`;
  return fitted(digits, withMulti(format));
}

function floatScientific(value: number, digits: number): string {
  const [significand = "", exponent = "0"] = value.toExponential(Math.min(digits, 100)).split("e");
  return significand + exponentText(Number(exponent));
}

/** %.*f */
const fixed = (value: number, digits: number): string => {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-Infinity" : "Infinity";
  return formatDecimal(exactDecimal(value, digits));
};

/** A double's exact value, rounded half to even as printf does. */
function exactDecimal(value: number, digits: number): Decimal {
  const exact = parseDecimal(exactText(value));
  if (exact.scale <= digits) return rescale(exact, digits);
  const divisor = powerOfTen(exact.scale - digits);
  const [quotient, rest] = [exact.units / divisor, absolute(exact.units % divisor)];
  const tie = rest * 2n === divisor;
  if (tie && quotient % 2n === 0n) return { units: quotient, scale: digits };
  return rescale(exact, digits);
}

/** All digits of a double: a fraction of a power of two ends. */
function exactText(value: number): string {
  const buffer = new DataView(new ArrayBuffer(8));
  buffer.setFloat64(0, value);
  const bits = buffer.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  const exponent = (biased === 0 ? 1 : biased) - 1075;
  const sign = bits >> 63n ? "-" : "";
  if (exponent >= 0) return `${sign}${mantissa << BigInt(exponent)}`;
  return `${sign}${mantissa * 5n ** BigInt(-exponent)}e${exponent}`;
}

/** `digits`: how many a value of the type has. */
function floatToChar(value: number, digits: number, template: string): string {
  if (template === "") return "";
  const format = numberTemplate(template);
  if (format.flags.has("roman")) {
    const whole = Number.isFinite(value) ? BigInt(roundHalfEven(value)) : 0n;
    return roman(whole, format);
  }
  if (format.flags.has("exponent")) {
    if (!Number.isFinite(value)) return hashes(format);
    return signSpace(floatScientific(value, format.post));
  }
  const scaled = value * 10 ** format.multi;
  const wholeDigits = fixed(Math.abs(scaled), 0).length;
  const post = wholeDigits >= digits ? 0 : Math.min(format.post, Math.max(digits - wholeDigits, 0));
  const single = digits === 6 ? Math.fround(scaled) : scaled;
  return fitted(fixed(single, post), { ...withMulti(format), post });
}

const FLOAT4_DIGITS = 6;
const FLOAT8_DIGITS = 15;

export const toCharNumberFunctions: readonly FunctionDefinition[] = [
  define("to_char(numeric, text)", (_c, value, template) =>
    decimalToChar(parseDecimal(asText(value)), asText(template)),
  ),
  define("to_char(int4, text)", (_c, value, template) =>
    integerToChar(asInteger(value), "int4", asText(template)),
  ),
  define("to_char(int8, text)", (_c, value, template) =>
    integerToChar(asInteger(value), "int8", asText(template)),
  ),
  define("to_char(float4, text)", (_c, value, template) =>
    floatToChar(floatOf(asBytes(value)), FLOAT4_DIGITS, asText(template)),
  ),
  define("to_char(float8, text)", (_c, value, template) =>
    floatToChar(floatOf(asBytes(value)), FLOAT8_DIGITS, asText(template)),
  ),
];
