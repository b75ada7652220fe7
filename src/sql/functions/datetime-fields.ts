/** date_part, extract, date_trunc, age. https://www.postgresql.org/docs/15/functions-datetime.html */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import {
  civilOf,
  dayOfWeek,
  daysInMonth,
  daysOf,
  EPOCH_MICROS,
  isFiniteDate,
  isFiniteTimestamp,
  isoWeek,
  MICROS_PER_DAY,
  splitMicros,
  TIMESTAMP_INFINITY,
} from "../types/calendar.ts";
import type { TypeContext } from "../types/codec.ts";
import { checkedTimestamp, timetzOf } from "../types/datetimes.ts";
import { type Decimal, formatDecimal, fromBigint, toNumber } from "../types/decimal.ts";
import { floatKey } from "../types/floats.ts";
import { type Interval, intervalKey, intervalOf } from "../types/intervals.ts";
import type { Scalar } from "../types/scalar.ts";
import { getZone, sessionZone, type TimeZone, toLocal, toUtc } from "../types/time-zones.ts";
import { typeLabel } from "../types/type-names.ts";
import { T } from "../types/type-oids.ts";
import { asBytes, asInteger, asText, define } from "./define.ts";
import { lowerAscii } from "./patterns.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

const aliases: Readonly<Record<string, string>> = {
  c: "century",
  cent: "century",
  centuries: "century",
  d: "day",
  days: "day",
  dec: "decade",
  decades: "decade",
  decs: "decade",
  h: "hour",
  hours: "hour",
  hr: "hour",
  hrs: "hour",
  m: "minute",
  microsecond: "microseconds",
  mil: "millennium",
  millennia: "millennium",
  mils: "millennium",
  millisecond: "milliseconds",
  min: "minute",
  mins: "minute",
  minutes: "minute",
  mon: "month",
  mons: "month",
  months: "month",
  ms: "milliseconds",
  msec: "milliseconds",
  qtr: "quarter",
  s: "second",
  sec: "second",
  seconds: "second",
  secs: "second",
  us: "microseconds",
  usec: "microseconds",
  w: "week",
  weeks: "week",
  y: "year",
  years: "year",
  yr: "year",
  yrs: "year",
};
const known = new Set([
  ...Object.values(aliases),
  ...[
    "dow",
    "doy",
    "epoch",
    "isodow",
    "isoyear",
    "julian",
    "timezone",
    "timezone_hour",
    "timezone_minute",
  ],
]);

const unitOf = (text: string): string => {
  const word = lowerAscii(text);
  return aliases[word] ?? word;
};

function unusable(unit: string, type: Oid, context: TypeContext): SqlError {
  const label = typeLabel(type, context);
  return known.has(unitOf(unit))
    ? new SqlError("0A000", `unit "${unit}" not supported for type ${label}`)
    : new SqlError("22023", `unit "${unit}" not recognized for type ${label}`);
}

const decimal = (units: bigint, scale: number): Decimal => ({ units, scale });

/** Parts of a time of day in µs. */
function timeField(unit: string, time: bigint): Decimal | undefined {
  const inMinute = time % 60_000_000n;
  switch (unit) {
    case "microseconds":
      return fromBigint(inMinute);
    case "milliseconds":
      return decimal(inMinute, 3);
    case "second":
      return decimal(inMinute, 6);
    case "minute":
      return fromBigint((time / 60_000_000n) % 60n);
    case "hour":
      return fromBigint(time / 3_600_000_000n);
    default:
      return undefined;
  }
}

const ordinal = (year: number, size: number): number =>
  year > 0 ? Math.ceil(year / size) : -Math.ceil((1 - year) / size);

/** Parts of a day. Years before 1 count as BC, without a year 0. */
function dayField(unit: string, days: number): number | undefined {
  const { year, month, day } = civilOf(days);
  const shown = (one: number) => (one > 0 ? one : one - 1);
  switch (unit) {
    case "day":
      return day;
    case "month":
      return month;
    case "quarter":
      return Math.ceil(month / 3);
    case "week":
      return isoWeek(days).week;
    case "year":
      return shown(year);
    case "isoyear":
      return shown(isoWeek(days).year);
    case "decade":
      return Math.floor(year / 10);
    case "century":
      return ordinal(year, 100);
    case "millennium":
      return ordinal(year, 1000);
    case "dow":
      return dayOfWeek(days);
    case "isodow":
      return dayOfWeek(days) || 7;
    case "doy":
      return days - daysOf(year, 1, 1) + 1;
    default:
      return undefined;
  }
}

const JULIAN_2000 = 2451545;

interface Moment {
  readonly local: bigint;
  readonly utc: bigint;
  /** Seconds east; undefined for timestamp. */
  readonly offset: number | undefined;
}

function timestampField(unit: string, { local, utc, offset }: Moment): Decimal | undefined {
  const { days, time } = splitMicros(local);
  if (unit === "epoch") return decimal(utc + EPOCH_MICROS, 6);
  if (unit === "julian") {
    const fraction = (time * 10n ** 20n) / MICROS_PER_DAY;
    return decimal(BigInt(days + JULIAN_2000) * 10n ** 20n + fraction, 20);
  }
  if (offset !== undefined) {
    if (unit === "timezone") return fromBigint(BigInt(offset));
    if (unit === "timezone_hour") return fromBigint(BigInt(Math.trunc(offset / 3600)));
    if (unit === "timezone_minute") return fromBigint(BigInt(Math.trunc((offset % 3600) / 60)));
  }
  const ofDay = dayField(unit, days);
  return ofDay === undefined ? timeField(unit, time) : fromBigint(BigInt(ofDay));
}

/** Growing fields of an infinite moment are infinite; others are NULL. */
function infiniteField(unit: string, positive: boolean): Decimal | null | undefined {
  const growing = ["year", "decade", "century", "millennium", "julian", "isoyear", "epoch"];
  if (growing.includes(unit)) {
    return { units: 0n, scale: 0, special: positive ? "Infinity" : "-Infinity" };
  }
  return known.has(unit) ? null : undefined;
}

function intervalField(unit: string, { months, days, micros }: Interval): Decimal | undefined {
  const years = Math.trunc(months / 12);
  const whole = (value: number) => fromBigint(BigInt(value));
  switch (unit) {
    case "day":
      return whole(days);
    case "month":
      return whole(months % 12);
    case "quarter":
      return whole(Math.trunc((months % 12) / 3) + 1);
    case "year":
      return whole(years);
    case "decade":
      return whole(Math.trunc(years / 10));
    case "century":
      return whole(Math.trunc(years / 100));
    case "millennium":
      return whole(Math.trunc(years / 1000));
    case "epoch": {
      // A year counts 365.25 days here, a month 30.
      const quarterDays = BigInt(years) * 1461n + BigInt(months % 12) * 120n + BigInt(days) * 4n;
      return decimal((quarterDays * MICROS_PER_DAY) / 4n + micros, 6);
    }
    default:
      return timeField(unit, micros);
  }
}

type Field = (unit: string, value: Scalar, context: FunctionContext) => Decimal | null | undefined;

function momentField(unit: string, value: bigint, zone: TimeZone | undefined) {
  if (!isFiniteTimestamp(value)) return infiniteField(unit, value === TIMESTAMP_INFINITY);
  const offset = zone?.offsetAt(value);
  return timestampField(unit, { local: zone ? toLocal(zone, value) : value, utc: value, offset });
}

function dateField(unit: string, value: bigint): Decimal | null | undefined {
  if (!isFiniteDate(value)) {
    const field = infiniteField(unit, value > 0n);
    return field === null && timeField(unit, 0n) ? undefined : field;
  }
  const days = Number(value);
  if (unit === "epoch") return fromBigint((value * MICROS_PER_DAY + EPOCH_MICROS) / 1_000_000n);
  if (unit === "julian") return fromBigint(value + BigInt(JULIAN_2000));
  const field = dayField(unit, days);
  return field === undefined ? undefined : fromBigint(BigInt(field));
}

function timeOfDayField(unit: string, micros: bigint, west?: number): Decimal | undefined {
  if (unit === "epoch") return decimal(micros + BigInt(west ?? 0) * 1_000_000n, 6);
  if (west !== undefined) {
    if (unit === "timezone") return fromBigint(BigInt(-west));
    if (unit === "timezone_hour") return fromBigint(BigInt(Math.trunc(-west / 3600)));
    if (unit === "timezone_minute") return fromBigint(BigInt(Math.trunc((-west % 3600) / 60)));
  }
  return timeField(unit, micros);
}

const fields: readonly (readonly [string, Oid, Field])[] = [
  ["timestamp", T.timestamp, (unit, value) => momentField(unit, asInteger(value), undefined)],
  [
    "timestamptz",
    T.timestamptz,
    (unit, value, context) => momentField(unit, asInteger(value), sessionZone(context)),
  ],
  ["date", T.date, (unit, value) => dateField(unit, asInteger(value))],
  ["interval", T.interval, (unit, value) => intervalField(unit, intervalOf(asBytes(value)))],
  ["time", T.time, (unit, value) => timeOfDayField(unit, asInteger(value))],
  [
    "timetz",
    T.timetz,
    (unit, value) => {
      const { micros, west } = timetzOf(asBytes(value));
      return timeOfDayField(unit, micros, west);
    },
  ],
];

function fieldOf(
  unit: Scalar,
  value: Scalar,
  type: Oid,
  field: Field,
  context: FunctionContext,
): Decimal | null {
  const found = field(unitOf(asText(unit)), value, context);
  if (found === undefined) throw unusable(asText(unit), type, context);
  return found;
}

const fieldFunctions = fields.flatMap(([name, type, field]) => [
  define(`extract(text, ${name})`, (context, unit, value) => {
    const found = fieldOf(unit as Scalar, value as Scalar, type, field, context);
    return found && formatDecimal(found);
  }),
  define(`date_part(text, ${name})`, (context, unit, value) => {
    // date_part(text, date) is that of the date's midnight.
    const isDate = type === T.date;
    const micros =
      isDate && isFiniteDate(asInteger(value)) ? asInteger(value) * MICROS_PER_DAY : undefined;
    const moment = micros === undefined ? (value as Scalar) : micros;
    const reader: Field =
      micros === undefined ? field : (one, at) => momentField(one, asInteger(at), undefined);
    const found = fieldOf(unit as Scalar, moment, isDate ? T.timestamp : type, reader, context);
    return found && floatKey(toNumber(found));
  }),
]);

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
  zone: TimeZone | undefined,
  context: FunctionContext,
) {
  if (!isFiniteTimestamp(value)) return value;
  const local = zone ? toLocal(zone, value) : value;
  const start = truncateLocal(unitOf(asText(unit)), local);
  if (start === undefined) throw unusable(asText(unit), type, context);
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

/** Years, months, days and time between two local moments. */
function age(later: bigint, earlier: bigint): Interval {
  if (!isFiniteTimestamp(later) || !isFiniteTimestamp(earlier)) {
    throw notSupported("age of an infinite timestamp");
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

export const datetimeFieldFunctions: readonly FunctionDefinition[] = [
  ...fieldFunctions,
  define("date_trunc(text, timestamp)", (context, unit, value) =>
    truncateMoment(unit as Scalar, asInteger(value), T.timestamp, undefined, context),
  ),
  define("date_trunc(text, timestamptz)", (context, unit, value) =>
    truncateMoment(unit as Scalar, asInteger(value), T.timestamptz, sessionZone(context), context),
  ),
  define("date_trunc(text, timestamptz, text)", (context, unit, value, zone) =>
    truncateMoment(unit as Scalar, asInteger(value), T.timestamptz, getZone(asText(zone)), context),
  ),
  define("date_trunc(text, interval)", (context, unit, value) => {
    const truncated = truncateInterval(unitOf(asText(unit)), intervalOf(asBytes(value)));
    if (!truncated) throw unusable(asText(unit), T.interval, context);
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
