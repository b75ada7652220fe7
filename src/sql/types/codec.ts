/**
 * What a type is to this server: four functions between its stored form and its texts and bytes.
 * One codec per built-in base type; arrays, domains, enums and composites are composed in
 * type-io.ts.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { type Charset, charsetOf } from "../../catalog/charsets.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Scalar, StorageClass } from "./scalar.ts";

/** What input and output of values depend on. A FunctionContext is one. */
export interface TypeContext {
  readonly catalog: CatalogReader;
  /** Who looks names up. */
  readonly user: { readonly oid: Oid };
  /** Effective search path: oids of existing schemas, pg_catalog included where it is implied. */
  readonly searchPath: readonly Oid[];
  /**
   * Effective value of a setting: datestyle, intervalstyle, timezone, extra_float_digits,
   * bytea_output, client_encoding.
   */
  readonly setting: (name: string) => string | undefined;
  /** µs since 2000-01-01 UTC: what 'now' and 'today' mean. */
  readonly transactionTime: bigint;
  /**
   * Holds a value of the type under a domain against what the domain demands. Absent where no query
   * can be run for that: input of such domains is refused there. Throws 23502, 23514.
   */
  readonly checkDomain?: (domain: Oid, value: Scalar) => void;
  /** The text of a pg_node_tree as it is stored. Absent where no such value is shown. */
  readonly treeText?: (stored: string) => string;
}

/** A scalar that is not NULL. */
export type Stored = bigint | string | Uint8Array;

/**
 * Methods, not properties, so that a codec of bigint may stand where a codec of Stored is asked
 * for.
 */
export interface TypeCodec<S extends Stored = Stored> {
  readonly storage: StorageClass;
  /** typinput. Throws SqlError 22P02, 22003, 22007, … */
  parse(text: string, typmod: number, context: TypeContext): S;
  /** typoutput. `typmod` matters for char(n) alone, which is stored without its padding. */
  format(value: S, context: TypeContext, typmod: number): string;
  /** typsend */
  encode(value: S, context: TypeContext, typmod: number): Uint8Array;
  /** typreceive; must consume all bytes. Throws SqlError 08P01, 22P03, … */
  decode(bytes: Uint8Array, typmod: number, context: TypeContext): S;
  /** Only where NULL is not always a value: throws for it, as input functions do. */
  parseNull?(context: TypeContext): void;
  /** Of a domain that does not take every value: throws for one of the type under it. */
  check?(context: TypeContext, value: S): void;
  /** Values are records, compared field by field. */
  readonly composite?: boolean;
  /** Only where the stored form's equality and order are not the type's: a form whose are. */
  sortKey?(value: S, context: TypeContext): Stored;
  /** Equal values may be stored in several ways. */
  readonly severalForms?: boolean;
}

/** 22P02 as every input function words it; `type` as format_type prints it. */
export const invalidSyntax = (type: string, text: string): SqlError =>
  new SqlError("22P02", `invalid input syntax for type ${type}: "${text}"`);

export const outOfRange = (type: string, text: string): SqlError =>
  new SqlError("22003", `value "${text}" is out of range for type ${type}`);

/** A type without binary output or input, as PostgreSQL words it. */
export const noBinaryOutput = (type: string): SqlError =>
  new SqlError("42883", `no binary output function available for type ${type}`);
export const noBinaryInput = (type: string): SqlError =>
  new SqlError("42883", `no binary input function available for type ${type}`);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();

export const encodeUtf8 = (text: string): Uint8Array => utf8Encoder.encode(text);

/** Throws 22021 for bytes that are not UTF-8 or hold a NUL. */
export function decodeUtf8(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw invalidEncoding([0]);
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalidEncoding(firstInvalid(bytes));
  }
}

const clientCharset = ({ setting }: TypeContext): Charset | undefined =>
  charsetOf(setting("client_encoding") ?? "UTF8");

/** In the client's encoding. Throws 22P05 for a character that it has not. */
export function encodeForClient(text: string, context: TypeContext): Uint8Array {
  return clientCharset(context)?.encode(text) ?? encodeUtf8(text);
}

/** In the client's encoding. Throws 22021 and 22P05. */
export function decodeFromClient(bytes: Uint8Array, context: TypeContext): string {
  const charset = clientCharset(context);
  if (charset === undefined) return decodeUtf8(bytes);
  return charset.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
}

function invalidEncoding(bytes: readonly number[]): SqlError {
  const shown = bytes.map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(" ");
  return new SqlError("22021", `invalid byte sequence for encoding "UTF8": ${shown}`);
}

/** The bytes that PostgreSQL would name: from the bad lead byte, as many as it announces. */
function firstInvalid(bytes: Uint8Array): number[] {
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 1;
    const piece = bytes.subarray(at, at + length);
    try {
      utf8.decode(piece);
    } catch {
      return [...piece];
    }
    at += length;
  }
  return [];
}

export const toHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");

export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

/** PostgreSQL's isspace in the C locale. */
export const trimSpace = (text: string): string =>
  text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "");
