/**
 * interval: months, days and µs, each with its own sign. Stored as 16 bytes of its comparison value
 * (months of 30 days, days of 24 hours, sign bit flipped), then months, days, µs.
 * https://www.postgresql.org/docs/15/datatype-datetime.html#DATATYPE-INTERVAL-INPUT
 */
import { SqlError } from "../../base/sql-error.ts";
import { INTERVAL_FIELDS } from "../../catalog/type-name.ts";
import { BinaryReader, binary } from "./binary.ts";
import { checkPrecision, MICROS_PER_DAY, roundMicros } from "./calendar.ts";
import type { TypeCodec } from "./codec.ts";
import { type IntervalUnit, readInterval } from "./interval-input.ts";
import { formatInterval, type IntervalStyle } from "./interval-output.ts";

export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

const DAYS_PER_MONTH = 30n;

/** Comparison value in µs. */
export const intervalSpan = ({ months, days, micros }: Interval): bigint =>
  (BigInt(months) * DAYS_PER_MONTH + BigInt(days)) * MICROS_PER_DAY + micros;

export function intervalKey(interval: Interval): Uint8Array {
  const span = intervalSpan(interval) + (1n << 127n);
  return binary(32, (view) => {
    view.setBigUint64(0, span >> 64n);
    view.setBigUint64(8, BigInt.asUintN(64, span));
    view.setInt32(16, interval.months);
    view.setInt32(20, interval.days);
    view.setBigInt64(24, interval.micros);
  });
}

export function intervalOf(key: Uint8Array): Interval {
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  return { months: view.getInt32(16), days: view.getInt32(20), micros: view.getBigInt64(24) };
}

/** Throws 22008 when a field leaves its range. */
export function checkedInterval(months: number, days: number, micros: bigint): Interval {
  const isInt4 = (value: number) => value >= -0x8000_0000 && value <= 0x7fff_ffff;
  const fits = isInt4(months) && isInt4(days);
  if (!fits || BigInt.asIntN(64, micros) !== micros) {
    throw new SqlError("22008", "interval out of range");
  }
  return { months, days, micros };
}

const ALL_FIELDS = 0x7fff;
const YEAR = 4;
const MONTH = 2;
const DAY = 8;
const HOUR = 1024;
const MINUTE = 2048;
const SECOND = 4096;

/** interval(p), interval day to minute, …: fields finer than the last one are cut. */
export function applyIntervalTypmod(interval: Interval, typmod: number): Interval {
  if (typmod < 0) return interval;
  const fields = (typmod >> 16) & ALL_FIELDS;
  const precision = typmod & 0xffff;
  if (!(fields in INTERVAL_FIELDS)) {
    throw new SqlError("XX000", `unrecognized interval typmod: ${typmod}`);
  }
  const { months, days, micros } = interval;
  if (fields !== ALL_FIELDS) {
    if (fields === YEAR) return { months: Math.trunc(months / 12) * 12, days: 0, micros: 0n };
    if (!(fields & (DAY | HOUR | MINUTE | SECOND)) && fields & MONTH)
      return { months, days: 0, micros: 0n };
    if (!(fields & (HOUR | MINUTE | SECOND))) return { months, days, micros: 0n };
    if (!(fields & (MINUTE | SECOND))) return { months, days, micros: cut(micros, 3_600_000_000n) };
    if (!(fields & SECOND)) return { months, days, micros: cut(micros, 60_000_000n) };
  }
  if (precision === 0xffff) return interval;
  checkPrecision("interval", precision);
  return { months, days, micros: roundMicros(micros, precision) };
}

const cut = (micros: bigint, unit: bigint): bigint => (micros / unit) * unit;

/** What a bare number means: the finest field that is named. */
function lastUnit(fields: number): IntervalUnit {
  if (fields & SECOND) return "second";
  if (fields & MINUTE) return "minute";
  if (fields & HOUR) return "hour";
  if (fields & DAY) return "day";
  return fields & MONTH ? "month" : "year";
}

const intervalStyle = (context: { setting(name: string): string | undefined }) =>
  (context.setting("intervalstyle") ?? "postgres") as IntervalStyle;

export const interval: TypeCodec<Uint8Array> = {
  storage: "blob",
  parse(text, typmod, context) {
    const fields = typmod < 0 ? ALL_FIELDS : (typmod >> 16) & ALL_FIELDS;
    const parts = readInterval(text, {
      lastUnit: lastUnit(fields),
      minutesFirst: fields === (MINUTE | SECOND),
      sqlStandard: intervalStyle(context) === "sql_standard",
    });
    return intervalKey(applyIntervalTypmod(parts, typmod));
  },
  format: (value, context) => formatInterval(intervalOf(value), intervalStyle(context)),
  encode: (value) =>
    binary(16, (view) => {
      const { months, days, micros } = intervalOf(value);
      view.setBigInt64(0, micros);
      view.setInt32(8, days);
      view.setInt32(12, months);
    }),
  decode(bytes, typmod) {
    const reader = new BinaryReader(bytes);
    const micros = reader.int64();
    const days = reader.int32();
    const months = reader.end(reader.int32());
    return intervalKey(applyIntervalTypmod({ months, days, micros }, typmod));
  },
  sortKey: (value) => value.subarray(0, 16),
};
