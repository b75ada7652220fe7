/**
 * What the translator's SQL calls beside PostgreSQL's own functions: openers of arrays and records,
 * checks, keys.
 */

import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { AggregateSteps, FunctionContext } from "../functions/registry.ts";
import {
  type ArrayValue,
  decodeArray,
  EMPTY_ARRAY,
  encodeArray,
  encodeList,
  vectorToArray,
} from "../types/array-value.ts";
import type { Stored } from "../types/codec.ts";
import { refuseNull, refuseValue } from "../types/domain-errors.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import { decodeRecord, encodeRecord } from "../types/records.ts";
import type { Scalar, StorageClass } from "../types/scalar.ts";
import { codecOf } from "../types/type-io.ts";
import { formatType } from "../types/type-names.ts";
import { withElement, withSlice } from "./array-assignment.ts";
import { collationAggregates, collationFunctions } from "./collation-functions.ts";
import { pieceOf, withPiece } from "./fixed-pieces.ts";
import { withPart } from "./jsonb-assignment.ts";
import { recordField, returnedFields } from "./returned-record.ts";
import { rowLockFunctions } from "./row-lock-functions.ts";
import { xmlConstructs } from "./xml-constructs.ts";

type Internal = (context: FunctionContext, ...args: Scalar[]) => Scalar;

function limitOf(value: Scalar, none: bigint, code: string, word: string): bigint {
  if (value === null) return none;
  if ((value as bigint) < 0n) throw new SqlError(code, `${word} must not be negative`);
  return value as bigint;
}

function notNull(value: Scalar, side: string): Scalar {
  if (value !== null) return value;
  throw new SqlError("22004", `frame ${side} offset must not be null`);
}

function frameOffset(value: Scalar, side: string): Scalar {
  if ((notNull(value, side) as bigint) >= 0n) return value;
  throw new SqlError("22013", `frame ${side} offset must not be negative`);
}

function countFrom1(value: Scalar, code: string, name: string): Scalar {
  if (value === null) return 1n;
  if ((value as bigint) > 0n) return value;
  throw new SqlError(code, `argument of ${name} must be greater than zero`);
}

/** Whether the row of this key is one of so many percent. */
function isSampled(percent: Scalar, seed: Scalar, key: readonly Scalar[]): Scalar {
  if (percent === null) throw new SqlError("2202H", "TABLESAMPLE parameter cannot be null");
  const share = floatOf(percent as Uint8Array);
  if (!(share >= 0 && share <= 100)) {
    throw new SqlError("2202H", "sample percentage must be between 0 and 100");
  }
  return fractionOf([seed, ...key].map(keyText).join("\u0000")) * 100 < share ? 1n : 0n;
}

/** A number in [0, 1) that the text decides and nothing else: FNV-1a, then mixed. */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

const keyText = (value: Scalar): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value);

interface RecursionState {
  /** Each a row as JSON text. */
  readonly rows: readonly string[];
  /** By which rows that were there before are known. */
  readonly seen: readonly string[];
}

/** A step of WITH RECURSIVE … UNION: of the `found` pairs of row and key those that are new. */
function recursionUnion(before: Scalar, found: Scalar): Scalar {
  const state: RecursionState =
    before === null ? { rows: [], seen: [] } : (JSON.parse(String(before)) as RecursionState);
  const seen = new Set(state.seen);
  const rows: string[] = [];
  for (const [row, key] of JSON.parse(String(found)) as [string, string[]][]) {
    const id = JSON.stringify(key);
    if (seen.has(id)) continue;
    seen.add(id);
    rows.push(row);
  }
  return JSON.stringify({ rows, seen: [...seen] } satisfies RecursionState);
}

/** Array subscripts beyond the bounds, NULL ones, and too few of them give NULL. */
function elementAt(array: ArrayValue, subscripts: readonly Scalar[]): Scalar {
  if (subscripts.length !== array.dimensions.length) return null;
  let offset = 0;
  for (const [at, subscript] of subscripts.entries()) {
    if (subscript === null) return null;
    const length = array.dimensions[at] ?? 0;
    const index = Number(subscript as bigint) - (array.lowerBounds[at] ?? 1);
    if (index < 0 || index >= length) return null;
    offset = offset * length + index;
  }
  return array.elements[offset] ?? null;
}

/**
 * a[l:u, …]: bounds are clipped to the array's; the result counts from 1. `bounds` is four values a
 * dimension: whether the lower is given, the lower, and the same of the upper.
 */
function sliceOf(array: ArrayValue, bounds: readonly Scalar[]): Scalar {
  const count = bounds.length / 4;
  const { dimensions, lowerBounds, elements } = array;
  if (bounds.some((bound, at) => at % 2 === 1 && bound === null && bounds[at - 1] === 1n))
    return null;
  if (dimensions.length === 0 || count > dimensions.length) return "[]";
  const from: number[] = [];
  const lengths: number[] = [];
  for (const [at, length] of dimensions.entries()) {
    const base = lowerBounds[at] ?? 1;
    const [hasLower, lower, hasUpper, upper] = bounds.slice(at * 4, at * 4 + 4);
    const low = Math.max(hasLower === 1n ? Number(lower) : base, base);
    const high = Math.min(hasUpper === 1n ? Number(upper) : base + length - 1, base + length - 1);
    if (low > high) return "[]";
    from.push(low - base);
    lengths.push(high - low + 1);
  }
  const picked: Scalar[] = [];
  const pick = (depth: number, offset: number): void => {
    const length = dimensions[depth];
    if (length === undefined) {
      picked.push(elements[offset] ?? null);
      return;
    }
    for (let at = 0; at < (lengths[depth] ?? 0); at++) {
      pick(depth + 1, offset * length + (from[depth] ?? 0) + at);
    }
  };
  pick(0, 0);
  return encodeArray({ dimensions: lengths, lowerBounds: lengths.map(() => 1), elements: picked });
}

/** Dimensions of an array's text and where they start, whatever its elements are. */
function shapeOf(text: string): string {
  const json = JSON.parse(text);
  const lengths: number[] = [];
  const isPlain = Array.isArray(json);
  for (let level = isPlain ? json : json.a; Array.isArray(level); level = level[0]) {
    lengths.push(level.length);
  }
  const starts = isPlain || json.l.every((low: number) => low === 1) ? "" : ` from ${json.l}`;
  return `${lengths.join()}${starts}`;
}

const withoutBounds = (text: string): string =>
  text.startsWith("{") ? text.slice(text.indexOf('"a":') + 4, -1) : text;

function nest(arrays: readonly string[], message: string): string {
  const shapes = arrays.map(shapeOf);
  if (shapes.some((shape) => shape !== shapes[0])) throw new SqlError("2202E", message);
  if (shapes[0] === "0" || arrays.length === 0) return "[]";
  const elements = `[${arrays.map(withoutBounds).join(",")}]`;
  if (!shapes[0]?.includes(" from ")) return elements;
  return `{"l":[1,${JSON.parse(arrays[0] ?? "").l}],"a":${elements}}`;
}

const storages: readonly StorageClass[] = ["integer", "text", "blob"];
const arrayOf = (value: Scalar, storage: StorageClass): ArrayValue =>
  value === null ? EMPTY_ARRAY : decodeArray(String(value), storage);

const perStorage = (name: string, make: (storage: StorageClass) => Internal) =>
  storages.map((storage) => [`${name}_${storage}`, make(storage)] as const);

export const internalFunctions: ReadonlyMap<string, Internal> = new Map<string, Internal>([
  [
    "more_than_one_row",
    () => {
      throw new SqlError("21000", "more than one row returned by a subquery used as an expression");
    },
  ],
  ...rowLockFunctions,
  ...xmlConstructs,
  ...collationFunctions,
  ["limit_count", (_, value = null) => limitOf(value, -1n, "2201W", "LIMIT")],
  ["offset_count", (_, value = null) => limitOf(value, 0n, "2201X", "OFFSET")],
  [
    "ties_count",
    (_, value = null) => {
      if (value !== null) return limitOf(value, 0n, "2201W", "LIMIT");
      const message = "row count cannot be null in FETCH FIRST ... WITH TIES clause";
      throw new SqlError("2201W", message);
    },
  ],
  ["frame_starting", (_, value = null) => frameOffset(value, "starting")],
  ["frame_ending", (_, value = null) => frameOffset(value, "ending")],
  ["range_starting", (_, value = null) => notNull(value, "starting")],
  ["range_ending", (_, value = null) => notNull(value, "ending")],
  // NULL is asked for before: any count will do.
  ["ntile_count", (_, value = null) => countFrom1(value, "22014", "ntile")],
  ["nth_count", (_, value = null) => countFrom1(value, "22016", "nth_value")],
  ["recursion_union", (_, state = null, rows = null) => recursionUnion(state, rows)],
  ["is_sampled", (_, percent = null, seed = null, ...key) => isSampled(percent, seed, key)],
  [
    "sample_seed",
    (_, seed = null) => {
      if (seed !== null) return seed;
      throw new SqlError("2202G", "TABLESAMPLE REPEATABLE parameter cannot be null");
    },
  ],
  // REAL reaches JavaScript as a number.
  ["float_key", (_, value = null) => (value === null ? null : floatKey(Number(value)))],
  ["array_from_zero", (_, value = null) => (value === null ? null : vectorToArray(String(value)))],
  [
    "array_of_arrays",
    (_, ...arrays) =>
      nest(
        arrays.map((array) => (array === null ? "[]" : String(array))),
        "multidimensional arrays must have array expressions with matching dimensions",
      ),
  ],
  ...perStorage("array_flat", (storage) => (_, value = null) => {
    if (value === null) return null;
    const text = String(value);
    const plain = text.startsWith("[") && !text.startsWith("[[");
    return plain ? text : encodeList(decodeArray(text, storage).elements);
  }),
  ...perStorage("array_like", (storage) => (_, shape = null, flat = null) => {
    if (shape === null || flat === null) return null;
    const text = String(shape);
    if (text.startsWith("[") && !text.startsWith("[[")) return flat;
    // Only the shape is asked of it: as texts, its elements need not be read.
    const { dimensions, lowerBounds } = decodeArray(text, "text");
    const { elements } = decodeArray(String(flat), storage);
    return encodeArray({ dimensions, lowerBounds, elements });
  }),
  ...perStorage(
    "array_element",
    (storage) =>
      (_, value = null, ...subscripts) =>
        value === null || subscripts.includes(null)
          ? null
          : elementAt(decodeArray(String(value), storage), subscripts),
  ),
  ...perStorage(
    "array_with_element",
    (storage) =>
      (_, array = null, value = null, ...subscripts) =>
        encodeArray(withElement(arrayOf(array, storage), value, subscripts)),
  ),
  ...perStorage("array_with_slice", (storage) => (_, array = null, values = null, ...bounds) => {
    const old = arrayOf(array, storage);
    if (values === null) return encodeArray(old);
    return encodeArray(withSlice(old, arrayOf(values, storage).elements, bounds));
  }),
  ...perStorage(
    "array_slice",
    (storage) =>
      (_, value = null, ...bounds) =>
        value === null ? null : sliceOf(decodeArray(String(value), storage), bounds),
  ),
  [
    "jsonb_with_part",
    (context, container = null, value = null, asArray = 0n, ...steps) =>
      withPart(context, container, value, asArray === 1n, steps),
  ],
  ["not_collatable", (context, type = null) => refuseCollation(context, oid(Number(type)))],
  ["domain_null", (context, domain = null) => refuseNull(context, oid(Number(domain)))],
  [
    "domain_check",
    (context, domain = null, name = null) =>
      refuseValue(context, oid(Number(domain)), String(name)),
  ],
  [
    "fixed_element",
    (context, type = 0n, length = 0n, element = 0n, value = null, place = null) =>
      value === null || place === null
        ? null
        : pieceOf(context, { type, length, element }, value, Number(place)),
  ],
  [
    "fixed_with_element",
    (context, type = 0n, length = 0n, element = 0n, whole = null, value = null, place = null) =>
      withPiece(context, { type, length, element }, whole, value, place),
  ],
  [
    "record",
    (_, types = "", names = null, ...values) => {
      const list = String(types) === "" ? [] : String(types).split(",");
      const named = names === null ? {} : { names: JSON.parse(String(names)) as string[] };
      return encodeRecord({ types: list.map((type) => oid(Number(type))), ...named, values });
    },
  ],
  [
    "record_field",
    (context, value = null, field = 1n, type = null) => {
      const declared = type === null ? undefined : oid(Number(type));
      return value === null ? null : recordField(context, String(value), Number(field), declared);
    },
  ],
  [
    "returned_field",
    (context, value = null, field = 1n, types = "") => {
      if (value === null) return null;
      const declared = String(types)
        .split(",")
        .map((type) => oid(Number(type)));
      return returnedFields(context, String(value), declared)[Number(field) - 1] ?? null;
    },
  ],
  [
    "record_as",
    (context, value = null, shape = "") =>
      value === null ? null : recordAs(context, value, shape),
  ],
  [
    "record_is_null",
    (context, value = null) =>
      value === null || fieldsOf(context, value).every((field) => field === null) ? 1n : 0n,
  ],
  [
    "record_is_not_null",
    (context, value = null) =>
      value !== null && fieldsOf(context, value).every((field) => field !== null) ? 1n : 0n,
  ],
]);

/** `shape`: which fields of the record are those of the other one, by their places from 0. */
function recordAs(context: FunctionContext, value: Stored, shape: Scalar): string {
  const { places, types, names } = JSON.parse(String(shape));
  const { values } = decodeRecord(String(value), codecOf, context);
  return encodeRecord({
    ...{ types, names },
    values: places.map((place: number) => values[place] ?? null),
  });
}

function refuseCollation(context: FunctionContext, type: Oid): never {
  const shown = formatType(type, -1, context);
  throw new SqlError("42804", `collations are not supported by type ${shown}`);
}

const fieldsOf = (context: FunctionContext, value: Scalar): readonly Scalar[] =>
  decodeRecord(String(value), codecOf, context).values;

interface NthRow {
  rows: bigint;
  value: Scalar;
}

export const internalAggregates: ReadonlyMap<string, AggregateSteps> = new Map([
  ...collationAggregates,
  [
    "nth_row",
    {
      start: (): NthRow => ({ rows: 0n, value: null }),
      step: (_: FunctionContext, state: unknown, value: Scalar = null, place: Scalar = null) => {
        const row = state as NthRow;
        if (place !== null && ++row.rows === countFrom1(place, "22016", "nth_value"))
          row.value = value;
        return row;
      },
      result: (_: FunctionContext, state: unknown): Scalar => (state as NthRow).value,
    },
  ],
  [
    "array_of_rows",
    {
      start: (): string[] => [],
      step: (_: FunctionContext, state: unknown, value: Scalar = null) => {
        if (value === null) throw new SqlError("22004", "cannot accumulate null arrays");
        (state as string[]).push(String(value));
        return state;
      },
      result: (_: FunctionContext, state: unknown): Scalar =>
        nest(state as string[], "cannot accumulate arrays of different dimensionality"),
    },
  ],
]);
