/**
 * TEXT AND BINARY OF ANY TYPE: built-in ones from their codecs; arrays, enums, domains and
 * composites composed from pg_type. Who converts many values of one type keeps its codec
 * (`codecOf`) for the statement.
 */
import { AssertionError, assert } from "../../base/assert.ts";
import { FIRST_USER_OID, type Oid, oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { Value } from "../../base/value.ts";
import { domainRules, typeUnder } from "../../catalog/domains.ts";
import type { TypeTuple } from "../../catalog/names.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgEnum } from "../../catalog/relations/pg-enum.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgRange } from "../../catalog/relations/pg-range.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { arrayCodec, vectorCodec } from "./array-codec.ts";
import { decodeArray, encodeList } from "./array-value.ts";
import { baseCodec } from "./base-types.ts";
import { baseCodecs, elementTypes, unsupportedCodec } from "./builtin-types.ts";
import { DATE_END, isFiniteDate } from "./calendar.ts";
import { decodeFromClient, type Stored, type TypeCodec, type TypeContext } from "./codec.ts";
import { refuseNull } from "./domain-errors.ts";
import { floatKey, floatOf } from "./floats.ts";
import { int2, oidCodec, readInt2, readOid } from "./integers.ts";
import { multirangeCodec, type RangeType, rangeCodec } from "./ranges.ts";
import { recordCodec } from "./records.ts";
import type { Scalar, StorageClass } from "./scalar.ts";
import { text } from "./texts.ts";
import { formatType } from "./type-names.ts";
import { T } from "./type-oids.ts";

/** Codecs that depend on no catalog row. Filled with arrays as they are asked for. */
const known = new Map<number, TypeCodec>(baseCodecs);
known.set(T.record, recordCodec(codecOf));
const int2s = { oid: T.int2, codec: int2, delimiter: "," };
known.set(T.int2vector, vectorCodec(int2s, "int2vector", readInt2));
const oids = { oid: T.oid, codec: oidCodec, delimiter: "," };
known.set(T.oidvector, vectorCodec(oids, "oidvector", readOid));

/** Throws an AssertionError when there is no such type. */
export function codecOf(type: Oid, context: { readonly catalog: CatalogReader }): TypeCodec {
  const ready = known.get(type);
  if (ready) return ready;
  const element = elementTypes.get(type);
  if (element === undefined) return composed(type, context);
  const codec = arrayCodec({
    oid: oid(element),
    codec: codecOf(oid(element), context),
    delimiter: element === T.box ? ";" : ",",
  });
  known.set(type, codec);
  return codec;
}

function composed(type: Oid, context: { readonly catalog: CatalogReader }): TypeCodec {
  const row = context.catalog.find(pgType, "key", [type]);
  if (!row) throw new AssertionError(`cache lookup failed for type ${type}`);
  switch (row.typtype) {
    case "e":
      return enumCodec(row);
    case "d":
      return domainCodec(row, context);
    case "c":
      return recordCodec(codecOf, fieldsOf(row.typrelid, context.catalog));
    case "b":
      if (row.typelem !== 0 && row.typlen === -1) {
        const codec = codecOf(row.typelem, context);
        return arrayCodec({ oid: row.typelem, codec, delimiter: row.typdelim });
      }
      return baseCodec(codecOf, row, context);
    case "r":
      return rangeCodec(rangeTypeOf(type, context));
    case "m":
      return multirangeCodec(rangeTypeOf(type, context));
    case "p":
      return pseudoCodec(row, context);
    default:
      return unsupportedCodec(row.typname);
  }
}

/** int4range_canonical, int8range_canonical, daterange_canonical, and what comes after a value. */
const successors: ReadonlyMap<number, (value: Stored) => Stored | undefined> = new Map<
  number,
  (value: Stored) => Stored | undefined
>([
  [3914, (value: Stored) => nextInteger(value, INT4_MAX, "integer")],
  [3928, (value: Stored) => nextInteger(value, INT8_MAX, "bigint")],
  [3915, nextDate],
]);
const INT4_MAX = 0x7fff_ffffn;
const INT8_MAX = 0x7fff_ffff_ffff_ffffn;

function nextInteger(value: Stored, max: bigint, type: string): bigint {
  if (value === max) throw new SqlError("22003", `${type} out of range`);
  return (value as bigint) + 1n;
}

function nextDate(value: Stored): bigint | undefined {
  const days = value as bigint;
  if (!isFiniteDate(days)) return undefined;
  if (days + 1n >= DATE_END) throw new SqlError("22008", "date out of range.");
  return days + 1n;
}

/** What a range or a multirange type is made of. */
export function rangeTypeOf(type: Oid, context: { readonly catalog: CatalogReader }): RangeType {
  const known = builtInRanges.get(type);
  if (known) return known;
  const made = readRangeType(type, context);
  if (type < FIRST_USER_OID) builtInRanges.set(type, made);
  return made;
}

/** They never change. */
const builtInRanges = new Map<Oid, RangeType>();

function readRangeType(type: Oid, context: { readonly catalog: CatalogReader }): RangeType {
  const row =
    context.catalog.find(pgRange, "key", [type]) ??
    context.catalog.find(pgRange, "rngmultitypid", [type]);
  assert(row !== undefined, `range type ${type} is in pg_range`);
  const { rngsubtype: subtype, rngcanonical } = row;
  const next = successors.get(rngcanonical);
  return {
    codec: codecOf(subtype, context),
    key: (value, types) => codecOf(subtype, types).sortKey?.(value, types) ?? value,
    ...(next ? { next } : {}),
  };
}

/** Values of a pseudo-type are texts; nobody may write one, and few may be seen. */
function pseudoCodec(row: TypeTuple, { catalog }: { readonly catalog: CatalogReader }) {
  const refuse = (verb: string): never => {
    throw new SqlError("0A000", `cannot ${verb} a value of type ${row.typname}`);
  };
  const codec: TypeCodec<string> = {
    ...text,
    parse: () => refuse("accept"),
    decode: () => refuse("accept"),
    ...(isShown(row.oid) ? {} : { format: () => refuse("display") }),
  };
  if (catalog.find(pgProc, "key", [row.typinput])?.proisstrict) return codec;
  return { ...codec, parseNull: () => refuse("accept") };
}

const shownPseudoTypes: ReadonlySet<Oid> = new Set([
  T.anyarray,
  T.anyenum,
  T.anyrange,
  T.anymultirange,
  T.anycompatiblearray,
  T.anycompatiblerange,
  T.anycompatiblemultirange,
]);
const isShown = (type: Oid): boolean => shownPseudoTypes.has(type);

/** Stored as the label's oid, ordered by the label's place. */
function enumCodec(row: TypeTuple): TypeCodec<bigint> {
  const labelOf = (value: bigint, { catalog }: TypeContext) =>
    catalog.find(pgEnum, "key", [Number(value)]);
  const textOf = (value: bigint, context: TypeContext): string => {
    const label = labelOf(value, context);
    if (label) return label.enumlabel;
    throw new SqlError("22P03", `invalid internal value for enum: ${value}`);
  };
  const parse = (label: string, context: TypeContext): bigint => {
    const found = context.catalog.find(pgEnum, "typid_label", [row.oid, label]);
    if (!found) {
      const shown = formatType(row.oid, -1, context);
      throw new SqlError("22P02", `invalid input value for enum ${shown}: "${label}"`);
    }
    return usableLabel(found, context);
  };
  return {
    storage: "integer",
    parse: (label, _typmod, context) => parse(label, context),
    decode: (bytes, typmod, context) => parse(text.decode(bytes, typmod, context), context),
    format: textOf,
    encode: (value, context, typmod) => text.encode(textOf(value, context), context, typmod),
    sortKey: (value, context) => floatKey(labelOf(value, context)?.enumsortorder ?? 0),
  };
}

/** The label as a value. 55P04 when the transaction itself has added it. */
export function usableLabel(
  { oid: label, enumlabel, enumtypid }: Tuple<(typeof pgEnum)["columns"]>,
  context: TypeContext,
): bigint {
  if (!context.catalog.isNewLabel?.(label)) return BigInt(label);
  const type = formatType(enumtypid, -1, context);
  throw new SqlError("55P04", `unsafe use of new value "${enumlabel}" of enum type ${type}`, {
    hint: "New enum values must be committed before they can be used.",
  });
}

/** That of the type under it, with the domain's typmod, whatever the column says. */
function domainCodec(row: TypeTuple, { catalog }: { readonly catalog: CatalogReader }): TypeCodec {
  const { type, typmod } = typeUnder(catalog, row.oid);
  const base = codecOf(type, { catalog });
  const shaped: TypeCodec = {
    ...base,
    parse: (value, _typmod, context) => base.parse(value, typmod, context),
    format: (value, context) => base.format(value, context, typmod),
    encode: (value, context) => base.encode(value, context, typmod),
    decode: (bytes, _typmod, context) => base.decode(bytes, typmod, context),
  };
  const rules = domainRules(catalog, row.oid);
  if (!rules) return shaped;
  const check = (context: TypeContext, value: Scalar) => {
    if (context.checkDomain) return context.checkDomain(row.oid, value);
    if (value === null && rules.notNull) return refuseNull(context, row.oid);
    if (rules.checks.length === 0) return;
    throw notSupported(`input of values of domain ${row.typname}, which has constraints, here`);
  };
  const checked = (context: TypeContext, value: Stored): Stored => {
    check(context, value);
    return value;
  };
  return {
    ...shaped,
    parse: (value, given, context) => checked(context, shaped.parse(value, given, context)),
    decode: (bytes, given, context) => checked(context, shaped.decode(bytes, given, context)),
    parseNull: (context) => check(context, null),
    check,
  };
}

function fieldsOf(relation: Oid, catalog: CatalogReader) {
  return catalog
    .list(pgAttribute, "key", [relation])
    .filter((row) => row.attnum > 0 && !row.attisdropped)
    .sort((a, b) => a.attnum - b.attnum)
    .map((row) => ({ type: row.atttypid, typmod: row.atttypmod }));
}

export const storageClass = (type: Oid, catalog: CatalogReader): StorageClass =>
  codecOf(type, { catalog }).storage;

/** typinput. Throws SqlErrors as PostgreSQL's input functions do. */
export const parseText = (type: Oid, value: string, typmod: number, context: TypeContext): Stored =>
  codecOf(type, context).parse(value, typmod, context);

/** NULL as the input functions take it. Throws 23502 for domains that do not. */
export function parseNull(type: Oid, context: TypeContext): null {
  if (type >= FIRST_USER_OID) codecOf(type, context).parseNull?.(context);
  return null;
}

/** typoutput. `typmod` pads char(n), which is stored without its spaces. */
export const formatText = (type: Oid, value: Stored, context: TypeContext, typmod = -1): string =>
  codecOf(type, context).format(value, context, typmod);

/** typsend */
export const encodeBinary = (
  type: Oid,
  value: Stored,
  context: TypeContext,
  typmod = -1,
): Uint8Array => codecOf(type, context).encode(value, context, typmod);

/** typreceive. 22P03 `incorrect binary data format` when bytes remain. */
export const decodeBinary = (
  type: Oid,
  bytes: Uint8Array,
  typmod: number,
  context: TypeContext,
): Stored => codecOf(type, context).decode(bytes, typmod, context);

/** What a client sends for a parameter: of a domain, a value of the type under it. */
export function readSent(
  type: Oid,
  format: 0 | 1,
  bytes: Uint8Array,
  context: TypeContext,
): Stored {
  const { catalog } = context;
  const under = type < FIRST_USER_OID ? { type, typmod: -1 } : typeUnder(catalog, type);
  if (format === 1) return decodeBinary(under.type, bytes, under.typmod, context);
  return parseText(under.type, decodeFromClient(bytes, context), under.typmod, context);
}

/**
 * A form whose equality and order are the type's, for GROUP BY, DISTINCT, ORDER BY, joins and keys.
 */
export function sortKey(type: Oid, value: Scalar, context: TypeContext): Scalar {
  if (value === null) return null;
  return codecOf(type, context).sortKey?.(value, context) ?? value;
}

/** A column's value in a catalog row → its scalar. */
export function fromValue(type: Oid, value: Value): Scalar {
  switch (typeof value) {
    case "boolean":
      return value ? 1n : 0n;
    case "number":
      return type === T.float4 || type === T.float8 ? floatKey(value) : BigInt(value);
    case "string":
    case "bigint":
      return value;
    default:
      if (value === null || value instanceof Uint8Array) return value;
      return encodeList(value.map((item) => fromValue(oid(elementTypes.get(type) ?? 0), item)));
  }
}

/** The scalar as a catalog row holds it: the inverse of fromValue. */
export function toValue(type: Oid, scalar: Scalar, catalog: CatalogReader): Value {
  if (scalar === null) return null;
  if (type === T.bool) return scalar === 1n;
  if (type === T.float4 || type === T.float8) return floatOf(scalar as Uint8Array);
  const element = elementTypeOf(type, catalog);
  if (element !== undefined) {
    const storage = storageClass(element, catalog);
    return decodeArray(scalar as string, storage).elements.map((item) =>
      toValue(element, item, catalog),
    );
  }
  const wide = type === T.int8 || type === T.timestamptz || type === T.timestamp || type === T.time;
  return typeof scalar === "bigint" && !wide ? Number(scalar) : scalar;
}

/** Element type of an array type, int2vector and oidvector included; undefined for other types. */
export function elementTypeOf(type: Oid, catalog: CatalogReader): Oid | undefined {
  if (type === T.int2vector) return T.int2;
  if (type === T.oidvector) return T.oid;
  const builtIn = elementTypes.get(type);
  if (builtIn !== undefined) return oid(builtIn);
  if (known.has(type)) return undefined;
  const row = catalog.find(pgType, "key", [type]);
  if (row?.typtype === "d") return elementTypeOf(row.typbasetype, catalog);
  return row && row.typelem !== 0 && row.typlen === -1 ? row.typelem : undefined;
}

/** `value::text`: the type's output, but for the few types that have a cast of their own. */
export function castToText(type: Oid, value: Stored, context: TypeContext): string {
  if (type === T.bool) return value === 1n ? "true" : "false";
  const shown = formatText(type, value, context);
  if (type !== T.inet || shown.includes("/")) return shown;
  return `${shown}/${shown.includes(":") ? 128 : 32}`;
}
