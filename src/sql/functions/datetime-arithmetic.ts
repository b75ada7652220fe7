/**
 * Sums and differences of dates, times and intervals, their casts, and clocks.
 * https://www.postgresql.org/docs/15/functions-datetime.html
 */
import { SqlError } from "../../base/sql-error.ts";
import {
  civilOf,
  DATE_END,
  DATE_INFINITY,
  DATE_MIN,
  DATE_MINUS_INFINITY,
  daysInMonth,
  daysOf,
  isFiniteDate,
  isFiniteTimestamp,
  MICROS_PER_DAY,
  roundMicros,
  splitMicros,
  TIMESTAMP_END,
  TIMESTAMP_INFINITY,
  TIMESTAMP_MINUS_INFINITY,
} from "../types/calendar.ts";
import { checkedTimestamp, timetzKey, timetzOf } from "../types/datetimes.ts";
import { floatOf } from "../types/floats.ts";
import {
  applyIntervalTypmod,
  checkedInterval,
  type Interval,
  intervalKey,
  intervalOf,
} from "../types/intervals.ts";
import type { Scalar } from "../types/scalar.ts";
import { getZone, sessionZone, type TimeZone, toLocal, toUtc } from "../types/time-zones.ts";
import { divisionByZero, roundHalfEven } from "./arithmetic.ts";
import { asBytes, asInteger, asNumber, asText, define } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

function checkedDate(days: bigint): bigint {
  if (days < DATE_MIN || days >= DATE_END) {
    throw new SqlError("22008", "date out of range");
  }
  return days;
}

/** Months keep the day, or take the month's last; then days; then time. All in local time. */
function addMonthsAndDays(local: bigint, { months, days }: Interval, sign: 1 | -1): bigint {
  const { days: day, time } = splitMicros(local);
  let result = day;
  if (months !== 0) {
    const civil = civilOf(day);
    const total = civil.year * 12 + civil.month - 1 + sign * months;
    const [year, month] = [Math.floor(total / 12), (((total % 12) + 12) % 12) + 1];
    result = daysOf(year, month, Math.min(civil.day, daysInMonth(year, month)));
  }
  return BigInt(result + sign * days) * MICROS_PER_DAY + time;
}

export function addToTimestamp(value: bigint, interval: Interval, sign: 1 | -1): bigint {
  if (!isFiniteTimestamp(value)) return value;
  return checkedTimestamp(
    addMonthsAndDays(value, interval, sign) + BigInt(sign) * interval.micros,
    -1,
  );
}

/** Days are those of the zone: one of them may have 23 or 25 hours. */
export function addToTimestamptz(
  value: bigint,
  interval: Interval,
  sign: 1 | -1,
  zone: TimeZone,
): bigint {
  if (!isFiniteTimestamp(value)) return value;
  const moved =
    interval.months === 0 && interval.days === 0
      ? value
      : toUtc(zone, addMonthsAndDays(toLocal(zone, value), interval, sign));
  return checkedTimestamp(moved + BigInt(sign) * interval.micros, -1);
}

export const plus = (a: Interval, b: Interval, sign: 1 | -1): Interval =>
  checkedInterval(
    a.months + sign * b.months,
    a.days + sign * b.days,
    a.micros + BigInt(sign) * b.micros,
  );

export const scaled = (interval: Interval, factor: number): Interval =>
  rescaled(interval, (part) => part * factor);

/** Not the product with 1 / divisor, which is rounded otherwise. */
export const divided = (interval: Interval, divisor: number): Interval =>
  rescaled(interval, (part) => part / divisor);

/** Fractions of months become days, those of days time. */
function rescaled({ months, days, micros }: Interval, scale: (part: number) => number): Interval {
  const wholeMonths = Math.trunc(scale(months));
  const monthDays = round6((scale(months) - wholeMonths) * 30);
  const wholeDays = Math.trunc(scale(days));
  let seconds = round6((scale(days) - wholeDays + monthDays - Math.trunc(monthDays)) * 86400);
  let resultDays = wholeDays + Math.trunc(monthDays);
  if (Math.abs(seconds) >= 86400) {
    resultDays += Math.trunc(seconds / 86400);
    seconds -= Math.trunc(seconds / 86400) * 86400;
  }
  const time = roundHalfEven(scale(Number(micros)) + seconds * 1e6);
  if (!Number.isFinite(time)) throw new SqlError("22008", "interval out of range");
  return checkedInterval(wholeMonths, resultDays, BigInt(time));
}
const round6 = (value: number): number => roundHalfEven(value * 1e6) / 1e6;

const wrapTime = (micros: bigint): bigint =>
  ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;

function difference(a: bigint, b: bigint): Interval {
  if (!isFiniteTimestamp(a) || !isFiniteTimestamp(b)) {
    throw new SqlError("22008", "cannot subtract infinite timestamps");
  }
  // PostgreSQL subtracts in 64 bits and does not look for what is beyond.
  const micros = BigInt.asIntN(64, a - b);
  return { months: 0, days: Number(micros / MICROS_PER_DAY), micros: micros % MICROS_PER_DAY };
}

export const dateToTimestamp = (days: bigint): bigint => {
  if (days === DATE_INFINITY) return TIMESTAMP_INFINITY;
  if (days === DATE_MINUS_INFINITY) return TIMESTAMP_MINUS_INFINITY;
  if (days * MICROS_PER_DAY >= TIMESTAMP_END) {
    throw new SqlError("22008", "date out of range for timestamp");
  }
  return days * MICROS_PER_DAY;
};
const timestampToDate = (value: bigint): bigint => {
  if (value === TIMESTAMP_INFINITY) return DATE_INFINITY;
  if (value === TIMESTAMP_MINUS_INFINITY) return DATE_MINUS_INFINITY;
  return BigInt(splitMicros(value).days);
};
const zoned = (value: bigint, zone: TimeZone): bigint =>
  isFiniteTimestamp(value) ? checkedTimestamp(toUtc(zone, value), -1) : value;
const unzoned = (value: bigint, zone: TimeZone): bigint =>
  isFiniteTimestamp(value) ? toLocal(zone, value) : value;
/** Nobody asks for the zone of what has none. */
const inZone = (
  name: Scalar | undefined,
  value: Scalar | undefined,
  shifted: (value: bigint, zone: TimeZone) => bigint,
): bigint => {
  const micros = asInteger(value);
  return isFiniteTimestamp(micros) ? shifted(micros, getZone(asText(name))) : micros;
};

const dates: readonly FunctionDefinition[] = [
  define("date_mi(date, date)", (_c, a, b) => {
    if (!isFiniteDate(asInteger(a)) || !isFiniteDate(asInteger(b))) {
      throw new SqlError("22008", "cannot subtract infinite dates");
    }
    return asInteger(a) - asInteger(b);
  }),
  define("date_pli(date, int4)", (_c, date, days) =>
    isFiniteDate(asInteger(date))
      ? checkedDate(asInteger(date) + asInteger(days))
      : asInteger(date),
  ),
  define("date_mii(date, int4)", (_c, date, days) =>
    isFiniteDate(asInteger(date))
      ? checkedDate(asInteger(date) - asInteger(days))
      : asInteger(date),
  ),
  define("integer_pl_date(int4, date)", (_c, days, date) =>
    isFiniteDate(asInteger(date))
      ? checkedDate(asInteger(date) + asInteger(days))
      : asInteger(date),
  ),
  define("date_pl_interval(date, interval)", (_c, date, interval) =>
    addToTimestamp(dateToTimestamp(asInteger(date)), intervalOf(asBytes(interval)), 1),
  ),
  define("date_mi_interval(date, interval)", (_c, date, interval) =>
    addToTimestamp(dateToTimestamp(asInteger(date)), intervalOf(asBytes(interval)), -1),
  ),
  define("interval_pl_date(interval, date)", (_c, interval, date) =>
    addToTimestamp(dateToTimestamp(asInteger(date)), intervalOf(asBytes(interval)), 1),
  ),
  define("datetime_pl(date, time)", (_c, date, time) => {
    const start = dateToTimestamp(asInteger(date));
    return isFiniteTimestamp(start) ? checkedTimestamp(start + asInteger(time), -1) : start;
  }),
  define("timedate_pl(time, date)", (_c, time, date) => {
    const start = dateToTimestamp(asInteger(date));
    return isFiniteTimestamp(start) ? checkedTimestamp(start + asInteger(time), -1) : start;
  }),
];

const timestamps: readonly FunctionDefinition[] = [
  define("timestamp_pl_interval(timestamp, interval)", (_c, value, interval) =>
    addToTimestamp(asInteger(value), intervalOf(asBytes(interval)), 1),
  ),
  define("timestamp_mi_interval(timestamp, interval)", (_c, value, interval) =>
    addToTimestamp(asInteger(value), intervalOf(asBytes(interval)), -1),
  ),
  define("interval_pl_timestamp(interval, timestamp)", (_c, interval, value) =>
    addToTimestamp(asInteger(value), intervalOf(asBytes(interval)), 1),
  ),
  define("timestamptz_pl_interval(timestamptz, interval)", (context, value, interval) =>
    addToTimestamptz(asInteger(value), intervalOf(asBytes(interval)), 1, sessionZone(context)),
  ),
  define("timestamptz_mi_interval(timestamptz, interval)", (context, value, interval) =>
    addToTimestamptz(asInteger(value), intervalOf(asBytes(interval)), -1, sessionZone(context)),
  ),
  define("interval_pl_timestamptz(interval, timestamptz)", (context, interval, value) =>
    addToTimestamptz(asInteger(value), intervalOf(asBytes(interval)), 1, sessionZone(context)),
  ),
  define("timestamp_mi(timestamp, timestamp)", (_c, a, b) =>
    intervalKey(difference(asInteger(a), asInteger(b))),
  ),
  define("timestamptz_mi(timestamptz, timestamptz)", (_c, a, b) =>
    intervalKey(difference(asInteger(a), asInteger(b))),
  ),
];

const times: readonly FunctionDefinition[] = [
  define("time_pl_interval(time, interval)", (_c, time, interval) =>
    wrapTime(asInteger(time) + intervalOf(asBytes(interval)).micros),
  ),
  define("time_mi_interval(time, interval)", (_c, time, interval) =>
    wrapTime(asInteger(time) - intervalOf(asBytes(interval)).micros),
  ),
  define("interval_pl_time(interval, time)", (_c, interval, time) =>
    wrapTime(asInteger(time) + intervalOf(asBytes(interval)).micros),
  ),
  define("time_mi_time(time, time)", (_c, a, b) =>
    intervalKey({ months: 0, days: 0, micros: asInteger(a) - asInteger(b) }),
  ),
];

const intervals: readonly FunctionDefinition[] = [
  define("interval_pl(interval, interval)", (_c, a, b) =>
    intervalKey(plus(intervalOf(asBytes(a)), intervalOf(asBytes(b)), 1)),
  ),
  define("interval_mi(interval, interval)", (_c, a, b) =>
    intervalKey(plus(intervalOf(asBytes(a)), intervalOf(asBytes(b)), -1)),
  ),
  define("interval_um(interval)", (_c, value) =>
    intervalKey(plus({ months: 0, days: 0, micros: 0n }, intervalOf(asBytes(value)), -1)),
  ),
  define("interval_mul(interval, float8)", (_c, value, factor) =>
    intervalKey(scaled(intervalOf(asBytes(value)), floatOf(asBytes(factor)))),
  ),
  define("mul_d_interval(float8, interval)", (_c, factor, value) =>
    intervalKey(scaled(intervalOf(asBytes(value)), floatOf(asBytes(factor)))),
  ),
  define("interval_div(interval, float8)", (_c, value, divisor) => {
    const by = floatOf(asBytes(divisor));
    if (by === 0) throw divisionByZero();
    return intervalKey(divided(intervalOf(asBytes(value)), by));
  }),
  define("justify_hours(interval)", (_c, value) =>
    intervalKey(justifyHours(intervalOf(asBytes(value)))),
  ),
  define("justify_days(interval)", (_c, value) =>
    intervalKey(justifyDays(intervalOf(asBytes(value)))),
  ),
  define("justify_interval(interval)", (_c, value) =>
    intervalKey(alignSigns(justifyDays(justifyHours(wholeMonths(intervalOf(asBytes(value))))))),
  ),
  define("make_interval(int4, int4, int4, int4, int4, int4, float8)", (_c, ...args) => {
    const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0] = args
      .slice(0, 6)
      .map(asNumber);
    const seconds = floatOf(asBytes(args[6]));
    if (!Number.isFinite(seconds)) throw new SqlError("22008", "interval out of range");
    const micros =
      BigInt(hours * 3600 + minutes * 60) * 1_000_000n + BigInt(roundHalfEven(seconds * 1e6));
    // PostgreSQL adds in 32 bits and does not look for what is beyond.
    const [wholeMonths, wholeDays] = [(years * 12 + months) | 0, (weeks * 7 + days) | 0];
    return intervalKey(checkedInterval(wholeMonths, wholeDays, micros));
  }),
];

function justifyHours({ months, days, micros }: Interval): Interval {
  let whole = days + Number(micros / MICROS_PER_DAY);
  let rest = micros % MICROS_PER_DAY;
  if (whole > 0 && rest < 0n) {
    rest += MICROS_PER_DAY;
    whole--;
  } else if (whole < 0 && rest > 0n) {
    rest -= MICROS_PER_DAY;
    whole++;
  }
  return { months, days: inRange(whole), micros: rest };
}

function justifyDays({ months, days, micros }: Interval): Interval {
  let whole = months + Math.trunc(days / 30);
  let rest = days % 30;
  if (whole > 0 && rest < 0) {
    rest += 30;
    whole--;
  } else if (whole < 0 && rest > 0) {
    rest -= 30;
    whole++;
  }
  return { months: inRange(whole), days: rest || 0, micros };
}

/** 22008 unless the field can hold it. */
function inRange(count: number): number {
  if (count === (count | 0)) return count;
  throw new SqlError("22008", "interval out of range");
}

/** So that what hours add to the days does not exceed them. */
const wholeMonths = (interval: Interval): Interval => {
  const { days, micros } = interval;
  const agree = (days > 0 && micros > 0n) || (days < 0 && micros < 0n);
  return agree ? justifyDays(interval) : interval;
};

/** All three fields with the sign of the greatest. */
function alignSigns(interval: Interval): Interval {
  let { months, days, micros } = interval;
  if (months > 0 && (days < 0 || (days === 0 && micros < 0n))) {
    days += 30;
    months--;
  } else if (months < 0 && (days > 0 || (days === 0 && micros > 0n))) {
    days -= 30;
    months++;
  }
  if (days > 0 && micros < 0n) {
    micros += MICROS_PER_DAY;
    days--;
  } else if (days < 0 && micros > 0n) {
    micros -= MICROS_PER_DAY;
    days++;
  }
  return { months, days, micros };
}

const casts: readonly FunctionDefinition[] = [
  define("date(timestamp)", (_c, value) => timestampToDate(asInteger(value))),
  define("date(timestamptz)", (context, value) =>
    timestampToDate(unzoned(asInteger(value), sessionZone(context))),
  ),
  define("timestamp(date)", (_c, value) => dateToTimestamp(asInteger(value))),
  define(
    "timestamp(date, time)",
    (_c, date, time) => dateToTimestamp(asInteger(date)) + asInteger(time),
  ),
  define("timestamp(timestamptz)", (context, value) =>
    unzoned(asInteger(value), sessionZone(context)),
  ),
  define("timestamp(timestamp, int4)", (_c, value, typmod) =>
    checkedTimestamp(asInteger(value), asNumber(typmod)),
  ),
  define("timestamptz(date)", (context, value) =>
    zoned(dateToTimestamp(asInteger(value)), sessionZone(context)),
  ),
  define("timestamptz(timestamp)", (context, value) =>
    zoned(asInteger(value), sessionZone(context)),
  ),
  define("timestamptz(timestamptz, int4)", (_c, value, typmod) =>
    checkedTimestamp(asInteger(value), asNumber(typmod)),
  ),
  define("time(timestamp)", (_c, value) =>
    isFiniteTimestamp(asInteger(value)) ? splitMicros(asInteger(value)).time : null,
  ),
  define("time(timestamptz)", (context, value) =>
    isFiniteTimestamp(asInteger(value))
      ? splitMicros(toLocal(sessionZone(context), asInteger(value))).time
      : null,
  ),
  define("time(interval)", (_c, value) => wrapTime(intervalOf(asBytes(value)).micros)),
  define("time(timetz)", (_c, value) => timetzOf(asBytes(value)).micros),
  define("time(time, int4)", (_c, value, typmod) =>
    roundMicros(asInteger(value), asNumber(typmod)),
  ),
  define("timetz(time)", (context, value) => {
    const zone = sessionZone(context);
    const offset = zone.offsetAt(context.transactionTime);
    return timetzKey({ micros: asInteger(value), west: -offset });
  }),
  define("timetz(timestamptz)", (context, value) => {
    if (!isFiniteTimestamp(asInteger(value))) return null;
    const zone = sessionZone(context);
    const { time } = splitMicros(toLocal(zone, asInteger(value)));
    return timetzKey({ micros: time, west: -zone.offsetAt(asInteger(value)) });
  }),
  define("timetz(timetz, int4)", (_c, value, typmod) => {
    const { micros, west } = timetzOf(asBytes(value));
    return timetzKey({ micros: roundMicros(micros, asNumber(typmod)), west });
  }),
  define("interval(time)", (_c, value) =>
    intervalKey({ months: 0, days: 0, micros: asInteger(value) }),
  ),
  define("interval(interval, int4)", (_c, value, typmod) =>
    intervalKey(applyIntervalTypmod(intervalOf(asBytes(value)), asNumber(typmod))),
  ),
  define("timezone(text, timestamp)", (_c, zone, value) => inZone(zone, value, zoned)),
  define("timezone(text, timestamptz)", (_c, zone, value) => inZone(zone, value, unzoned)),
];

export const datetimeFunctions: readonly FunctionDefinition[] = [
  ...dates,
  ...timestamps,
  ...times,
  ...intervals,
  ...casts,
];
