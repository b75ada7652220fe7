/** READING RANGES: `[1,5)`, `empty`, `("a,b",]`, and `{[1,2),[5,8)}` of them. */
import { SqlError } from "../../base/sql-error.ts";

export type RangeText =
  | "empty"
  | {
      /** undefined = infinite */
      readonly lower: string | undefined;
      readonly upper: string | undefined;
      readonly lowerInclusive: boolean;
      readonly upperInclusive: boolean;
    };

const EMPTY = "empty";
const isSpace = (char: string | undefined): boolean =>
  char !== undefined && /^[ \t\n\v\f\r]$/.test(char);

/** Whether a bound needs no quotes. */
export const isBare = (text: string): boolean =>
  text !== "" && !/["\\()[\],\s]/.test(text.replace(/[\u0080-\u{10ffff}]/gu, ""));

/** A text and a place in it. */
class Scanner {
  readonly text: string;
  readonly #noun: string;
  at = 0;

  constructor(text: string, noun: string) {
    this.text = text;
    this.#noun = noun;
  }

  get next(): string | undefined {
    return this.text[this.at];
  }

  skipSpace(): void {
    while (isSpace(this.next)) this.at++;
  }

  takes(char: string): boolean {
    if (this.next !== char) return false;
    this.at++;
    return true;
  }

  takesEmpty(): boolean {
    const word = this.text.slice(this.at, this.at + EMPTY.length);
    if (word.toLowerCase() !== EMPTY) return false;
    this.at += EMPTY.length;
    return true;
  }

  malformed(detail: string): SqlError {
    return new SqlError("22P02", `malformed ${this.#noun} literal: "${this.text}"`, { detail });
  }

  end(detail: string): void {
    this.skipSpace();
    if (this.at < this.text.length) throw this.malformed(detail);
  }
}

/** Throws 22P02. */
export function readRange(text: string): RangeText {
  const scanner = new Scanner(text, "range");
  scanner.skipSpace();
  if (scanner.takesEmpty()) {
    scanner.end('Junk after "empty" key word.');
    return EMPTY;
  }
  const lowerInclusive = scanner.takes("[");
  if (!lowerInclusive && !scanner.takes("(")) {
    throw scanner.malformed("Missing left parenthesis or bracket.");
  }
  const lower = readBound(scanner);
  if (!scanner.takes(",")) throw scanner.malformed("Missing comma after lower bound.");
  const upper = readBound(scanner);
  const upperInclusive = scanner.takes("]");
  if (!upperInclusive && !scanner.takes(")")) throw scanner.malformed("Too many commas.");
  scanner.end("Junk after right parenthesis or bracket.");
  return { lower, upper, lowerInclusive, upperInclusive };
}

function readBound(scanner: Scanner): string | undefined {
  if (/^[,)\]]$/.test(scanner.next ?? "")) return undefined;
  const take = (): string => {
    const char = scanner.next;
    if (char === undefined) throw scanner.malformed("Unexpected end of input.");
    scanner.at++;
    return char;
  };
  let bound = "";
  let quoted = false;
  while (quoted || !/^[,)\]]$/.test(scanner.next ?? "")) {
    const char = take();
    if (char === "\\") bound += take();
    else if (char !== '"') bound += char;
    else if (quoted && scanner.takes('"')) bound += '"';
    else quoted = !quoted;
  }
  return bound;
}

/** `makeRange` is called for each range as soon as it has been read. */
export function readMultirange<T>(text: string, makeRange: (text: string) => T): T[] {
  const scanner = new Scanner(text, "multirange");
  scanner.skipSpace();
  if (!scanner.takes("{")) throw scanner.malformed("Missing left brace.");
  const ranges: T[] = [];
  for (let first = true; ; first = false) {
    skipSpace(scanner);
    if (first && scanner.takes("}")) break;
    if (!scanner.takesEmpty()) {
      if (scanner.next !== "[" && scanner.next !== "(") {
        throw scanner.malformed("Expected range start.");
      }
      ranges.push(makeRange(rangeText(scanner)));
    }
    skipSpace(scanner);
    if (scanner.takes("}")) break;
    if (!scanner.takes(",")) throw scanner.malformed("Expected comma or end of multirange.");
  }
  scanner.end("Junk after closing right brace.");
  return ranges;
}

function skipSpace(scanner: Scanner): void {
  scanner.skipSpace();
  if (scanner.next === undefined) throw scanner.malformed("Unexpected end of input.");
}

/** Up to the bracket that closes it; spaces never are what a backslash escapes. */
function rangeText(scanner: Scanner): string {
  const from = scanner.at;
  let quoted = false;
  let escaped = false;
  for (scanner.at++; ; scanner.at++) {
    const char = scanner.next;
    if (char === undefined) throw scanner.malformed("Unexpected end of input.");
    if (isSpace(char)) continue;
    if (escaped) escaped = false;
    else if (char === "\\") escaped = true;
    else if (char === '"') {
      if (quoted && scanner.text[scanner.at + 1] === '"') scanner.at++;
      else quoted = !quoted;
    } else if (!quoted && (char === "]" || char === ")")) {
      scanner.at++;
      return scanner.text.slice(from, scanner.at);
    }
  }
}
