/**
 * to_reg…: oids of named objects, NULL where the cast would fail; and how information_schema
 * describes columns.
 */
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Relation } from "../../catalog/relation.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { decodeRecord } from "../types/records.ts";
import {
  type RegCodec,
  regclass,
  regcollation,
  regnamespace,
  regoper,
  regoperator,
  regproc,
  regprocedure,
  regrole,
  regtype,
} from "../types/reg-types.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf } from "../types/type-io.ts";
import { formatType } from "../types/type-names.ts";
import { T } from "../types/type-oids.ts";
import { asNumber, asOid, asText, define } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

const lookups: readonly (readonly [string, RegCodec])[] = [
  ["to_regclass", regclass],
  ["to_regcollation", regcollation],
  ["to_regnamespace", regnamespace],
  ["to_regoper", regoper],
  ["to_regoperator", regoperator],
  ["to_regproc", regproc],
  ["to_regprocedure", regprocedure],
  ["to_regrole", regrole],
  ["to_regtype", regtype],
];

/** An absent or ambiguous object is NULL; a name that cannot be read is still an error. */
const notFound = new Set(["42P01", "42883", "42725", "42704", "3F000"]);

const lookupFunctions = lookups.map(([name, codec]) =>
  define(`${name}(text)`, (context, text) => {
    try {
      return BigInt(codec.resolve(asText(text), context));
    } catch (error) {
      const typeOfArgument = name.startsWith("to_regproced") || name === "to_regoperator";
      const missing = error instanceof SqlError && notFound.has(error.code);
      if (missing && !(typeOfArgument && error.code === "42704")) return null;
      throw error;
    }
  }),
);

type Describe = (type: Oid, typmod: number) => Scalar;

const describing = (name: string, describe: Describe): FunctionDefinition =>
  define(`${name}(oid, int4)`, (_context, type, typmod) => describe(asOid(type), asNumber(typmod)));

const characters = new Set<Oid>([T.bpchar, T.varchar]);
const bits = new Set<Oid>([T.bit, T.varbit]);
const wholeBits = new Map<Oid, bigint>([
  [T.int2, 16n],
  [T.int4, 32n],
  [T.int8, 64n],
]);
const floatBits = new Map<Oid, bigint>([
  [T.float4, 24n],
  [T.float8, 53n],
]);
const clocks = new Set<Oid>([T.time, T.timetz, T.timestamp, T.timestamptz]);
const INTERVAL_ALL = 0xffff;

function characterLength(type: Oid, typmod: number): Scalar {
  if (typmod === -1) return null;
  if (characters.has(type)) return BigInt(typmod - 4);
  return bits.has(type) ? BigInt(typmod) : null;
}

function octetLength(type: Oid, typmod: number): Scalar {
  if (type !== T.text && !characters.has(type)) return null;
  return type === T.text || typmod === -1 ? 1_073_741_824n : BigInt(typmod - 4) * 4n;
}

function numericPrecision(type: Oid, typmod: number): Scalar {
  if (type === T.numeric) return typmod === -1 ? null : BigInt(((typmod - 4) >> 16) & 0xffff);
  return wholeBits.get(type) ?? floatBits.get(type) ?? null;
}

function numericScale(type: Oid, typmod: number): Scalar {
  if (wholeBits.has(type)) return 0n;
  if (type !== T.numeric || typmod === -1) return null;
  return BigInt((typmod - 4) & 0xffff);
}

function datetimePrecision(type: Oid, typmod: number): Scalar {
  if (type === T.date) return 0n;
  if (clocks.has(type)) return typmod < 0 ? 6n : BigInt(typmod);
  if (type !== T.interval) return null;
  const precision = typmod & INTERVAL_ALL;
  return typmod < 0 || precision === INTERVAL_ALL ? 6n : BigInt(precision);
}

/** A column's own, or that of its domain's base type. */
function trueType(
  attribute: string,
  type: string,
  context: FunctionContext,
  column: "atttypid" | "atttypmod",
  ofDomain: "typbasetype" | "typtypmod",
): Scalar {
  const field = (record: string, relation: Relation, name: string): Scalar =>
    decodeRecord(record, codecOf, context).values[relation.columnNames.indexOf(name)] ?? null;
  const isDomain = field(type, pgType as unknown as Relation, "typtype") === "d";
  return isDomain
    ? field(type, pgType as unknown as Relation, ofDomain)
    : field(attribute, pgAttribute as unknown as Relation, column);
}

export const nameFunctions: readonly FunctionDefinition[] = [
  ...lookupFunctions,
  describing("_pg_char_max_length", characterLength),
  describing("_pg_char_octet_length", octetLength),
  describing("_pg_numeric_precision", numericPrecision),
  describing("_pg_numeric_precision_radix", (type) =>
    type === T.numeric ? 10n : wholeBits.has(type) || floatBits.has(type) ? 2n : null,
  ),
  describing("_pg_numeric_scale", numericScale),
  describing("_pg_datetime_precision", datetimePrecision),
  define("_pg_truetypid(pg_attribute, pg_type)", (context, attribute, type) =>
    trueType(attribute as string, type as string, context, "atttypid", "typbasetype"),
  ),
  define("_pg_truetypmod(pg_attribute, pg_type)", (context, attribute, type) =>
    trueType(attribute as string, type as string, context, "atttypmod", "typtypmod"),
  ),
  define("_pg_interval_type(oid, int4)", (context, type, typmod) => {
    if (asOid(type) !== T.interval) return null;
    const shown = formatType(T.interval, asNumber(typmod), context);
    return /^interval(?:[()0-9]*) (.+)$/.exec(shown)?.[1]?.toUpperCase() ?? null;
  }),
  define("_pg_index_position(oid, int2)", ({ catalog }, index, attnum) => {
    const keys = catalog.find(pgIndex, "key", [asOid(index)])?.indkey ?? [];
    const at = keys.indexOf(asNumber(attnum));
    return at < 0 ? null : BigInt(at + 1);
  }),
  define("oidvectortypes(oidvector)", (context, types) =>
    (JSON.parse(asText(types)) as number[])
      .map((type) => formatType(oid(type), undefined, context))
      .join(", "),
  ),
];
