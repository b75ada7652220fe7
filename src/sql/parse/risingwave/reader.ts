/**
 * READING ONE STATEMENT that the grammar does not know, token by token. What the grammar does know
 * (names, literals, columns, queries) is handed to it as a part of the text that stands where it
 * stood, so that its errors and trees have the right positions.
 */
import type { Node } from "libpg-query";
import { assert } from "../../../base/assert.ts";
import { SqlError } from "../../../base/sql-error.ts";
import type { QualifiedName } from "../../../catalog/statement.ts";
import { parseTrees } from "../grammar.ts";
import { relationName } from "../names.ts";
import { charactersBefore, isMark, isWord, syntaxError, type Token } from "../tokens.ts";

export class StatementReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #semicolon: Token | undefined;
  #at = 0;

  /** `tokens` are those of the statement, one at least; `semicolon` is the one behind it. */
  constructor(text: string, tokens: readonly Token[], semicolon?: Token) {
    this.#text = text;
    this.#tokens = tokens;
    this.#semicolon = semicolon;
  }

  get next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** Passes over the words if they are the next tokens, all of them. */
  accept(...words: readonly string[]): boolean {
    if (!words.every((word, i) => isWord(this.#tokens[this.#at + i], word))) return false;
    this.#at += words.length;
    return true;
  }

  acceptMark(mark: string): boolean {
    if (!isMark(this.next, mark)) return false;
    this.#at += 1;
    return true;
  }

  /** Throws 42601, as all that follow. */
  expect(...words: readonly string[]): void {
    for (const word of words) if (!this.accept(word)) throw this.unexpected();
  }

  expectMark(mark: string): void {
    if (!this.acceptMark(mark)) throw this.unexpected();
  }

  expectEnd(): void {
    if (this.next !== undefined) throw this.unexpected();
  }

  unexpected(): SqlError {
    return syntaxError(this.#text, this.next ?? this.#semicolon);
  }

  /** Any token, whatever it is. */
  take(): Token {
    const token = this.next;
    if (token === undefined) throw this.unexpected();
    this.#at += 1;
    return token;
  }

  /** The name of a relation. */
  name(): QualifiedName {
    const first = this.#takeIdentifier();
    let last = first;
    while (this.acceptMark(".")) last = this.#takeIdentifier();
    const [node] = this.#namesAsRead(first, last);
    assert(node !== undefined && "RangeVar" in node, "LOCK names relations");
    return relationName(node.RangeVar);
  }

  /** A name without dots. */
  identifier(): string {
    const token = this.#takeIdentifier();
    const [node] = this.#namesAsRead(token, token);
    assert(node !== undefined && "RangeVar" in node, "LOCK names relations");
    return node.RangeVar.relname ?? "";
  }

  #takeIdentifier(): Token {
    const { next } = this;
    if (next?.kind !== "word" && next?.kind !== "quoted") throw this.unexpected();
    return this.take();
  }

  /** LOCK is no longer than whatever begins a statement with a name. */
  #namesAsRead(first: Token, last: Token): readonly Node[] {
    try {
      const node = this.part("LOCK", first, last);
      return "LockStmt" in node ? (node.LockStmt.relations ?? []) : [];
    } catch (error) {
      const isReserved = error instanceof SqlError && error.message.startsWith("syntax error");
      throw isReserved ? syntaxError(this.#text, first) : error;
    }
  }

  /** The content of a string, of whatever kind. */
  string(): string {
    if (this.next?.kind !== "string") throw this.unexpected();
    const token = this.take();
    if (/^'[^'\\]*'$/.test(token.text)) return token.text.slice(1, -1);
    const [raw] = parseTrees(`SELECT ${token.text}`);
    const [target] =
      raw?.stmt && "SelectStmt" in raw.stmt ? (raw.stmt.SelectStmt.targetList ?? []) : [];
    const value = target && "ResTarget" in target ? target.ResTarget.val : undefined;
    return value && "A_Const" in value ? (value.A_Const.sval?.sval ?? "") : "";
  }

  /** Throws 22003 beyond `most`. */
  integer(most: number): number {
    const { next } = this;
    if (next === undefined || !/^\d+$/.test(next.text)) throw this.unexpected();
    const value = Number(this.take().text);
    if (value <= most) return value;
    throw new SqlError("22003", `value "${next.text}" is out of range`, {
      position: charactersBefore(this.#text, next.start) + 1,
    });
  }

  /** The tokens to the first of them, at no depth of parentheses, that is `stop`; or to the end. */
  takeUntil(stop: (token: Token, following: Token | undefined) => boolean): readonly Token[] {
    const taken: Token[] = [];
    let depth = 0;
    for (let token = this.next; token !== undefined; token = this.next) {
      if (depth === 0 && stop(token, this.#tokens[this.#at + 1])) break;
      if (isMark(token, "(")) depth++;
      else if (isMark(token, ")")) depth--;
      taken.push(this.take());
    }
    return taken;
  }

  /** From "(" to its ")". */
  takeParenthesised(): readonly Token[] {
    if (!isMark(this.next, "(")) throw this.unexpected();
    const open = this.take();
    const inner = this.takeUntil((token) => isMark(token, ")"));
    if (!isMark(this.next, ")")) throw this.unexpected();
    return [open, ...inner, this.take()];
  }

  /**
   * What the grammar reads where the statement is `prefix`, blanks, and the tokens of the text; the
   * prefix fits in front of them. Throws as the grammar does.
   */
  part(prefix: string, first: Token, last: Token): Node {
    const [head] = this.#tokens;
    assert(head !== undefined, "a statement has tokens");
    const before = charactersBefore(this.#text, head.start);
    const gap = charactersBefore(this.#text, first.start) - before - prefix.length;
    assert(gap >= 0, `no room for ${prefix}`);
    const text = " ".repeat(before) + prefix + " ".repeat(gap);
    const [raw] = parseTrees(text + this.#text.slice(first.start, last.end));
    assert(raw?.stmt !== undefined, "a part is a statement");
    return raw.stmt;
  }
}
