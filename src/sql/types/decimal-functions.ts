/**
 * Square root, exponential, logarithm and power of exact decimals, to the scales that numeric.c
 * shows.
 */
import { SqlError } from "../../base/sql-error.ts";
import {
  absolute,
  type Decimal,
  digitCount,
  divideRounding,
  fromBigint,
  INFINITY,
  isNegative,
  isZero,
  NAN,
  powerOfTen,
  rescale,
  subtract,
  toNumber,
  WHOLE_DIGITS_MAX,
  ZERO,
} from "./decimal.ts";

const MIN_SIGNIFICANT_DIGITS = 16;
const SCALE_MAX = 1000;
/** numeric.c computes no exponential of what is greater, and none of -6000 and less but zero. */
const EXPONENTIAL_END = 6000;
/** Of a power, the same limit is put with some tolerance. */
const POWER_END = 6020;

const overflow = () => new SqlError("22003", "value overflows numeric format");

function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Digits before the point, in base 10000, less one: numeric.c's weight. */
function weightOf(value: Decimal): number {
  const exponent = digitCount(absolute(value.units)) - value.scale;
  return Math.ceil(exponent / 4) - 1;
}

export function squareRoot(value: Decimal): Decimal {
  if (value.special === "NaN" || value.special === "Infinity") return value;
  if (isNegative(value))
    throw new SqlError("2201F", "cannot take square root of a negative number");
  const weight = isZero(value) ? 0 : weightOf(value);
  const significant = (weight + 1) * 2 - 1;
  const scale = clampScale(Math.max(MIN_SIGNIFICANT_DIGITS - significant, value.scale));
  const guarded = scale + 2;
  const units = value.units * powerOfTen(Math.max(0, 2 * guarded - value.scale));
  return rescale({ units: integerRoot(units), scale: guarded }, scale);
}

const clampScale = (scale: number): number => Math.min(Math.max(scale, 0), SCALE_MAX);

/** e^x by its series on x / 2^k, k squarings after it. Fixed point with `digits` decimals. */
function fixedExponential(x: bigint, digits: number): bigint {
  const one = powerOfTen(digits);
  const halvings = 32;
  const small = x / (1n << BigInt(halvings));
  let sum = one;
  let term = one;
  for (let n = 1n; term !== 0n; n++) {
    term = (term * small) / (one * n);
    sum += term;
  }
  for (let at = 0; at < halvings; at++) sum = (sum * sum) / one;
  return sum;
}

export function exponential(value: Decimal): Decimal {
  if (value.special === "NaN" || value.special === "Infinity") return value;
  if (value.special) return ZERO;
  const x = toNumber(value);
  if (x >= EXPONENTIAL_END) throw overflow();
  if (x <= -EXPONENTIAL_END) return { units: 0n, scale: SCALE_MAX };
  const decimals = Math.trunc(x * Math.LOG10E);
  const shown = Math.max(MIN_SIGNIFICANT_DIGITS - decimals, value.scale);
  const scale = clampScale(shown);
  const digits = scale + Math.max(decimals, 0) + 24;
  const fixed = fixedExponential(rescale(value, digits).units, digits);
  return rescale({ units: fixed, scale: digits }, scale);
}

/** ln by Newton's iteration from a double, in fixed point. */
function fixedLogarithm(value: Decimal, digits: number): bigint {
  const one = powerOfTen(digits);
  const exponent = digitCount(value.units) - value.scale;
  // ln(m · 10^e) with m in [0.1, 1)
  const mantissa = rescale({ units: value.units, scale: value.scale + exponent }, digits).units;
  return atanhLogarithm(mantissa, one) + BigInt(exponent) * atanhLogarithm(10n * one, one);
}

/** ln(m) = 2 artanh((m - 1) / (m + 1)), after roots bring m near 1. */
function atanhLogarithm(m: bigint, one: bigint): bigint {
  let root = m;
  let doublings = 0n;
  while (absolute(root - one) * 10n > one) {
    root = integerRoot(root * one);
    doublings++;
  }
  const z = ((root - one) * one) / (root + one);
  const square = (z * z) / one;
  let sum = 0n;
  let term = z;
  for (let n = 1n; term !== 0n; n += 2n) {
    sum += term / n;
    term = (term * square) / one;
  }
  return (sum * 2n) << doublings;
}

export function logarithm(value: Decimal): Decimal {
  if (value.special === "NaN" || value.special === "Infinity") return value;
  if (isNegative(value)) throw new SqlError("2201E", "cannot take logarithm of a negative number");
  if (isZero(value)) throw new SqlError("2201E", "cannot take logarithm of zero");
  const decimals = logarithmExponent(value);
  const scale = clampScale(Math.max(MIN_SIGNIFICANT_DIGITS - decimals, value.scale));
  const digits = scale + 20;
  return rescale({ units: fixedLogarithm(value, digits), scale: digits }, scale);
}

/** log of `value` to `base`. Throws 2201E, and 22012 for the base 1. */
export function logarithmTo(base: Decimal, value: Decimal): Decimal {
  if (base.special === "NaN" || value.special === "NaN") return NAN;
  for (const one of [base, value]) {
    if (isNegative(one)) throw new SqlError("2201E", "cannot take logarithm of a negative number");
    if (isZero(one)) throw new SqlError("2201E", "cannot take logarithm of zero");
  }
  if (base.special) return value.special ? NAN : ZERO;
  if (base.units === powerOfTen(base.scale)) throw new SqlError("22012", "division by zero");
  if (value.special) return INFINITY;
  const decimals = logarithmExponent(value) - logarithmExponent(base);
  const shown = Math.max(MIN_SIGNIFICANT_DIGITS - decimals, base.scale, value.scale);
  const scale = clampScale(shown);
  const digits = scale + Math.abs(decimals) + 30;
  const divisor = fixedLogarithm(base, digits);
  const dividend = fixedLogarithm(value, digits) * powerOfTen(scale);
  return { units: divideRounding(dividend, divisor), scale };
}

/** Decimal exponent of ln(value), as numeric.c estimates it: near 1, ln(1 + x) is about x. */
function logarithmExponent(value: Decimal): number {
  const x = subtract(value, fromBigint(1n));
  if (isZero(x)) return 0;
  if (absolute(x.units) * 10n <= powerOfTen(x.scale))
    return digitCount(absolute(x.units)) - x.scale - 1;
  return Math.trunc(Math.log10(Math.abs(estimateLogarithm(value))));
}

/** ln from the leading digits, in a double. */
function estimateLogarithm(value: Decimal): number {
  const text = value.units.toString();
  const lead = Number(`0.${text.slice(0, 17)}`);
  return Math.log(lead) + (text.length - value.scale) * Math.LN10;
}

export function power(base: Decimal, exponent: Decimal): Decimal {
  if (base.special === "NaN") return isZero(exponent) ? fromBigint(1n) : NAN;
  if (exponent.special === "NaN") {
    return !base.special && base.units === powerOfTen(base.scale) ? fromBigint(1n) : NAN;
  }
  if (isZero(base) && isNegative(exponent)) {
    throw new SqlError("2201F", "zero raised to a negative power is undefined");
  }
  const whole = !exponent.special && exponent.units % powerOfTen(exponent.scale) === 0n;
  if (isNegative(base) && !whole && !exponent.special) {
    throw new SqlError(
      "2201F",
      "a negative number raised to a non-integer power yields a complex result",
    );
  }
  if (base.special || exponent.special) return specialPower(base, exponent);
  if (isZero(base)) return { units: isZero(exponent) ? powerOfTen(16) : 0n, scale: 16 };
  return whole
    ? wholePower(base, exponent.units / powerOfTen(exponent.scale))
    : realPower(base, exponent);
}

function specialPower(base: Decimal, exponent: Decimal): Decimal {
  // IEEE 754 has 1 here, JavaScript NaN.
  const one = !base.special && absolute(base.units) === powerOfTen(base.scale);
  const result = one ? 1 : toNumber(base) ** toNumber(exponent);
  if (Number.isNaN(result)) return NAN;
  if (Number.isFinite(result)) return fromBigint(BigInt(Math.round(result)));
  return result > 0 ? INFINITY : { ...INFINITY, special: "-Infinity" };
}

const INT4_END = 1n << 31n;

/** Of exponents that are an int4: the scale does not depend on the size of the result. */
function wholePower(base: Decimal, exponent: bigint): Decimal {
  const steps = absolute(exponent);
  if (exponent < -INT4_END || exponent >= INT4_END) return realPower(base, fromBigint(exponent));
  const scale = clampScale(Math.max(MIN_SIGNIFICANT_DIGITS, base.scale));
  const magnitude = { ...base, units: absolute(base.units) };
  const decimals = (estimateLogarithm(magnitude) * Number(exponent)) / Math.LN10;
  if (decimals > WHOLE_DIGITS_MAX) throw overflow();
  if (isZero(base) || decimals + 1 < -scale) return { units: 0n, scale };
  const kept = scale + Math.ceil(Math.max(0, decimals)) + digitCount(steps) + 20;
  const { units, scale: found } = repeated(magnitude, steps, kept);
  const negative = isNegative(base) && steps % 2n !== 0n;
  const result =
    exponent >= 0n
      ? rescale({ units, scale: found }, scale).units
      : divideRounding(powerOfTen(scale + found), units);
  return { units: negative ? -result : result, scale };
}

/** base^steps by squaring, with about `kept` significant digits; the scale may be below zero. */
function repeated(base: Decimal, steps: bigint, kept: number): Decimal {
  const times = (a: Decimal, b: Decimal): Decimal => {
    const units = a.units * b.units;
    const surplus = Math.floor((units.toString(16).length - 1) * 4 * Math.log10(2)) - kept;
    if (surplus <= 0) return { units, scale: a.scale + b.scale };
    return { units: units / powerOfTen(surplus), scale: a.scale + b.scale - surplus };
  };
  let result = fromBigint(1n);
  let square = base;
  for (let rest = steps; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = times(result, square);
    if (rest > 1n) square = times(square, square);
  }
  return result;
}

/** The scale follows from the size of the result, as numeric.c estimates it. */
function realPower(base: Decimal, exponent: Decimal): Decimal {
  const magnitude = { ...base, units: absolute(base.units) };
  const digits = 20 + Math.max(0, -logarithmExponent(magnitude));
  const units = fixedLogarithm(magnitude, digits) * exponent.units;
  const logarithmOfResult = toNumber({ units, scale: digits + exponent.scale });
  if (logarithmOfResult > POWER_END) throw overflow();
  if (logarithmOfResult < -POWER_END) return { units: 0n, scale: SCALE_MAX };
  const decimals = Math.trunc(logarithmOfResult * Math.LOG10E);
  const wanted = MIN_SIGNIFICANT_DIGITS - decimals;
  const scale = clampScale(Math.max(wanted, base.scale, exponent.scale));
  // The logarithm has as many digits as the result and the exponent have before their points.
  const size = Math.max(0, digitCount(absolute(exponent.units)) - exponent.scale);
  const precision = scale + Math.max(0, decimals) + size + 40;
  const product =
    (fixedLogarithm(magnitude, precision) * exponent.units) / powerOfTen(exponent.scale);
  const fixed = { units: fixedExponential(product, precision), scale: precision };
  const result = rescale(fixed, scale);
  const odd = (exponent.units / powerOfTen(exponent.scale)) % 2n !== 0n;
  return isNegative(base) && odd ? { ...result, units: -result.units } : result;
}
