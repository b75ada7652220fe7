/**
 * VALUES AS POSTGRESQL HAS THEM IN MEMORY, on a machine whose integers begin with their lowest
 * byte: what record_image_lt and its kin compare, and what pg_column_size counts. The images of
 * texts, bytes, numbers and of all types of a fixed length are known.
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { encodeUtf8, type TypeContext } from "../types/codec.ts";
import { absolute, isNegative, parseDecimal, powerOfTen } from "../types/decimal.ts";
import { decodeRecord } from "../types/records.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf } from "../types/type-io.ts";
import { typeLabel } from "../types/type-names.ts";
import { T } from "../types/type-oids.ts";
import { asBytes, asText, define, defineFor, truth } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

/** The widths of the numbers that a type's binary form has one after the other. */
const numbers: ReadonlyMap<Oid, readonly number[]> = new Map<Oid, readonly number[]>([
  [T.interval, [8, 4, 4]],
  [T.timetz, [8, 4]],
  [T.point, [8, 8]],
  [T.lseg, [8, 8, 8, 8]],
  [T.box, [8, 8, 8, 8]],
  [T.line, [8, 8, 8]],
  [T.circle, [8, 8, 8]],
]);

function turned(bytes: Uint8Array, widths: readonly number[]): Uint8Array {
  let at = 0;
  const parts = widths.map((width) => {
    at += width;
    return bytes.slice(at - width, at).reverse();
  });
  return Buffer.concat(parts);
}

const DIGITS = 4;
const SHORT_SCALE_MAX = 0x3f;
const SHORT_WEIGHT_MAX = 0x3f;
const SPECIALS = { NaN: 0xc000, Infinity: 0xd000, "-Infinity": 0xf000 } as const;

const shorts = (values: readonly number[]): Uint8Array => {
  const buffer = Buffer.alloc(values.length * 2);
  values.forEach((value, at) => {
    buffer.writeUInt16LE(value & 0xffff, at * 2);
  });
  return buffer;
};

/** Digits in base 10000 behind a header of one number, or of two where that is not enough. */
function imageOfNumeric(text: string): Uint8Array {
  const decimal = parseDecimal(text);
  if (decimal.special) return shorts([SPECIALS[decimal.special]]);
  const { scale } = decimal;
  const fraction = Math.ceil(scale / DIGITS) * DIGITS;
  const digits = (absolute(decimal.units) * powerOfTen(fraction - scale)).toString();
  const padded = digits.padStart(Math.ceil(digits.length / DIGITS) * DIGITS, "0");
  const words = (padded.match(/.{4}/g) ?? []).map(Number);
  let weight = words.length - fraction / DIGITS - 1;
  while (words.at(-1) === 0) words.pop();
  while (words[0] === 0) {
    words.shift();
    weight--;
  }
  if (words.length === 0) weight = 0;
  const negative = isNegative(decimal);
  const isShort =
    scale <= SHORT_SCALE_MAX && weight <= SHORT_WEIGHT_MAX && weight >= -SHORT_WEIGHT_MAX - 1;
  if (!isShort) return shorts([(negative ? 0x4000 : 0) | scale, weight, ...words]);
  const sign = negative ? 0x2000 : 0;
  return shorts([0x8000 | sign | (scale << 7) | (weight & 0x7f), ...words]);
}

/** A number that is compared as such, or bytes. */
type Image = bigint | Uint8Array;

function imageOf(type: Oid, value: Scalar, context: TypeContext, what: string): Image {
  const row = context.catalog.find(pgType, "key", [type]);
  if (row?.typtype === "e") return value as bigint;
  if (row?.typtype === "d") return imageOf(row.typbasetype, value, context, what);
  if ([T.text, T.varchar, T.bpchar, T.json, T.xml].some((text) => text === type)) {
    return encodeUtf8(asText(value));
  }
  if (type === T.bytea) return asBytes(value);
  if (type === T.name) return Buffer.concat([encodeUtf8(asText(value)), Uint8Array.of(0)]);
  if (type === T.numeric) return imageOfNumeric(asText(value));
  const known = row !== undefined && row.typlen > 0;
  if (!known) throw notSupported(`${what} of type ${typeLabel(type, context)}`);
  const sent = codecOf(type, context).encode(value as never, context, -1);
  if (row.typbyval) {
    const signed = BigInt.asIntN(sent.length * 8, BigInt(`0x${Buffer.from(sent).toString("hex")}`));
    return BigInt.asUintN(64, signed);
  }
  if (type === T.tid) return turned(sent, [2, 2, 2]);
  const widths = numbers.get(type);
  return widths ? turned(sent, widths) : sent;
}

function compareImages(a: Image, b: Image): number {
  if (typeof a === "bigint" || typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(a, b);
}

type Compare = (type: Oid, a: Scalar, b: Scalar, context: TypeContext) => number;

/** By the first fields that differ; NULL is greatest. */
function compareRecords(one: string, other: string, context: TypeContext, compare: Compare) {
  const [a, b] = [one, other].map((text) => decodeRecord(text, codecOf, context));
  if (!a || !b) return 0;
  const common = Math.min(a.values.length, b.values.length);
  for (let at = 0; at < common; at++) {
    const [left, right] = [a.types[at] as Oid, b.types[at] as Oid];
    if (left !== right) {
      const labels = [left, right].map((type) => typeLabel(type, context)).join(" and ");
      const where = `at record column ${at + 1}`;
      throw new SqlError("42804", `cannot compare dissimilar column types ${labels} ${where}`);
    }
    const [x = null, y = null] = [a.values[at], b.values[at]];
    if (x === null && y === null) continue;
    if (x === null || y === null) return x === null ? 1 : -1;
    const order = compare(left, x, y, context);
    if (order !== 0) return order;
  }
  if (a.values.length === b.values.length) return 0;
  throw new SqlError("42804", "cannot compare record types with different numbers of columns");
}

/** Values of one type have one image exactly where they are stored alike. */
const areApart: Compare = (type, a, b, context) => {
  if (typeof a === "string" && typeof b === "string" && /^\{"t":/.test(a) && /^\{"t":/.test(b)) {
    if (type === T.record || codecOf(type, context).composite) {
      return compareRecords(a, b, context, areApart);
    }
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) ? 1 : 0;
  return a === b ? 0 : 1;
};

const byImage =
  (name: string): Compare =>
  (type, a, b, context) => {
    const [x, y] = [a, b].map((value) => imageOf(type, value, context, `${name} of values`));
    return compareImages(x as Image, y as Image);
  };

const tests: readonly (readonly [name: string, test: (order: number) => boolean])[] = [
  ["record_image_lt", (order) => order < 0],
  ["record_image_le", (order) => order <= 0],
  ["record_image_gt", (order) => order > 0],
  ["record_image_ge", (order) => order >= 0],
];

const sizeOf = (type: Oid, context: TypeContext): bigint => {
  const length = context.catalog.find(pgType, "key", [type])?.typlen ?? -1;
  if (length > 0) return BigInt(length);
  throw notSupported(`pg_column_size of a value of type ${typeLabel(type, context)}`);
};

export const valueImageFunctions: readonly FunctionDefinition[] = [
  ...[["record_image_eq", true] as const, ["record_image_ne", false] as const].map(
    ([name, equal]) =>
      define(`${name}(record, record)`, (context, a, b) =>
        truth((compareRecords(asText(a), asText(b), context, areApart) === 0) === equal),
      ),
  ),
  ...tests.map(([name, test]) =>
    define(`${name}(record, record)`, (context, a, b) =>
      truth(test(compareRecords(asText(a), asText(b), context, byImage(name)))),
    ),
  ),
  define("btrecordimagecmp(record, record)", (context, a, b) =>
    BigInt(compareRecords(asText(a), asText(b), context, byImage("btrecordimagecmp"))),
  ),
  defineFor(
    "pg_column_size(any)",
    ({ args }) =>
      (context) =>
        sizeOf(args[0] as Oid, context),
  ),
];
