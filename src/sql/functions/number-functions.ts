/**
 * Greatest common divisors, factorials, buckets and steps of exact numbers; sizes as people write
 * them.
 * https://www.postgresql.org/docs/15/functions-math.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import {
  absolute,
  add,
  checked,
  compareDecimals,
  type Decimal,
  formatDecimal,
  fromBigint,
  multiply,
  NAN,
  parseDecimal,
  rescale,
  subtract,
} from "../types/decimal.ts";
import type { Scalar } from "../types/scalar.ts";
import { greatestCommonDivisor, inRange } from "./arithmetic.ts";
import { readArray } from "./arrays.ts";
import { comparatorOf } from "./comparisons.ts";
import { asInteger, asText, define, defineFor } from "./define.ts";
import { checkBytes } from "./limits.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

const decimal = (value: Scalar | undefined): Decimal => parseDecimal(asText(value));

/** Both as whole numbers of the finer scale. */
function aligned(a: Decimal, b: Decimal) {
  const scale = Math.max(a.scale, b.scale);
  return { scale, left: rescale(a, scale).units, right: rescale(b, scale).units };
}

function commonDivisor(a: Decimal, b: Decimal): Decimal {
  if (a.special || b.special) return NAN;
  const { scale, left, right } = aligned(a, b);
  return { units: greatestCommonDivisor(left, right), scale };
}

function commonMultiple(a: Decimal, b: Decimal): Decimal {
  if (a.special || b.special) return NAN;
  const { scale, left, right } = aligned(a, b);
  const zero = left === 0n || right === 0n;
  const units = zero ? 0n : absolute((left / greatestCommonDivisor(left, right)) * right);
  return checked({ units, scale });
}

/** The largest factorial that numeric has room for is that of 32177. */
const FACTORIAL_MAX = 32_177n;

function factorial(context: FunctionContext, value: bigint): string {
  if (value < 0n) throw new SqlError("22003", "factorial of a negative number is undefined");
  if (value > FACTORIAL_MAX) throw new SqlError("22003", "value overflows numeric format");
  // Its digits say how long it takes: a query of many large ones leaves this thread.
  checkBytes(context, Number(value) * 100);
  return product(2n, value).toString();
}

/** Halves of equal size multiply faster than one after the other. */
function product(from: bigint, to: bigint): bigint {
  if (from > to) return 1n;
  if (to - from < 16n) {
    let result = from;
    for (let factor = from + 1n; factor <= to; factor++) result *= factor;
    return result;
  }
  const middle = (from + to) / 2n;
  return product(from, middle) * product(middle + 1n, to);
}

function bucketOf(operand: Decimal, low: Decimal, high: Decimal, count: bigint): bigint {
  if (count <= 0n) throw new SqlError("2201G", "count must be greater than zero");
  if ([operand, low, high].some((value) => value.special === "NaN")) {
    throw new SqlError("2201G", "operand, lower bound, and upper bound cannot be NaN");
  }
  if (low.special || high.special) {
    throw new SqlError("2201G", "lower and upper bounds must be finite");
  }
  const rising = compareDecimals(low, high);
  if (rising === 0) throw new SqlError("2201G", "lower bound cannot equal upper bound");
  const sign = rising < 0 ? 1 : -1;
  if (compareDecimals(operand, low) * sign < 0) return 0n;
  if (compareDecimals(operand, high) * sign >= 0) return inRange("int4", count + 1n);
  const part = multiply(subtract(operand, low), fromBigint(count));
  const { left, right } = aligned(part, subtract(high, low));
  return left / right + 1n;
}

/** Throws 2202E, 22004. */
function thresholdsOf(type: Oid, thresholds: Scalar, context: FunctionContext) {
  const array = readArray(type, thresholds, context);
  if (array.dimensions.length > 1) {
    throw new SqlError("2202E", "thresholds must be one-dimensional array");
  }
  if (array.elements.includes(null)) {
    throw new SqlError("22004", "thresholds array must not contain NULLs");
  }
  return array.elements;
}

const units = ["bytes", "kb", "mb", "gb", "tb", "pb"];

/** `1.5 GB`: bytes, rounded. Throws 22023. */
function bytesOf(text: string): bigint {
  const invalid = (fields = {}) => new SqlError("22023", `invalid size: "${text}"`, fields);
  const match = /^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$/s.exec(text);
  if (!match) throw invalid();
  const unit = match[2] as string;
  const at = unit === "" ? 0 : units.indexOf(unit.toLowerCase());
  if (at < 0) {
    throw invalid({
      detail: `Invalid size unit: "${unit}".`,
      hint: 'Valid units are "bytes", "kB", "MB", "GB", "TB", and "PB".',
    });
  }
  const size = multiply(parseDecimal(match[1] as string), fromBigint(1n << BigInt(at * 10)));
  return inRange("int8", rescale(size, 0).units);
}

const ONE = fromBigint(1n);

export const numberFunctions: readonly FunctionDefinition[] = [
  define("gcd(numeric, numeric)", (_c, a, b) =>
    formatDecimal(commonDivisor(decimal(a), decimal(b))),
  ),
  define("lcm(numeric, numeric)", (_c, a, b) =>
    formatDecimal(commonMultiple(decimal(a), decimal(b))),
  ),
  define("factorial(int8)", (context, value) => factorial(context, asInteger(value))),
  define("min_scale(numeric)", (_c, value) => {
    const { special, units: digits, scale } = decimal(value);
    if (special) return null;
    if (digits === 0n) return 0n;
    const zeros = /0*$/.exec(digits.toString())?.[0].length ?? 0;
    return BigInt(Math.max(scale - zeros, 0));
  }),
  define("width_bucket(numeric, numeric, numeric, int4)", (_c, operand, low, high, count) =>
    bucketOf(decimal(operand), decimal(low), decimal(high), asInteger(count)),
  ),
  defineFor("width_bucket(anycompatible, anycompatiblearray)", ({ args }) => {
    const [type, arrayType] = args as readonly [Oid, Oid];
    return (context, operand = null, thresholds = null) => {
      const elements = thresholdsOf(arrayType, thresholds, context);
      const compare = comparatorOf(type, context);
      let [low, high] = [0, elements.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (compare(operand, elements[middle] as Scalar) < 0) high = middle;
        else low = middle + 1;
      }
      return BigInt(low);
    };
  }),
  define("numeric_inc(numeric)", (_c, value) => formatDecimal(add(decimal(value), ONE))),
  define("int4inc(int4)", (_c, value) => inRange("int4", asInteger(value) + 1n)),
  define("int8inc(int8)", (_c, value) => inRange("int8", asInteger(value) + 1n)),
  define("int8dec(int8)", (_c, value) => inRange("int8", asInteger(value) - 1n)),
  define("pg_size_bytes(text)", (_c, text) => bytesOf(asText(text))),
  define("int8inc_any(int8, any)", (_c, value) => inRange("int8", asInteger(value) + 1n)),
  define("int8dec_any(int8, any)", (_c, value) => inRange("int8", asInteger(value) - 1n)),
  define("int8inc_float8_float8(int8, float8, float8)", (_c, value) =>
    inRange("int8", asInteger(value) + 1n),
  ),
];
