/**
 * Texts in other forms: normalised, unescaped, in ASCII, identifiers taken apart, patterns of SQL's
 * SIMILAR TO as regular expressions.
 * https://www.postgresql.org/docs/15/functions-string.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { encodingName, encodingNumber } from "../../catalog/encodings.ts";
import { encodeList } from "../types/array-value.ts";
import { characterLength, lowerAscii } from "../types/texts.ts";
import { asNumber, asText, define, defineFor, isTrue, truth } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";
import { similarPattern } from "./similar.ts";
import { variadicValues } from "./variadic.ts";

const FORMS = new Set(["NFC", "NFD", "NFKC", "NFKD"]);

function formNamed(name: string): string {
  const form = name.toUpperCase();
  if (!FORMS.has(form)) throw new SqlError("22023", `invalid normalization form: ${name}`);
  return form;
}

const badEscape = () =>
  new SqlError("42601", "invalid Unicode escape", {
    hint: "Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.",
  });
const badPair = () => new SqlError("42601", "invalid Unicode surrogate pair");

const ESCAPE = /\\(?:(\\)|u?([0-9a-fA-F]{4})|\+([0-9a-fA-F]{6})|U([0-9a-fA-F]{8})|)/g;

/** \XXXX, \+XXXXXX, \uXXXX and \UXXXXXXXX as their characters. */
function unescaped(text: string): string {
  let out = "";
  let from = 0;
  let high: number | undefined;
  for (const match of text.matchAll(ESCAPE)) {
    const [whole, backslash, four, six, eight] = match;
    if (high !== undefined && match.index > from) throw badPair();
    out += text.slice(from, match.index);
    from = match.index + whole.length;
    const digits = four ?? six ?? eight;
    if (backslash !== undefined) {
      if (high !== undefined) throw badPair();
      out += "\\";
      continue;
    }
    if (digits === undefined) throw badEscape();
    const code = Number.parseInt(digits, 16);
    if (code === 0 || code > 0x10ffff) {
      const shown = code.toString(16).toUpperCase().padStart(4, "0");
      throw new SqlError("22023", `invalid Unicode code point: ${shown}`);
    }
    const isLow = code >= 0xdc00 && code <= 0xdfff;
    if ((high !== undefined) !== isLow) throw badPair();
    if (code >= 0xd800 && code <= 0xdbff) {
      high = code;
      continue;
    }
    out += high === undefined ? String.fromCodePoint(code) : String.fromCharCode(high, code);
    high = undefined;
  }
  if (high !== undefined) throw badPair();
  return out + text.slice(from);
}

const SPACES = /[ \t\n\r\f]*/y;
const PLAIN = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;

/** The parts of a qualified name. Throws 22023. */
function identifiers(text: string, strict: boolean): string[] {
  const invalid = (detail?: string) =>
    new SqlError(
      "22023",
      `string is not a valid identifier: "${text}"`,
      detail === undefined ? {} : { detail },
    );
  const found: string[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    at += match?.length ?? 0;
    return match;
  };
  for (;;) {
    take(SPACES);
    if (text[at] === '"') {
      const quoted = take(/"((?:[^"]|"")*)"/y);
      if (quoted === undefined) throw invalid("String has unclosed double quotes.");
      const name = quoted.slice(1, -1).replaceAll('""', '"');
      if (name === "") throw invalid("Quoted identifier must not be empty.");
      found.push(name);
    } else {
      const name = take(PLAIN);
      if (name === undefined) {
        if (text[at] === ".") throw invalid('No valid identifier before ".".');
        throw invalid(found.length > 0 ? 'No valid identifier after ".".' : undefined);
      }
      found.push(lowerAscii(name));
    }
    take(SPACES);
    if (text[at] !== ".") break;
    at++;
  }
  if (at < text.length && strict) throw invalid();
  return found;
}

/** What is shown of the characters from `first` on. */
const asciiTables: Readonly<Record<string, { readonly first: number; readonly shown: string }>> = {
  LATIN1: {
    first: 160,
    shown:
      "  cL Y  \"Ca  -R     'u .,      ?AAAAAAACEEEEIIII NOOOOOxOUUUUYTBaaaaaaaceeeeiiii nooooo/ouuuuyty",
  },
  LATIN2: {
    first: 160,
    shown:
      ' A L LS "SSTZ-ZZ a,l\'ls ,sstz"zzRAAAALCCCEEEEIIDDNNOOOOxRUUUUYTBraaaalccceeeeiiddnnoooo/ruuuuyt.',
  },
  LATIN9: {
    first: 160,
    shown:
      "  cL YS sCa  -R     Zu .z   EeY?AAAAAAACEEEEIIII NOOOOOxOUUUUYTBaaaaaaaceeeeiiii nooooo/ouuuuyty",
  },
  WIN1250: {
    first: 128,
    shown:
      '  \' "    %S<STZZ `\'"".--  s>stzz   L A  "CS  -RZ  ,l\'u .,as L"lzRAAAALCCCEEEEIIDDNNOOOOxRUUUUYTBraaaalccceeeeiiddnnoooo/ruuuuyt ',
  },
};

/** The bytes of the text are read in that encoding. */
function toAscii(text: string, encoding: string): string {
  const table = asciiTables[encoding];
  if (table === undefined) {
    const message = `encoding conversion from ${encoding} to ASCII not supported`;
    throw new SqlError("0A000", message);
  }
  return Array.from(Buffer.from(text, "utf8"), (byte) => {
    if (byte < 128) return String.fromCharCode(byte);
    return byte < table.first ? " " : (table.shown[byte - table.first] ?? " ");
  }).join("");
}

function encodingNamed(name: string): string {
  const number = encodingNumber(name);
  if (number < 0) throw new SqlError("42704", `${name} is not a valid encoding name`);
  return encodingName(number);
}
function encodingOf(number: number): string {
  const name = encodingName(number);
  if (name === "") throw new SqlError("42704", `${number} is not a valid encoding code`);
  return name;
}

/** How many of the arguments, or of the array's elements, are NULL. */
const counting = (name: string, counts: (isNull: boolean) => boolean) =>
  defineFor(`${name}(any)`, (types) => (context, ...args) => {
    if (types.variadic && args[0] === null) return null;
    const values = variadicValues(types, args, context);
    return BigInt(values.filter(({ value }) => counts(value === null)).length);
  });

export const textFormFunctions: readonly FunctionDefinition[] = [
  define("normalize(text, text)", (_c, text, form) =>
    asText(text).normalize(formNamed(asText(form))),
  ),
  define("is_normalized(text, text)", (_c, text, form) =>
    truth(asText(text).normalize(formNamed(asText(form))) === text),
  ),
  define("unistr(text)", (_c, text) => unescaped(asText(text))),
  define("parse_ident(text, bool)", (_c, text, strict) =>
    encodeList(identifiers(asText(text), isTrue(strict))),
  ),
  define("to_ascii(text)", (_c, text) => toAscii(asText(text), "UTF8")),
  define("to_ascii(text, name)", (_c, text, name) =>
    toAscii(asText(text), encodingNamed(asText(name))),
  ),
  define("to_ascii(text, int4)", (_c, text, number) =>
    toAscii(asText(text), encodingOf(asNumber(number))),
  ),
  define("textlen(text)", (_c, text) => BigInt(characterLength(asText(text)))),
  define("nameconcatoid(name, oid)", (_c, name, id) => {
    const suffix = `_${id}`;
    const bytes = Buffer.from(asText(name), "utf8");
    let length = Math.min(bytes.length, 63 - suffix.length);
    while (length > 0 && ((bytes[length] ?? 0) & 0xc0) === 0x80) length--;
    return bytes.toString("utf8", 0, length) + suffix;
  }),
  counting("num_nulls", (isNull) => isNull),
  counting("num_nonnulls", (isNull) => !isNull),
  define("similar_to_escape(text)", (_c, pattern) => similarPattern(asText(pattern), "\\")),
  define("similar_to_escape(text, text)", (_c, pattern, mark) =>
    similarPattern(asText(pattern), asText(mark)),
  ),
  // Not strict: without an escape character the usual one is meant.
  define("similar_escape(text, text)", (_c, pattern, mark) =>
    pattern === null ? null : similarPattern(asText(pattern), mark === null ? "\\" : asText(mark)),
  ),
];
