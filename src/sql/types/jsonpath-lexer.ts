/**
 * TOKENS OF jsonpath. Of all that may begin at a place the longest counts, then the first in order.
 * Read as bytes, one a character, since lengths are compared in them.
 * https://www.postgresql.org/docs/15/functions-json.html#FUNCTIONS-SQLJSON-PATH
 */
import { SqlError } from "../../base/sql-error.ts";

export interface Token {
  /** string, variable, int, numeric, name, a keyword, or the sign itself; "" = the end */
  readonly kind: string;
  readonly text: string;
  /** What an error at this token shows: the text last read, which may be what ended the token. */
  readonly shown: string;
}

/** Those in lower case alone are true. */
const keywords: ReadonlyMap<string, boolean> = new Map([
  ...["null", "true", "false"].map((word) => [word, true] as const),
  ...(
    "is to abs lax flag last size type with floor double exists starts strict ceiling unknown " +
    "datetime keyvalue like_regex"
  )
    .split(" ")
    .map((word) => [word, false] as const),
]);

const OTHER = String.raw`[^?%$.[\]{}()|&!=<>@#,*:\-+/\\" \t\n\r\f]`;
const INTEGER = "(?:0|[1-9][0-9]*)";
const DECIMAL = String.raw`(?:${INTEGER}\.[0-9]*|\.[0-9]+)`;
const REAL = `(?:${INTEGER}|${DECIMAL})[Ee][-+]?[0-9]+`;
const rules: readonly (readonly [kind: string, pattern: RegExp])[] = (
  [
    ["&&", "&&"],
    ["||", String.raw`\|\|`],
    ["!", "!"],
    ["**", String.raw`\*\*`],
    ["<", "<"],
    ["<=", "<="],
    ["==", "=="],
    ["<>", "<>|!="],
    [">=", ">="],
    [">", ">"],
    ["variable", String.raw`\$${OTHER}+`],
    ["quoted variable", String.raw`\$"`],
    ["special", String.raw`[?%$.[\]{}()|&!=<>@#,*:\-+/]`],
    ["blank", "[ \\t\\n\\r\\f]+"],
    ["comment", String.raw`/\*`],
    ["numeric", REAL],
    ["numeric", DECIMAL],
    ["int", INTEGER],
    ["bad number", `(?:${INTEGER}|${DECIMAL})[Ee][-+]`],
    ["junk", `(?:${REAL}|${DECIMAL}|${INTEGER})${OTHER}`],
    ["quoted string", '"'],
    ["escaped name", String.raw`\\`],
    ["name", `${OTHER}+`],
  ] as const
).map(([kind, body]) => [kind, new RegExp(body, "y")]);

const invalid = (detail: string): SqlError =>
  new SqlError("22P02", "invalid input syntax for type jsonpath", { detail });

export function syntaxError(shown: string, message = "syntax error"): SqlError {
  const where = shown === "" ? "at end of" : `at or near "${shown}" of`;
  return new SqlError("42601", `${message} ${where} jsonpath input`);
}
const lexicalError = (shown: string, message: string): SqlError =>
  syntaxError(utf8(shown), message);

const UNICODE = /(?:\\u(?:[0-9A-Fa-f]{4}|\{[0-9A-Fa-f]{1,6}\}))+/y;
const UNICODE_FAULT = /\\u(?:\{[0-9A-Fa-f]{0,6}|[0-9A-Fa-f]{0,3})/y;
const HEX = /\\x[0-9A-Fa-f]{0,2}/y;
const controls: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const utf8 = (bytes: string): string => Buffer.from(bytes, "latin1").toString();
const token = (kind: string, text: string, shown: string): Token => ({
  kind,
  text: utf8(text),
  shown: utf8(shown),
});

export class Lexer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = Buffer.from(text).toString("latin1");
  }

  next(): Token {
    for (;;) {
      if (this.#at >= this.#text.length) return { kind: "", text: "", shown: "" };
      const [kind, text] = this.#longest();
      if (kind === "junk") throw lexicalError(text, "trailing junk after numeric literal");
      if (kind === "bad number") throw lexicalError(text, "invalid numeric literal");
      if (kind === "name" || kind === "escaped name") {
        const name = this.#name();
        if (name.shown !== "" || !this.#text.startsWith("/*", this.#at)) return name;
        // PostgreSQL's own scanner loses a name that a comment follows.
        continue;
      }
      this.#at += text.length;
      if (kind === "comment") this.#comment();
      else if (kind === "special") return token(text, text, text);
      else if (kind === "quoted string" || kind === "quoted variable") return this.#quoted(kind);
      else if (kind === "variable") return token(kind, text.slice(1), text);
      else if (kind !== "blank") return token(kind, text, text);
    }
  }

  #longest(): readonly [kind: string, text: string] {
    let found: readonly [string, string] = ["", ""];
    for (const [kind, pattern] of rules) {
      pattern.lastIndex = this.#at;
      const text = pattern.exec(this.#text)?.[0] ?? "";
      if (text.length > found[1].length) found = [kind, text];
    }
    return found;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += text.length;
    return text;
  }

  #comment(): void {
    const end = this.#text.indexOf("*/", this.#at);
    if (end < 0) throw lexicalError("", "unexpected end of comment");
    this.#at = end + 2;
  }

  #quoted(kind: string): Token {
    let text = "";
    for (;;) {
      text += this.#take(/[^\\"]*/y);
      if (this.#at >= this.#text.length) throw lexicalError("", "unexpected end of quoted string");
      if (this.#text[this.#at] === '"') break;
      text += this.#escape();
    }
    this.#at++;
    return token(kind === "quoted string" ? "string" : "variable", text, '"');
  }

  /** Ended by what is not of it; a blank is read with it. */
  #name(): Token {
    const part = new RegExp(`${OTHER}+`, "y");
    let text = "";
    for (;;) {
      text += this.#take(part);
      if (this.#text[this.#at] !== "\\") break;
      text += this.#escape();
    }
    const shown = this.#take(/[ \t\n\r\f]+/y);
    const lower = text.toLowerCase();
    const exact = keywords.get(lower);
    const isKeyword = exact !== undefined && (!exact || text === lower);
    return token(isKeyword ? lower : "name", text, shown);
  }

  #escape(): string {
    const codes = this.#take(UNICODE);
    UNICODE_FAULT.lastIndex = this.#at;
    const fault = UNICODE_FAULT.exec(this.#text)?.[0];
    if (fault !== undefined) throw lexicalError(codes + fault, "invalid unicode sequence");
    if (codes !== "") return unicodeText(codes);
    const hex = this.#take(HEX);
    if (hex !== "") {
      if (hex.length < 4) throw lexicalError(hex, "invalid hex character sequence");
      return characterOf(Number.parseInt(hex.slice(2), 16));
    }
    const character = this.#take(/\\[^\n]?/y).slice(1);
    if (character === "") throw lexicalError("\\", "unexpected end after backslash");
    return controls[character] ?? character;
  }
}

function characterOf(code: number): string {
  if (code === 0) {
    const detail = "\\u0000 cannot be converted to text.";
    throw new SqlError("22P05", "unsupported Unicode escape sequence", { detail });
  }
  if (code > 0x10ffff) throw new SqlError("42601", "invalid Unicode code point");
  return Buffer.from(String.fromCodePoint(code)).toString("latin1");
}

function unicodeText(escapes: string): string {
  let text = "";
  let high: number | undefined;
  for (const [, digits = "0"] of escapes.matchAll(/\\u\{?([0-9A-Fa-f]+)/g)) {
    const code = Number.parseInt(digits, 16);
    if (code >= 0xd800 && code <= 0xdbff) {
      if (high !== undefined) {
        throw invalid("Unicode high surrogate must not follow a high surrogate.");
      }
      high = code;
      continue;
    }
    const isLow = code >= 0xdc00 && code <= 0xdfff;
    if (isLow !== (high !== undefined)) throw loneSurrogate();
    text += characterOf(
      high === undefined ? code : 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00),
    );
    high = undefined;
  }
  if (high !== undefined) throw loneSurrogate();
  return text;
}

const loneSurrogate = (): SqlError =>
  invalid("Unicode low surrogate must follow a high surrogate.");
