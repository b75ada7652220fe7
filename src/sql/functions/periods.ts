/**
 * OVERLAPS, bins of time, zones given as intervals, times with zones.
 * https://www.postgresql.org/docs/15/functions-datetime.html
 */
import { SqlError } from "../../base/sql-error.ts";
import {
  isFiniteTimestamp,
  MICROS_PER_DAY,
  TIMESTAMP_END,
  TIMESTAMP_INFINITY,
} from "../types/calendar.ts";
import type { TypeContext } from "../types/codec.ts";
import { checkedTimestamp, timetzKey, timetzOf } from "../types/datetimes.ts";
import { formatInterval, type IntervalStyle } from "../types/interval-output.ts";
import { type Interval, intervalOf } from "../types/intervals.ts";
import type { Scalar } from "../types/scalar.ts";
import { getZone, sessionZone, toUtc } from "../types/time-zones.ts";
import { compareStored } from "./comparisons.ts";
import { addToTimestamp, addToTimestamptz, dateToTimestamp } from "./datetime-arithmetic.ts";
import { asBytes, asInteger, asText, define } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

/** Ends in order; where one is unknown, the other comes first. */
function ordered(start: Scalar, end: Scalar): readonly [Scalar, Scalar] | undefined {
  if (start === null) return end === null ? undefined : [end, null];
  return end !== null && compareStored(start, end) > 0 ? [end, start] : [start, end];
}

/** SQL's definition, by which what is unknown may decide nothing. */
function overlap(a: Scalar, b: Scalar, c: Scalar, d: Scalar): Scalar {
  const [one, other] = [ordered(a, b), ordered(c, d)];
  if (!one || !other) return null;
  const order = compareStored(one[0], other[0]);
  if (order === 0) return one[1] === null || other[1] === null ? null : 1n;
  const [later, earlier] = order > 0 ? [one, other] : [other, one];
  if (earlier[1] === null) return null;
  if (compareStored(later[0], earlier[1]) < 0) return 1n;
  return later[1] === null ? null : 0n;
}

type Add = (start: Scalar, length: Uint8Array, context: FunctionContext) => Scalar;

const additions: Readonly<Record<string, Add>> = {
  timestamp: (start, length) => addToTimestamp(asInteger(start), intervalOf(length), 1),
  timestamptz: (start, length, context) =>
    addToTimestamptz(asInteger(start), intervalOf(length), 1, sessionZone(context)),
  time: (start, length) => wrapped(asInteger(start) + intervalOf(length).micros),
};

const wrapped = (micros: bigint): bigint =>
  ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;

/** A period is its two ends, or its start and its length. */
const overlapsOf = (type: string, add: Add): FunctionDefinition[] =>
  [
    [type, type],
    [type, "interval"],
    ["interval", type],
    ["interval", "interval"],
  ].map(([first = "", second = ""]) =>
    define(`overlaps(${type}, ${first}, ${type}, ${second})`, (context, ...args) => {
      const [a = null, b = null, c = null, d = null] = args;
      const end = (start: Scalar, value: Scalar, kind: string): Scalar => {
        if (kind !== "interval" || value === null) return value;
        return start === null ? null : add(start, asBytes(value), context);
      };
      return overlap(a, end(a, b, first), c, end(c, d, second));
    }),
  );

const infinite = (value: bigint): boolean => !isFiniteTimestamp(value);

/** The start of the bin of the stride's length, counted from `origin`, that holds the moment. */
function bin(stride: Interval, moment: bigint, origin: bigint): bigint {
  if (infinite(moment)) return moment;
  if (infinite(origin)) throw new SqlError("22008", "origin out of range");
  if (stride.months !== 0) {
    const message = "timestamps cannot be binned into intervals containing months or years";
    throw new SqlError("0A000", message);
  }
  const length = BigInt(stride.days) * MICROS_PER_DAY + stride.micros;
  if (BigInt.asIntN(64, length) !== length) throw new SqlError("22008", "interval out of range");
  if (length <= 0n) throw new SqlError("22008", "stride must be greater than zero");
  const difference = moment - origin;
  if (BigInt.asIntN(64, difference) !== difference) {
    throw new SqlError("22008", "interval out of range");
  }
  const rest = difference % length;
  const start = moment - rest - (rest < 0n ? length : 0n);
  return checkedTimestamp(start, -1);
}

/** Seconds east of UTC. Throws 22023 for what is no clock time. */
function offsetOf(value: Uint8Array, context: TypeContext): bigint {
  const interval = intervalOf(value);
  if (interval.months !== 0 || interval.days !== 0) {
    const style = (context.setting("intervalstyle") ?? "postgres") as IntervalStyle;
    throw new SqlError(
      "22023",
      `interval time zone "${formatInterval(interval, style)}" must not include months or days`,
    );
  }
  return interval.micros / 1_000_000n;
}

/** The same moment in another zone. */
function moved(value: Uint8Array, offset: bigint): Uint8Array {
  const { micros, west } = timetzOf(value);
  const utc = micros + BigInt(west) * 1_000_000n;
  return timetzKey({ micros: wrapped(utc + offset * 1_000_000n), west: -Number(offset) });
}

const shifted = (value: Uint8Array, micros: bigint): Uint8Array => {
  const time = timetzOf(value);
  return timetzKey({ ...time, micros: wrapped(time.micros + micros) });
};

/** A day and a time with its zone are a moment. */
function momentOf(days: bigint, time: Uint8Array): bigint {
  const { micros, west } = timetzOf(time);
  if (days === 2147483647n) return TIMESTAMP_INFINITY;
  if (days === -2147483648n) return -TIMESTAMP_INFINITY - 1n;
  const moment = dateToTimestamp(days) + micros + BigInt(west) * 1_000_000n;
  if (moment >= TIMESTAMP_END) throw new SqlError("22008", "date out of range for timestamp");
  return moment;
}

const zones: readonly FunctionDefinition[] = [
  define("timezone(interval, timestamp)", (context, zone, value) => {
    if (infinite(asInteger(value))) return asInteger(value);
    return checkedTimestamp(asInteger(value) - offsetOf(asBytes(zone), context) * 1_000_000n, -1);
  }),
  define("timezone(interval, timestamptz)", (context, zone, value) => {
    if (infinite(asInteger(value))) return asInteger(value);
    return checkedTimestamp(asInteger(value) + offsetOf(asBytes(zone), context) * 1_000_000n, -1);
  }),
  define("timezone(interval, timetz)", (context, zone, value) =>
    moved(asBytes(value), offsetOf(asBytes(zone), context)),
  ),
  define("timezone(text, timetz)", (context, zone, value) =>
    moved(asBytes(value), BigInt(getZone(asText(zone)).offsetAt(context.transactionTime))),
  ),
];

const times: readonly FunctionDefinition[] = [
  define("timetz_pl_interval(timetz, interval)", (_c, time, length) =>
    shifted(asBytes(time), intervalOf(asBytes(length)).micros),
  ),
  define("timetz_mi_interval(timetz, interval)", (_c, time, length) =>
    shifted(asBytes(time), -intervalOf(asBytes(length)).micros),
  ),
  define("interval_pl_timetz(interval, timetz)", (_c, length, time) =>
    shifted(asBytes(time), intervalOf(asBytes(length)).micros),
  ),
  define("datetimetz_pl(date, timetz)", (_c, date, time) =>
    momentOf(asInteger(date), asBytes(time)),
  ),
  define("timetzdate_pl(timetz, date)", (_c, time, date) =>
    momentOf(asInteger(date), asBytes(time)),
  ),
  define("timestamptz(date, timetz)", (_c, date, time) => momentOf(asInteger(date), asBytes(time))),
  define("timestamptz(date, time)", (context, date, time) => {
    const local = momentOf(asInteger(date), timetzKey({ micros: asInteger(time), west: 0 }));
    return infinite(local) ? local : checkedTimestamp(toUtc(sessionZone(context), local), -1);
  }),
];

export const periodFunctions: readonly FunctionDefinition[] = [
  ...Object.entries(additions).flatMap(([type, add]) => overlapsOf(type, add)),
  define("overlaps(timetz, timetz, timetz, timetz)", (_c, a = null, b = null, c = null, d = null) =>
    overlap(a, b, c, d),
  ),
  define("date_bin(interval, timestamp, timestamp)", (_c, stride, moment, origin) =>
    bin(intervalOf(asBytes(stride)), asInteger(moment), asInteger(origin)),
  ),
  define("date_bin(interval, timestamptz, timestamptz)", (_c, stride, moment, origin) =>
    bin(intervalOf(asBytes(stride)), asInteger(moment), asInteger(origin)),
  ),
  ...zones,
  ...times,
];
