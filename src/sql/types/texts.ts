/** text, varchar(n), char(n), name, "char", cstring, unknown: strings with few rules. */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader, concatBytes } from "./binary.ts";
import {
  decodeFromClient,
  decodeUtf8,
  encodeForClient,
  encodeUtf8,
  type TypeCodec,
  type TypeContext,
} from "./codec.ts";

export const text: TypeCodec<string> = {
  storage: "text",
  parse: (value) => value,
  format: (value) => value,
  encode: encodeForClient,
  decode: (bytes, _typmod, context) => decodeFromClient(bytes, context),
};

/** lower() of the C locale, which knows letters of ASCII alone. */
export const lowerAscii = (text: string): string =>
  text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Characters as PostgreSQL counts them: code points. */
export function characterLength(value: string): number {
  let length = value.length;
  for (let at = 0; at < value.length; at++) {
    const unit = value.charCodeAt(at);
    if (unit >= 0xd800 && unit <= 0xdbff) length--;
  }
  return length;
}

/** At most `count` first characters, never half of one. */
export function firstCharacters(value: string, count: number): string {
  if (value.length <= count) return value;
  let at = 0;
  for (let taken = 0; taken < count && at < value.length; taken++) {
    const unit = value.charCodeAt(at);
    at += unit >= 0xd800 && unit <= 0xdbff ? 2 : 1;
  }
  return value.slice(0, at);
}

/** Typmod of varchar(n) and char(n) is n + 4. */
const lengthOf = (typmod: number): number => (typmod >= 4 ? typmod - 4 : -1);

/** varchar(n): spaces beyond n may go; anything else is 22001, unless the cast is explicit. */
export function fitVarchar(value: string, typmod: number, explicit: boolean): string {
  const length = lengthOf(typmod);
  if (length < 0 || value.length <= length) return value;
  return cut(value, length, explicit, "character varying");
}

function cut(value: string, length: number, explicit: boolean, type: string): string {
  const kept = firstCharacters(value, length);
  if (!explicit && /[^ ]/.test(value.slice(kept.length))) {
    throw new SqlError("22001", `value too long for type ${type}(${length})`);
  }
  return kept;
}

/** char(n), without the padding that output adds. */
export const fitBpchar = (value: string, typmod: number, explicit: boolean): string =>
  stripSpaces(cutBpchar(value, typmod, explicit));

/** char(n), with the spaces that it came with. */
export function cutBpchar(value: string, typmod: number, explicit: boolean): string {
  const length = lengthOf(typmod);
  return length < 0 || value.length <= length ? value : cut(value, length, explicit, "character");
}

export const stripSpaces = (value: string): string => value.replace(/ +$/, "");

export const varchar: TypeCodec<string> = {
  ...text,
  parse: (value, typmod) => fitVarchar(value, typmod, false),
  decode: (bytes, typmod, context) => fitVarchar(decodeFromClient(bytes, context), typmod, false),
};

function padBpchar(value: string, typmod: number): string {
  const missing = lengthOf(typmod) - characterLength(value);
  return missing > 0 ? value + " ".repeat(missing) : value;
}

export const bpchar: TypeCodec<string> = {
  storage: "text",
  parse: (value, typmod) => fitBpchar(value, typmod, false),
  format: (value, _context, typmod) => padBpchar(value, typmod),
  encode: (value, context, typmod) => encodeForClient(padBpchar(value, typmod), context),
  decode: (bytes, typmod, context) => fitBpchar(decodeFromClient(bytes, context), typmod, false),
};

const NAME_BYTES_MAX = 63;

/** At most 63 bytes, cut between characters. */
export function truncateName(value: string): string {
  if (value.length * 3 <= NAME_BYTES_MAX) return value;
  const bytes = encodeUtf8(value);
  if (bytes.length <= NAME_BYTES_MAX) return value;
  let end = NAME_BYTES_MAX;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return decodeUtf8(bytes.subarray(0, end));
}

export const name: TypeCodec<string> = {
  ...text,
  parse: truncateName,
  decode(bytes, _typmod, context) {
    const value = decodeFromClient(bytes, context);
    if (Buffer.byteLength(value) > NAME_BYTES_MAX) {
      throw new SqlError("42622", "identifier too long", {
        detail: "Identifier must be less than 64 characters.",
      });
    }
    return value;
  },
};

const charOf = (byte: number): string => (byte === 0 ? "" : String.fromCharCode(byte));

/** One byte, as the character of that number; the empty string is the zero byte. */
export const charCodec: TypeCodec<string> = {
  storage: "text",
  parse(value) {
    const octal = /^\\([0-7]{3})$/.exec(value)?.[1];
    const byte = octal === undefined ? encodeUtf8(value)[0] : Number.parseInt(octal, 8) & 0xff;
    return charOf(byte ?? 0);
  },
  format: (value) => (value > "\x7f" ? `\\${value.charCodeAt(0).toString(8)}` : value),
  encode: (value) => new Uint8Array([value === "" ? 0 : value.charCodeAt(0)]),
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    return charOf(reader.end(reader.uint8()));
  },
};

/** Zero-length or text of a type that clients may see but never send. */
export const outputOnly = (type: string): TypeCodec<string> => {
  const refuse = () => new SqlError("0A000", `cannot accept a value of type ${type}`);
  return {
    ...text,
    parse() {
      throw refuse();
    },
    decode() {
      throw refuse();
    },
  };
};

/** Stored in a form of its own, which whoever shows values can read. */
export const nodeTree: TypeCodec<string> = {
  ...outputOnly("pg_node_tree"),
  format: (value, context) => context.treeText?.(value) ?? value,
  encode: (value, context) => encodeUtf8(context.treeText?.(value) ?? value),
};

export const voidCodec: TypeCodec<string> = {
  storage: "text",
  parse: () => "",
  format: () => "",
  encode: () => new Uint8Array(0),
  decode: (bytes) => new BinaryReader(bytes).end(""),
};

const versionOne = new Uint8Array([1]);
export const withVersionByte = (value: string, context: TypeContext): Uint8Array =>
  concatBytes([versionOne, encodeForClient(value, context)]);
