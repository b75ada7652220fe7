/**
 * Intervals as texts.
 * https://www.postgresql.org/docs/15/datatype-datetime.html#DATATYPE-INTERVAL-OUTPUT
 */
import type { Interval } from "./intervals.ts";

export type IntervalStyle = "postgres" | "postgres_verbose" | "sql_standard" | "iso_8601";

interface Fields {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: bigint;
  readonly minutes: number;
  /** µs of the minute */
  readonly micros: number;
}

function split({ months, days, micros }: Interval): Fields {
  return {
    years: Math.trunc(months / 12),
    months: months % 12,
    days,
    hours: micros / 3_600_000_000n,
    minutes: Number((micros / 60_000_000n) % 60n),
    micros: Number(micros % 60_000_000n),
  };
}

const pad = (value: number | bigint): string => String(value).padStart(2, "0");

/** Seconds with the fraction's trailing zeros gone; the sign is the caller's. */
function seconds(micros: number, padded: boolean): string {
  const whole = Math.trunc(Math.abs(micros) / 1e6);
  const fraction = Math.abs(micros) % 1e6;
  const text = padded ? pad(whole) : String(whole);
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
const isNegativeTime = (f: Fields): boolean => f.hours < 0n || f.minutes < 0 || f.micros < 0;

const clock = (f: Fields, padHours: boolean): string => {
  const hours = magnitude(f.hours);
  return `${padHours ? pad(hours) : hours}:${pad(Math.abs(f.minutes))}:${seconds(f.micros, true)}`;
};

function formatPostgres(f: Fields): string {
  const parts: string[] = [];
  let before = false; // a field before was negative, so a positive one says so
  const add = (value: number, unit: string) => {
    if (value === 0) return;
    parts.push(`${before && value > 0 ? "+" : ""}${value} ${unit}${value === 1 ? "" : "s"}`);
    before = value < 0;
  };
  add(f.years, "year");
  add(f.months, "mon");
  add(f.days, "day");
  if (parts.length === 0 || f.hours !== 0n || f.minutes !== 0 || f.micros !== 0) {
    const sign = isNegativeTime(f) ? "-" : before ? "+" : "";
    parts.push(sign + clock(f, true));
  }
  return parts.join(" ");
}

function formatVerbose(f: Fields): string {
  const parts: string[] = [];
  let ago: boolean | undefined; // the first field's sign is everybody's
  const add = (negative: boolean, zero: boolean, text: string, unit: string, one: boolean) => {
    if (zero) return;
    ago ??= negative;
    const sign = negative !== ago ? "-" : "";
    parts.push(
      `${sign}${text} ${unit}${one && sign === "" && !ago ? "" : one && sign === "" ? "" : "s"}`,
    );
  };
  const addNumber = (value: number, unit: string) =>
    add(value < 0, value === 0, String(Math.abs(value)), unit, Math.abs(value) === 1);
  addNumber(f.years, "year");
  addNumber(f.months, "mon");
  addNumber(f.days, "day");
  add(f.hours < 0n, f.hours === 0n, String(magnitude(f.hours)), "hour", magnitude(f.hours) === 1n);
  addNumber(f.minutes, "min");
  add(f.micros < 0, f.micros === 0, seconds(f.micros, false), "sec", Math.abs(f.micros) === 1e6);
  if (parts.length === 0) return "@ 0";
  return `@ ${parts.join(" ")}${ago ? " ago" : ""}`;
}

function formatIso(f: Fields): string {
  const date = `${f.years ? `${f.years}Y` : ""}${f.months ? `${f.months}M` : ""}${f.days ? `${f.days}D` : ""}`;
  const sign = f.micros < 0 ? "-" : "";
  const time =
    (f.hours ? `${f.hours}H` : "") +
    (f.minutes ? `${f.minutes}M` : "") +
    (f.micros ? `${sign}${seconds(f.micros, false)}S` : "");
  if (date === "" && time === "") return "PT0S";
  return `P${date}${time === "" ? "" : `T${time}`}`;
}

function formatSql(f: Fields): string {
  const signs = [f.years, f.months, f.days, Number(f.hours), f.minutes, f.micros];
  const anyNegative = signs.some((value) => value < 0);
  const anyPositive = signs.some((value) => value > 0);
  const hasMonths = f.years !== 0 || f.months !== 0;
  const hasDays = f.days !== 0;
  const hasTime = f.hours !== 0n || f.minutes !== 0 || f.micros !== 0;
  const yearMonth = `${Math.abs(f.years)}-${Math.abs(f.months)}`;
  if (!hasMonths && !hasDays && !hasTime) return "0";
  const mixed = (anyNegative && anyPositive) || (hasMonths && (hasDays || hasTime));
  if (mixed) {
    const sign = (negative: boolean) => (negative ? "-" : "+");
    const dayPart = `${sign(f.days < 0)}${Math.abs(f.days)}`;
    const timePart = `${sign(isNegativeTime(f))}${clock(f, false)}`;
    return `${sign(f.years < 0 || f.months < 0)}${yearMonth} ${dayPart} ${timePart}`;
  }
  const sign = anyNegative ? "-" : "";
  if (hasMonths) return sign + yearMonth;
  return hasDays ? `${sign}${Math.abs(f.days)} ${clock(f, false)}` : sign + clock(f, false);
}

export function formatInterval(interval: Interval, style: IntervalStyle): string {
  const fields = split(interval);
  switch (style) {
    case "postgres_verbose":
      return formatVerbose(fields);
    case "iso_8601":
      return formatIso(fields);
    case "sql_standard":
      return formatSql(fields);
    default:
      return formatPostgres(fields);
  }
}
