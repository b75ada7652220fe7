/**
 * RANGES and multiranges over any type with an order.
 * https://www.postgresql.org/docs/15/rangetypes.html
 *
 * Stored as JSON text: {"f":flags,"b":[lower,upper]}, the bounds as in arrays, null where there is
 * none; a multirange is {"m":[…]} of such. Discrete ranges are in their canonical form, `[)`.
 */
import { SqlError } from "../../base/sql-error.ts";
import { decodeArray, encodeList } from "./array-value.ts";
import { BinaryReader, binary, concatBytes } from "./binary.ts";
import { encodeUtf8, type Stored, type TypeCodec, type TypeContext } from "./codec.ts";
import { isBare, type RangeText, readMultirange, readRange } from "./range-input.ts";
import type { Scalar } from "./scalar.ts";

/** As in PostgreSQL's binary form. */
const FLAG = {
  empty: 1,
  lowerInclusive: 2,
  upperInclusive: 4,
  lowerInfinite: 8,
  upperInfinite: 16,
};
const FLAGS = 31;

/** undefined = infinite */
export interface Bound {
  readonly value: Stored | undefined;
  readonly inclusive: boolean;
}
export interface Range {
  readonly lower: Bound;
  readonly upper: Bound;
}
/** "empty" is the empty range. */
export type RangeValue = Range | "empty";

/** What a range type is made of. */
export interface RangeType {
  readonly codec: TypeCodec;
  /** A form whose order is the subtype's. */
  readonly key: (value: Stored, context: TypeContext) => Stored;
  /** Of a discrete type: the next value, undefined at infinity. Throws where there is none. */
  readonly next?: (value: Stored) => Stored | undefined;
}

export function compareValues(type: RangeType, a: Stored, b: Stored, context: TypeContext): number {
  const [left, right] = [type.key(a, context), type.key(b, context)];
  if (typeof left === "bigint" && typeof right === "bigint") {
    return left === right ? 0 : left < right ? -1 : 1;
  }
  return Buffer.compare(bytesOf(left), bytesOf(right));
}

const bytesOf = (key: Stored): Uint8Array =>
  key instanceof Uint8Array ? key : encodeUtf8(String(key));

const INT8_FLIP = 1n << 63n;

/** Bytes in the order of the values, none a prefix of another's. */
function orderedBytes(key: Stored): Uint8Array {
  if (typeof key === "bigint") {
    return binary(8, (view) => view.setBigUint64(0, BigInt.asUintN(64, key + INT8_FLIP)));
  }
  const bytes = typeof key === "string" ? encodeUtf8(key) : key;
  const escaped = [...bytes].flatMap((byte) => (byte === 0 ? [0, 0xff] : [byte]));
  return Uint8Array.of(...escaped, 0, 0);
}

/** Empty, then by the lower bound, then by the upper one. */
function rangeKey(range: RangeValue, type: RangeType, context: TypeContext): Uint8Array {
  if (range === "empty") return Uint8Array.of(0);
  const parts: Uint8Array[] = [Uint8Array.of(1)];
  for (const bound of [range.lower, range.upper]) {
    const isLower = bound === range.lower;
    if (bound.value === undefined) parts.push(Uint8Array.of(isLower ? 0 : 2));
    else {
      const inside = bound.inclusive !== isLower;
      parts.push(Uint8Array.of(1), orderedBytes(type.key(bound.value, context)));
      parts.push(Uint8Array.of(inside ? 1 : 0));
    }
  }
  return concatBytes(parts);
}

/** Order of two bounds, each a lower or an upper one. */
export function compareBounds(
  type: RangeType,
  a: Bound,
  aIsLower: boolean,
  b: Bound,
  bIsLower: boolean,
  context: TypeContext,
): number {
  if (a.value === undefined || b.value === undefined) {
    const side = (bound: Bound, isLower: boolean) =>
      bound.value !== undefined ? 0 : isLower ? -1 : 1;
    return side(a, aIsLower) - side(b, bIsLower);
  }
  const order = compareValues(type, a.value, b.value, context);
  if (order !== 0) return order;
  // An exclusive bound lies a little inside of its value.
  const shift = (bound: Bound, isLower: boolean) => (bound.inclusive ? 0 : isLower ? 1 : -1);
  return shift(a, aIsLower) - shift(b, bIsLower);
}

/** Throws 22000 for bounds that are the wrong way round. */
export function makeRange(
  type: RangeType,
  lower: Bound,
  upper: Bound,
  context: TypeContext,
  canonical = false,
): RangeValue {
  if (lower.value !== undefined && upper.value !== undefined) {
    const order = compareValues(type, lower.value, upper.value, context);
    if (order > 0) {
      const message = "range lower bound must be less than or equal to range upper bound";
      throw new SqlError("22000", message);
    }
    if (order === 0 && !(lower.inclusive && upper.inclusive)) return "empty";
  }
  const range = { lower: checkedBound(lower), upper: checkedBound(upper) };
  if (!type.next || canonical) return range;
  const low = lower.inclusive ? range.lower : stepped(range.lower, type.next, true);
  const high = upper.inclusive ? stepped(range.upper, type.next, false) : range.upper;
  return makeRange(type, low, high, context, true);
}

function stepped(bound: Bound, next: NonNullable<RangeType["next"]>, inclusive: boolean): Bound {
  const value = bound.value === undefined ? undefined : next(bound.value);
  return value === undefined ? bound : { value, inclusive };
}

/** Nothing is included at infinity. */
const checkedBound = ({ value, inclusive }: Bound): Bound => ({
  value,
  inclusive: inclusive && value !== undefined,
});

export function encodeRange(range: RangeValue): string {
  if (range === "empty") return `{"f":${FLAG.empty},"b":[]}`;
  const { lower, upper } = range;
  const flags =
    (lower.inclusive ? FLAG.lowerInclusive : 0) |
    (upper.inclusive ? FLAG.upperInclusive : 0) |
    (lower.value === undefined ? FLAG.lowerInfinite : 0) |
    (upper.value === undefined ? FLAG.upperInfinite : 0);
  return `{"f":${flags},"b":${encodeList([lower.value ?? null, upper.value ?? null])}}`;
}

const storedRange = /^\{"f":(\d+),"b":(.*)\}$/s;

export function decodeRange(text: string, type: RangeType): RangeValue {
  let kept = decodedRanges.get(type);
  if (!kept || kept.size >= KEPT_RANGES_MAX) {
    kept = new Map();
    decodedRanges.set(type, kept);
  }
  const known = kept.get(text);
  if (known) return known;
  const made = readStored(text, type);
  kept.set(text, made);
  return made;
}

/** A range that others are held against is read again and again. */
const decodedRanges = new WeakMap<RangeType, Map<string, RangeValue>>();
const KEPT_RANGES_MAX = 2048;

function readStored(text: string, type: RangeType): RangeValue {
  const [, flagText = "0", bounds = "[]"] = storedRange.exec(text) ?? [];
  const flags = Number(flagText);
  if (flags & FLAG.empty) return "empty";
  const [lower, upper] = decodeArray(bounds, type.codec.storage).elements;
  return {
    lower: { value: lower ?? undefined, inclusive: (flags & FLAG.lowerInclusive) !== 0 },
    upper: { value: upper ?? undefined, inclusive: (flags & FLAG.upperInclusive) !== 0 },
  };
}

/** A range or a multirange with other bounds, which are texts as they are stored. */
export const withBounds = (text: string, change: (bound: Scalar) => Scalar): string =>
  text.replaceAll(/"b":(\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\])/g, (_, bounds: string) => {
    return `"b":${encodeList(decodeArray(bounds, "text").elements.map(change))}`;
  });

function rangeOfText(
  found: RangeText,
  type: RangeType,
  typmod: number,
  context: TypeContext,
): RangeValue {
  if (found === "empty") return "empty";
  const parsed = (text: string | undefined) =>
    text === undefined ? undefined : type.codec.parse(text, typmod, context);
  const lower = { value: parsed(found.lower), inclusive: found.lowerInclusive };
  const upper = { value: parsed(found.upper), inclusive: found.upperInclusive };
  return makeRange(type, lower, upper, context);
}

function formatRange(range: RangeValue, { codec }: RangeType, context: TypeContext): string {
  if (range === "empty") return "empty";
  const show = ({ value }: Bound): string => {
    if (value === undefined) return "";
    const text = codec.format(value, context, -1);
    return isBare(text) ? text : `"${text.replace(/["\\]/g, "$&$&")}"`;
  };
  const { lower, upper } = range;
  const [open, close] = [lower.inclusive ? "[" : "(", upper.inclusive ? "]" : ")"];
  return `${open}${show(lower)},${show(upper)}${close}`;
}

function sendRange(range: RangeValue, { codec }: RangeType, context: TypeContext): Uint8Array {
  if (range === "empty") return Uint8Array.of(FLAG.empty);
  const flags = Number(storedRange.exec(encodeRange(range))?.[1] ?? 0);
  const parts: Uint8Array[] = [Uint8Array.of(flags)];
  for (const { value } of [range.lower, range.upper]) {
    if (value !== undefined) parts.push(withLength(codec.encode(value, context, -1)));
  }
  return concatBytes(parts);
}

const withLength = (bytes: Uint8Array): Uint8Array =>
  concatBytes([binary(4, (view) => view.setInt32(0, bytes.length)), bytes]);

function receiveRange(
  bytes: Uint8Array,
  type: RangeType,
  typmod: number,
  context: TypeContext,
): RangeValue {
  const reader = new BinaryReader(bytes);
  const flags = reader.uint8() & FLAGS;
  const read = (absent: number): Stored | undefined =>
    flags & (FLAG.empty | absent)
      ? undefined
      : type.codec.decode(reader.raw(reader.int32()), typmod, context);
  const lower = { value: read(FLAG.lowerInfinite), inclusive: (flags & FLAG.lowerInclusive) !== 0 };
  const upper = { value: read(FLAG.upperInfinite), inclusive: (flags & FLAG.upperInclusive) !== 0 };
  reader.end(undefined);
  return flags & FLAG.empty ? "empty" : makeRange(type, lower, upper, context);
}

export function rangeCodec(type: RangeType): TypeCodec<string> {
  return {
    storage: "text",
    parse: (text, typmod, context) =>
      encodeRange(rangeOfText(readRange(text), type, typmod, context)),
    format: (value, context) => formatRange(decodeRange(value, type), type, context),
    encode: (value, context) => sendRange(decodeRange(value, type), type, context),
    decode: (bytes, typmod, context) => encodeRange(receiveRange(bytes, type, typmod, context)),
    sortKey: (value, context) => rangeKey(decodeRange(value, type), type, context),
  };
}

/** Sorted, and those that touch or overlap made one. */
export function normalize(
  ranges: readonly RangeValue[],
  type: RangeType,
  context: TypeContext,
): Range[] {
  const sorted = ranges.filter((range): range is Range => range !== "empty");
  const order = (a: Bound, aIsLower: boolean, b: Bound, bIsLower: boolean) =>
    compareBounds(type, a, aIsLower, b, bIsLower, context);
  sorted.sort(
    (a, b) => order(a.lower, true, b.lower, true) || order(a.upper, false, b.upper, false),
  );
  const merged: Range[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (!last || (order(last.upper, false, range.lower, true) < 0 && !touch(last, range))) {
      merged.push(range);
    } else if (order(last.upper, false, range.upper, false) < 0) {
      merged[merged.length - 1] = { lower: last.lower, upper: range.upper };
    }
  }
  return merged;

  function touch(a: Range, b: Range): boolean {
    if (a.upper.value === undefined || b.lower.value === undefined) return false;
    const same = compareValues(type, a.upper.value, b.lower.value, context) === 0;
    return same && a.upper.inclusive !== b.lower.inclusive;
  }
}

export const encodeMultirange = (ranges: readonly Range[]): string =>
  `{"m":[${ranges.map(encodeRange).join(",")}]}`;

export function decodeMultirange(text: string, type: RangeType): RangeValue[] {
  const found = text.slice(5, -1).matchAll(/\{"f":\d+,"b":\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\]\}/g);
  return [...found].map(([range]) => decodeRange(range, type));
}

export function multirangeCodec(type: RangeType): TypeCodec<string> {
  const make = (ranges: readonly RangeValue[], context: TypeContext) =>
    encodeMultirange(normalize(ranges, type, context));
  return {
    storage: "text",
    parse: (text, typmod, context) =>
      make(
        readMultirange(text, (range) => rangeOfText(readRange(range), type, typmod, context)),
        context,
      ),
    format: (value, context) =>
      `{${decodeMultirange(value, type)
        .map((range) => formatRange(range, type, context))
        .join(",")}}`,
    encode(value, context) {
      const ranges = decodeMultirange(value, type);
      const count = binary(4, (view) => view.setInt32(0, ranges.length));
      const parts = ranges.map((range) => withLength(sendRange(range, type, context)));
      return concatBytes([count, ...parts]);
    },
    decode(bytes, typmod, context) {
      const reader = new BinaryReader(bytes);
      const count = reader.int32();
      const ranges: RangeValue[] = [];
      for (let at = 0; at < count; at++) {
        ranges.push(receiveRange(reader.raw(reader.int32()), type, typmod, context));
      }
      return make(reader.end(ranges), context);
    },
    sortKey: (value, context) =>
      concatBytes([
        ...decodeMultirange(value, type).map((range) => rangeKey(range, type, context)),
        Uint8Array.of(0),
      ]),
  };
}
