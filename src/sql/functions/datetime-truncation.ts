/**
 * date_trunc and age.
 * https://www.postgresql.org/docs/15/functions-datetime.html#FUNCTIONS-DATETIME-TRUNC
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import {
  civilOf,
  dayOfWeek,
  daysInMonth,
  daysOf,
  isFiniteTimestamp,
  MICROS_PER_DAY,
  splitMicros,
  TIMESTAMP_MINUS_INFINITY,
} from "../types/calendar.ts";
import { checkedTimestamp } from "../types/datetimes.ts";
import { type Interval, intervalKey, intervalOf } from "../types/intervals.ts";
import type { Scalar } from "../types/scalar.ts";
import { getZone, sessionZone, type TimeZone, toLocal, toUtc } from "../types/time-zones.ts";
import { T } from "../types/type-oids.ts";
import { unitOf, unusable } from "./datetime-fields.ts";
import { asBytes, asInteger, asText, define } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

/** The start of the unit, in local µs; undefined for units that cannot be truncated to. */
function truncateLocal(unit: string, local: bigint): bigint | undefined {
  const { days } = splitMicros(local);
  const { year, month } = civilOf(days);
  const at = (y: number, m: number) => BigInt(daysOf(y, m, 1)) * MICROS_PER_DAY;
  const cut = (size: bigint) => local - (((local % size) + size) % size);
  const group = (size: number) =>
    year > 0
      ? Math.floor((year - 1) / size) * size + 1
      : -(Math.ceil((1 - year) / size) * size) + 1;
  switch (unit) {
    case "microseconds":
      return local;
    case "milliseconds":
      return cut(1000n);
    case "second":
      return cut(1_000_000n);
    case "minute":
      return cut(60_000_000n);
    case "hour":
      return cut(3_600_000_000n);
    case "day":
      return BigInt(days) * MICROS_PER_DAY;
    case "week":
      return BigInt(days - ((dayOfWeek(days) + 6) % 7)) * MICROS_PER_DAY;
    case "month":
      return at(year, month);
    case "quarter":
      return at(year, month - ((month - 1) % 3));
    case "year":
      return at(year, 1);
    case "decade":
      return at(Math.floor(year / 10) * 10, 1);
    case "century":
      return at(group(100), 1);
    case "millennium":
      return at(group(1000), 1);
    default:
      return undefined;
  }
}

function truncateMoment(
  unit: Scalar,
  value: bigint,
  type: Oid,
  zoneOf: (() => TimeZone) | undefined,
  context: FunctionContext,
) {
  // Nobody asks for the zone of what has none.
  if (!isFiniteTimestamp(value)) return value;
  const zone = zoneOf?.();
  const local = zone ? toLocal(zone, value) : value;
  const start = truncateLocal(unitOf(asText(unit)), local);
  if (start === undefined) throw unusable(asText(unit), type, context, true);
  return checkedTimestamp(zone ? toUtc(zone, start) : start, -1);
}

function truncateInterval(unit: string, { months, days, micros }: Interval): Interval | undefined {
  const monthsOf = (size: number) => ({
    months: Math.trunc(months / size) * size,
    days: 0,
    micros: 0n,
  });
  const cut = (size: bigint) => ({ months, days, micros: (micros / size) * size });
  switch (unit) {
    case "millennium":
      return monthsOf(12000);
    case "century":
      return monthsOf(1200);
    case "decade":
      return monthsOf(120);
    case "year":
      return monthsOf(12);
    case "quarter":
      return monthsOf(3);
    case "month":
      return monthsOf(1);
    case "day":
      return { months, days, micros: 0n };
    case "hour":
      return cut(3_600_000_000n);
    case "minute":
      return cut(60_000_000n);
    case "second":
      return cut(1_000_000n);
    case "milliseconds":
      return cut(1000n);
    case "microseconds":
      return cut(1n);
    default:
      return undefined;
  }
}

/** Years, months, days and time between two local moments; infinity is the last of 64 bits. */
function age(later: bigint, earlier: bigint): Interval {
  if ([later, earlier].includes(TIMESTAMP_MINUS_INFINITY)) {
    throw new SqlError("22008", "timestamp out of range");
  }
  if (later < earlier) {
    const { months, days, micros } = age(earlier, later);
    return { months: -months || 0, days: -days || 0, micros: -micros };
  }
  const [a, b] = [splitMicros(later), splitMicros(earlier)];
  const [end, start] = [civilOf(a.days), civilOf(b.days)];
  let micros = a.time - b.time;
  let days = end.day - start.day;
  let months = (end.year - start.year) * 12 + end.month - start.month;
  if (micros < 0n) {
    micros += MICROS_PER_DAY;
    days--;
  }
  if (days < 0) {
    days += daysInMonth(start.year, start.month);
    months--;
  }
  return { months, days, micros };
}

const midnight = (context: FunctionContext): bigint => {
  const local = toLocal(sessionZone(context), context.transactionTime);
  return BigInt(splitMicros(local).days) * MICROS_PER_DAY;
};

export const truncationFunctions: readonly FunctionDefinition[] = [
  define("date_trunc(text, timestamp)", (context, unit, value) =>
    truncateMoment(unit as Scalar, asInteger(value), T.timestamp, undefined, context),
  ),
  define("date_trunc(text, timestamptz)", (context, unit, value) => {
    const zone = () => sessionZone(context);
    return truncateMoment(unit as Scalar, asInteger(value), T.timestamptz, zone, context);
  }),
  define("date_trunc(text, timestamptz, text)", (context, unit, value, name) => {
    const zone = () => getZone(asText(name));
    return truncateMoment(unit as Scalar, asInteger(value), T.timestamptz, zone, context);
  }),
  define("date_trunc(text, interval)", (context, unit, value) => {
    const truncated = truncateInterval(unitOf(asText(unit)), intervalOf(asBytes(value)));
    if (!truncated && unitOf(asText(unit)) === "week") {
      throw new SqlError("0A000", `unit "${asText(unit)}" not supported for type interval`, {
        detail: "Months usually have fractional weeks.",
      });
    }
    if (!truncated) throw unusable(asText(unit), T.interval, context, true);
    return intervalKey(truncated);
  }),
  define("age(timestamp, timestamp)", (_c, a, b) => intervalKey(age(asInteger(a), asInteger(b)))),
  define("age(timestamptz, timestamptz)", (context, a, b) => {
    const zone = sessionZone(context);
    return intervalKey(age(toLocal(zone, asInteger(a)), toLocal(zone, asInteger(b))));
  }),
  define("age(timestamp)", (context, value) =>
    intervalKey(age(midnight(context), asInteger(value))),
  ),
  define("age(timestamptz)", (context, value) =>
    intervalKey(age(midnight(context), toLocal(sessionZone(context), asInteger(value)))),
  ),
];
