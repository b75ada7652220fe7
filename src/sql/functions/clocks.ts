/**
 * Clocks, and moments made from numbers.
 * https://www.postgresql.org/docs/15/functions-datetime.html#FUNCTIONS-DATETIME-CURRENT
 */
import { SqlError } from "../../base/sql-error.ts";
import {
  daysInMonth,
  daysOf,
  EPOCH_MICROS,
  isFiniteDate,
  isFiniteTimestamp,
  MICROS_PER_DAY,
  TIMESTAMP_INFINITY,
  TIMESTAMP_MINUS_INFINITY,
} from "../types/calendar.ts";
import { checkedTimestamp } from "../types/datetimes.ts";
import { floatOf } from "../types/floats.ts";
import { roundHalfEven } from "./arithmetic.ts";
import { checkedDate } from "./datetime-arithmetic.ts";
import { asBytes, asInteger, asNumber, define, truth } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

/** µs since 2000-01-01 from the server's clock. */
const clock = (): bigint =>
  BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) - EPOCH_MICROS;

const outOfField = (what: string, ...parts: readonly (number | string)[]) =>
  new SqlError(
    "22008",
    `${what} field value out of range: ${parts.join(what === "date" ? "-" : ":")}`,
  );

const pad = (value: number): string => String(value).padStart(2, "0");

function makeDate(year: number, month: number, day: number): bigint {
  const astronomical = year < 0 ? year + 1 : year;
  const valid =
    year !== 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(astronomical, month);
  if (!valid) throw outOfField("date", year, pad(month), pad(day));
  return checkedDate(BigInt(daysOf(astronomical, month, day)));
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
    checkedTimestamp(
      makeDate(asNumber(y), asNumber(mo), asNumber(d)) * MICROS_PER_DAY +
        makeTime(asNumber(h), asNumber(mi), floatOf(asBytes(s))),
      -1,
    ),
  ),
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
