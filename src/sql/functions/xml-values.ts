/**
 * SQL VALUES AS XML: what stands in an element or an attribute for a value of any type.
 * https://www.postgresql.org/docs/15/functions-xml.html#FUNCTIONS-XML-MAPPING
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { typeUnder } from "../../catalog/domains.ts";
import { decodeArray } from "../types/array-value.ts";
import { isFiniteDate, isFiniteTimestamp } from "../types/calendar.ts";
import type { Stored, TypeContext } from "../types/codec.ts";
import { codecOf, elementTypeOf } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";
import { escapeContent } from "../types/xml-dump.ts";
import { asBytes, asInteger } from "./define.ts";
import { dateTimeText } from "./json-text.ts";

/** A line of base64 is as long as libxml makes it. */
const BASE64_LINE = /.{72}(?=.)/g;

function bytesText(value: Uint8Array, context: TypeContext): string {
  const bytes = Buffer.from(value);
  if (context.setting("xmlbinary") === "hex") return bytes.toString("hex").toUpperCase();
  return bytes.toString("base64").replace(BASE64_LINE, "$&\r\n");
}

function checkFinite(type: Oid, value: bigint): void {
  if (type === T.date ? isFiniteDate(value) : isFiniteTimestamp(value)) return;
  const what = type === T.date ? "date" : "timestamp";
  const detail = `XML does not support infinite ${what} values.`;
  throw new SqlError("22008", `${what} out of range`, { detail });
}

/** `escaped`: as the content of an element; xml stays as it is. */
export function xmlValue(
  declared: Oid,
  value: Stored,
  typmod: number,
  escaped: boolean,
  context: TypeContext,
): string {
  const { type } = typeUnder(context.catalog, declared);
  const element = elementTypeOf(type, context.catalog);
  if (element !== undefined) {
    const { storage } = codecOf(element, context);
    const texts = decodeArray(String(value), storage).elements.map((each) =>
      each === null ? "" : `<element>${xmlValue(element, each, typmod, true, context)}</element>`,
    );
    return texts.join("");
  }
  switch (type) {
    case T.bool:
      return value === 1n ? "true" : "false";
    case T.date:
    case T.timestamp:
    case T.timestamptz:
      checkFinite(type, asInteger(value));
      return dateTimeText(type, asInteger(value), context);
    case T.bytea:
      return bytesText(asBytes(value), context);
    default: {
      const text = codecOf(declared, context).format(value, context, typmod);
      return escaped && type !== T.xml ? escapeContent(text) : text;
    }
  }
}
