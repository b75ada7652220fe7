/**
 * What pg_aggregate names as steps and results of aggregates, over states that are arrays: users
 * make aggregates of them. States of type internal have none here.
 * https://www.postgresql.org/docs/15/sql-createaggregate.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { arrayElements, encodeList } from "../types/array-value.ts";
import { add, divide, formatDecimal, fromBigint, parseDecimal } from "../types/decimal.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import { plus as floatPlus } from "../types/geometry-numbers.ts";
import { type Interval, intervalKey, intervalOf } from "../types/intervals.ts";
import type { Scalar } from "../types/scalar.ts";
import { divided, plus } from "./datetime-arithmetic.ts";
import { asBytes, asInteger, asText, define } from "./define.ts";
import {
  addNumber,
  addPair,
  type FloatSums,
  floatSpread,
  isInfinite,
  noSums,
  overflow,
  regressions,
} from "./moments.ts";
import type { FunctionDefinition } from "./registry.ts";

const malformed = (what: string) => new SqlError("XX000", what);

const ONE_NUMBER = ["n", "x", "xx"] as const;
const PAIRS = ["n", "x", "xx", "y", "yy", "xy"] as const;
type Shape = readonly (keyof FloatSums)[];

function readSums(value: Scalar | undefined, shape: Shape, caller: string): FloatSums {
  const elements = arrayElements(asText(value), "blob");
  if (elements.length !== shape.length || elements.includes(null)) {
    throw malformed(`${caller}: expected ${shape.length}-element float8 array`);
  }
  const sums = noSums();
  shape.forEach((key, at) => {
    sums[key] = floatOf(asBytes(elements[at]));
  });
  return sums;
}

const writeSums = (sums: FloatSums, shape: Shape): string =>
  encodeList(shape.map((key) => floatKey(sums[key])));

/** Of numbers that were summed up apart. */
function mixedSquares(
  [a, b]: readonly [number, number],
  [n, m]: readonly [number, number],
  [left, right]: readonly [number, number],
): number {
  const squares = a + b + (n * m * left * right) / (n + m);
  if (isInfinite(squares) && !isInfinite(a) && !isInfinite(b)) throw overflow();
  return squares;
}

function combined(a: FloatSums, b: FloatSums): FloatSums {
  if (a.n === 0) return b;
  if (b.n === 0) return a;
  const counts = [a.n, b.n] as const;
  const dx = a.x / a.n - b.x / b.n;
  const dy = a.y / a.n - b.y / b.n;
  return {
    n: a.n + b.n,
    x: floatPlus(a.x, b.x),
    xx: mixedSquares([a.xx, b.xx], counts, [dx, dx]),
    y: floatPlus(a.y, b.y),
    yy: mixedSquares([a.yy, b.yy], counts, [dy, dy]),
    xy: mixedSquares([a.xy, b.xy], counts, [dx, dy]),
  };
}

const ofFloats = (
  name: string,
  shape: Shape,
  result: (sums: FloatSums) => Scalar,
): FunctionDefinition =>
  define(`${name}(_float8)`, (_c, state) => result(readSums(state, shape, name)));

const combining = (name: string, shape: Shape): FunctionDefinition =>
  define(`${name}(_float8, _float8)`, (_c, a, b) => {
    const [left, right] = [readSums(a, shape, name), readSums(b, shape, name)];
    return writeSums(combined(left, right), shape);
  });

const spread = (name: string, sample: boolean, root: boolean): FunctionDefinition =>
  ofFloats(`float8_${name}`, ONE_NUMBER, (sums) => floatSpread(sums, sample, root));

const floats: readonly FunctionDefinition[] = [
  ...["float4", "float8"].map((type) =>
    define(`${type}_accum(_float8, ${type})`, (_c, state, value) => {
      const sums = readSums(state, ONE_NUMBER, `${type}_accum`);
      addNumber(sums, floatOf(asBytes(value)));
      return writeSums(sums, ONE_NUMBER);
    }),
  ),
  define("float8_regr_accum(_float8, float8, float8)", (_c, state, y, x) => {
    const sums = readSums(state, PAIRS, "float8_regr_accum");
    addPair(sums, floatOf(asBytes(y)), floatOf(asBytes(x)));
    return writeSums(sums, PAIRS);
  }),
  combining("float8_combine", ONE_NUMBER),
  combining("float8_regr_combine", PAIRS),
  ofFloats("float8_avg", ONE_NUMBER, ({ n, x }) => (n === 0 ? null : floatKey(x / n))),
  spread("var_pop", false, false),
  spread("var_samp", true, false),
  spread("stddev_pop", false, true),
  spread("stddev_samp", true, true),
  ...Object.entries(regressions).map(([name, compute]) =>
    ofFloats(`float8_${name}`, PAIRS, (sums) => {
      const value = sums.n < 1 ? null : compute(sums);
      return value === null ? null : floatKey(value);
    }),
  ),
];

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);

type Counted = readonly [count: bigint, sum: bigint];

function readCounted(value: Scalar | undefined): Counted {
  const [count, sum, ...more] = arrayElements(asText(value), "integer");
  if (typeof count === "bigint" && typeof sum === "bigint" && more.length === 0) {
    return [count, sum];
  }
  throw malformed("expected 2-element int8 array");
}

const averaging = (type: string, suffix: string, sign: bigint): FunctionDefinition =>
  define(`${type}_avg_accum${suffix}(_int8, ${type})`, (_c, state, value) => {
    const [count, sum] = readCounted(state);
    return encodeList([wrap(count + sign), wrap(sum + sign * asInteger(value))]);
  });

/** NULL is left out; the first value begins. */
const summing = (type: string): FunctionDefinition =>
  define(`${type}_sum(int8, ${type})`, (_c, sum = null, value = null) => {
    if (sum === null || value === null) return sum ?? value;
    return wrap(asInteger(sum) + asInteger(value));
  });

const wholes: readonly FunctionDefinition[] = [
  ...["int2", "int4"].flatMap((type) => [
    summing(type),
    averaging(type, "", 1n),
    averaging(type, "_inv", -1n),
  ]),
  define("int8_sum(numeric, int8)", (_c, sum = null, value = null) => {
    if (value === null) return sum;
    const added = fromBigint(asInteger(value));
    return formatDecimal(sum === null ? added : add(parseDecimal(asText(sum)), added));
  }),
  define("int4_avg_combine(_int8, _int8)", (_c, a, b) => {
    const [[n, x], [m, y]] = [readCounted(a), readCounted(b)];
    return encodeList([wrap(n + m), wrap(x + y)]);
  }),
  define("int8_avg(_int8)", (_c, state) => {
    const [count, sum] = readCounted(state);
    return count === 0n ? null : formatDecimal(divide(fromBigint(sum), fromBigint(count)));
  }),
  define("int2int4_sum(_int8)", (_c, state) => {
    const [count, sum] = readCounted(state);
    return count === 0n ? null : sum;
  }),
];

/** A sum, and an interval of as many µs as were counted. */
function readIntervals(value: Scalar | undefined): readonly [sum: Interval, count: Interval] {
  const elements = arrayElements(asText(value), "blob");
  if (elements.includes(null)) {
    throw new SqlError("22004", "null array element not allowed in this context");
  }
  const [sum, count, ...more] = elements.map((element) => intervalOf(asBytes(element)));
  if (!sum || !count || more.length > 0) throw malformed("expected 2-element interval array");
  return [sum, count];
}

const writeIntervals = (sum: Interval, count: Interval): string =>
  encodeList([intervalKey(sum), intervalKey(count)]);

const counting = (suffix: string, sign: 1 | -1): FunctionDefinition =>
  define(`interval_accum${suffix}(_interval, interval)`, (_c, state, value) => {
    const [sum, count] = readIntervals(state);
    const counted = { ...count, micros: wrap(count.micros + BigInt(sign)) };
    return writeIntervals(plus(sum, intervalOf(asBytes(value)), sign), counted);
  });

const intervals: readonly FunctionDefinition[] = [
  counting("", 1),
  counting("_inv", -1),
  define("interval_combine(_interval, _interval)", (_c, a, b) => {
    const [[sum, count], [other, more]] = [readIntervals(a), readIntervals(b)];
    const counted = { ...count, micros: wrap(count.micros + more.micros) };
    return writeIntervals(plus(sum, other, 1), counted);
  }),
  define("interval_avg(_interval)", (_c, state) => {
    const [sum, { micros }] = readIntervals(state);
    return micros === 0n ? null : intervalKey(divided(sum, Number(micros)));
  }),
];

export const transitionFunctions: readonly FunctionDefinition[] = [
  ...floats,
  ...wholes,
  ...intervals,
];
