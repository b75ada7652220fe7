/**
 * Texts in other encodings than UTF-8, as functions see them.
 * https://www.postgresql.org/docs/15/multibyte.html#MULTIBYTE-CONVERSIONS-SUPPORTED
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { charsetOf, isConvertible } from "../../catalog/charsets.ts";
import { PG_CATALOG } from "../../catalog/class-oids.ts";
import { encodingName, encodingNumber } from "../../catalog/encodings.ts";
import { pgConversion } from "../../catalog/relations/pg-conversion.ts";
import { decodeUtf8, encodeUtf8, type TypeContext } from "../types/codec.ts";

/** The encoding's own name. Throws 22023 that names `what`. */
export function encodingNamed(name: string, what: string): string {
  const number = encodingNumber(name);
  if (number < 0) throw new SqlError("22023", `invalid ${what} name "${name}"`);
  return encodingName(number);
}

const noConversion = (from: string, to: string): SqlError =>
  new SqlError(
    "42883",
    `default conversion function for encoding "${from}" to "${to}" does not exist`,
  );

const view = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Throws 22021 for what are no characters of the encoding. */
function verify(bytes: Uint8Array, encoding: string): void {
  if (encoding === "UTF8") decodeUtf8(bytes);
  else if (encoding !== "SQL_ASCII") charsetOf(encoding)?.verify(view(bytes));
}

/** Throws 22021, 22P05, and 42883 for an encoding without conversions. */
export function decodeFrom(bytes: Uint8Array, encoding: string): string {
  if (!isConvertible(encoding)) throw noConversion(encoding, "UTF8");
  verify(bytes, encoding);
  return charsetOf(encoding)?.decode(view(bytes)) ?? decodeUtf8(bytes);
}

/** Throws 22P05, and 42883. */
export function encodeTo(text: string, encoding: string): Uint8Array {
  if (!isConvertible(encoding)) throw noConversion("UTF8", encoding);
  const charset = charsetOf(encoding);
  return charset === undefined ? encodeUtf8(text) : new Uint8Array(charset.encode(text));
}

/** By way of UTF-8. Throws 22021, 22P05, and 42883 for two without a conversion. */
export function convert(
  { catalog }: TypeContext,
  bytes: Uint8Array,
  from: string,
  to: string,
): Uint8Array {
  const isPassed = from === to || from === "SQL_ASCII" || to === "SQL_ASCII";
  const found = [PG_CATALOG, encodingNumber(from), encodingNumber(to)];
  if (!isPassed && catalog.list(pgConversion, "default", found).length === 0) {
    throw noConversion(from, to);
  }
  if (![from, to].every(isConvertible)) throw notSupported("conversion of encoding MULE_INTERNAL");
  if (!isPassed) return encodeTo(decodeFrom(bytes, from), to);
  verify(bytes, from === "SQL_ASCII" ? to : from);
  return bytes;
}
