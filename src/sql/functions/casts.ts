/**
 * Casts that are functions of pg_proc: between numbers, strings, bits.
 * https://www.postgresql.org/docs/15/catalog-pg-cast.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { adjustBits, adjustVarbits, bitDigits, bitsOf } from "../types/blobs.ts";
import { decodeUtf8, type Stored } from "../types/codec.ts";
import { applyTypmod, formatDecimal, parseDecimal, rescale, toNumber } from "../types/decimal.ts";
import { floatKey, floatOf, formatFloat } from "../types/floats.ts";
import { parseJsonText } from "../types/json-value.ts";
import { widenMacaddr } from "../types/macaddrs.ts";
import { relationNamed } from "../types/reg-types.ts";
import { charCodec, fitBpchar, fitVarchar, stripSpaces, truncateName } from "../types/texts.ts";
import { castToText } from "../types/type-io.ts";
import { checkXml, mustBeDocument } from "../types/xml.ts";
import { inRange, roundHalfEven } from "./arithmetic.ts";
import {
  asBytes,
  asInteger,
  asNumber,
  asText,
  define,
  defineFor,
  isTrue,
  truth,
} from "./define.ts";
import type { FunctionDefinition, ScalarCall } from "./registry.ts";
import { quoteLiteral } from "./strings.ts";

const same: ScalarCall = (_context, value) => value ?? null;
const integers = ["int2", "int4", "int8"] as const;
type IntegerName = (typeof integers)[number];
const labels = { int2: "smallint", int4: "integer", int8: "bigint" } as const;

const betweenIntegers = integers.flatMap((to) =>
  integers
    .filter((from) => from !== to)
    .map((from) => define(`${to}(${from})`, (_c, value) => inRange(to, asInteger(value)))),
);

function fromFloat(to: IntegerName, key: Uint8Array): bigint {
  const value = roundHalfEven(floatOf(key));
  if (!Number.isFinite(value)) throw new SqlError("22003", `${labels[to]} out of range`);
  return inRange(to, BigInt(value));
}

function fromNumeric(to: IntegerName, text: string): bigint {
  const value = parseDecimal(text);
  if (value.special) {
    const what = value.special === "NaN" ? "NaN" : "infinity";
    throw new SqlError("0A000", `cannot convert ${what} to ${labels[to]}`);
  }
  return inRange(to, rescale(value, 0).units);
}

const jsonbNames: Readonly<Record<string, string>> = {
  object: "object",
  array: "array",
  string: "string",
  bool: "boolean",
  null: "null",
  number: "numeric",
};

/** A jsonb scalar of the wanted kind as text; 22023 for any other. */
function jsonbScalar(text: string, kind: "number" | "bool", type: string): string {
  const node = parseJsonText(text);
  if (node.kind === "number" && kind === "number") return node.text;
  if (node.kind === "bool" && kind === "bool") return node.value ? "true" : "false";
  throw new SqlError("22023", `cannot cast jsonb ${jsonbNames[node.kind]} to type ${type}`);
}

const toIntegers = integers.flatMap((to) => [
  define(`${to}(float4)`, (_c, value) => fromFloat(to, asBytes(value))),
  define(`${to}(float8)`, (_c, value) => fromFloat(to, asBytes(value))),
  define(`${to}(numeric)`, (_c, value) => fromNumeric(to, asText(value))),
  define(`${to}(jsonb)`, (_c, value) =>
    fromNumeric(to, jsonbScalar(asText(value), "number", labels[to])),
  ),
]);

function single(value: number): Uint8Array {
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded) && Number.isFinite(value)) {
    throw new SqlError("22003", "value out of range: overflow");
  }
  if (rounded === 0 && value !== 0) throw new SqlError("22003", "value out of range: underflow");
  return floatKey(rounded);
}

export function numericToFloat(text: string, toSingle: boolean): Uint8Array {
  const value = toNumber(parseDecimal(text));
  const out = toSingle ? Math.fround(value) : value;
  if (!Number.isFinite(out) && !/^(NaN|-?Infinity)$/.test(text)) {
    const type = toSingle ? "real" : "double precision";
    throw new SqlError("22003", `"${text}" is out of range for type ${type}`);
  }
  return floatKey(out);
}

/** Fifteen digits of a double, six of a single. */
function floatToNumeric(key: Uint8Array, toSingle: boolean): string {
  return formatDecimal(parseDecimal(formatFloat(floatOf(key), toSingle, 0)));
}

const toFloats: readonly FunctionDefinition[] = [
  ...integers.flatMap((from) => [
    define(`float4(${from})`, (_c, value) => floatKey(Math.fround(Number(asInteger(value))))),
    define(`float8(${from})`, (_c, value) => floatKey(Number(asInteger(value)))),
    define(`numeric(${from})`, (_c, value) => String(asInteger(value))),
  ]),
  define("float4(float8)", (_c, value) => single(floatOf(asBytes(value)))),
  define("float8(float4)", same),
  define("float4(numeric)", (_c, value) => numericToFloat(asText(value), true)),
  define("float8(numeric)", (_c, value) => numericToFloat(asText(value), false)),
  define("numeric(float4)", (_c, value) => floatToNumeric(asBytes(value), true)),
  define("numeric(float8)", (_c, value) => floatToNumeric(asBytes(value), false)),
  define("numeric(numeric, int4)", (_c, value, typmod) =>
    formatDecimal(applyTypmod(parseDecimal(asText(value)), asNumber(typmod))),
  ),
  define("numeric(jsonb)", (_c, value) => jsonbScalar(asText(value), "number", "numeric")),
  define("float4(jsonb)", (_c, value) =>
    numericToFloat(jsonbScalar(asText(value), "number", "real"), true),
  ),
  define("float8(jsonb)", (_c, value) =>
    numericToFloat(jsonbScalar(asText(value), "number", "double precision"), false),
  ),
];

const others: readonly FunctionDefinition[] = [
  define("int8(oid)", same),
  define("oid(int8)", (_c, value) => {
    const id = asInteger(value);
    if (id < 0n || id > 0xffff_ffffn) throw new SqlError("22003", "OID out of range");
    return id;
  }),
  define("int4(bool)", same),
  define("bool(int4)", (_c, value) => truth(value !== 0n)),
  define("bool(jsonb)", (_c, value) =>
    truth(jsonbScalar(asText(value), "bool", "boolean") === "true"),
  ),
  define("text(bool)", (_c, value) => (value === 1n ? "true" : "false")),
  define("regclass(text)", (context, text) => BigInt(relationNamed(asText(text), context).oid)),
  define("xml(text)", (context, text) => checkXml(asText(text), mustBeDocument(context))),
  define("xid(xid8)", (_c, value) =>
    BigInt(new DataView(asBytes(value).buffer, asBytes(value).byteOffset).getUint32(4)),
  ),
  define("macaddr8(macaddr)", (_c, value) => widenMacaddr(asBytes(value))),
];

const strings: readonly FunctionDefinition[] = [
  define("text(name)", same),
  define("text(char)", (context, value) => charCodec.format(asText(value), context, -1)),
  define("text(bpchar)", same),
  define("name(text)", (_c, text) => truncateName(asText(text))),
  define("name(varchar)", (_c, text) => truncateName(asText(text))),
  define("name(bpchar)", (_c, text) => truncateName(stripSpaces(asText(text)))),
  define("bpchar(name)", same),
  define("bpchar(char)", (context, value) =>
    value === "" ? "" : stripSpaces(decodeUtf8(charCodec.encode(asText(value), context, -1))),
  ),
  define("varchar(name)", same),
  define("char(text)", (context, text) => charCodec.parse(asText(text), -1, context)),
  define("char(int4)", (_c, code) => {
    const value = asNumber(code);
    if (value < -128 || value > 127) throw new SqlError("22003", '"char" out of range');
    return value === 0 ? "" : String.fromCharCode(value & 0xff);
  }),
  define("int4(char)", (_c, text) => BigInt.asIntN(8, BigInt(asText(text).charCodeAt(0) || 0))),
  define("varchar(varchar, int4, bool)", (_c, text, typmod, explicit) =>
    fitVarchar(asText(text), asNumber(typmod), isTrue(explicit)),
  ),
  define("bpchar(bpchar, int4, bool)", (_c, text, typmod, explicit) =>
    fitBpchar(asText(text), asNumber(typmod), isTrue(explicit)),
  ),
];

/** The low bits of a whole number, sign-extended to the left. */
const integerBits = (value: bigint, length: number): string =>
  BigInt.asUintN(length, value).toString(2).padStart(length, "0");

function bitsToInteger(bits: Uint8Array, type: "int4" | "int8"): bigint {
  const width = type === "int4" ? 32 : 64;
  if (bits.length > width) throw new SqlError("22003", `${labels[type]} out of range`);
  return BigInt.asIntN(width, BigInt(`0b0${bitDigits(bits)}`));
}

const bits: readonly FunctionDefinition[] = [
  define("bit(bit, int4, bool)", (_c, value, typmod, explicit) =>
    bitsOf(adjustBits(bitDigits(asBytes(value)), asNumber(typmod), isTrue(explicit))),
  ),
  define("varbit(varbit, int4, bool)", (_c, value, typmod, explicit) =>
    bitsOf(adjustVarbits(bitDigits(asBytes(value)), asNumber(typmod), isTrue(explicit))),
  ),
  ...(["int4", "int8"] as const).flatMap((type) => [
    define(`bit(${type}, int4)`, (_c, value, typmod) =>
      bitsOf(integerBits(asInteger(value), asNumber(typmod) <= 0 ? 1 : asNumber(typmod))),
    ),
    define(`${type}(bit)`, (_c, value) => bitsToInteger(asBytes(value), type)),
  ]),
];

/** Functions of any type that work on its text. */
const throughText: readonly FunctionDefinition[] = [
  defineFor("quote_literal(anyelement)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, value) => quoteLiteral(castToText(type, value as Stored, context));
  }),
  defineFor("quote_nullable(anyelement)", ({ args }) => {
    const type = args[0] as Oid;
    return (context, value) =>
      value === null ? "NULL" : quoteLiteral(castToText(type, value as Stored, context));
  }),
];

export const castFunctions: readonly FunctionDefinition[] = [
  ...betweenIntegers,
  ...toIntegers,
  ...toFloats,
  ...others,
  ...strings,
  ...bits,
  ...throughText,
];
