/** String functions. https://www.postgresql.org/docs/15/functions-string.html */
import { SqlError } from "../../base/sql-error.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import { characterLength, firstCharacters, lowerAscii } from "../types/texts.ts";
import { asBytes, asInteger, asNumber, asText, define } from "./define.ts";
import { checkBytes, checkGrowth } from "./limits.ts";
import { upperAscii } from "./patterns.ts";
import type { FunctionContext, FunctionDefinition, ScalarCall } from "./registry.ts";

/** quote_literal: E'' where there is a backslash. */
export function quoteLiteral(text: string): string {
  const doubled = text.replaceAll("'", "''");
  return doubled.includes("\\") ? `E'${doubled.replaceAll("\\", "\\\\")}'` : `'${doubled}'`;
}

/** Characters `from` (1-based) to before `end`, however far outside they lie. */
function slice(text: string, from: number, end: number): string {
  const chars = [...text];
  return chars.slice(Math.max(from - 1, 0), Math.max(end - 1, 0)).join("");
}

/** substr(text, from, count). Throws 22011 for a negative count. */
function substring(text: string, from: number, count?: number): string {
  if (count === undefined) return slice(text, from, Number.POSITIVE_INFINITY);
  if (count < 0) throw new SqlError("22011", "negative substring length not allowed");
  return slice(text, from, from + count);
}

function trimmer(side: "both" | "left" | "right") {
  return (text: string, set: string): string => {
    const members = new Set(set);
    const chars = [...text];
    let from = 0;
    let end = chars.length;
    if (side !== "right") while (from < end && members.has(chars[from] as string)) from++;
    if (side !== "left") while (end > from && members.has(chars[end - 1] as string)) end--;
    return chars.slice(from, end).join("");
  };
}
const trimBoth = trimmer("both");
const trimLeft = trimmer("left");
const trimRight = trimmer("right");

const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");

function repeat(context: FunctionContext, text: string, count: number): string {
  if (count <= 0) return "";
  checkGrowth(context, bytesOf(text) * count);
  return text.repeat(count);
}

/** What is added to a text of `have` characters to make it `length` long. */
function padding(context: FunctionContext, text: string, length: number, fill: string): string {
  const missing = length - characterLength(text);
  const filler = characterLength(fill);
  const times = Math.floor(missing / filler);
  checkGrowth(context, bytesOf(text) + (times + 1) * bytesOf(fill));
  return fill.repeat(times) + firstCharacters(fill, missing % filler);
}

const pad =
  (side: "left" | "right"): ScalarCall =>
  (context, value, size, filler = " ") => {
    const text = asText(value);
    const length = asNumber(size);
    const fill = asText(filler);
    if (characterLength(text) >= length) return firstCharacters(text, Math.max(length, 0));
    if (fill === "") return text;
    const added = padding(context, text, length, fill);
    return side === "left" ? added + text : text + added;
  };

function replace(context: FunctionContext, text: string, from: string, to: string): string {
  if (from === "") return text;
  const growth = bytesOf(to) - bytesOf(from);
  // Counted only when as many as could be would be too many.
  if (growth > 0 && text.length * growth > 1024 * 1024) {
    const count = text.split(from).length - 1;
    checkGrowth(context, bytesOf(text) + count * growth);
  }
  return text.replaceAll(from, () => to);
}

function concatenate(context: FunctionContext, a: string, b: string): string {
  checkBytes(context, a.length + b.length);
  return a + b;
}

function splitPart(text: string, delimiter: string, field: number): string {
  if (field === 0) throw new SqlError("22023", "field position must not be zero");
  if (delimiter === "") return field === 1 || field === -1 ? text : "";
  const parts = text.split(delimiter);
  return parts.at(field > 0 ? field - 1 : field) ?? "";
}

/** Position in characters, from 1; 0 = absent. */
function position(text: string, part: string): bigint {
  const at = text.indexOf(part);
  return at < 0 ? 0n : BigInt(characterLength(text.slice(0, at)) + 1);
}

function translate(text: string, from: string, to: string): string {
  const source = [...from];
  const target = [...to];
  const map = new Map<string, string>();
  source.forEach((char, at) => {
    if (!map.has(char)) map.set(char, target[at] ?? "");
  });
  return [...text].map((char) => map.get(char) ?? char).join("");
}

const initcap = (text: string): string =>
  lowerAscii(text).replace(
    /(^|[^0-9A-Za-z])([a-z])/g,
    (_match, before: string, letter: string) => before + letter.toUpperCase(),
  );

function chr(code: number): string {
  if (code === 0) throw new SqlError("54000", "null character not permitted");
  if (code < 0) throw new SqlError("22023", "character number must be positive");
  if (code > 0x10ffff) {
    throw new SqlError("54000", `requested character too large for encoding: ${code}`);
  }
  if (code >= 0xd800 && code <= 0xdfff) {
    throw new SqlError("54000", `requested character not valid for encoding: ${code}`);
  }
  return String.fromCodePoint(code);
}

function overlay(text: string, replacement: string, from: number, count: number): string {
  if (from <= 0) throw new SqlError("22011", "negative substring length not allowed");
  if (from + count > 0x7fff_ffff) throw new SqlError("22003", "integer out of range");
  return substring(text, 1, from - 1) + replacement + substring(text, from + count);
}

/** A negative count leaves out that many. */
const countOf = (text: string, count: number): number =>
  count >= 0 ? count : Math.max(characterLength(text) + count, 0);

const left = (text: string, count: number): string => firstCharacters(text, countOf(text, count));
const right = (text: string, count: number): string => {
  // Its negative has no place in 32 bits, and PostgreSQL takes it as it is.
  if (count === -0x8000_0000) return text;
  const kept = countOf(text, count);
  return kept === 0 ? "" : [...text].slice(-kept).join("");
};

const byteLength = (text: string): bigint => BigInt(Buffer.byteLength(text, "utf8"));
const length = (text: string): bigint => BigInt(characterLength(text));

const hexOf = (value: bigint, bits: number): string => BigInt.asUintN(bits, value).toString(16);

export const stringFunctions: readonly FunctionDefinition[] = [
  ...["length", "char_length", "character_length"].map((name) =>
    define(`${name}(text)`, (_c, text) => length(asText(text))),
  ),
  ...["length", "char_length", "character_length"].map((name) =>
    define(`${name}(bpchar)`, (_c, text) => length(asText(text))),
  ),
  define("octet_length(text)", (_c, text) => byteLength(asText(text))),
  define("octet_length(bpchar)", (_c, text) => byteLength(asText(text))),
  define("octet_length(bytea)", (_c, bytes) => BigInt(asBytes(bytes).length)),
  define("length(bytea)", (_c, bytes) => BigInt(asBytes(bytes).length)),
  define("bit_length(text)", (_c, text) => byteLength(asText(text)) * 8n),
  define("bit_length(bytea)", (_c, bytes) => BigInt(asBytes(bytes).length) * 8n),
  define("lower(text)", (_c, text) => lowerAscii(asText(text))),
  define("upper(text)", (_c, text) => upperAscii(asText(text))),
  define("initcap(text)", (_c, text) => initcap(asText(text))),
  ...["substr", "substring"].flatMap((name) => [
    define(`${name}(text, int4)`, (_c, text, from) => substring(asText(text), asNumber(from))),
    define(`${name}(text, int4, int4)`, (_c, text, from, count) =>
      substring(asText(text), asNumber(from), asNumber(count)),
    ),
  ]),
  define("replace(text, text, text)", (context, text, from, to) =>
    replace(context, asText(text), asText(from), asText(to)),
  ),
  define("split_part(text, text, int4)", (_c, text, delimiter, field) =>
    splitPart(asText(text), asText(delimiter), asNumber(field)),
  ),
  define("btrim(text)", (_c, text) => trimBoth(asText(text), " ")),
  define("btrim(text, text)", (_c, text, set) => trimBoth(asText(text), asText(set))),
  define("ltrim(text)", (_c, text) => trimLeft(asText(text), " ")),
  define("ltrim(text, text)", (_c, text, set) => trimLeft(asText(text), asText(set))),
  define("rtrim(text)", (_c, text) => trimRight(asText(text), " ")),
  define("rtrim(text, text)", (_c, text, set) => trimRight(asText(text), asText(set))),
  define("repeat(text, int4)", (context, text, count) =>
    repeat(context, asText(text), asNumber(count)),
  ),
  define("left(text, int4)", (_c, text, count) => left(asText(text), asNumber(count))),
  define("right(text, int4)", (_c, text, count) => right(asText(text), asNumber(count))),
  define("lpad(text, int4)", pad("left")),
  define("lpad(text, int4, text)", pad("left")),
  define("rpad(text, int4)", pad("right")),
  define("rpad(text, int4, text)", pad("right")),
  define("strpos(text, text)", (_c, text, part) => position(asText(text), asText(part))),
  define("position(text, text)", (_c, text, part) => position(asText(text), asText(part))),
  define("translate(text, text, text)", (_c, text, from, to) =>
    translate(asText(text), asText(from), asText(to)),
  ),
  define("overlay(text, text, int4)", (_c, text, by, from) =>
    overlay(asText(text), asText(by), asNumber(from), characterLength(asText(by))),
  ),
  define("overlay(text, text, int4, int4)", (_c, text, by, from, count) =>
    overlay(asText(text), asText(by), asNumber(from), asNumber(count)),
  ),
  define("reverse(text)", (_c, text) => [...asText(text)].reverse().join("")),
  define("ascii(text)", (_c, text) => BigInt(asText(text).codePointAt(0) ?? 0)),
  define("chr(int4)", (_c, code) => chr(asNumber(code))),
  define("to_hex(int4)", (_c, value) => hexOf(asInteger(value), 32)),
  define("to_hex(int8)", (_c, value) => hexOf(asInteger(value), 64)),
  define("quote_ident(text)", (_c, text) => quoteIdentifier(asText(text))),
  define("quote_literal(text)", (_c, text) => quoteLiteral(asText(text))),
  define("quote_nullable(text)", (_c, text) =>
    text === null ? "NULL" : quoteLiteral(asText(text)),
  ),
  define("textcat(text, text)", (context, a, b) => concatenate(context, asText(a), asText(b))),
];
