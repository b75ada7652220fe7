/**
 * Characters of regular expressions: by number, behind a backslash, and quoted for JavaScript.
 * https://www.postgresql.org/docs/15/functions-matching.html#POSIX-CHARACTER-ENTRY-ESCAPES-TABLE
 */
import { SqlError } from "../../base/sql-error.ts";

export const invalid = (why: string) => new SqlError("2201B", `invalid regular expression: ${why}`);

const CHARACTER_MAX = 0x10ffff;
/** What PostgreSQL takes for a character's number, though none has it. */
const NUMBER_MAX = 0x7ffffffe;

/** Of a number in hexadecimal; beyond the last character it is that one, as the end of a range. */
export function characterOf(digits: string): string {
  const code = Number.parseInt(digits, 16);
  if (code > NUMBER_MAX) throw invalid("invalid escape \\ sequence");
  return String.fromCodePoint(Math.min(code, CHARACTER_MAX));
}

const NOTHING = "[^\\s\\S]";

/** The same, as what matches it. */
export function matchOf(digits: string): string {
  const character = characterOf(digits);
  return Number.parseInt(digits, 16) > CHARACTER_MAX ? NOTHING : quoteChar(character);
}

/** Of a letter behind a backslash. Throws 2201B. */
export function escapedCharacter(letter: string): string {
  const known: Readonly<Record<string, string>> = {
    a: "\u0007",
    b: "\b",
    B: "\\",
    e: "\u001b",
    f: "\f",
    n: "\n",
    r: "\r",
    t: "\t",
    v: "\v",
  };
  const char = known[letter];
  if (char !== undefined) return char;
  if (/[A-Za-z0-9]/.test(letter)) throw invalid("invalid escape \\ sequence");
  return letter;
}

export const quoteChar = (char: string): string =>
  /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
export const quoteMember = (char: string): string => (/[\\^\]\-[]/.test(char) ? `\\${char}` : char);
