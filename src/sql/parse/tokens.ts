/**
 * TOKENS of a text, for what is read beside the grammar: where statements begin and end, EXPLAIN of
 * DDL, RisingWave's statements. Comments and white space are no tokens. Offsets are UTF-16 units;
 * errors and trees count characters, `charactersBefore` turns the one into the other.
 */
import { SqlError } from "../../base/sql-error.ts";

export interface Token {
  readonly kind: "word" | "quoted" | "string" | "number" | "unterminated" | "other";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Comments of the other kind apart: they may be nested, so they are passed over by hand. */
const BLANK = /\s+|--[^\n]*/;
const STRING = /[eE]'(?:[^'\\]|\\[\s\S]|'')*'|(?:[uU]&|[bBxXnN])?'(?:[^']|'')*'/;
const DOLLARS = /\$(?<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[\s\S]*?\$\k<tag>\$/;
const QUOTED = /"(?:[^"]|"")*"/;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/;
const OTHER = /\$\d+|::|:=|=>|[<>!]=|<>|[\s\S]/;

const TOKEN = new RegExp(
  [
    BLANK.source,
    `(?<string>${STRING.source}|${DOLLARS.source})`,
    `(?<quoted>${QUOTED.source})`,
    `(?<word>${WORD.source})`,
    `(?<number>${NUMBER.source})`,
    `(?<unterminated>['"])`,
    OTHER.source,
  ].join("|"),
  "y",
);
const KINDS = ["string", "quoted", "word", "number", "unterminated"] as const;

/** Those of a part of the text. */
export function* tokensOf(text: string, from = 0, to = text.length): Generator<Token> {
  for (let at = from; at < to; ) {
    if (text.startsWith("/*", at)) {
      at = endOfComment(text, at);
      continue;
    }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const found = match?.[0] ?? "";
    const kind = KINDS.find((name) => match?.groups?.[name] !== undefined) ?? "other";
    const end = kind === "unterminated" ? text.length : at + found.length;
    if (kind !== "other" || !/^(\s|--)/.test(found))
      yield { kind, text: text.slice(at, end), start: at, end };
    at = end;
  }
}

function endOfComment(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    if (text.startsWith("/*", at)) depth++;
    else if (text.startsWith("*/", at)) depth--;
    else {
      at++;
      continue;
    }
    at += 2;
  } while (depth > 0 && at < text.length);
  return at;
}

/** Keywords are words that are not quoted. */
export const isWord = (token: Token | undefined, word: string): boolean =>
  token?.kind === "word" && token.text.toLowerCase() === word;

export const isMark = (token: Token | undefined, mark: string): boolean =>
  token?.kind === "other" && token.text === mark;

export function charactersBefore(text: string, offset: number): number {
  let characters = 0;
  for (let at = 0; at < offset; characters++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return characters;
}

/** As the grammar words it; undefined = the end of the text. */
export function syntaxError(text: string, token: Token | undefined): SqlError {
  const position = charactersBefore(text, token?.start ?? text.length) + 1;
  const fields = { position };
  if (token === undefined) return new SqlError("42601", "syntax error at end of input", fields);
  if (token.kind !== "unterminated") {
    return new SqlError("42601", `syntax error at or near "${token.text}"`, fields);
  }
  const what = token.text.startsWith("'") ? "quoted string" : "quoted identifier";
  return new SqlError("42601", `unterminated ${what} at or near "${token.text}"`, fields);
}
