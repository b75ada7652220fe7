/**
 * ORDERED-SET AND HYPOTHETICAL-SET AGGREGATES. Their rows arrive sorted (translate/aggregates.ts):
 * direct arguments, sorted arguments, and a text that says of each how it was sorted: a or d for
 * ascending or descending, f or l for NULLs first or last.
 * https://www.postgresql.org/docs/15/functions-aggregate.html#FUNCTIONS-ORDEREDSET-TABLE
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { decodeArray, encodeArray } from "../types/array-value.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import { intervalKey, intervalOf } from "../types/intervals.ts";
import type { Scalar } from "../types/scalar.ts";
import { comparatorOf } from "./comparisons.ts";
import { plus, scaled } from "./datetime-arithmetic.ts";
import { asBytes, asText } from "./define.ts";
import { checkElements } from "./limits.ts";
import type {
  AggregateDefinition,
  AggregateSteps,
  CallTypes,
  FunctionContext,
} from "./registry.ts";

/** The values that are not NULL, in order, and the fraction or fractions that are asked for. */
interface Values {
  fraction: Scalar;
  readonly sorted: Scalar[];
}

type At = (sorted: readonly Scalar[], fraction: number) => Scalar;

function fractionOf(key: Uint8Array): number {
  const fraction = floatOf(key);
  if (fraction >= 0 && fraction <= 1) return fraction;
  const message = `percentile value ${fraction} is not between 0 and 1`;
  throw new SqlError("22003", message);
}

/** `many`: the fractions are an array, and so is the answer. */
const percentile = (at: At, many: boolean): AggregateSteps => ({
  start: (): Values => ({ fraction: null, sorted: [] }),
  step(context, state, fraction, value) {
    const values = state as Values;
    values.fraction = fraction ?? null;
    if (value === null || value === undefined) return values;
    values.sorted.push(value);
    checkElements(context, values.sorted.length);
    return values;
  },
  result(_context, state) {
    const { fraction, sorted } = state as Values;
    if (fraction === null) return null;
    if (!many) {
      const wanted = fractionOf(asBytes(fraction));
      return sorted.length === 0 ? null : at(sorted, wanted);
    }
    const array = decodeArray(asText(fraction), "blob");
    const wanted = array.elements.map((each) => (each === null ? null : fractionOf(asBytes(each))));
    if (sorted.length === 0) return null;
    const elements = wanted.map((each) => (each === null ? null : at(sorted, each)));
    return encodeArray({ ...array, elements });
  },
});

/** The first value whose position reaches the fraction. */
const discrete: At = (sorted, fraction) =>
  sorted[Math.max(Math.ceil(fraction * sorted.length), 1) - 1] ?? null;

/** Between the two values next to the fraction's position. */
const continuous =
  (between: (low: Scalar, high: Scalar, part: number) => Scalar): At =>
  (sorted, fraction) => {
    const place = fraction * (sorted.length - 1);
    const [low, high] = [Math.floor(place), Math.ceil(place)];
    const first = sorted[low] ?? null;
    return low === high ? first : between(first, sorted[high] ?? null, place - low);
  };

const betweenFloats = (low: Scalar, high: Scalar, part: number): Scalar => {
  const [from, to] = [floatOf(asBytes(low)), floatOf(asBytes(high))];
  return floatKey(from + part * (to - from));
};

const betweenIntervals = (low: Scalar, high: Scalar, part: number): Scalar => {
  const [from, to] = [intervalOf(asBytes(low)), intervalOf(asBytes(high))];
  return intervalKey(plus(from, scaled(plus(to, from, -1), part), 1));
};

interface Mode {
  best: Scalar;
  bestCount: number;
  last: Scalar;
  count: number;
}

/** The most frequent value; of several the first. */
const mode = ({ args }: CallTypes): AggregateSteps => ({
  start: (): Mode => ({ best: null, bestCount: 0, last: null, count: 0 }),
  step(context, state, value) {
    const found = state as Mode;
    if (value === null || value === undefined) return found;
    const same =
      found.last !== null && comparatorOf(args[0] as Oid, context)(value, found.last) === 0;
    found.count = same ? found.count + 1 : 1;
    if (!same) found.last = value;
    if (found.count > found.bestCount) {
      found.best = found.last;
      found.bestCount = found.count;
    }
    return found;
  },
  result: (_context, state) => (state as Mode).best,
});

/** How many rows there are, and how many of them sort before the hypothetical one. */
interface Ranks {
  rows: number;
  before: number;
  /** Rows before it that differ from each other. */
  distinctBefore: number;
  /** Rows that sort as it does. */
  peers: number;
  last: readonly Scalar[] | undefined;
}

function compareRows(
  types: CallTypes,
  context: FunctionContext,
  sorts: readonly string[],
  a: readonly Scalar[],
  b: readonly Scalar[],
): number {
  for (const [at, sort] of sorts.entries()) {
    const [x, y] = [a[at] ?? null, b[at] ?? null];
    if (x === null || y === null) {
      if (x === y) continue;
      return (x === null) === sort.endsWith("f") ? -1 : 1;
    }
    const order = comparatorOf(types.args[sorts.length + at] as Oid, context)(x, y);
    if (order !== 0) return sort.startsWith("d") ? -order : order;
  }
  return 0;
}

const hypothetical =
  (result: (ranks: Ranks) => Scalar) =>
  (types: CallTypes): AggregateSteps => ({
    start: (): Ranks => ({ rows: 0, before: 0, distinctBefore: 0, peers: 0, last: undefined }),
    step(context, state, ...args) {
      const ranks = state as Ranks;
      const count = (args.length - 1) / 2;
      const sorts = asText(args.at(-1)).split(",");
      const row = args.slice(count, 2 * count);
      const order = compareRows(types, context, sorts, row, args.slice(0, count));
      ranks.rows++;
      if (order === 0) ranks.peers++;
      if (order >= 0) return ranks;
      ranks.before++;
      const isNew = !ranks.last || compareRows(types, context, sorts, row, ranks.last) !== 0;
      if (isNew) ranks.distinctBefore++;
      ranks.last = row;
      return ranks;
    },
    result: (_context, state) => result(state as Ranks),
  });

const define = (signature: string, steps: AggregateSteps): AggregateDefinition => ({
  signature,
  ...steps,
});

export const orderedSetAggregates: readonly AggregateDefinition[] = [
  define("percentile_cont(float8, float8)", percentile(continuous(betweenFloats), false)),
  define("percentile_cont(float8, interval)", percentile(continuous(betweenIntervals), false)),
  define("percentile_cont(_float8, float8)", percentile(continuous(betweenFloats), true)),
  define("percentile_cont(_float8, interval)", percentile(continuous(betweenIntervals), true)),
  define("percentile_disc(float8, anyelement)", percentile(discrete, false)),
  define("percentile_disc(_float8, anyelement)", percentile(discrete, true)),
  { signature: "mode(anyelement)", specialize: mode },
  {
    signature: "rank(any)",
    specialize: hypothetical(({ before }) => BigInt(before + 1)),
  },
  {
    signature: "dense_rank(any)",
    specialize: hypothetical(({ distinctBefore }) => BigInt(distinctBefore + 1)),
  },
  {
    signature: "percent_rank(any)",
    specialize: hypothetical(({ rows, before }) => floatKey(rows === 0 ? 0 : before / rows)),
  },
  {
    signature: "cume_dist(any)",
    specialize: hypothetical(({ rows, before, peers }) =>
      floatKey((before + peers + 1) / (rows + 1)),
    ),
  },
];
