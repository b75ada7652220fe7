/**
 * CONVERSIONS between UTF-8 and the other encodings, character by character as PostgreSQL has them.
 * tools/generate-encodings.ts takes them from a PostgreSQL 15 server.
 *
 * bootstrap/encodings.json.gz is gzip over JSON: by encoding
 *   characters   runs [first code, text]: consecutive codes, one character of the text each
 *                     [first code, first code point, length]: both go up by one
 *                of codes from 0x80 on
 *   pairs        [code, two characters]
 *   encoded      [character, code]: characters whose code is not the first that stands for them,
 *                code 0: those that only come in
 *
 * A code is the character's bytes as a number, big-endian; of four bytes of GB18030 it is their
 * place in the order of all of these, from 2^24 on.
 *
 * https://www.postgresql.org/docs/15/multibyte.html#MULTIBYTE-CONVERSIONS-SUPPORTED
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { assert } from "../base/assert.ts";
import { SqlError } from "../base/sql-error.ts";

const FILE = new URL("../../bootstrap/encodings.json.gz", import.meta.url);

/** From and to; of one byte of a character. */
export type ByteRange = readonly [first: number, last: number];

const HIGH: ByteRange = [0x80, 0xff];
const EUC: ByteRange = [0xa1, 0xfe];
const FOLLOWING: ByteRange = [0x01, 0xff];
const ss2: ByteRange = [0x8e, 0x8e];
const ss3: ByteRange = [0x8f, 0x8f];
const digits: ByteRange = [0x30, 0x39];
const gb: ByteRange = [0x81, 0xfe];
const EUC_HIGH: readonly ByteRange[] = [
  [0x80, 0x8d],
  [0x90, 0xff],
];
const SJIS: readonly (readonly ByteRange[])[] = [
  [[0xa1, 0xdf]],
  ...(
    [
      [0x81, 0x9f],
      [0xe0, 0xfc],
    ] as const
  ).flatMap((head) =>
    (
      [
        [0x40, 0x7e],
        [0x80, 0xfc],
      ] as const
    ).map((tail) => [head, tail]),
  ),
];
const EUC_JP = [
  [ss2, [0xa1, 0xdf]],
  [ss3, EUC, EUC],
  [EUC, EUC],
] as const;

/** What PostgreSQL takes for a character that is not ASCII, whether there is one or not. */
export const characterShapes: Readonly<Record<string, readonly (readonly ByteRange[])[]>> = {
  EUC_JP,
  EUC_JIS_2004: EUC_JP,
  EUC_CN: [[EUC, EUC]],
  EUC_KR: [[EUC, EUC]],
  EUC_TW: [[ss2, [0xa1, 0xa7], EUC, EUC], ...EUC_HIGH.map((head) => [head, EUC])],
  JOHAB: [[ss2, EUC], [ss3, EUC, EUC], ...EUC_HIGH.map((head) => [head, EUC])],
  SJIS,
  SHIFT_JIS_2004: SJIS,
  BIG5: [[HIGH, FOLLOWING]],
  GBK: [[HIGH, FOLLOWING]],
  UHC: [[HIGH, FOLLOWING]],
  GB18030: [
    [gb, digits, gb, digits],
    [gb, [0x40, 0x7e]],
    [gb, [0x80, 0xfe]],
  ],
};

const SINGLE: readonly (readonly ByteRange[])[] = [[[0x80, 0xff]]];

/** Bytes that the first ones of a character announce, whether they are there or not. */
function announced(encoding: string, first: number, second: number): number {
  const isEuc = /^EUC|^JOHAB/.test(encoding);
  if (first < 0x80 || characterShapes[encoding] === undefined) return 1;
  if (encoding === "GB18030") return second >= 0x30 && second <= 0x39 ? 4 : 2;
  if (/JIS$|^SHIFT/.test(encoding)) return first >= 0xa1 && first <= 0xdf ? 1 : 2;
  if (!isEuc || encoding === "EUC_CN") return 2;
  if (first === 0x8e) return encoding === "EUC_TW" ? 4 : 2;
  return first === 0x8f ? 3 : 2;
}

const PLACES_FROM = 0x100_0000;
const GB18030_LEAST = 0x8130_8130;

/** Of the bytes of one character. */
export function codeOf(bytes: Uint8Array): number {
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0] = bytes;
  const isPlaced = bytes.length === 4 && b1 <= 0x39;
  if (!isPlaced) return bytes.reduce((code, byte) => code * 0x100 + byte, 0);
  return PLACES_FROM + (((b0 - 0x81) * 10 + b1 - 0x30) * 126 + b2 - 0x81) * 10 + b3 - 0x30;
}

/** The inverse of `codeOf`, as a string of a character a byte. */
function bytesOf(code: number): string {
  if (code >= PLACES_FROM && code < GB18030_LEAST) return placedBytes(code - PLACES_FROM);
  let bytes = "";
  for (let rest = code; rest > 0; rest = Math.floor(rest / 0x100)) {
    bytes = String.fromCharCode(rest % 0x100) + bytes;
  }
  return bytes;
}

function placedBytes(place: number): string {
  const third = Math.floor(place / 10);
  const second = Math.floor(third / 126);
  const first = Math.floor(second / 10);
  return String.fromCharCode(
    0x81 + first,
    0x30 + (second % 10),
    0x81 + (third % 126),
    0x30 + (place % 10),
  );
}

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(" ");

const invalid = (encoding: string, bytes: Uint8Array): SqlError =>
  new SqlError("22021", `invalid byte sequence for encoding "${encoding}": ${hex(bytes)}`);

const untranslatable = (from: string, to: string, bytes: Uint8Array): SqlError =>
  new SqlError(
    "22P05",
    `character with byte sequence ${hex(bytes)} in encoding "${from}" ` +
      `has no equivalent in encoding "${to}"`,
  );

type CountedRun = readonly [code: number, first: number, length: number];
type Run = readonly [code: number, text: string] | CountedRun;
/** Runs as long as this are not taken apart. */
const RANGE_MIN = 1000;

interface StoredCharset {
  readonly characters: readonly Run[];
  readonly pairs: readonly (readonly [code: number, text: string])[];
  readonly encoded: readonly (readonly [character: string, code: number])[];
}

const inRange = ([first, last]: ByteRange): string =>
  `[\\x${first.toString(16).padStart(2, "0")}-\\x${last.toString(16)}]`;

export interface DecodedPart {
  readonly text: string;
  /** Bytes that `text` was made of. */
  readonly used: number;
  readonly error: SqlError | undefined;
}

/** One encoding. Bytes are strings of a character a byte here. */
export class Charset {
  readonly name: string;
  /** A character that is not ASCII. */
  readonly #shape: RegExp;
  readonly #decoded = new Map<string, string>();
  readonly #encoded = new Map<string, string>();
  /** First characters of pairs. */
  readonly #beginners = new Set<string>();
  readonly #ranges: CountedRun[] = [];

  constructor(name: string, { characters, pairs, encoded }: StoredCharset) {
    this.name = name;
    const shapes = (characterShapes[name] ?? SINGLE).map((shape) => shape.map(inRange).join(""));
    this.#shape = new RegExp(shapes.join("|"), "y");
    for (const run of characters) {
      if ((run[2] ?? 0) >= RANGE_MIN) this.#ranges.push(run as CountedRun);
      else for (const [code, text] of charactersOf(run)) this.#add(code, text);
    }
    for (const [code, text] of pairs) {
      this.#add(code, text);
      this.#beginners.add(String.fromCodePoint(text.codePointAt(0) ?? 0));
    }
    for (const [text, code] of encoded) {
      if (code === 0) this.#encoded.delete(text);
      else this.#encoded.set(text, bytesOf(code));
    }
  }

  #add(code: number, text: string): void {
    const bytes = bytesOf(code);
    this.#decoded.set(bytes, text);
    if (!this.#encoded.has(text)) this.#encoded.set(text, bytes);
  }

  /** Throws 22021 for what is no character, NUL among them, 22P05 for one without equivalent. */
  decode(source: Buffer, start = 0, end = source.length): string {
    const { text, error } = this.decodePart(source.subarray(start, end), true);
    if (error !== undefined) throw error;
    return text;
  }

  /** As far as it goes; a character that is cut is left, unless this is the `last` part. */
  decodePart(source: Buffer, last: boolean): DecodedPart {
    const bytes = source.toString("latin1");
    if (!NOT_ASCII.test(bytes)) return { text: bytes, used: bytes.length, error: undefined };
    let text = "";
    for (let at = 0; at < bytes.length; ) {
      const one = this.#characterOfBytes(bytes, at);
      if (one === undefined) {
        const length = this.#announced(bytes, at);
        if (!last && at + length > bytes.length) return { text, used: at, error: undefined };
        const error = invalid(this.name, source.subarray(at, at + length));
        return { text, used: at, error };
      }
      const character = one < "\x80" ? one : this.#decodeOne(one);
      if (character === undefined) {
        const error = untranslatable(this.name, "UTF8", source.subarray(at, at + one.length));
        return { text, used: at, error };
      }
      text += character;
      at += one.length;
    }
    return { text, used: bytes.length, error: undefined };
  }

  /** Throws 22021 for what is no character, whether all of them are in Unicode or not. */
  verify(source: Buffer): void {
    const bytes = source.toString("latin1");
    for (let at = 0; at < bytes.length; ) {
      const one = this.#characterOfBytes(bytes, at);
      if (one === undefined) {
        throw invalid(this.name, source.subarray(at, at + this.#announced(bytes, at)));
      }
      at += one.length;
    }
  }

  #characterOfBytes(bytes: string, at: number): string | undefined {
    const byte = bytes.charCodeAt(at);
    if (byte > 0 && byte < 0x80) return bytes[at];
    this.#shape.lastIndex = at;
    return byte === 0 ? undefined : this.#shape.exec(bytes)?.[0];
  }

  #announced(bytes: string, at: number): number {
    return announced(this.name, bytes.charCodeAt(at), bytes.charCodeAt(at + 1));
  }

  #decodeOne(bytes: string): string | undefined {
    const known = this.#decoded.get(bytes);
    if (known !== undefined || this.#ranges.length === 0) return known;
    const code = codeOf(Buffer.from(bytes, "latin1"));
    const range = this.#ranges.find(([from, , length]) => code >= from && code < from + length);
    return range && String.fromCodePoint(range[1] + code - range[0]);
  }

  #encodeOne(character: string): string | undefined {
    const known = this.#encoded.get(character);
    if (known !== undefined || this.#ranges.length === 0) return known;
    const point = character.codePointAt(0) ?? 0;
    const range = this.#ranges.find(([, from, length]) => point >= from && point < from + length);
    return range && bytesOf(range[0] + point - range[1]);
  }

  /** Throws 22P05 for a character that the encoding has not. */
  encode(text: string): Buffer {
    if (!NOT_ASCII.test(text)) return Buffer.from(text, "latin1");
    let bytes = "";
    for (let at = 0; at < text.length; ) {
      const character = this.#characterAt(text, at);
      at += character.length;
      const encoded = character < "\x80" ? character : this.#encodeOne(character);
      if (encoded === undefined) throw untranslatable("UTF8", this.name, Buffer.from(character));
      bytes += encoded;
    }
    return Buffer.from(bytes, "latin1");
  }

  #characterAt(text: string, at: number): string {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (!this.#beginners.has(character)) return character;
    const next = text.codePointAt(at + character.length);
    const pair = next === undefined ? "" : character + String.fromCodePoint(next);
    return this.#encoded.has(pair) ? pair : character;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what no text may hold
const NOT_ASCII = /[^\x01-\x7f]/;

function* charactersOf(run: Run): Iterable<readonly [code: number, text: string]> {
  const [from, what, length = 0] = run;
  let code = from;
  if (typeof what === "string") for (const text of what) yield [code++, text];
  else for (let at = 0; at < length; at++) yield [code++, String.fromCodePoint(what + at)];
}

let stored: Readonly<Record<string, StoredCharset>> | undefined;
const charsets = new Map<string, Charset>();

/** The one encoding without conversions. */
export const isConvertible = (encoding: string): boolean => encoding !== "MULE_INTERNAL";

/**
 * By the encoding's own name; it must be convertible. undefined where texts pass as they are: UTF8
 * and SQL_ASCII.
 */
export function charsetOf(encoding: string): Charset | undefined {
  if (encoding === "UTF8" || encoding === "SQL_ASCII") return undefined;
  const known = charsets.get(encoding);
  if (known !== undefined) return known;
  stored ??= JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as typeof stored;
  const rows = stored?.[encoding];
  assert(rows !== undefined, `encoding ${encoding} has conversions`);
  const charset = new Charset(encoding, rows);
  charsets.set(encoding, charset);
  return charset;
}
