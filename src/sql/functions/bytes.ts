/**
 * Binary strings, hashes and UUIDs. https://www.postgresql.org/docs/15/functions-binarystring.html
 */
import { createHash, randomUUID } from "node:crypto";
import { SqlError } from "../../base/sql-error.ts";
import { escapeBytes } from "../types/blobs.ts";
import { encodeUtf8, fromHex, toHex } from "../types/codec.ts";
import { convert, decodeFrom, encodeTo, encodingNamed } from "./charsets.ts";
import { asBytes, asNumber, asText, define } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

const unknownEncoding = (name: string) => new SqlError("22023", `unrecognized encoding: "${name}"`);

/** base64 in lines of 76 characters. */
function encode(bytes: Uint8Array, format: string): string {
  switch (format.toLowerCase()) {
    case "hex":
      return toHex(bytes);
    case "base64":
      return Buffer.from(bytes)
        .toString("base64")
        .replace(/(.{76})(?=.)/g, "$1\n");
    case "escape":
      return escapeBytes(bytes).replace(/\\([0-7]{3})/g, (whole, octal: string) => {
        const byte = Number.parseInt(octal, 8);
        return byte === 0 || byte > 0x7f ? whole : String.fromCharCode(byte);
      });
    default:
      throw unknownEncoding(format);
  }
}

function decodeHex(text: string): Uint8Array {
  const digits = text.replace(/[ \t\n\r]/g, "");
  const bad = /[^0-9a-fA-F]/u.exec(digits);
  if (bad) throw new SqlError("22023", `invalid hexadecimal digit: "${bad[0]}"`);
  if (digits.length % 2)
    throw new SqlError("22023", "invalid hexadecimal data: odd number of digits");
  return fromHex(digits);
}

function decodeBase64(text: string): Uint8Array {
  const digits = text.replace(/[ \t\n\r]/g, "");
  const bad = /[^A-Za-z0-9+/=]/u.exec(digits);
  if (bad)
    throw new SqlError("22023", `invalid symbol "${bad[0]}" found while decoding base64 sequence`);
  if (digits.length % 4) {
    throw new SqlError("22023", "invalid base64 end sequence", {
      hint: "Input data is missing padding, is truncated, or is otherwise corrupted.",
    });
  }
  return new Uint8Array(Buffer.from(digits, "base64"));
}

function decodeEscape(text: string): Uint8Array {
  const bytes: number[] = [];
  const source = encodeUtf8(text);
  for (let at = 0; at < source.length; ) {
    if (source[at] !== 0x5c) bytes.push(source[at++] as number);
    else if (source[at + 1] === 0x5c) {
      bytes.push(0x5c);
      at += 2;
    } else {
      const octal = String.fromCharCode(...source.subarray(at + 1, at + 4));
      if (!/^[0-3][0-7]{2}$/.test(octal)) {
        throw new SqlError("22P02", "invalid input syntax for type bytea");
      }
      bytes.push(Number.parseInt(octal, 8));
      at += 4;
    }
  }
  return Uint8Array.from(bytes);
}

function decode(text: string, format: string): Uint8Array {
  switch (format.toLowerCase()) {
    case "hex":
      return decodeHex(text);
    case "base64":
      return decodeBase64(text);
    case "escape":
      return decodeEscape(text);
    default:
      throw unknownEncoding(format);
  }
}

const hash = (name: string, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash(name).update(bytes).digest());

/** Byte positions from 1. */
function subBytes(bytes: Uint8Array, from: number, count?: number): Uint8Array {
  if (count !== undefined && count < 0) {
    throw new SqlError("22011", "negative substring length not allowed");
  }
  const end = count === undefined ? bytes.length : from - 1 + count;
  return bytes.slice(Math.max(from - 1, 0), Math.max(end, 0));
}

const indexOutOfRange = (index: number, length: number) =>
  new SqlError("2202E", `index ${index} out of valid range, 0..${length - 1}`);

export const bytesFunctions: readonly FunctionDefinition[] = [
  define("encode(bytea, text)", (_c, bytes, format) => encode(asBytes(bytes), asText(format))),
  define("decode(text, text)", (_c, text, format) => decode(asText(text), asText(format))),
  define("md5(text)", (_c, text) => toHex(hash("md5", encodeUtf8(asText(text))))),
  define("md5(bytea)", (_c, bytes) => toHex(hash("md5", asBytes(bytes)))),
  ...[224, 256, 384, 512].map((bits) =>
    define(`sha${bits}(bytea)`, (_c, bytes) => hash(`sha${bits}`, asBytes(bytes))),
  ),
  define("gen_random_uuid()", () => fromHex(randomUUID().replaceAll("-", ""))),
  define("convert_from(bytea, name)", (_c, bytes, name) =>
    decodeFrom(asBytes(bytes), encodingNamed(asText(name), "source encoding")),
  ),
  define("convert_to(text, name)", (_c, text, name) =>
    encodeTo(asText(text), encodingNamed(asText(name), "destination encoding")),
  ),
  define("convert(bytea, name, name)", (context, bytes, from, to) => {
    const source = encodingNamed(asText(from), "source encoding");
    const target = encodingNamed(asText(to), "destination encoding");
    return convert(context, asBytes(bytes), source, target);
  }),
  define("byteacat(bytea, bytea)", (_c, a, b) =>
    Uint8Array.from(Buffer.concat([asBytes(a), asBytes(b)])),
  ),
  ...["substr", "substring"].flatMap((name) => [
    define(`${name}(bytea, int4)`, (_c, bytes, from) => subBytes(asBytes(bytes), asNumber(from))),
    define(`${name}(bytea, int4, int4)`, (_c, bytes, from, count) =>
      subBytes(asBytes(bytes), asNumber(from), asNumber(count)),
    ),
  ]),
  define("get_byte(bytea, int4)", (_c, bytes, index) => {
    const byte = asBytes(bytes)[asNumber(index)];
    if (byte === undefined) throw indexOutOfRange(asNumber(index), asBytes(bytes).length);
    return BigInt(byte);
  }),
];
