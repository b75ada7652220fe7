/**
 * READING A BODY: its tokens one after the other, and the pieces of SQL between them, which are cut
 * out at the words that may follow them.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/pl/plpgsql/src/pl_gram.y
 */
import { SqlError } from "../../base/sql-error.ts";
import { charactersBefore, isMark, isWord, type Token, tokensOf } from "../parse/tokens.ts";
import type { SqlText } from "./tree.ts";

/** Whether a piece of SQL is an expression, as behind SELECT, or a whole statement. */
export type SqlKind = "expression" | "statement";

/** Throws what is wrong with a piece of SQL, its position in the body. */
export type CheckSql = (sql: SqlText, kind: SqlKind) => void;

/** How a piece of SQL may end: a word or a mark. */
export type End = string;

export class Reader {
  readonly source: string;
  readonly check: CheckSql;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(source: string, check: CheckSql) {
    this.source = source;
    this.check = check;
    this.#tokens = [...tokensOf(source)];
  }

  get next(): Token | undefined {
    return this.#tokens[this.#at];
  }
  peek(ahead: number): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }
  get line(): number {
    return this.lineOf(this.next);
  }
  lineOf(token: Token | undefined): number {
    return this.source.slice(0, token?.start ?? this.source.length).split("\n").length;
  }

  take(): Token {
    const token = this.next;
    if (!token || token.kind === "unterminated") throw this.failure();
    this.#at++;
    return token;
  }

  isWord(word: string, ahead = 0): boolean {
    return isWord(this.peek(ahead), word);
  }
  isMark(mark: string, ahead = 0): boolean {
    return isMark(this.peek(ahead), mark);
  }
  takeIf(word: string): boolean {
    const is = /^\w/.test(word) ? this.isWord(word) : this.isMark(word);
    if (is) this.#at++;
    return is;
  }
  expect(word: string): void {
    if (!this.takeIf(word)) throw this.failure();
  }

  /** A name, folded. */
  name(): string {
    const token = this.take();
    if (token.kind === "quoted") return token.text.slice(1, -1).replaceAll('""', '"');
    if (token.kind === "word" && !RESERVED.has(token.text.toLowerCase())) {
      return token.text.toLowerCase();
    }
    this.#at--;
    throw this.failure();
  }
  get isName(): boolean {
    const { next } = this;
    return (
      next?.kind === "quoted" || (next?.kind === "word" && !RESERVED.has(next.text.toLowerCase()))
    );
  }

  /** A parameter by its number: $1. */
  get isNumber(): boolean {
    return /^\$\d+$/.test(this.next?.text ?? "");
  }

  /** a.b.c, whose later parts may be any word; or $1. */
  path(): string[] {
    const parts = [this.isNumber ? this.take().text : this.name()];
    while (this.isMark(".") && ["word", "quoted"].includes(this.peek(1)?.kind ?? "")) {
      this.#at++;
      const token = this.take();
      const quoted = token.kind === "quoted";
      parts.push(quoted ? token.text.slice(1, -1).replaceAll('""', '"') : token.text.toLowerCase());
    }
    return parts;
  }

  /** `syntax error at or near` the next token, or another message of that form. */
  failure(message = "syntax error", token = this.next): SqlError {
    const position = charactersBefore(this.source, token?.start ?? this.source.length) + 1;
    const where = token ? `at or near "${token.text}"` : "at end of input";
    return new SqlError("42601", `${message} ${where}`, { position });
  }
  /** With another code or text, where a token stands. */
  fault(code: string, message: string, token = this.next, detail?: string): SqlError {
    const position = charactersBefore(this.source, token?.start ?? this.source.length) + 1;
    return new SqlError(code, message, { position, ...(detail === undefined ? {} : { detail }) });
  }

  /** Up to one of the ends, which is left there. `expected`: as messages name them. */
  sql(kind: SqlKind, ends: readonly End[], expected = ends[0] ?? ";"): SqlText {
    const from = this.next;
    this.skipTo(kind, ends, expected);
    const last = this.peek(-1);
    if (from === this.next || !from || !last) {
      throw this.failure(kind === "expression" ? "missing expression" : "missing SQL statement");
    }
    return this.piece(kind, from.start, last.end);
  }

  piece(kind: SqlKind, start: number, end: number, text = this.source.slice(start, end)): SqlText {
    const sql = { text, start };
    this.check(sql, kind);
    return sql;
  }

  skipTo(kind: SqlKind, ends: readonly End[], expected: string): void {
    let depth = 0;
    for (let token = this.next; ; token = this.next) {
      if (depth === 0 && token && ends.some((end) => this.#isEnd(token, end))) return;
      if (!token || isMark(token, ";")) {
        if (depth !== 0) throw this.failure("mismatched parentheses");
        const what = kind === "expression" ? "expression" : "statement";
        throw this.fault("42601", `missing "${expected}" at end of SQL ${what}`);
      }
      if (isMark(token, "(") || isMark(token, "[")) depth++;
      if (isMark(token, ")") || isMark(token, "]")) depth--;
      if (depth < 0) throw this.failure("mismatched parentheses");
      this.take();
    }
  }

  #isEnd(token: Token, end: End): boolean {
    return /^\w/.test(end) ? isWord(token, end) : isMark(token, end);
  }
}

/** Words that are no names of variables. */
const RESERVED = new Set(
  (
    "all begin by case declare else end execute for foreach from if in into loop not null or " +
    "strict then to using when while"
  ).split(" "),
);

/** What a string literal says; undefined = it is none. */
export function stringValue({ kind, text }: Token): string | undefined {
  if (kind !== "string") return undefined;
  const dollars = /^(\$[^$]*\$)([\s\S]*)\1$/.exec(text);
  if (dollars) return dollars[2] ?? "";
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (!/^e'/i.test(text)) return undefined;
  return text
    .slice(2, -1)
    .replace(/''|\\(x[0-9a-f]{1,2}|u[0-9a-f]{4}|[0-7]{1,3}|[\s\S])/gi, (all, escaped?: string) => {
      if (escaped === undefined) return "'";
      if (/^[xu]./i.test(escaped))
        return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
      if (/^[0-7]/.test(escaped)) return String.fromCharCode(Number.parseInt(escaped, 8));
      return ESCAPES[escaped] ?? all.slice(1);
    });
}
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
};
