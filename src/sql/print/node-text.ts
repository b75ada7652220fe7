/**
 * NODES AS TEXT: `{LABEL :field value …}`, the form in which PostgreSQL shows values of
 * pg_node_tree, and what tools that look into views read.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/nodes/outfuncs.c
 */
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { Constant, Typed } from "../bind/tree.ts";
import type { Stored, TypeContext } from "../types/codec.ts";
import { codecOf } from "../types/type-io.ts";

/** A node of PostgreSQL with its fields in their order. */
export interface Node {
  readonly label: string;
  readonly fields: Readonly<Record<string, Field>>;
}
/** Numbers of a list (`i`), oids of one (`o`), members of a set (`b`). */
export interface Numbers {
  readonly of: "i" | "o" | "b";
  readonly numbers: readonly number[];
}
/** `undefined` is no node, and no list; a string in a list is a node of its own. */
export type Field =
  | undefined
  | boolean
  | number
  | string
  | Node
  | Numbers
  | Raw
  | readonly Member[];
type Member = undefined | Node | string | readonly Node[];
/** What is shown as it is. */
export interface Raw {
  readonly raw: string;
}

export const node = (label: string, fields: Node["fields"]): Node => ({ label, fields });
export const oids = (numbers: readonly number[]): Numbers => ({ of: "o", numbers });
export const ints = (numbers: readonly number[]): Numbers => ({ of: "i", numbers });
export const members = (numbers: readonly number[]): Numbers => ({ of: "b", numbers });

const NOTHING = "<>";

export function nodeText(value: Node): string {
  const fields = Object.entries(value.fields).map(([name, field]) => ` :${name} ${show(field)}`);
  return `{${value.label}${fields.join("")}}`;
}

export const listText = (list: readonly Member[]): string =>
  list.length === 0 ? NOTHING : `(${list.map(showMember).join(" ")})`;

function show(field: Field): string {
  if (field === undefined) return NOTHING;
  if (typeof field === "string") return token(field);
  if (typeof field !== "object") return String(field);
  if ("raw" in field) return field.raw;
  if ("label" in field) return nodeText(field);
  if (!("of" in field)) return listText(field);
  if (field.numbers.length === 0 && field.of !== "b") return NOTHING;
  return `(${[field.of, ...field.numbers].join(" ")})`;
}

function showMember(member: Member): string {
  if (member === undefined) return NOTHING;
  if (typeof member === "string") return member === "" ? '""' : `"${token(member)}"`;
  return "label" in member ? nodeText(member) : listText(member);
}

/** A word, with a backslash before what would end it or begin something else. */
function token(text: string): string {
  if (text === "") return NOTHING;
  return text.replace(/[ \n\t(){}\\]/g, "\\$&").replace(/^(?:[<"0-9]|[+-](?=[0-9.]))/, "\\$&");
}

/** The widths of the numbers in values of fixed length, which PostgreSQL keeps least byte first. */
const WIDTHS: Readonly<Record<number, readonly number[]>> = {
  600: [8, 8],
  601: [8, 8, 8, 8],
  603: [8, 8, 8, 8],
  628: [8, 8, 8],
  718: [8, 8, 8],
  1186: [8, 4, 4],
  1266: [8, 4],
};
const NAME = 19;
const UNKNOWN = 705;

/**
 * A constant with the bytes that PostgreSQL holds it in. Of variable length they are a header and
 * the bytes of the binary format, which are not the same for arrays, ranges and jsonb.
 */
export function constantNode(constant: Constant & Typed, context: TypeContext): Node {
  const { type, typmod, collation, value } = constant;
  const row = context.catalog.find(pgType, "key", [type]);
  const byValue = row?.typbyval ?? false;
  return node("CONST", {
    consttype: type,
    consttypmod: typmod,
    constcollid: collation,
    constlen: row?.typlen ?? -1,
    constbyval: byValue,
    constisnull: value === null,
    location: -1,
    constvalue:
      value === null ? undefined : { raw: datum(constant, row?.typlen ?? -1, byValue, context) },
  });
}

function datum(
  { type, typmod, value }: Constant & Typed,
  length: number,
  byValue: boolean,
  context: TypeContext,
): string {
  if (byValue && typeof value === "bigint") {
    const word = Buffer.alloc(8);
    word.writeBigInt64LE(BigInt.asIntN(64, value));
    return bytesText(word, length);
  }
  const bytes = codecOf(type, context).encode(value as Stored, context, typmod);
  if (byValue) {
    const word = Buffer.alloc(8, (bytes[0] ?? 0) > 127 ? 255 : 0);
    word.set(bytes.toReversed());
    return bytesText(word, length);
  }
  if (type === NAME) return bytesText(Buffer.concat([bytes], length), length);
  if (type === UNKNOWN) return bytesText(Buffer.concat([bytes], bytes.length + 1));
  const widths = WIDTHS[type];
  if (widths) return bytesText(leastFirst(bytes, widths));
  if (length > 0) return bytesText(bytes);
  const content = CONTENTS[type]?.(Buffer.from(bytes)) ?? bytes;
  const header = Buffer.alloc(4);
  header.writeUInt32LE((content.length + header.length) << 2);
  return bytesText(Buffer.concat([header, content]));
}

const SHORT = 0x8000;
const NEGATIVE = 0x4000;
/** A sign of numeric from here on: NaN and the infinities, which have no digits. */
const SPECIAL = 0xc000;

/**
 * A numeric on disk, from its binary format: two bytes of sign, scale and weight, or four where
 * these are large, and the digits of base 10,000.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/numeric.c
 */
function numericContent(bytes: Buffer): Uint8Array {
  const weight = bytes.readInt16BE(2);
  const sign = bytes.readUInt16BE(4);
  const scale = bytes.readUInt16BE(6);
  const words: number[] = [];
  if (sign >= SPECIAL) words.push(sign);
  else if (scale < 64 && weight >= -64 && weight < 64) {
    words.push(SHORT | (sign === NEGATIVE ? 0x2000 : 0) | (scale << 7) | (weight & 0x7f));
  } else words.push(sign | scale, weight & 0xffff);
  for (let at = 8; at < bytes.length; at += 2) words.push(bytes.readUInt16BE(at));
  const content = Buffer.alloc(words.length * 2);
  for (const [at, word] of words.entries()) content.writeUInt16LE(word, at * 2);
  return content;
}

/** The number of bits, and the bits. */
const bitContent = (bytes: Buffer): Uint8Array =>
  Buffer.concat([bytes.subarray(0, 4).toReversed(), bytes.subarray(4)]);

/** Of types whose bytes on disk are not those of the binary format. */
const CONTENTS: Readonly<Record<number, (bytes: Buffer) => Uint8Array>> = {
  1560: bitContent,
  1562: bitContent,
  1700: numericContent,
};

function leastFirst(bytes: Uint8Array, widths: readonly number[]): Uint8Array {
  let at = 0;
  return Buffer.concat(
    widths.map((width) => {
      at += width;
      return bytes.slice(at - width, at).toReversed();
    }),
  );
}

const bytesText = (bytes: Uint8Array, length = bytes.length): string =>
  `${length} [ ${[...new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)].join(" ")} ]`;
