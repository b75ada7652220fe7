/**
 * VARIANCE, COVARIANCE AND REGRESSION. Of whole numbers and numerics exactly, as numeric.c does; of
 * floats by the algorithm of Youngs and Cramer, step by step as float.c does, so that the last
 * digits agree.
 * https://www.postgresql.org/docs/15/functions-aggregate.html#FUNCTIONS-AGGREGATE-STATISTICS
 */
import { SqlError } from "../../base/sql-error.ts";
import {
  type Decimal,
  divide,
  formatDecimal,
  fromBigint,
  NAN,
  parseDecimal,
  powerOfTen,
  rescale,
} from "../types/decimal.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import type { Scalar } from "../types/scalar.ts";
import { asBytes, asInteger, asText } from "./define.ts";
import type { AggregateDefinition } from "./registry.ts";

/** What a name asks for: of a sample or of the population, the variance or its root. */
const spreads = [
  ["stddev", true, true],
  ["stddev_samp", true, true],
  ["stddev_pop", false, true],
  ["variance", true, false],
  ["var_samp", true, false],
  ["var_pop", false, false],
] as const;

/** Of finite numbers, in units of 10^-scale; they may be longer than a numeric. */
interface ExactSums {
  count: bigint;
  scale: number;
  sum: bigint;
  squares: bigint;
  special: boolean;
}

function addExact(sums: ExactSums, number: Decimal): void {
  sums.count++;
  if (number.special) sums.special = true;
  if (number.scale > sums.scale) {
    const factor = powerOfTen(number.scale - sums.scale);
    sums.sum *= factor;
    sums.squares *= factor * factor;
    sums.scale = number.scale;
  }
  const { units } = rescale(number, sums.scale);
  sums.sum += units;
  sums.squares += units * units;
}

function squareRoot(value: Decimal, scale: number): Decimal {
  const guarded = scale + 2;
  const units = value.units * powerOfTen(2 * guarded - value.scale);
  let root = BigInt(Math.floor(Math.sqrt(Number(units))));
  if (units > 0n) {
    // Newton's steps from above end at the whole root.
    root = 1n << BigInt(Math.ceil(units.toString(2).length / 2));
    for (let next = (root + units / root) >> 1n; next < root; ) {
      root = next;
      next = (root + units / root) >> 1n;
    }
  }
  return rescale({ units: root, scale: guarded }, scale);
}

function exactSpread(sums: ExactSums, sample: boolean, root: boolean): Scalar {
  const { count, scale, sum, squares, special } = sums;
  if (count === 0n || (sample && count === 1n)) return null;
  if (special) return formatDecimal(NAN);
  const numerator = { units: count * squares - sum * sum, scale: scale * 2 };
  if (numerator.units <= 0n) return "0";
  const variance = divide(numerator, fromBigint(count * (sample ? count - 1n : count)));
  return formatDecimal(root ? squareRoot(variance, variance.scale) : variance);
}

const exact = (type: string, read: (value: Scalar) => Decimal): AggregateDefinition[] =>
  spreads.map(([name, sample, root]) => ({
    signature: `${name}(${type})`,
    start: (): ExactSums => ({ count: 0n, scale: 0, sum: 0n, squares: 0n, special: false }),
    step(_context, state, value) {
      const sums = state as ExactSums;
      if (value !== null && value !== undefined) addExact(sums, read(value));
      return sums;
    },
    result: (_context, state) => exactSpread(state as ExactSums, sample, root),
  }));

export const overflow = () => new SqlError("22003", "value out of range: overflow");
export const isInfinite = (value: number): boolean => Math.abs(value) === Number.POSITIVE_INFINITY;

/** Sums over pairs: `xx` is the sum of squared differences from the mean. */
export interface FloatSums {
  n: number;
  x: number;
  xx: number;
  y: number;
  yy: number;
  xy: number;
}
export const noSums = (): FloatSums => ({ n: 0, x: 0, xx: 0, y: 0, yy: 0, xy: 0 });

export function addNumber(sums: FloatSums, value: number): void {
  const before = { ...sums };
  sums.n += 1;
  sums.x += value;
  if (before.n === 0) {
    if (!Number.isFinite(value)) sums.xx = Number.NaN;
    return;
  }
  const difference = value * sums.n - sums.x;
  sums.xx += (difference * difference) / (sums.n * before.n);
  if (!isInfinite(sums.x) && !isInfinite(sums.xx)) return;
  if (!isInfinite(before.x) && !isInfinite(value)) throw overflow();
  sums.xx = Number.NaN;
}

export const floatSpread = ({ n, xx }: FloatSums, sample: boolean, root: boolean): Scalar => {
  if (n === 0 || (sample && n === 1)) return null;
  const variance = xx / (sample ? n - 1 : n);
  return floatKey(root ? Math.sqrt(variance) : variance);
};

const floats = (type: string): AggregateDefinition[] =>
  spreads.map(([name, sample, root]) => ({
    signature: `${name}(${type})`,
    start: noSums,
    step(_context, state, value) {
      if (value !== null && value !== undefined) {
        addNumber(state as FloatSums, floatOf(asBytes(value)));
      }
      return state;
    },
    result: (_context, state) => floatSpread(state as FloatSums, sample, root),
  }));

export function addPair(sums: FloatSums, y: number, x: number): void {
  const before = { ...sums };
  sums.n += 1;
  sums.x += x;
  sums.y += y;
  if (before.n === 0) {
    if (!Number.isFinite(x)) sums.xx = sums.xy = Number.NaN;
    if (!Number.isFinite(y)) sums.yy = sums.xy = Number.NaN;
    return;
  }
  const [dx, dy] = [x * sums.n - sums.x, y * sums.n - sums.y];
  const scale = 1 / (sums.n * before.n);
  sums.xx += dx * dx * scale;
  sums.yy += dy * dy * scale;
  sums.xy += dx * dy * scale;
  checkPair(sums, before, y, x);
}

/** Finite numbers that give an infinite sum are an error; infinite ones give none. */
function checkPair(sums: FloatSums, before: FloatSums, y: number, x: number): void {
  const finiteX = !isInfinite(before.x) && !isInfinite(x);
  const finiteY = !isInfinite(before.y) && !isInfinite(y);
  const overX = isInfinite(sums.x) || isInfinite(sums.xx);
  const overY = isInfinite(sums.y) || isInfinite(sums.yy);
  const overBoth = isInfinite(sums.xy) && finiteX && finiteY;
  if ((overX && finiteX) || (overY && finiteY) || overBoth) throw overflow();
  for (const key of ["xx", "yy", "xy"] as const) {
    if (isInfinite(sums[key])) sums[key] = Number.NaN;
  }
}

/** null: the pairs say nothing of it. */
export const regressions: Readonly<Record<string, (sums: FloatSums) => number | null>> = {
  regr_sxx: ({ xx }) => xx,
  regr_syy: ({ yy }) => yy,
  regr_sxy: ({ xy }) => xy,
  regr_avgx: ({ n, x }) => x / n,
  regr_avgy: ({ n, y }) => y / n,
  covar_pop: ({ n, xy }) => xy / n,
  covar_samp: ({ n, xy }) => (n < 2 ? null : xy / (n - 1)),
  corr: ({ xx, yy, xy }) => (xx === 0 || yy === 0 ? null : xy / Math.sqrt(xx * yy)),
  regr_r2: ({ xx, yy, xy }) => (xx === 0 ? null : yy === 0 ? 1 : (xy * xy) / (xx * yy)),
  regr_slope: ({ xx, xy }) => (xx === 0 ? null : xy / xx),
  regr_intercept: ({ n, x, y, xx, xy }) => (xx === 0 ? null : (y - (x * xy) / xx) / n),
};

const pairs = (name: string, result: (sums: FloatSums) => Scalar): AggregateDefinition => ({
  signature: `${name}(float8, float8)`,
  start: noSums,
  step(_context, state, y, x) {
    if (y !== null && y !== undefined && x !== null && x !== undefined) {
      addPair(state as FloatSums, floatOf(asBytes(y)), floatOf(asBytes(x)));
    }
    return state;
  },
  result: (_context, state) => result(state as FloatSums),
});

export const momentAggregates: readonly AggregateDefinition[] = [
  ...["int2", "int4", "int8"].flatMap((type) =>
    exact(type, (value) => fromBigint(asInteger(value))),
  ),
  ...exact("numeric", (value) => parseDecimal(asText(value))),
  ...["float4", "float8"].flatMap(floats),
  ...Object.entries(regressions).map(([name, compute]) =>
    pairs(name, (sums) => {
      const value = sums.n < 1 ? null : compute(sums);
      return value === null ? null : floatKey(value);
    }),
  ),
  pairs("regr_count", ({ n }) => BigInt(n)),
];
