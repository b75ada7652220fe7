/**
 * = <> < <= > >= of every type. Where stored forms compare as the type does, the definition says so
 * (`native`) and SQLite's own operator is used; the call is for the others and for element-wise
 * comparison.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { decodeArray } from "../types/array-value.ts";
import {
  isFiniteDate,
  isFiniteTimestamp,
  MICROS_PER_DAY,
  TIMESTAMP_END,
  TIMESTAMP_INFINITY,
  TIMESTAMP_MINUS_INFINITY,
} from "../types/calendar.ts";
import type { TypeContext } from "../types/codec.ts";
import { compareDecimals, parseDecimal } from "../types/decimal.ts";
import { compareJson, parseJsonText } from "../types/json-value.ts";
import { decodeRecord } from "../types/records.ts";
import type { Scalar } from "../types/scalar.ts";
import { sessionZone, toUtc } from "../types/time-zones.ts";
import { codecOf, elementTypeOf } from "../types/type-io.ts";
import { typeLabel } from "../types/type-names.ts";
import { T } from "../types/type-oids.ts";
import { define, truth } from "./define.ts";
import type { FunctionDefinition, NativeComparison, ScalarCall } from "./registry.ts";

type Compare = (a: Scalar, b: Scalar) => number;

/** Order of stored forms as SQLite has it: whole numbers, or bytes. Never NULL. */
export function compareStored(a: Scalar, b: Scalar): number {
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  const left = a as bigint;
  const right = b as bigint;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Bytewise order of UTF-8, which is that of code points; JavaScript compares UTF-16 units. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    const surrogates = (left & 0xf800) === 0xd800 || (right & 0xf800) === 0xd800;
    if (surrogates) return (a.codePointAt(at) as number) - (b.codePointAt(at) as number);
    return left - right;
  }
  return a.length - b.length;
}

const operators: readonly NativeComparison[] = ["=", "<>", "<", "<=", ">", ">="];
const tests: Readonly<Record<NativeComparison, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "<>": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

const words = ["eq", "ne", "lt", "le", "gt", "ge"];
const underscored = words.map((word) => `_${word}`);

/**
 * Names of a family's functions: prefix + ending, in the order of `operators`; "" = there is none.
 */
function family(
  types: string,
  names: readonly string[],
  compare: Compare,
  native: boolean,
): FunctionDefinition[] {
  return names.flatMap((name, at): FunctionDefinition[] => {
    if (name === "") return [];
    const operator = operators[at] as NativeComparison;
    const holds = tests[operator];
    const call: ScalarCall = (_context, a, b) => truth(holds(compare(a as Scalar, b as Scalar)));
    const signature = `${name}(${types})`;
    if (native) return [{ signature, call, native: operator }];
    return [{ signature, call, equatesKeys: operator === "=" }];
  });
}

const stored = (prefix: string, types: string, endings = words): FunctionDefinition[] =>
  family(
    types,
    endings.map((ending) => (ending === "" ? "" : prefix + ending)),
    compareStored,
    true,
  );

const twice = (type: string): string => `${type}, ${type}`;

const integers: readonly (readonly [prefix: string, types: string])[] = [
  ["int2", "int2, int2"],
  ["int4", "int4, int4"],
  ["int8", "int8, int8"],
  ["int24", "int2, int4"],
  ["int28", "int2, int8"],
  ["int42", "int4, int2"],
  ["int48", "int4, int8"],
  ["int82", "int8, int2"],
  ["int84", "int8, int4"],
  ["float4", "float4, float4"],
  ["float8", "float8, float8"],
  ["float48", "float4, float8"],
  ["float84", "float8, float4"],
  ["bool", "bool, bool"],
  ["oid", "oid, oid"],
  ["char", "char, char"],
  ["name", "name, name"],
  ["bpchar", "bpchar, bpchar"],
  ["bytea", "bytea, bytea"],
  ["bit", "bit, bit"],
  ["varbit", "varbit, varbit"],
  ["tid", "tid, tid"],
  ["xid8", "xid8, xid8"],
];

const spaced: readonly (readonly [prefix: string, type: string])[] = [
  ["date", "date"],
  ["time", "time"],
  ["timetz", "timetz"],
  ["timestamp", "timestamp"],
  ["timestamptz", "timestamptz"],
  ["uuid", "uuid"],
  ["network", "inet"],
  ["macaddr", "macaddr"],
  ["macaddr8", "macaddr8"],
  ["cash", "money"],
  ["pg_lsn", "pg_lsn"],
];

const compareNumeric: Compare = (a, b) =>
  compareDecimals(parseDecimal(a as string), parseDecimal(b as string));
const compareJsonb: Compare = (a, b) =>
  compareJson(parseJsonText(a as string), parseJsonText(b as string));
/** The first 16 bytes are the comparison value. */
const compareInterval: Compare = (a, b) =>
  Buffer.compare((a as Uint8Array).subarray(0, 16), (b as Uint8Array).subarray(0, 16));
const compareVectors: Compare = (a, b) => {
  const left = JSON.parse(a as string) as number[];
  const right = JSON.parse(b as string) as number[];
  if (left.length !== right.length) return left.length - right.length;
  const at = left.findIndex((value, index) => value !== right[index]);
  return at < 0 ? 0 : (left[at] as number) - (right[at] as number);
};

/** A date is its midnight; where a zone is needed, the session's. */
export type Moment = "date" | "timestamp" | "timestamptz";

function toMoment(type: Moment, value: bigint, absolute: boolean, context: TypeContext): bigint {
  const finite = type !== "date" || isFiniteDate(value);
  // Above all moments that a timestamp may be, and below infinity.
  if (finite && type === "date" && value * MICROS_PER_DAY >= TIMESTAMP_END)
    return TIMESTAMP_INFINITY - 1n;
  const local =
    type !== "date"
      ? value
      : finite
        ? value * MICROS_PER_DAY
        : value < 0n
          ? TIMESTAMP_MINUS_INFINITY
          : TIMESTAMP_INFINITY;
  if (!absolute || type === "timestamptz" || !isFiniteTimestamp(local)) return local;
  return toUtc(sessionZone(context), local);
}

/** Order of moments of two kinds. */
export function compareMoments(
  left: Moment,
  right: Moment,
  a: bigint,
  b: bigint,
  context: TypeContext,
): number {
  const absolute = left === "timestamptz" || right === "timestamptz";
  const one = toMoment(left, a, absolute, context);
  return compareStored(one, toMoment(right, b, absolute, context));
}

const crossed = (left: Moment, right: Moment): FunctionDefinition[] =>
  operators.map((operator, at) =>
    define(`${left}${underscored[at]}_${right}(${left}, ${right})`, (context, a, b) =>
      truth(tests[operator](compareMoments(left, right, a as bigint, b as bigint, context))),
    ),
  );

const named = (prefix: string, endings: readonly string[]) =>
  endings.map((ending) => prefix + ending);

/** What values of any type are compared for: keys of groups are in order, and need an equality. */
type Wanted = "order" | "equality" | "group";

/**
 * cstring, refcursor, jsonpath, pg_snapshot and geometric types, among others, have no class of
 * operators that compares them.
 */
const INCOMPARABLE: ReadonlySet<number> = new Set([
  ...[T.json, T.xml, T.unknown, 600, 601, 602, 603, 604, 628, 718, 1790, 2275, 2970, 3642, 4072],
  ...[4600, 4601, 5038],
]);
/** xid, cid and aclitem are equal or not. */
const UNORDERED: ReadonlySet<number> = new Set([28, 29, 1033]);

/** The order of a type's values, wherever values of any type are compared. Throws 42883. */
export function comparatorOf(type: Oid, context: TypeContext, wanted: Wanted = "order"): Compare {
  if (INCOMPARABLE.has(type) || (wanted === "order" && UNORDERED.has(type))) {
    const what = wanted === "equality" ? "an equality operator" : "a comparison function";
    const message = `could not identify ${what} for type ${typeLabel(type, context)}`;
    throw new SqlError("42883", message);
  }
  switch (type) {
    case T.numeric:
      return compareNumeric;
    case T.jsonb:
      return compareJsonb;
    case T.interval:
      return compareInterval;
    case T.oidvector:
    case T.int2vector:
      return compareVectors;
    case T.record:
      return (a, b) => compareRecords(a as string, b as string, context, wanted);
    default:
      return composedComparator(type, context, wanted);
  }
}

function composedComparator(type: Oid, context: TypeContext, wanted: Wanted): Compare {
  const element = elementTypeOf(type, context.catalog);
  if (element !== undefined) {
    const { storage } = codecOf(element, context);
    const asked = () => comparatorOf(element, context, wanted);
    let known = wanted === "equality" ? undefined : asked();
    return (a, b) => {
      if (a === b) {
        known ??= asked();
        return 0;
      }
      const [left, right] = [decodeArray(a as string, storage), decodeArray(b as string, storage)];
      // Arrays of other shapes differ, whatever is in them.
      if (!known && shapeOf(left) !== shapeOf(right)) return 1;
      known ??= asked();
      return compareArrays(left, right, known);
    };
  }
  const codec = codecOf(type, context);
  if (!codec.sortKey) {
    return isRecord(type, context)
      ? (a, b) => compareRecords(a as string, b as string, context, wanted)
      : compareStored;
  }
  return (a, b) => {
    const left = codec.sortKey?.(a as string, context) as Scalar;
    return compareStored(left, codec.sortKey?.(b as string, context) as Scalar);
  };
}

const isRecord = (type: Oid, context: TypeContext): boolean =>
  type >= 10000 && codecOf(type, context).composite === true;

type Elements = ReturnType<typeof decodeArray>;

const shapeOf = ({ dimensions, lowerBounds }: Elements): string =>
  `${dimensions.join()}/${lowerBounds.join()}`;

/** NULLs are equal to each other and greater than anything else. */
function compareNullable(a: Scalar, b: Scalar, compare: Compare): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return compare(a, b);
}

/** array_cmp: elements first, then their number, dimensions, lengths and lower bounds. */
function compareArrays(a: Elements, b: Elements, compare: Compare): number {
  const length = Math.min(a.elements.length, b.elements.length);
  for (let at = 0; at < length; at++) {
    const order = compareNullable(a.elements[at] as Scalar, b.elements[at] as Scalar, compare);
    if (order !== 0) return order;
  }
  if (a.elements.length !== b.elements.length) return a.elements.length - b.elements.length;
  if (a.dimensions.length !== b.dimensions.length) return a.dimensions.length - b.dimensions.length;
  for (let depth = 0; depth < a.dimensions.length; depth++) {
    const order =
      (a.dimensions[depth] as number) - (b.dimensions[depth] as number) ||
      (a.lowerBounds[depth] as number) - (b.lowerBounds[depth] as number);
    if (order !== 0) return order;
  }
  return 0;
}

function compareRecords(a: string, b: string, context: TypeContext, wanted: Wanted): number {
  const left = decodeRecord(a, codecOf, context);
  const right = decodeRecord(b, codecOf, context);
  const length = Math.min(left.values.length, right.values.length);
  for (let at = 0; at < length; at++) {
    const type = left.types[at] as Oid;
    if (type !== right.types[at]) {
      throw new SqlError(
        "42804",
        `cannot compare dissimilar column types ${typeLabel(type, context)} and ${typeLabel(right.types[at] as Oid, context)} at record column ${at + 1}`,
      );
    }
    const compare = comparatorOf(type, context, wanted);
    const order = compareNullable(left.values[at] as Scalar, right.values[at] as Scalar, compare);
    if (order !== 0) return order;
  }
  if (left.values.length !== right.values.length) {
    throw new SqlError("42804", "cannot compare record types with different numbers of columns");
  }
  return 0;
}

/** array_eq(anyarray, anyarray) and its sisters: the order is that of the call's type. */
const polymorphic = (prefix: string, types: string): FunctionDefinition[] =>
  operators.map((operator, at) => ({
    signature: `${prefix}${underscored[at]}(${types})`,
    specialize: ({ args }) => {
      const [type] = args as readonly [Oid, ...Oid[]];
      const wanted = at < 2 ? "equality" : "order";
      return (context, a, b) =>
        truth(tests[operator](comparatorOf(type, context, wanted)(a as Scalar, b as Scalar)));
    },
  }));

/** Of a type whose order is that of its sort keys. */
const byKey = (name: string, type: Oid): FunctionDefinition[] =>
  operators.map((operator, at): FunctionDefinition => {
    const signature = `${name}${underscored[at]}(${twice(name)})`;
    const call: ScalarCall = (context, a, b) =>
      truth(tests[operator](comparatorOf(type, context)(a as Scalar, b as Scalar)));
    return { signature, equatesKeys: operator === "=", call };
  });

const patternWords = ["", "", "_lt", "_le", "_gt", "_ge"];
const nameText = ["eq", "ne", "lt", "le", "gt", "ge"];

export const comparisonFunctions: readonly FunctionDefinition[] = [
  ...integers.flatMap(([prefix, types]) => stored(prefix, types)),
  ...spaced.flatMap(([prefix, type]) => stored(prefix, twice(type), underscored)),
  ...stored("text", twice("text"), ["eq", "ne", "_lt", "_le", "_gt", "_ge"]),
  ...stored("text_pattern", twice("text"), patternWords),
  ...stored("bpchar_pattern", twice("bpchar"), patternWords),
  ...family(
    "name, text",
    nameText.map((word) => `name${word}text`),
    compareStored,
    true,
  ),
  ...family(
    "text, name",
    nameText.map((word) => `text${word}name`),
    compareStored,
    true,
  ),
  ...family("xid, xid", ["xideq", "xidneq"], compareStored, true),
  ...family("xid, int4", ["xideqint4", "xidneqint4"], compareStored, true),
  ...family("cid, cid", ["cideq"], compareStored, true),
  ...family("aclitem, aclitem", ["aclitemeq"], compareStored, true),
  ...family("oidvector, oidvector", named("oidvector", ["eq", "ne"]), compareStored, true),
  ...family(
    "oidvector, oidvector",
    ["", "", ...named("oidvector", words.slice(2))],
    compareVectors,
    false,
  ),
  ...family("numeric, numeric", named("numeric", underscored), compareNumeric, false),
  ...family("interval, interval", named("interval", underscored), compareInterval, false),
  ...family("jsonb, jsonb", named("jsonb", underscored), compareJsonb, false),
  ...byKey("tsvector", T.tsvector),
  ...byKey("tsquery", T.tsquery),
  ...crossed("date", "timestamp"),
  ...crossed("date", "timestamptz"),
  ...crossed("timestamp", "date"),
  ...crossed("timestamptz", "date"),
  ...crossed("timestamp", "timestamptz"),
  ...crossed("timestamptz", "timestamp"),
  ...polymorphic("array", "anyarray, anyarray"),
  ...polymorphic("enum", "anyenum, anyenum"),
  ...polymorphic("record", "record, record"),
  ...polymorphic("range", "anyrange, anyrange"),
  ...polymorphic("multirange", "anymultirange, anymultirange"),
  define("booland_statefunc(bool, bool)", (_context, a, b) => truth(a === 1n && b === 1n)),
  define("boolor_statefunc(bool, bool)", (_context, a, b) => truth(a === 1n || b === 1n)),
];
