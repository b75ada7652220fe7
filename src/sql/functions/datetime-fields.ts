/**
 * date_part, extract, date_trunc, age. https://www.postgresql.org/docs/15/functions-datetime.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import {
  civilOf,
  dayOfWeek,
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
import { timetzOf } from "../types/datetimes.ts";
import {
  type Decimal,
  divide,
  formatDecimal,
  fromBigint,
  rescale,
  toNumber,
} from "../types/decimal.ts";
import { floatKey } from "../types/floats.ts";
import { type Interval, intervalOf } from "../types/intervals.ts";
import type { Scalar } from "../types/scalar.ts";
import { lowerAscii } from "../types/texts.ts";
import { sessionZone, type TimeZone, toLocal } from "../types/time-zones.ts";
import { typeLabel } from "../types/type-names.ts";
import { T } from "../types/type-oids.ts";
import { dateToTimestamp } from "./datetime-arithmetic.ts";
import { asBytes, asInteger, asText, define } from "./define.ts";
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
  timezone_h: "timezone_hour",
  timezone_m: "timezone_minute",
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

/** Words that extract knows and date_trunc does not. */
const extractOnly = new Set(["dow", "doy", "epoch", "isodow", "isoyear", "julian"]);

/** Words that name a moment: known, and no unit. */
const moments = new Set("-infinity allballs infinity now today tomorrow yesterday".split(" "));

export const unitOf = (text: string): string => {
  const word = lowerAscii(text);
  return aliases[word] ?? word;
};

export function unusable(
  unit: string,
  type: Oid,
  context: TypeContext,
  truncating = false,
): SqlError {
  const label = typeLabel(type, context);
  const shown = lowerAscii(unit);
  const word = unitOf(unit);
  const isMoment = type === T.timestamp || type === T.timestamptz || type === T.date;
  if (isMoment && !truncating && moments.has(shown)) {
    return new SqlError("0A000", `unit "${shown}" not supported for type ${label}`);
  }
  return known.has(word) && !(truncating && extractOnly.has(word))
    ? new SqlError("0A000", `unit "${shown}" not supported for type ${label}`)
    : new SqlError("22023", `unit "${shown}" not recognized for type ${label}`);
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
  if (unit === "epoch") return epochOf(utc);
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

const INT8_MAX = (1n << 63n) - 1n;

/** Where µs since 1970 do not fit into int8, PostgreSQL divides numerics, which rounds. */
function epochOf(utc: bigint): Decimal {
  const micros = utc + EPOCH_MICROS;
  if (micros <= INT8_MAX) return decimal(micros, 6);
  return rescale(divide(fromBigint(micros), fromBigint(1_000_000n)), 6);
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
      isDate && isFiniteDate(asInteger(value)) ? dateToTimestamp(asInteger(value)) : undefined;
    const moment = micros === undefined ? (value as Scalar) : micros;
    const reader: Field =
      micros === undefined ? field : (one, at) => momentField(one, asInteger(at), undefined);
    const found = fieldOf(unit as Scalar, moment, isDate ? T.timestamp : type, reader, context);
    return found && floatKey(toNumber(found));
  }),
]);

export const datetimeFieldFunctions: readonly FunctionDefinition[] = fieldFunctions;
