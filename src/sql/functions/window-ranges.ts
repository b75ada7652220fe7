/**
 * in_range: whether a value lies within an offset of another one, which is what RANGE frames ask.
 * `subtract`: the bound is base - offset, else base + offset; `less`: the value is to be at most
 * the bound, else at least.
 * https://www.postgresql.org/docs/15/btree-support-funcs.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { timetzOf } from "../types/datetimes.ts";
import { add, compareDecimals, isNegative, negate, parseDecimal } from "../types/decimal.ts";
import { floatOf } from "../types/floats.ts";
import { type Interval, intervalOf, intervalSpan } from "../types/intervals.ts";
import type { Scalar } from "../types/scalar.ts";
import { sessionZone } from "../types/time-zones.ts";
import { addToTimestamp, addToTimestamptz, dateToTimestamp, plus } from "./datetime-arithmetic.ts";
import { asBytes, asInteger, asText, define, isTrue, truth } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

const invalidSize = () =>
  new SqlError("22013", "invalid preceding or following size in window function");

/** How the value lies to the bound: negative = before it, 0 = on it. */
type Compare = (
  value: Scalar,
  base: Scalar,
  offset: Scalar,
  subtract: boolean,
  context: FunctionContext,
) => number | "within";

const inRange = (type: string, offset: string, compare: Compare): FunctionDefinition =>
  define(`in_range(${type}, ${type}, ${offset}, bool, bool)`, (context, ...args) => {
    const [value = null, base = null, by = null, subtract, less] = args;
    const order = compare(value, base, by, isTrue(subtract), context);
    if (typeof order === "string") return truth(order === "within");
    return truth(isTrue(less) ? order <= 0 : order >= 0);
  });

const order = (a: bigint | number, b: bigint | number): number => (a < b ? -1 : a > b ? 1 : 0);

const integers: Compare = (value, base, offset, subtract) => {
  const by = asInteger(offset);
  if (by < 0n) throw invalidSize();
  return order(asInteger(value), asInteger(base) + (subtract ? -by : by));
};

const floats: Compare = (value, base, offset, subtract) => {
  const [v, b, by] = [floatOf(asBytes(value)), floatOf(asBytes(base)), floatOf(asBytes(offset))];
  if (Number.isNaN(by) || by < 0) throw invalidSize();
  // NaN is greater than all others, and equal to itself.
  if (Number.isNaN(v)) return Number.isNaN(b) ? "within" : 1;
  if (Number.isNaN(b)) return -1;
  const bound = subtract ? b - by : b + by;
  return Number.isNaN(bound) ? "within" : order(v, bound);
};

const numerics: Compare = (value, base, offset, subtract) => {
  const [v, b, by] = [value, base, offset].map((each) => parseDecimal(asText(each))) as [
    ReturnType<typeof parseDecimal>,
    ReturnType<typeof parseDecimal>,
    ReturnType<typeof parseDecimal>,
  ];
  if (by.special === "NaN" || isNegative(by)) throw invalidSize();
  if (v.special === "NaN") return b.special === "NaN" ? "within" : 1;
  if (b.special === "NaN") return -1;
  const bound = add(b, subtract ? negate(by) : by);
  return bound.special === "NaN" ? "within" : compareDecimals(v, bound);
};

const notNegative = (offset: Scalar): Interval => {
  const by = intervalOf(asBytes(offset));
  if (intervalSpan(by) < 0n) throw invalidSize();
  return by;
};

const timestamps: Compare = (value, base, offset, subtract) =>
  order(asInteger(value), addToTimestamp(asInteger(base), notNegative(offset), subtract ? -1 : 1));

const timestampsWithZone: Compare = (value, base, offset, subtract, context) =>
  order(
    asInteger(value),
    addToTimestamptz(asInteger(base), notNegative(offset), subtract ? -1 : 1, sessionZone(context)),
  );

const dates: Compare = (value, base, offset, subtract, context) =>
  timestamps(
    dateToTimestamp(asInteger(value)),
    dateToTimestamp(asInteger(base)),
    offset,
    subtract,
    context,
  );

const intervals: Compare = (value, base, offset, subtract) => {
  const bound = plus(intervalOf(asBytes(base)), notNegative(offset), subtract ? -1 : 1);
  return order(intervalSpan(intervalOf(asBytes(value))), intervalSpan(bound));
};

/** Of the offset only hours, minutes and seconds count, and the day does not wrap. */
const timeOf = (offset: Scalar): bigint => {
  const { micros } = intervalOf(asBytes(offset));
  if (micros < 0n) throw invalidSize();
  return micros;
};

const times: Compare = (value, base, offset, subtract) => {
  const by = timeOf(offset);
  return order(asInteger(value), asInteger(base) + (subtract ? -by : by));
};

const timesWithZone: Compare = (value, base, offset, subtract) => {
  const [v, b] = [timetzOf(asBytes(value)), timetzOf(asBytes(base))];
  const by = timeOf(offset);
  const utc = ({ micros, west }: { readonly micros: bigint; readonly west: number }) =>
    micros + BigInt(west) * 1_000_000n;
  const bound = utc(b) + (subtract ? -by : by);
  return order(utc(v), bound) || order(v.west, b.west);
};

const wholeNumbers = ["int2", "int4", "int8"];

export const rangeFunctions: readonly FunctionDefinition[] = [
  ...["int2", "int4"].flatMap((type) =>
    wholeNumbers.map((offset) => inRange(type, offset, integers)),
  ),
  inRange("int8", "int8", integers),
  inRange("float8", "float8", floats),
  inRange("float4", "float8", floats),
  inRange("numeric", "numeric", numerics),
  inRange("date", "interval", dates),
  inRange("timestamp", "interval", timestamps),
  inRange("timestamptz", "interval", timestampsWithZone),
  inRange("interval", "interval", intervals),
  inRange("time", "interval", times),
  inRange("timetz", "interval", timesWithZone),
];
