/**
 * Exact decimals, PostgreSQL's numeric: a whole number of 10^-scale, or NaN, or an infinity.
 * Rounding, scales of results and limits follow numeric.c.
 * https://www.postgresql.org/docs/15/datatype-numeric.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { invalidSyntax, trimSpace } from "./codec.ts";

export interface Decimal {
  /** The value is units / 10^scale when finite. */
  readonly units: bigint;
  /** Digits after the point that are shown, 0 … 16383. */
  readonly scale: number;
  readonly special?: "NaN" | "Infinity" | "-Infinity";
}

export const NAN: Decimal = { units: 0n, scale: 0, special: "NaN" };
export const INFINITY: Decimal = { units: 0n, scale: 0, special: "Infinity" };
export const MINUS_INFINITY: Decimal = { units: 0n, scale: 0, special: "-Infinity" };
export const ZERO: Decimal = { units: 0n, scale: 0 };

export const SCALE_MAX = 16383;
export const WHOLE_DIGITS_MAX = 131072;

const powers: bigint[] = [1n];
export function powerOfTen(exponent: number): bigint {
  if (exponent > 400) return 10n ** BigInt(exponent);
  for (let at = powers.length; at <= exponent; at++) powers.push((powers[at - 1] as bigint) * 10n);
  return powers[exponent] as bigint;
}

export const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

export const fromBigint = (value: bigint): Decimal => ({ units: value, scale: 0 });

const overflow = () => new SqlError("22003", "value overflows numeric format");

/** Number of decimal digits of a non-negative whole number. */
export const digitCount = (value: bigint): number => (value === 0n ? 0 : value.toString().length);

/** Throws 22003 when there are more digits than numeric has room for. */
export function checked(value: Decimal): Decimal {
  if (value.special) return value;
  const whole = value.units === 0n ? 0 : digitCount(absolute(value.units)) - value.scale;
  if (whole > WHOLE_DIGITS_MAX) throw overflow();
  return value.scale > SCALE_MAX ? rescale(value, SCALE_MAX) : value;
}

const numberText = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE][ \t\n\v\f\r]*([+-]?[0-9]+))?(.*)$/s;
/** Beyond, PostgreSQL does not look at what follows. */
const EXPONENT_END = 0x3fff_ffff;

export function parseDecimal(text: string): Decimal {
  const trimmed = trimSpace(text);
  const match = numberText.exec(trimmed);
  const whole = match?.[2] ?? "";
  const fraction = match?.[3] ?? "";
  if (!match || whole + fraction === "") return parseSpecial(trimmed, text);
  const exponent = Number(match[4] ?? "0");
  if (Math.abs(exponent) >= EXPONENT_END) throw overflow();
  if (match[5] !== "") throw invalidSyntax("numeric", text);
  const magnitude = BigInt(whole + fraction);
  const units = match[1] === "-" ? -magnitude : magnitude;
  const scale = fraction.length - exponent;
  if (scale > SCALE_MAX) throw overflow();
  if (scale >= 0) return checked({ units, scale });
  if (whole.length + exponent > WHOLE_DIGITS_MAX && units !== 0n) throw overflow();
  return checked({ units: units === 0n ? 0n : units * powerOfTen(-scale), scale: 0 });
}

function parseSpecial(trimmed: string, text: string): Decimal {
  switch (trimmed.toLowerCase()) {
    case "nan":
      return NAN;
    case "inf":
    case "+inf":
    case "infinity":
    case "+infinity":
      return INFINITY;
    case "-inf":
    case "-infinity":
      return MINUS_INFINITY;
    default:
      throw invalidSyntax("numeric", text);
  }
}

export function formatDecimal(value: Decimal): string {
  if (value.special) return value.special;
  const digits = absolute(value.units).toString();
  const sign = value.units < 0n ? "-" : "";
  if (value.scale === 0) return sign + digits;
  const padded = digits.padStart(value.scale + 1, "0");
  return `${sign}${padded.slice(0, -value.scale)}.${padded.slice(-value.scale)}`;
}

/** Division of whole numbers, rounded half away from zero. */
export function divideRounding(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = absolute(dividend % divisor) * 2n;
  if (twice < absolute(divisor)) return quotient;
  return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}

/**
 * Rounded half away from zero, or with zeros added. A negative scale rounds to tens, hundreds, …
 */
export function rescale(value: Decimal, scale: number): Decimal {
  if (value.special || scale === value.scale) return value;
  if (scale > value.scale) return { units: value.units * powerOfTen(scale - value.scale), scale };
  const dropped = value.scale - scale;
  const rounded = divideRounding(value.units, powerOfTen(dropped));
  if (scale >= 0) return { units: rounded, scale };
  return { units: rounded * powerOfTen(-scale), scale: 0 };
}

/** Towards zero. */
export function truncate(value: Decimal, scale: number): Decimal {
  if (value.special || scale >= value.scale) return rescale(value, scale);
  const kept = value.units / powerOfTen(value.scale - scale);
  if (scale >= 0) return { units: kept, scale };
  return { units: kept * powerOfTen(-scale), scale: 0 };
}

/** numeric(precision, scale): typmod is ((precision << 16) | (scale & 0x7ff)) + 4. */
export function applyTypmod(value: Decimal, typmod: number): Decimal {
  if (typmod < 4) return value;
  const precision = ((typmod - 4) >> 16) & 0xffff;
  const scale = (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
  if (value.special === "NaN") return value;
  const describe = (limit: string) =>
    new SqlError("22003", "numeric field overflow", {
      detail: `A field with precision ${precision}, scale ${scale} ${limit}.`,
    });
  if (value.special) throw describe("cannot hold an infinite value");
  const rounded = rescale(value, scale);
  const whole = digitCount(absolute(rounded.units)) - rounded.scale;
  if (rounded.units !== 0n && whole > precision - scale) {
    const bound = precision - scale === 0 ? "1" : `10^${precision - scale}`;
    throw describe(`must round to an absolute value less than ${bound}`);
  }
  return rounded;
}

const rank = (value: Decimal): number =>
  value.special === "NaN" ? 3 : value.special === "Infinity" ? 2 : value.special ? 0 : 1;

/** NaN equals itself and is greatest. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.special || b.special) return rank(a) - rank(b);
  const scale = Math.max(a.scale, b.scale);
  const left = rescale(a, scale).units;
  const right = rescale(b, scale).units;
  return left < right ? -1 : left > right ? 1 : 0;
}

export const isNegative = (value: Decimal): boolean =>
  value.special ? value.special === "-Infinity" : value.units < 0n;
export const isZero = (value: Decimal): boolean => !value.special && value.units === 0n;

export function negate(value: Decimal): Decimal {
  switch (value.special) {
    case undefined:
      return { units: -value.units, scale: value.scale };
    case "NaN":
      return NAN;
    default:
      return value.special === "Infinity" ? MINUS_INFINITY : INFINITY;
  }
}

export function add(a: Decimal, b: Decimal): Decimal {
  if (a.special || b.special) {
    if (a.special === "NaN" || b.special === "NaN") return NAN;
    if (a.special && b.special && a.special !== b.special) return NAN;
    return a.special ? a : b;
  }
  const scale = Math.max(a.scale, b.scale);
  return checked({ units: rescale(a, scale).units + rescale(b, scale).units, scale });
}

export const subtract = (a: Decimal, b: Decimal): Decimal => add(a, negate(b));

export function multiply(a: Decimal, b: Decimal): Decimal {
  if (a.special || b.special) {
    if (a.special === "NaN" || b.special === "NaN" || isZero(a) || isZero(b)) return NAN;
    return isNegative(a) === isNegative(b) ? INFINITY : MINUS_INFINITY;
  }
  return checked({ units: a.units * b.units, scale: a.scale + b.scale });
}

const divisionByZero = () => new SqlError("22012", "division by zero");

/** numeric.c works in base 10000: position of the first such digit, and that digit. */
function leadingDigit(value: Decimal): { weight: number; first: number } {
  if (value.units === 0n) return { weight: 0, first: 0 };
  const digits = absolute(value.units).toString();
  const exponent = digits.length - value.scale; // digits before the point
  const weight = Math.ceil(exponent / 4) - 1;
  const taken = exponent - weight * 4;
  return { weight, first: Number(digits.slice(0, taken).padEnd(taken, "0")) };
}

/** At least 16 significant digits, and no fewer decimals than either side shows. */
function divisionScale(a: Decimal, b: Decimal): number {
  const left = leadingDigit(a);
  const right = leadingDigit(b);
  const weight = left.weight - right.weight - (left.first <= right.first ? 1 : 0);
  const scale = Math.max(16 - weight * 4, a.scale, b.scale, 0);
  return Math.min(scale, 1000);
}

export function divide(a: Decimal, b: Decimal): Decimal {
  if (a.special === "NaN" || b.special === "NaN") return NAN;
  if (a.special) {
    if (b.special) return NAN;
    if (isZero(b)) throw divisionByZero();
    return isNegative(a) === isNegative(b) ? INFINITY : MINUS_INFINITY;
  }
  if (b.special) return ZERO;
  if (isZero(b)) throw divisionByZero();
  const scale = divisionScale(a, b);
  const shift = scale + b.scale - a.scale;
  const dividend = shift >= 0 ? a.units * powerOfTen(shift) : a.units;
  const divisor = shift >= 0 ? b.units : b.units * powerOfTen(-shift);
  return checked({ units: divideRounding(dividend, divisor), scale });
}

/** The remainder has the dividend's sign. */
export function modulo(a: Decimal, b: Decimal): Decimal {
  if (a.special === "NaN" || b.special === "NaN") return NAN;
  if (a.special) {
    if (isZero(b)) throw divisionByZero();
    return NAN;
  }
  if (b.special) return a;
  if (isZero(b)) throw divisionByZero();
  const scale = Math.max(a.scale, b.scale);
  return { units: rescale(a, scale).units % rescale(b, scale).units, scale };
}

/** Quotient towards zero, without decimals. */
export function divideWhole(a: Decimal, b: Decimal): Decimal {
  if (a.special || b.special) return truncate(divide(a, b), 0);
  if (isZero(b)) throw divisionByZero();
  const scale = Math.max(a.scale, b.scale);
  return { units: rescale(a, scale).units / rescale(b, scale).units, scale: 0 };
}

export function toNumber(value: Decimal): number {
  return value.special ? Number(value.special) : Number(formatDecimal(value));
}
