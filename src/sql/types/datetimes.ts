/** date, time, timetz, timestamp and timestamptz between their stored forms, texts and bytes. */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader, binary } from "./binary.ts";
import {
  checkPrecision,
  DATE_END,
  DATE_INFINITY,
  DATE_MIN,
  DATE_MINUS_INFINITY,
  EPOCH_DAYS,
  isFiniteDate,
  isFiniteTimestamp,
  MICROS_PER_DAY,
  roundMicros,
  splitMicros,
  TIMESTAMP_END,
  TIMESTAMP_INFINITY,
  TIMESTAMP_MIN,
  TIMESTAMP_MINUS_INFINITY,
} from "./calendar.ts";
import type { TypeCodec, TypeContext } from "./codec.ts";
import {
  type DateTimeInput,
  type DateTimeParts,
  readDateTime,
  type SpecialDate,
} from "./datetime-input.ts";
import {
  formatDate,
  formatOffset,
  formatTime,
  formatTimestamp,
  parseDateStyle,
} from "./datetime-output.ts";
import { offsetOfLocal, sessionZone, toLocal } from "./time-zones.ts";

const dateFormat = (context: TypeContext) => parseDateStyle(context.setting("datestyle"));

const encodeInt64 = (value: bigint) => binary(8, (view) => view.setBigInt64(0, value));
const decodeInt64 = (bytes: Uint8Array): bigint => {
  const reader = new BinaryReader(bytes);
  return reader.end(reader.int64());
};

/** Local midnight of today, in days, and the local µs of now. */
const localNow = (context: TypeContext): bigint =>
  toLocal(sessionZone(context), context.transactionTime);

const inputOf = (type: string, context: TypeContext): DateTimeInput => ({
  type,
  order: dateFormat(context).order,
  today: () => splitMicros(localNow(context)).days,
});

/** Days that a special word means. */
function specialDays(special: SpecialDate, context: TypeContext): bigint {
  switch (special) {
    case "infinity":
      return DATE_INFINITY;
    case "-infinity":
      return DATE_MINUS_INFINITY;
    case "epoch":
      return BigInt(-EPOCH_DAYS);
    case "now":
      return BigInt(splitMicros(localNow(context)).days);
  }
}

export const date: TypeCodec<bigint> = {
  storage: "integer",
  parse(text, _typmod, context) {
    const { special, days } = readDateTime(text, inputOf("date", context));
    const value = special ? specialDays(special, context) : BigInt(days ?? 0);
    if (!special && (value < DATE_MIN || value >= DATE_END)) {
      throw new SqlError("22008", `date out of range: "${text}"`);
    }
    return value;
  },
  format(value, context) {
    if (value === DATE_INFINITY) return "infinity";
    if (value === DATE_MINUS_INFINITY) return "-infinity";
    return formatDate(Number(value), dateFormat(context));
  },
  encode: (value) => binary(4, (view) => view.setInt32(0, Number(value))),
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    const value = BigInt(reader.end(reader.int32()));
    if (isFiniteDate(value) && (value < DATE_MIN || value >= DATE_END)) {
      throw new SqlError("22008", "date out of range");
    }
    return value;
  },
};

/** Local µs of a text's date and time. 'now' is local too. */
function localMicros({ special, days, time }: DateTimeParts, context: TypeContext): bigint {
  switch (special) {
    case "infinity":
      return TIMESTAMP_INFINITY;
    case "-infinity":
      return TIMESTAMP_MINUS_INFINITY;
    case "now":
      return localNow(context);
    case "epoch":
      return BigInt(-EPOCH_DAYS) * MICROS_PER_DAY;
    default:
      return BigInt(days ?? 0) * MICROS_PER_DAY + time;
  }
}

/** timestamp(p): rounded, perhaps to the first moment that is out of range. Throws 22008. */
export function checkedTimestamp(micros: bigint, typmod: number, shown?: string): bigint {
  if (!isFiniteTimestamp(micros)) return micros;
  if (micros < TIMESTAMP_MIN || micros >= TIMESTAMP_END) {
    const what = shown === undefined ? "" : `: "${shown}"`;
    throw new SqlError("22008", `timestamp out of range${what}`);
  }
  if (typmod === -1) return micros;
  checkPrecision("timestamp", typmod);
  return roundMicros(micros, typmod);
}

const infinite = (value: bigint): string | undefined =>
  value === TIMESTAMP_INFINITY
    ? "infinity"
    : value === TIMESTAMP_MINUS_INFINITY
      ? "-infinity"
      : undefined;

export const timestamp: TypeCodec<bigint> = {
  storage: "integer",
  parse(text, typmod, context) {
    const parts = readDateTime(text, inputOf("timestamp", context));
    return checkedTimestamp(localMicros(parts, context), typmod, text);
  },
  format: (value, context) => infinite(value) ?? formatTimestamp(value, dateFormat(context)),
  encode: encodeInt64,
  decode: (bytes, typmod) => checkedTimestamp(decodeInt64(bytes), typmod),
};

export const timestamptz: TypeCodec<bigint> = {
  storage: "integer",
  parse(text, typmod, context) {
    const type = "timestamp with time zone";
    const parts = readDateTime(text, inputOf(type, context));
    if (parts.special === "now") return checkedTimestamp(context.transactionTime, typmod);
    const local = localMicros(parts, context);
    if (!isFiniteTimestamp(local)) return local;
    if (parts.special === "epoch") return local;
    const zone = parts.zone ?? sessionZone(context);
    const offset = parts.offset ?? offsetOfLocal(zone, local);
    return checkedTimestamp(local - BigInt(offset) * 1_000_000n, typmod, text);
  },
  format(value, context) {
    const special = infinite(value);
    if (special) return special;
    const zone = sessionZone(context);
    const offset = zone.offsetAt(value);
    const local = value + BigInt(offset) * 1_000_000n;
    return formatTimestamp(local, dateFormat(context), { offset, zone, utc: value });
  },
  encode: encodeInt64,
  decode: (bytes, typmod) => checkedTimestamp(decodeInt64(bytes), typmod),
};

const timeOf = ({ special, time }: DateTimeParts, context: TypeContext): bigint =>
  special === "now" ? splitMicros(localNow(context)).time : time;

const TIME_MAX = 86_400_000_000n;

export const time: TypeCodec<bigint> = {
  storage: "integer",
  parse(text, typmod, context) {
    const parts = readDateTime(text, inputOf("time", context));
    return roundMicros(timeOf(parts, context), typmod < 0 ? 6 : typmod);
  },
  format: formatTime,
  encode: encodeInt64,
  decode(bytes, typmod) {
    const value = decodeInt64(bytes);
    if (value < 0n || value > TIME_MAX) throw new SqlError("22008", "time out of range");
    return roundMicros(value, typmod < 0 ? 6 : typmod);
  },
};

/** µs of the local day, and seconds west of UTC as PostgreSQL counts them. */
export interface TimeWithZone {
  readonly micros: bigint;
  readonly west: number;
}

const INT64_FLIP = 1n << 63n;

/** Ordered by UTC time, then zone. */
export function timetzKey({ micros, west }: TimeWithZone): Uint8Array {
  const utc = micros + BigInt(west) * 1_000_000n;
  return binary(12, (view) => {
    view.setBigUint64(0, BigInt.asUintN(64, utc + INT64_FLIP));
    view.setUint32(8, west + 0x8000_0000);
  });
}

export function timetzOf(key: Uint8Array): TimeWithZone {
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  const west = view.getUint32(8) - 0x8000_0000;
  return { micros: view.getBigUint64(0) - INT64_FLIP - BigInt(west) * 1_000_000n, west };
}

export const timetz: TypeCodec<Uint8Array> = {
  storage: "blob",
  parse(text, typmod, context) {
    const type = "time with time zone";
    const parts = readDateTime(text, inputOf(type, context));
    const micros = roundMicros(timeOf(parts, context), typmod < 0 ? 6 : typmod);
    const zone = parts.zone ?? sessionZone(context);
    const day =
      parts.days === undefined ? localNow(context) : BigInt(parts.days) * MICROS_PER_DAY + micros;
    const offset = parts.offset ?? offsetOfLocal(zone, day);
    return timetzKey({ micros, west: -offset });
  },
  format(value) {
    const { micros, west } = timetzOf(value);
    return formatTime(micros) + formatOffset(-west);
  },
  encode: (value) =>
    binary(12, (view) => {
      const { micros, west } = timetzOf(value);
      view.setBigInt64(0, micros);
      view.setInt32(8, west);
    }),
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    const micros = reader.int64();
    const west = reader.end(reader.int32());
    if (micros < 0n || micros > TIME_MAX) throw new SqlError("22008", "time out of range");
    return timetzKey({ micros, west });
  },
};
