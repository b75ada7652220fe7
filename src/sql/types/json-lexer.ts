/**
 * THE TOKENS OF JSON, and what is said of a text that has others.
 * https://www.postgresql.org/docs/15/datatype-json.html
 */
import { SqlError } from "../../base/sql-error.ts";

export interface Token {
  readonly kind: "punctuation" | "string" | "number" | "word" | "end";
  readonly text: string;
  readonly from: number;
  readonly end: number;
}

const SPACES = /[ \t\n\r]*/y;
const PLAIN_STRING = /"[^"\\\p{Cc}]*"/uy;
/** Letters, digits, underscores and whatever is not ASCII: reported as one token. */
const WORD = /[\w\u0080-\u{10ffff}]*/uy;
const NUMBER = /-?(?:0|[1-9]\d*)?(?:\.\d*)?(?:[eE][+-]?\d*)?/y;
const WELL_FORMED = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const CONTEXT_BYTES = 50;
/** What is left out at the beginning of a line must be longer than the dots in its place. */
const DOTS = 3;

const LOW_SURROGATE = "Unicode low surrogate must follow a high surrogate.";
const HIGH_SURROGATE = "Unicode high surrogate must not follow a high surrogate.";

export class JsonLexer {
  readonly #text: string;
  /** Escapes must be characters that text can hold. */
  readonly #decodes: boolean;
  #line = 1;
  #lineStart = 0;

  constructor(text: string, decodes: boolean) {
    this.#text = text;
    this.#decodes = decodes;
  }

  /** The token at or after `at`. Throws 22P02, 22P05. */
  next(at: number): Token {
    const text = this.#text;
    const from = at + this.#length(SPACES, at);
    for (let space = at; space < from; space++) {
      if (text[space] !== "\n") continue;
      this.#line++;
      this.#lineStart = space + 1;
    }
    const char = text[from];
    if (char === undefined) return { kind: "end", text: "", from, end: from };
    if ("{}[],:".includes(char)) return this.#token("punctuation", from, from + 1);
    if (char === '"') return this.#token("string", from, this.#endOfString(from));
    if (/[-\d]/.test(char)) return this.#number(from);
    const end = from + this.#length(WORD, from);
    if (end === from) throw this.invalidToken(from, from + 1);
    if (/^(?:true|false|null)$/.test(text.slice(from, end))) return this.#token("word", from, end);
    throw this.invalidToken(from, end);
  }

  #token(kind: Token["kind"], from: number, end: number): Token {
    return { kind, text: this.#text.slice(from, end), from, end };
  }

  #length(pattern: RegExp, at: number): number {
    pattern.lastIndex = at;
    return pattern.exec(this.#text)?.[0].length ?? 0;
  }

  #number(from: number): Token {
    const digits = from + this.#length(NUMBER, from);
    const end = digits + this.#length(WORD, digits);
    const token = this.#token("number", from, end);
    if (!WELL_FORMED.test(token.text)) throw this.invalidToken(from, end);
    return token;
  }

  #endOfString(from: number): number {
    const text = this.#text;
    // Most strings have neither escapes nor control characters.
    const plain = this.#length(PLAIN_STRING, from);
    if (plain > 0) return from + plain;
    let high = false;
    for (let at = from + 1; at < text.length; ) {
      const char = text[at] as string;
      if (char === '"') {
        if (high) throw this.#invalid(LOW_SURROGATE, at + 1);
        return at + 1;
      }
      if (char < " ") {
        const shown = char.charCodeAt(0).toString(16).padStart(2, "0");
        throw this.#invalid(`Character with value 0x${shown} must be escaped.`, at);
      }
      if (char === "\\") {
        const length = this.#escape(from, at);
        high = this.#decodes && this.#surrogate(at, length, high);
        at += length;
        continue;
      }
      const length = lengthAt(text, at);
      if (high) throw this.#invalid(LOW_SURROGATE, at + length);
      at += length;
    }
    throw this.invalidToken(from, text.length);
  }

  /** Length of the escape sequence at `at`. */
  #escape(from: number, at: number): number {
    const text = this.#text;
    const kind = text[at + 1];
    if (kind === undefined) throw this.invalidToken(from, text.length);
    if (kind !== "u") {
      if ('"\\/bfnrt'.includes(kind)) return 2;
      const end = at + 1 + lengthAt(text, at + 1);
      throw this.#invalid(`Escape sequence "\\${text.slice(at + 1, end)}" is invalid.`, end);
    }
    for (let digit = at + 2; digit < at + 6; digit++) {
      if (digit >= text.length) throw this.invalidToken(from, text.length);
      if (/[\da-fA-F]/.test(text[digit] as string)) continue;
      const detail = '"\\u" must be followed by four hexadecimal digits.';
      throw this.#invalid(detail, digit + lengthAt(text, digit));
    }
    return 6;
  }

  /** Whether the escape is the first half of a pair; `high`: the one before was. */
  #surrogate(at: number, length: number, high: boolean): boolean {
    const end = at + length;
    const code = length === 6 ? Number.parseInt(this.#text.slice(at + 2, end), 16) : 0x20;
    const isFirst = code >= 0xd800 && code <= 0xdbff;
    const isSecond = code >= 0xdc00 && code <= 0xdfff;
    if (isFirst && high) throw this.#invalid(HIGH_SURROGATE, end);
    if (isFirst) return true;
    if (isSecond !== high) throw this.#invalid(LOW_SURROGATE, end);
    if (code !== 0) return false;
    throw new SqlError("22P05", "unsupported Unicode escape sequence", {
      detail: "\\u0000 cannot be converted to text.",
      where: this.#context(end, false),
    });
  }

  invalidToken(from: number, end: number): SqlError {
    return this.#invalid(`Token "${this.#text.slice(from, end)}" is invalid.`, end);
  }

  /** The token is not what is expected there. */
  unexpected(expected: string, token: Token): SqlError {
    return token.kind === "end"
      ? this.#invalid("The input string ended unexpectedly.", token.end, true)
      : this.#invalid(`${expected} "${token.text}".`, token.end);
  }

  #invalid(detail: string, end: number, atEnd = false): SqlError {
    const where = this.#context(end, atEnd);
    return new SqlError("22P02", "invalid input syntax for type json", { detail, where });
  }

  /** The line up to the fault, its beginning left out when it is long. */
  #context(end: number, atEnd: boolean): string {
    const text = this.#text;
    const start = this.#lineStart;
    let from = start;
    let bytes = Buffer.byteLength(text.slice(start, end));
    while (bytes >= CONTEXT_BYTES) {
      const length = lengthAt(text, from);
      bytes -= Buffer.byteLength(text.slice(from, from + length));
      from += length;
    }
    if (Buffer.byteLength(text.slice(start, from)) <= DOTS) from = start;
    const more = !atEnd && end < text.length && !/^[\n\r]/.test(text.slice(end, end + 1));
    const shown = `${from > start ? "..." : ""}${text.slice(from, end)}${more ? "..." : ""}`;
    return `JSON data, line ${this.#line}: ${shown}`;
  }
}

/** UTF-16 units of the character. */
const lengthAt = (text: string, at: number): number =>
  (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
