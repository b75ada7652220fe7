/**
 * Values of any type as JSON, as to_json writes them.
 * https://www.postgresql.org/docs/15/functions-json.html
 */
import type { Oid } from "../../base/ids.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { decodeArray } from "../types/array-value.ts";
import { splitMicros } from "../types/calendar.ts";
import type { Stored, TypeContext } from "../types/codec.ts";
import { formatDate, formatTime } from "../types/datetime-output.ts";
import { quoteJson } from "../types/json-value.ts";
import { decodeRecord } from "../types/records.ts";
import type { Scalar } from "../types/scalar.ts";
import { sessionZone } from "../types/time-zones.ts";
import { codecOf, elementTypeOf } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";

const numbers = new Set<number>([T.int2, T.int4, T.int8, T.float4, T.float8, T.numeric]);
const ISO = { style: "ISO", order: "MDY" } as const;

/** XML Schema's form, whatever DateStyle says. */
export function dateTimeText(type: Oid, value: bigint, context: TypeContext): string {
  const shown = codecOf(type, context).format(value, context, -1);
  if (shown.endsWith("infinity")) return shown;
  if (type === T.date) return formatDate(Number(value), ISO);
  const offset = type === T.timestamptz ? sessionZone(context).offsetAt(value) : 0;
  const { days, time } = splitMicros(value + BigInt(offset) * 1_000_000n);
  const [date = "", bc = ""] = formatDate(days, ISO).split(" ");
  const zone = type === T.timestamptz ? zoneText(offset) : "";
  return `${date}T${formatTime(time)}${zone}${bc === "" ? "" : ` ${bc}`}`;
}

/** +HH:MM */
export function zoneText(seconds: number): string {
  const total = Math.abs(seconds);
  const pad = (value: number) => String(Math.trunc(value)).padStart(2, "0");
  const text = `${seconds < 0 ? "-" : "+"}${pad(total / 3600)}:${pad((total / 60) % 60)}`;
  return total % 60 === 0 ? text : `${text}:${pad(total % 60)}`;
}

export const isStructured = (type: Oid, context: TypeContext): boolean =>
  codecOf(type, context).composite === true || elementTypeOf(type, context.catalog) !== undefined;

/** `lineFeed` puts each field or element of the outermost level on a line of its own. */
export function toJson(type: Oid, value: Scalar, context: TypeContext, lineFeed = false): string {
  if (value === null) return "null";
  if (type === T.bool) return value === 1n ? "true" : "false";
  if (type === T.json || type === T.jsonb) return value as string;
  const base = domainBase(type, context);
  if (base !== type) return toJson(base, value, context, lineFeed);
  if (numbers.has(type)) {
    const text = codecOf(type, context).format(value, context, -1);
    return /^-?[0-9]/.test(text) ? text : `"${text}"`;
  }
  if (type === T.date || type === T.timestamp || type === T.timestamptz) {
    return `"${dateTimeText(type, value as bigint, context)}"`;
  }
  if (type !== T.int2vector && type !== T.oidvector) {
    const element = elementTypeOf(type, context.catalog);
    if (element !== undefined) return arrayJson(element, value as string, context, lineFeed);
  } else {
    return arrayJson(type === T.oidvector ? T.oid : T.int2, value as string, context, lineFeed);
  }
  const codec = codecOf(type, context);
  if (codec.composite) return recordJson(type, value as string, context, lineFeed);
  return quoteJson(codec.format(value as Stored, context, -1));
}

function domainBase(type: Oid, { catalog }: TypeContext): Oid {
  if (type < 10000) return type;
  const row = catalog.find(pgType, "key", [type]);
  return row?.typtype === "d" ? row.typbasetype : type;
}

function arrayJson(element: Oid, text: string, context: TypeContext, lineFeed: boolean): string {
  const array = decodeArray(text, codecOf(element, context).storage);
  if (array.elements.length === 0) return "[]";
  let at = 0;
  const level = (depth: number): string => {
    if (depth === array.dimensions.length) {
      return toJson(element, array.elements[at++] as Scalar, context);
    }
    const length = array.dimensions[depth] as number;
    const parts = Array.from({ length }, () => level(depth + 1));
    return `[${parts.join(lineFeed && depth === 0 ? ",\n " : ",")}]`;
  };
  return level(0);
}

function recordJson(type: Oid, text: string, context: TypeContext, lineFeed: boolean): string {
  const { types, names, values } = decodeRecord(text, codecOf, context);
  const columns = columnNames(type, context) ?? names;
  const parts = values.map((value, at) => {
    const name = columns?.[at] ?? `f${at + 1}`;
    return `${quoteJson(name)}:${toJson(types[at] as Oid, value, context)}`;
  });
  return `{${parts.join(lineFeed ? ",\n " : ",")}}`;
}

function columnNames(type: Oid, { catalog }: TypeContext): readonly string[] | undefined {
  const relation = catalog.find(pgType, "key", [type])?.typrelid;
  if (!relation) return undefined;
  return catalog
    .list(pgAttribute, "key", [relation])
    .filter((row) => row.attnum > 0 && !row.attisdropped)
    .toSorted((a, b) => a.attnum - b.attnum)
    .map((row) => row.attname);
}

/** An object's key: the text of any scalar value. */
export function keyText(type: Oid, value: Scalar, context: TypeContext): string {
  if (type === T.date || type === T.timestamp || type === T.timestamptz) {
    return dateTimeText(type, value as bigint, context);
  }
  if (type === T.bool) return value === 1n ? "true" : "false";
  return codecOf(type, context).format(value as Stored, context, -1);
}
