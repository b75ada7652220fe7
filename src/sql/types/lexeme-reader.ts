/**
 * LEXEMES as tsvector and tsquery write them: a word, or one in quotes, a backslash before anything
 * that shall be itself. https://www.postgresql.org/docs/15/datatype-textsearch.html
 */
import { SqlError } from "../../base/sql-error.ts";

const isSpace = (char: string): boolean => /^[ \t\n\v\f\r]$/.test(char);
/** Where a word of a query ends. */
const isOperator = (char: string): boolean => /^[!&|()<]$/.test(char);

export class LexemeReader {
  readonly #text: string;
  /** Whole text, as messages quote it. */
  readonly #type: "tsvector" | "tsquery";
  at: number;

  constructor(text: string, type: "tsvector" | "tsquery", at = 0) {
    this.#text = text;
    this.#type = type;
    this.at = at;
  }

  /** "" at the end. */
  get next(): string {
    const point = this.#text.codePointAt(this.at);
    return point === undefined ? "" : String.fromCodePoint(point);
  }

  advance(): string {
    const char = this.next;
    this.at += char.length;
    return char;
  }

  skipSpace(): void {
    while (isSpace(this.next)) this.advance();
  }

  syntaxError(): SqlError {
    return new SqlError("42601", `syntax error in ${this.#type}: "${this.#text}"`);
  }

  #escaped(): string {
    const char = this.advance();
    if (char !== "") return char;
    throw new SqlError("42601", `there is no escaped character: "${this.#text}"`);
  }

  /** undefined at the end of the text. */
  lexeme(): string | undefined {
    this.skipSpace();
    if (this.next === "") return undefined;
    const word = this.next === "'" ? this.#quoted() : this.#bare();
    if (word === "") throw this.syntaxError();
    return word;
  }

  #quoted(): string {
    this.advance();
    let word = "";
    for (;;) {
      const char = this.advance();
      if (char === "") throw this.syntaxError();
      if (char === "\\") word += this.#escaped();
      else if (char !== "'") word += char;
      else if (this.next === "'") word += this.advance();
      else return word;
    }
  }

  /** Its first character may be a colon. */
  #bare(): string {
    const isQuery = this.#type === "tsquery";
    if (isQuery && isOperator(this.next)) throw this.syntaxError();
    const take = (): string => {
      const char = this.advance();
      return char === "\\" ? this.#escaped() : char;
    };
    let word = take();
    for (;;) {
      const char = this.next;
      const ends = char === "" || char === ":" || isSpace(char) || (isQuery && isOperator(char));
      if (ends) return word;
      word += take();
    }
  }
}
