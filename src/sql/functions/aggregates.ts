/** Aggregates. https://www.postgresql.org/docs/15/functions-aggregate.html */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { type ArrayValue, decodeArray, encodeArray, encodeList } from "../types/array-value.ts";
import {
  add,
  type Decimal,
  divide,
  formatDecimal,
  fromBigint,
  parseDecimal,
  ZERO,
} from "../types/decimal.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import { type Interval, intervalKey, intervalOf } from "../types/intervals.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf, elementTypeOf } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";
import { inRange } from "./arithmetic.ts";
import { combineBits } from "./bit-strings.ts";
import { comparatorOf } from "./comparisons.ts";
import { divided, plus } from "./datetime-arithmetic.ts";
import { asBytes, asInteger, asText } from "./define.ts";
import { jsonAggregates } from "./json-aggregates.ts";
import { checkBytes, checkElements } from "./limits.ts";
import { momentAggregates } from "./moments.ts";
import { orderedSetAggregates } from "./ordered-sets.ts";
import { rangeAggregates } from "./range-aggregates.ts";
import type {
  AggregateDefinition,
  AggregateSteps,
  CallTypes,
  FunctionContext,
} from "./registry.ts";

/** One accumulator in a box, so that `undefined` may mean "no row yet". */
interface Box<Value> {
  value: Value | undefined;
  count: number;
}

interface Folding<Value> {
  readonly step: (so_far: Value | undefined, value: Scalar, context: FunctionContext) => Value;
  readonly result: (value: Value, count: number) => Scalar;
}

/** An aggregate that leaves NULLs out and is NULL over nothing. */
function folding<Value>({ step, result }: Folding<Value>): AggregateSteps {
  return {
    start: (): Box<Value> => ({ value: undefined, count: 0 }),
    step(context, state, value) {
      const box = state as Box<Value>;
      if (value === null || value === undefined) return box;
      box.value = step(box.value, value, context);
      box.count++;
      return box;
    },
    result(_context, state) {
      const { value, count } = state as Box<Value>;
      return value === undefined ? null : result(value, count);
    },
  };
}

const define = (signature: string, steps: AggregateSteps): AggregateDefinition => ({
  signature,
  ...steps,
});

const sumOf = (type: string): AggregateDefinition =>
  define(
    `sum(${type})`,
    folding<bigint>({
      step: (sum = 0n, value) => sum + asInteger(value),
      result: (sum) => (type === "int8" ? String(sum) : inRange("int8", sum)),
    }),
  );

const averageOf = (type: string): AggregateDefinition =>
  define(
    `avg(${type})`,
    folding<bigint>({
      step: (sum = 0n, value) => sum + asInteger(value),
      result: (sum, count) => formatDecimal(divide(fromBigint(sum), fromBigint(BigInt(count)))),
    }),
  );

const decimalSum = (sum: Decimal | undefined, value: Scalar): Decimal =>
  add(sum ?? ZERO, parseDecimal(asText(value)));
const floatSum = (sum: number | undefined, value: Scalar): number =>
  (sum ?? 0) + floatOf(asBytes(value));

const sums: readonly AggregateDefinition[] = [
  ...["int2", "int4", "int8"].flatMap((type) => [sumOf(type), averageOf(type)]),
  define(
    "sum(money)",
    folding<bigint>({
      step: (sum = 0n, value) => sum + asInteger(value),
      result: (sum) => inRange("int8", sum),
    }),
  ),
  define("sum(numeric)", folding<Decimal>({ step: decimalSum, result: formatDecimal })),
  define(
    "avg(numeric)",
    folding<Decimal>({
      step: decimalSum,
      result: (sum, count) => formatDecimal(divide(sum, fromBigint(BigInt(count)))),
    }),
  ),
  define(
    "sum(float4)",
    folding<number>({
      step: (sum, value) => Math.fround(floatSum(sum, value)),
      result: (sum) => floatKey(sum),
    }),
  ),
  define("sum(float8)", folding<number>({ step: floatSum, result: (sum) => floatKey(sum) })),
  ...["float4", "float8"].map((type) =>
    define(
      `avg(${type})`,
      folding<number>({ step: floatSum, result: (sum, count) => floatKey(sum / count) }),
    ),
  ),
];

const intervals: readonly AggregateDefinition[] = [
  define(
    "sum(interval)",
    folding<Interval>({
      step: (sum, value) => addIntervals(sum, intervalOf(asBytes(value))),
      result: (sum) => intervalKey(sum),
    }),
  ),
  define(
    "avg(interval)",
    folding<Interval>({
      step: (sum, value) => addIntervals(sum, intervalOf(asBytes(value))),
      result: (sum, count) => intervalKey(divided(sum, count)),
    }),
  ),
];

const addIntervals = (sum: Interval | undefined, value: Interval): Interval =>
  sum === undefined ? value : plus(sum, value, 1);

const bitwise: readonly AggregateDefinition[] = ["int2", "int4", "int8"].flatMap((type) => [
  define(
    `bit_and(${type})`,
    folding<bigint>({ step: (all = -1n, value) => all & asInteger(value), result: (all) => all }),
  ),
  define(
    `bit_or(${type})`,
    folding<bigint>({ step: (any = 0n, value) => any | asInteger(value), result: (any) => any }),
  ),
  define(
    `bit_xor(${type})`,
    folding<bigint>({ step: (odd = 0n, value) => odd ^ asInteger(value), result: (odd) => odd }),
  ),
]);

const bitStrings: readonly AggregateDefinition[] = (["and", "or", "xor"] as const).map((word) =>
  define(
    `bit_${word}(bit)`,
    folding<Uint8Array>({
      step: (bits, value) =>
        bits === undefined ? asBytes(value) : combineBits[word](bits, asBytes(value)),
      result: (bits) => bits,
    }),
  ),
);

const extremeTypes: readonly (readonly [string, Oid])[] = [
  ["int2", T.int2],
  ["int4", T.int4],
  ["int8", T.int8],
  ["oid", T.oid],
  ["float4", T.float4],
  ["float8", T.float8],
  ["numeric", T.numeric],
  ["money", T.money],
  ["text", T.text],
  ["bpchar", T.bpchar],
  ["date", T.date],
  ["time", T.time],
  ["timetz", T.timetz],
  ["timestamp", T.timestamp],
  ["timestamptz", T.timestamptz],
  ["interval", T.interval],
  ["inet", T.inet],
  ["tid", T.tid],
  ["pg_lsn", T.pgLsn],
  ["xid8", T.xid8],
];

const noTypes: CallTypes = { args: [], result: T.void, variadic: false };

const extreme = (typeOf: (types: CallTypes) => Oid, sign: 1 | -1) => (types: CallTypes) => {
  const type = typeOf(types);
  return folding<Scalar>({
    step: (best, value, context) =>
      best === undefined || comparatorOf(type, context)(value, best) * sign >= 0 ? value : best,
    result: (best) => best,
  });
};

const extremes: readonly AggregateDefinition[] = (
  [
    ["max", 1],
    ["min", -1],
  ] as const
).flatMap(([name, sign]) => [
  ...extremeTypes.map(([type, id]) => define(`${name}(${type})`, extreme(() => id, sign)(noTypes))),
  ...["anyarray", "anyenum"].map((type) => ({
    signature: `${name}(${type})`,
    specialize: extreme(({ args }) => args[0] as Oid, sign),
  })),
]);

const truths: readonly AggregateDefinition[] = [
  ...["bool_and", "every"].map((name) =>
    define(
      `${name}(bool)`,
      folding<bigint>({ step: (all = 1n, value) => all & asInteger(value), result: (all) => all }),
    ),
  ),
  define(
    "bool_or(bool)",
    folding<bigint>({ step: (any = 0n, value) => any | asInteger(value), result: (any) => any }),
  ),
];

const counts: readonly AggregateDefinition[] = [
  define("count()", {
    start: () => ({ count: 0n }),
    step(_context, state) {
      (state as { count: bigint }).count++;
      return state;
    },
    result: (_context, state) => (state as { count: bigint }).count,
  }),
  define("count(any)", {
    start: () => ({ count: 0n }),
    step(_context, state, value) {
      if (value !== null) (state as { count: bigint }).count++;
      return state;
    },
    result: (_context, state) => (state as { count: bigint }).count,
  }),
];

interface Joined {
  readonly parts: (string | Uint8Array)[];
  length: number;
}

/** string_agg(value, delimiter): the delimiter stands before each value but the first. */
const joining = (join: (parts: Joined["parts"]) => Scalar): AggregateSteps => ({
  start: (): Joined => ({ parts: [], length: 0 }),
  step(context, state, value, delimiter) {
    const joined = state as Joined;
    const { parts } = joined;
    if (value === null || value === undefined) return joined;
    const between = parts.length > 0 ? (delimiter ?? null) : null;
    for (const part of [between, value] as readonly (string | Uint8Array | null)[]) {
      if (part === null) continue;
      joined.length += part.length;
      parts.push(part);
    }
    checkBytes(context, joined.length);
    return joined;
  },
  result(_context, state) {
    const { parts } = state as Joined;
    return parts.length === 0 ? null : join(parts);
  },
});

const collecting: AggregateSteps = {
  start: (): Scalar[] => [],
  step(context, state, value) {
    (state as Scalar[]).push(value ?? null);
    checkElements(context, (state as Scalar[]).length);
    return state;
  },
  result: (_context, state) =>
    (state as Scalar[]).length === 0 ? null : encodeList(state as Scalar[]),
};

const EMPTY = encodeList([]);

/** Arrays of one shape become the rows of an array with one more dimension. */
const collectingArrays = ({ args }: CallTypes): AggregateSteps => ({
  start: (): Scalar[] => [],
  step(_context, state, value) {
    if (value === null || value === undefined) {
      throw new SqlError("22004", "cannot accumulate null arrays");
    }
    if (value === EMPTY) throw new SqlError("2202E", "cannot accumulate empty arrays");
    (state as Scalar[]).push(value);
    return state;
  },
  result(context, state) {
    const rows = state as Scalar[];
    if (rows.length === 0) return null;
    const element = elementTypeOf(args[0] as Oid, context.catalog);
    const { storage } = codecOf(element as Oid, context);
    const arrays = rows.map((row) => decodeArray(asText(row), storage));
    const [first] = arrays as [ArrayValue, ...ArrayValue[]];
    checkElements(context, arrays.length * first.elements.length);
    const shape = ({ dimensions, lowerBounds }: ArrayValue) => `${dimensions} from ${lowerBounds}`;
    if (arrays.some((array) => shape(array) !== shape(first))) {
      throw new SqlError("2202E", "cannot accumulate arrays of different dimensionality");
    }
    return encodeArray({
      dimensions: [arrays.length, ...first.dimensions],
      lowerBounds: [1, ...first.lowerBounds],
      elements: arrays.flatMap((array) => array.elements),
    });
  },
});

export const aggregateFunctions: readonly AggregateDefinition[] = [
  ...sums,
  ...intervals,
  ...bitwise,
  ...bitStrings,
  ...extremes,
  ...truths,
  ...counts,
  define(
    "string_agg(text, text)",
    joining((parts) => parts.join("")),
  ),
  define(
    "string_agg(bytea, bytea)",
    joining((parts) => Uint8Array.from(Buffer.concat(parts.map(asBytes)))),
  ),
  define("array_agg(anynonarray)", collecting),
  { signature: "array_agg(anyarray)", specialize: collectingArrays },
  define(
    "xmlagg(xml)",
    // A declaration stands at the beginning of a whole only.
    joining((parts) =>
      parts.map((part) => asText(part).replace(/^\s*<\?xml[^>]*\?>/, "")).join(""),
    ),
  ),
  ...jsonAggregates,
  ...momentAggregates,
  ...rangeAggregates,
  ...orderedSetAggregates,
];
