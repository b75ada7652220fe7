/** The text that to_timestamp and to_date read, beside the template that it is read by. */
import { SqlError } from "../../base/sql-error.ts";
import type { DatePart, DatePattern } from "./datetime-template.ts";
import { isSeparator, isSpace } from "./template.ts";

const INT_MIN = -2_147_483_648;
const INT_MAX = 2_147_483_647;

type PatternPart = DatePart & { readonly kind: "pattern" };

export class FieldReader {
  /** FX was met: nothing is skipped. */
  exact: boolean;
  readonly #standard: boolean;
  readonly #text: readonly string[];
  readonly #parts: readonly DatePart[];
  #at = 0;
  #number = -1;
  /** Characters skipped beyond those that the template has. */
  #skipped = 0;

  /** `standard`: the text has what the template has, character by character, and nothing else. */
  constructor(text: string, parts: readonly DatePart[], standard: boolean) {
    this.#standard = standard;
    this.exact = standard;
    this.#text = [...text];
    this.#parts = parts;
  }

  get part(): DatePart {
    return this.#parts[this.#number] as DatePart;
  }
  get #char(): string {
    return this.#text[this.#at] ?? "";
  }

  /** False when the template or the text has ended. */
  nextPart(): boolean {
    this.#number++;
    if (this.#number >= this.#parts.length || this.#char === "") return false;
    const { part } = this;
    const isField = part.kind === "pattern";
    if (this.exact || (isField && part.pattern.key === "FX")) return true;
    if (isField || this.#number === 0) this.#skipSpaces();
    return true;
  }

  #skipSpaces(): void {
    while (this.#char !== "" && isSpace(this.#char)) {
      this.#at++;
      this.#skipped++;
    }
  }

  /** What stands for a character of the template that is no pattern. */
  takeText({ kind, text }: DatePart & { readonly kind: "text" | "space" | "separator" }): void {
    const separates = kind !== "text";
    if (this.#standard && this.#char !== text) {
      const what = separates ? "separator" : "character";
      throw new SqlError("22007", `unmatched format ${what} "${text}"`);
    }
    if (this.exact) {
      this.#at++;
    } else if (separates) {
      this.#skipped--;
      if (isSpace(this.#char) || isSeparator(this.#char)) {
        this.#at++;
        this.#skipped++;
      }
    } else if (this.#skipped > 0) this.#skipped--;
    else this.#at++;
  }

  /** Throws 22007 when the template or the text goes on. */
  finish(): void {
    if (this.#number < this.#parts.length) {
      throw new SqlError("22007", "input string is too short for datetime format");
    }
    this.#skipSpaces();
    if (this.#char === "") return;
    const message = "trailing characters remain in input string after datetime format";
    throw new SqlError("22007", message);
  }

  endField(): void {
    if (this.exact) return;
    this.#skipped = 0;
    this.#skipSpaces();
  }

  /** th behind a number: two characters, whatever they are. */
  skipOrdinal(part: PatternPart): void {
    if (part.ordinal !== undefined) this.#at = Math.min(this.#at + 2, this.#text.length);
  }

  /** A minus that was taken for a separator belongs to the zone. */
  sign(): 1 | -1 {
    const char = this.#char;
    if (char === "+" || char === "-" || char === " ") {
      this.#at++;
      return char === "-" ? -1 : 1;
    }
    return this.#skipped > 0 && this.#text[this.#at - 1] === "-" ? -1 : 1;
  }

  /** `width` digits, or as many as there are where no digit is to follow. */
  integer(part: PatternPart, width: number): { readonly value: number; readonly length: number } {
    const start = this.#at;
    while (isSpace(this.#char)) this.#at++;
    const { name } = part.pattern;
    const rest = this.#text.slice(this.#at);
    const copy = rest.slice(0, width).join("");
    const any = part.fill || this.#endsBeforeDigits(part);
    const source = any ? this.#text.slice(start).join("") : copy;
    const match = /^[ \t\n\v\f\r]*[+-]?\d+/.exec(source)?.[0] ?? "";
    const hint = {
      hint: 'If your source string is not fixed-width, try using the "FM" modifier.',
    };
    if (any) this.#at = match === "" ? start : start + match.length;
    else {
      if (rest.length < width) {
        throw new SqlError("22007", `source string too short for "${name}" formatting field`, {
          detail: `Field requires ${width} characters, but only ${rest.length} remain.`,
          ...hint,
        });
      }
      if (match !== "" && match.length < width) {
        throw new SqlError("22007", `invalid value "${copy}" for "${name}"`, {
          detail: `Field requires ${width} characters, but only ${match.length} could be parsed.`,
          ...hint,
        });
      }
      this.#at += match.length;
    }
    if (match === "") {
      throw new SqlError("22007", `invalid value "${copy}" for "${name}"`, {
        detail: "Value must be an integer.",
      });
    }
    const value = Number(match);
    if (value < INT_MIN || value > INT_MAX) {
      throw new SqlError("22008", `value for "${name}" in source string is out of range`, {
        detail: `Value must be in the range ${INT_MIN} to ${INT_MAX}.`,
      });
    }
    return { value, length: this.#at - start };
  }

  #endsBeforeDigits(part: PatternPart): boolean {
    if (part.ordinal !== undefined) return true;
    const next = this.#parts[this.#number + 1];
    if (next === undefined) return true;
    return next.kind === "pattern" ? !next.pattern.digits : !/^\d$/.test(next.text);
  }

  /** The number of the word that the text goes on with, whatever its case. */
  word(words: readonly string[], pattern: DatePattern): number {
    const rest = this.#text.slice(this.#at).join("");
    const lower = rest.toLowerCase();
    const found = words.findIndex((word) => lower.startsWith(word.toLowerCase()));
    if (found >= 0) {
      this.#at += (words[found] as string).length;
      return found;
    }
    const shown = /^[^ \t\n\r\f]*/.exec(rest)?.[0] ?? "";
    throw new SqlError("22007", `invalid value "${shown}" for "${pattern.name}"`, {
      detail: "The given value did not match any of the allowed values for this field.",
    });
  }

  /** 2,024 */
  yearWithComma(): number {
    const rest = this.#text.slice(this.#at).join("");
    const match = /^[ \t\n\v\f\r]*([+-]?\d+),[ \t\n\v\f\r]*([+-]?\d{1,3})/.exec(rest);
    if (!match) throw new SqlError("22007", 'invalid input string for "Y,YYY"');
    this.#at += match[0].length;
    return Number(match[1]) * 1000 + Number(match[2]);
  }
}
