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
  multiply,
  NAN,
  powerOfTen,
  rescale,
  subtract,
  toNumber,
  ZERO,
} from "./decimal.ts";

const MIN_SIGNIFICANT_DIGITS = 16;
const SCALE_MAX = 1000;

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
  if (x >= 302_000) throw new SqlError("22003", "value overflows numeric format");
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
  const result = toNumber(base) ** toNumber(exponent);
  if (Number.isNaN(result)) return NAN;
  if (Number.isFinite(result)) return fromBigint(BigInt(Math.round(result)));
  return result > 0 ? INFINITY : { ...INFINITY, special: "-Infinity" };
}

/** Scale by the size of the result, as numeric.c estimates it. */
function powerScale(base: Decimal, exponent: Decimal): number {
  const decimals =
    (estimateLogarithm({ ...base, units: absolute(base.units) }) * toNumber(exponent)) / Math.LN10;
  if (decimals > 131_072) throw new SqlError("22003", "value overflows numeric format");
  const wanted = MIN_SIGNIFICANT_DIGITS - Math.trunc(decimals);
  return clampScale(Math.max(wanted, base.scale, exponent.scale));
}

function wholePower(base: Decimal, exponent: bigint): Decimal {
  const steps = absolute(exponent);
  powerScale(base, fromBigint(exponent)); // refuses what would overflow
  if (steps > 100_000n) return realPower(base, fromBigint(exponent));
  const scale = Math.max(MIN_SIGNIFICANT_DIGITS, base.scale);
  let result: Decimal = fromBigint(1n);
  let square = base;
  for (let rest = steps; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = multiply(result, square);
    if (rest > 1n) square = multiply(square, square);
  }
  if (exponent >= 0n) return rescale(result, scale);
  return { units: divideRounding(powerOfTen(scale + result.scale), result.units), scale };
}

function realPower(base: Decimal, exponent: Decimal): Decimal {
  const scale = powerScale(base, exponent);
  const digits = scale + 40;
  const negative = isNegative(base);
  const logarithmOfBase = fixedLogarithm({ ...base, units: absolute(base.units) }, digits);
  const product = (logarithmOfBase * exponent.units) / powerOfTen(exponent.scale);
  const result = rescale({ units: fixedExponential(product, digits), scale: digits }, scale);
  const odd = (exponent.units / powerOfTen(exponent.scale)) % 2n !== 0n;
  return negative && odd ? { ...result, units: -result.units } : result;
}
