/**
 * Clocks, and moments made from numbers.
 * https://www.postgresql.org/docs/15/functions-datetime.html#FUNCTIONS-DATETIME-CURRENT
 */
import { postgresNow } from "../../base/postgres-time.ts";
import { SqlError } from "../../base/sql-error.ts";
import {
  civilOf,
  DATE_END,
  DATE_MIN,
  dayOfWeek,
  daysInMonth,
  daysOf,
  EPOCH_MICROS,
  isFiniteDate,
  isFiniteTimestamp,
  MICROS_PER_DAY,
  splitMicros,
  TIMESTAMP_INFINITY,
  TIMESTAMP_MINUS_INFINITY,
} from "../types/calendar.ts";
import type { TypeContext } from "../types/codec.ts";
import { formatOffset } from "../types/datetime-output.ts";
import { checkedTimestamp } from "../types/datetimes.ts";
import { floatOf } from "../types/floats.ts";
import type { Scalar } from "../types/scalar.ts";
import { getZone, sessionZone, toUtc } from "../types/time-zones.ts";
import { roundHalfEven } from "./arithmetic.ts";
import { MONTHS, WEEKDAYS } from "./datetime-template.ts";
import { asBytes, asInteger, asNumber, asText, define, truth } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

/** µs since 2000-01-01 from the server's clock. */
export const clock = postgresNow;

const outOfField = (what: string, ...parts: readonly (number | string)[]) =>
  new SqlError(
    "22008",
    `${what} field value out of range: ${parts.join(what === "date" ? "-" : ":")}`,
  );

const pad = (value: number): string => String(value).padStart(2, "0");

function makeDate(year: number, month: number, day: number): bigint {
  // The least integer has no positive one.
  const isLeast = year === -0x8000_0000;
  const astronomical = year < 0 && !isLeast ? year + 1 : year;
  const valid =
    !isLeast &&
    year !== 0 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth(astronomical, month);
  if (!valid) throw outOfField("date", astronomical, pad(month), pad(day));
  const days = BigInt(daysOf(astronomical, month, day));
  if (days < DATE_MIN || days >= DATE_END) {
    throw new SqlError("22008", `date out of range: ${year}-${pad(month)}-${pad(day)}`);
  }
  return days;
}

function makeTime(hour: number, minute: number, seconds: number): bigint {
  const micros = Math.round(seconds * 1e6);
  const total =
    BigInt(hour * 3600 + minute * 60) * 1_000_000n + BigInt(Number.isFinite(micros) ? micros : 0);
  const bad =
    hour < 0 || hour > 24 || minute < 0 || minute > 59 || !(seconds >= 0 && seconds <= 60);
  if (bad || total > MICROS_PER_DAY) throw outOfField("time", hour, pad(minute), pad(seconds));
  return total;
}

/** Seconds east of UTC of `+5`, `-0530`, `+05:30:10`. Throws 22023; undefined for a name. */
function numericOffset(zone: string): number | undefined {
  if (/^\d/.test(zone)) {
    throw new SqlError("22023", `invalid input syntax for type numeric time zone: "${zone}"`, {
      hint: 'Numeric time zones must have "-" or "+" as first character.',
    });
  }
  const match = /^([+-])(\d{1,2})(?::?(\d\d)(?::(\d\d))?)?$/.exec(zone);
  if (!match) return undefined;
  const [hours, minutes, seconds] = [2, 3, 4].map((at) => Number(match[at] ?? 0));
  if ((hours ?? 0) > 15 || (minutes ?? 0) > 59 || (seconds ?? 0) > 59) {
    throw new SqlError("22023", `numeric time zone "${zone}" out of range`);
  }
  const total = (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
  return match[1] === "-" ? -total : total;
}

/** Year, month, day, hour, minute, seconds as local µs. */
function localOf(args: readonly (Scalar | undefined)[]): bigint {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = args.slice(0, 5).map(asNumber);
  const days = makeDate(year, month, day);
  return days * MICROS_PER_DAY + makeTime(hour, minute, floatOf(asBytes(args[5])));
}

/** Wed Feb 26 10:38:20.123456 2025 UTC */
function timeOfDay(now: bigint, context: TypeContext): string {
  const zone = sessionZone(context);
  const offset = zone.offsetAt(now);
  const local = now + BigInt(offset) * 1_000_000n;
  const { days, time } = splitMicros(local);
  const { year, month, day } = civilOf(days);
  const clockText = new Date(Number(time / 1000n)).toISOString().slice(11, 19);
  const micros = String(time % 1_000_000n).padStart(6, "0");
  const names = [WEEKDAYS[dayOfWeek(days)] ?? "", MONTHS[month - 1] ?? ""];
  const [weekday, monthName] = names.map((name) => name.slice(0, 3));
  const shown = zone.abbreviationAt(now) ?? formatOffset(offset);
  return `${weekday} ${monthName} ${pad(day)} ${clockText}.${micros} ${year} ${shown}`;
}

export const clockFunctions: readonly FunctionDefinition[] = [
  define("now()", (context) => context.transactionTime),
  define("transaction_timestamp()", (context) => context.transactionTime),
  define("statement_timestamp()", (context) => context.statementTime),
  define("clock_timestamp()", clock),
  define("make_date(int4, int4, int4)", (_c, year, month, day) =>
    makeDate(asNumber(year), asNumber(month), asNumber(day)),
  ),
  define("make_time(int4, int4, float8)", (_c, hour, minute, seconds) =>
    makeTime(asNumber(hour), asNumber(minute), floatOf(asBytes(seconds))),
  ),
  define("make_timestamp(int4, int4, int4, int4, int4, float8)", (_c, y, mo, d, h, mi, s) =>
    checkedTimestamp(localOf([y, mo, d, h, mi, s]), -1),
  ),
  define("make_timestamptz(int4, int4, int4, int4, int4, float8)", (context, ...args) =>
    checkedTimestamp(toUtc(sessionZone(context), localOf(args)), -1),
  ),
  define("make_timestamptz(int4, int4, int4, int4, int4, float8, text)", (_c, ...args) => {
    const local = localOf(args);
    const zone = asText(args[6]);
    const offset = numericOffset(zone);
    const utc =
      offset === undefined ? toUtc(getZone(zone), local) : local - BigInt(offset) * 1_000_000n;
    return checkedTimestamp(utc, -1);
  }),
  define("timeofday()", (context) => timeOfDay(clock(), context)),
  define("to_timestamp(float8)", (_c, seconds) => {
    const value = floatOf(asBytes(seconds));
    if (Number.isNaN(value)) throw new SqlError("22008", "timestamp cannot be NaN");
    if (!Number.isFinite(value)) return value > 0 ? TIMESTAMP_INFINITY : TIMESTAMP_MINUS_INFINITY;
    return checkedTimestamp(BigInt(roundHalfEven(value * 1e6)) - EPOCH_MICROS, -1, String(value));
  }),
  ...["timestamp", "timestamptz"].map((type) =>
    define(`isfinite(${type})`, (_c, value) => truth(isFiniteTimestamp(asInteger(value)))),
  ),
  define("isfinite(date)", (_c, value) => truth(isFiniteDate(asInteger(value)))),
  define("isfinite(interval)", () => 1n),
];
