/**
 * Days and microseconds since 2000-01-01, and the proleptic Gregorian calendar. Years are
 * astronomical: 0 is 1 BC. Limits: https://www.postgresql.org/docs/15/datatype-datetime.html
 */
import { SqlError } from "../../base/sql-error.ts";
export const MICROS_PER_SECOND = 1_000_000n;
export const MICROS_PER_DAY = 86_400_000_000n;
/** Days from 1970-01-01 to 2000-01-01. */
export const EPOCH_DAYS = 10957;
export const EPOCH_MICROS = BigInt(EPOCH_DAYS) * MICROS_PER_DAY;

export const DATE_MINUS_INFINITY = -2147483648n;
export const DATE_INFINITY = 2147483647n;
/** 4713-11-24 BC, and the day after 5874897-12-31. */
export const DATE_MIN = -2451545n;
export const DATE_END = 2145031949n;

export const TIMESTAMP_MINUS_INFINITY = -0x8000_0000_0000_0000n;
export const TIMESTAMP_INFINITY = 0x7fff_ffff_ffff_ffffn;
/** 4713-11-24 BC, and 294277-01-01. */
export const TIMESTAMP_MIN = -211813488000000000n;
export const TIMESTAMP_END = 9223371331200000000n;

export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const isLeapYear = (year: number): boolean =>
  year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

export const daysInMonth = (year: number, month: number): number =>
  month === 2 ? (isLeapYear(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

/** Months may lie outside 1 … 12. Years begin in March, so that leap days come last. */
export function daysOf(year: number, month: number, day: number): number {
  const y = year + Math.floor((month - 1) / 12) - ((((month - 1) % 12) + 12) % 12 < 2 ? 1 : 0);
  const m = (((month - 1) % 12) + 12) % 12;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((m + 10) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468 - EPOCH_DAYS;
}

export function civilOf(days: number): CivilDate {
  const z = days + EPOCH_DAYS + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36524) -
      Math.floor(dayOfEra / 146096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

/** 0 = Sunday */
export const dayOfWeek = (days: number): number => (((days + 6) % 7) + 7) % 7;

/** Quotient rounded down, and the remainder, which is never negative. */
function floorDivide(value: bigint, by: bigint): [bigint, bigint] {
  const rest = value % by;
  return rest < 0n ? [value / by - 1n, rest + by] : [value / by, rest];
}

/** Days and µs of the day. */
export function splitMicros(micros: bigint): { readonly days: number; readonly time: bigint } {
  const [days, time] = floorDivide(micros, MICROS_PER_DAY);
  return { days: Number(days), time };
}

export const isFiniteTimestamp = (micros: bigint): boolean =>
  micros !== TIMESTAMP_INFINITY && micros !== TIMESTAMP_MINUS_INFINITY;
export const isFiniteDate = (days: bigint): boolean =>
  days !== DATE_INFINITY && days !== DATE_MINUS_INFINITY;

/** ISO 8601: the week and the year that it belongs to. */
export function isoWeek(days: number): { readonly year: number; readonly week: number } {
  const thursday = days - ((dayOfWeek(days) + 6) % 7) + 3;
  const { year } = civilOf(thursday);
  return { year, week: Math.floor((thursday - daysOf(year, 1, 1)) / 7) + 1 };
}

/** Of digits behind a second's point. Throws 22023. */
export function checkPrecision(type: string, precision: number): void {
  if (precision >= 0 && precision <= 6) return;
  const message = `${type}(${precision}) precision must be between 0 and 6`;
  throw new SqlError("22023", message);
}

/** Rounds to `precision` decimals of a second, half away from zero. */
export function roundMicros(micros: bigint, precision: number): bigint {
  if (precision < 0 || precision >= 6) return micros;
  const unit = 10n ** BigInt(6 - precision);
  const half = unit / 2n;
  return micros < 0n ? -(((-micros + half) / unit) * unit) : ((micros + half) / unit) * unit;
}
