/**
 * READING ONE STATEMENT that the grammar does not know, token by token. What the grammar does know
 * (names, literals, columns, queries) is handed to it as a part of the text that stands where it
 * stood, so that its errors and trees have the right positions.
 */
import type { Node, RangeVar, RawStmt, SelectStmt } from "libpg-query";
import { assert } from "../../../base/assert.ts";
import { SqlError } from "../../../base/sql-error.ts";
import type { QualifiedName } from "../../../catalog/statement.ts";
import { parseTrees } from "../grammar.ts";
import { relationName } from "../names.ts";
import { inspectTree } from "../older-grammar.ts";
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

  /** Of the next token: 1-based, in characters. */
  get position(): number {
    return charactersBefore(this.#text, this.next?.start ?? this.#text.length) + 1;
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
    const tokens = [this.#takeIdentifier()];
    while (isMark(this.next, ".")) tokens.push(this.take(), this.#takeIdentifier());
    return relationName(this.#nameAsRead(tokens));
  }

  /** A name without dots. */
  identifier(): string {
    return this.#nameAsRead([this.#takeIdentifier()]).relname ?? "";
  }

  #takeIdentifier(): Token {
    const { next } = this;
    if (next?.kind !== "word" && next?.kind !== "quoted") throw this.unexpected();
    return this.take();
  }

  /** LOCK is no longer than whatever begins a statement with a name. */
  #nameAsRead(tokens: readonly Token[]): RangeVar {
    try {
      const node = this.part("LOCK", tokens);
      const [named] = "LockStmt" in node ? (node.LockStmt.relations ?? []) : [];
      assert(named !== undefined && "RangeVar" in named, "LOCK names relations");
      return named.RangeVar;
    } catch (error) {
      const isReserved = error instanceof SqlError && error.message.startsWith("syntax error");
      throw isReserved ? syntaxError(this.#text, tokens[0]) : error;
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

  /** Digits, which RisingWave writes in quotes, too. Throws 22003 beyond `most`. */
  integer(most: number): number {
    const { next, position } = this;
    const digits = /^(?:\d+|'\d+')$/.test(next?.text ?? "") ? this.take().text : undefined;
    if (digits === undefined) throw this.unexpected();
    const value = Number(digits.replaceAll("'", ""));
    if (value <= most) return value;
    throw new SqlError("22003", `value ${digits} is out of range`, { position });
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

  /** The tree of a query. */
  query(tokens: readonly Token[]): SelectStmt {
    const [first] = tokens;
    if (first === undefined) throw this.unexpected();
    const node = this.part("", tokens);
    if (!("SelectStmt" in node)) throw syntaxError(this.#text, first);
    inspectTree(node, this.#text.slice(first.start, tokens.at(-1)?.end), this.#text);
    return node.SelectStmt;
  }

  /**
   * What the grammar reads where the statement is `prefix`, blanks, and the tokens of the text,
   * which have just been taken; the prefix fits in front of them. Throws as the grammar does.
   */
  part(prefix: string, tokens: readonly Token[]): Node {
    const [head] = this.#tokens;
    const [first] = tokens;
    assert(head !== undefined && first !== undefined, "a part has tokens");
    const before = charactersBefore(this.#text, head.start);
    const gap = charactersBefore(this.#text, first.start) - before - prefix.length;
    assert(gap >= 0, `no room for ${prefix}`);
    const text = this.#text.slice(first.start, tokens.at(-1)?.end);
    const [raw] = this.#grammarOf(" ".repeat(before) + prefix + " ".repeat(gap) + text);
    assert(raw?.stmt !== undefined, "a part is a statement");
    return raw.stmt;
  }

  /** The end of a part is no end of the text. */
  #grammarOf(text: string): readonly RawStmt[] {
    try {
      return parseTrees(text);
    } catch (error) {
      const isEnd = error instanceof SqlError && error.message === "syntax error at end of input";
      throw isEnd ? this.unexpected() : error;
    }
  }
}
