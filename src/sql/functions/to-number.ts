/**
 * to_number: a number read by a template.
 * https://www.postgresql.org/docs/15/functions-formatting.html#FUNCTIONS-FORMATTING-NUMERIC-TABLE
 */
import { SqlError } from "../../base/sql-error.ts";
import {
  applyTypmod,
  formatDecimal,
  fromBigint,
  multiply,
  parseDecimal,
} from "../types/decimal.ts";
import { power } from "../types/decimal-functions.ts";
import { asText, define } from "./define.ts";
import { type NumberFormat, type NumberPart, numberTemplate } from "./number-template.ts";
import type { FunctionDefinition } from "./registry.ts";

const isDigit = (char: string): boolean => char >= "0" && char <= "9" && char.length === 1;

/** Reads bytes, as a place of the template takes one. */
class NumberReader {
  readonly #text: string;
  readonly #format: NumberFormat;
  #at = 0;
  #sign = " ";
  #number = "";
  #digitsBefore = 0;
  #digitsBehind = 0;
  #pointRead = false;

  constructor(text: string, format: NumberFormat) {
    this.#text = Buffer.from(text, "utf8").toString("latin1");
    this.#format = format;
  }

  get #char(): string {
    return this.#text[this.#at] ?? "";
  }
  get #ended(): boolean {
    return this.#at >= this.#text.length;
  }

  read(): { readonly number: string; readonly scale: number } {
    for (const part of this.#format.parts) {
      if (this.#ended) break;
      this.#part(part);
    }
    const number = this.#sign + this.#number.replace(/\.$/, "");
    return { number, scale: this.#digitsBehind };
  }

  #part(part: NumberPart): void {
    if (part.kind !== "pattern") return this.#skipCharacter();
    switch (part.pattern) {
      case "9":
      case "0":
      case ".":
      case "D":
        this.#place(part.pattern);
        this.#at++;
        return;
      case ",":
      case "G":
        if (this.#format.flags.has("fill")) return;
        if (this.#char === ",") this.#at++;
        return;
      case "L":
        return this.#skip(1);
      case "TH":
      case "th":
        return this.#ordinal();
      case "MI":
        return this.#signOf("-");
      case "PL":
        return this.#signOf("+");
      case "SG":
        return this.#signOf("-+");
      default:
        return;
    }
  }

  #skipCharacter(): void {
    this.#at++;
    while (/^[\u0080-\u00bf]$/.test(this.#char)) this.#at++;
  }

  #ordinal(): void {
    if (!this.#format.flags.has("decimal")) this.#skip(2);
  }

  #signOf(signs: string): void {
    if (this.#char !== "" && signs.includes(this.#char)) {
      this.#sign = this.#char;
      this.#at++;
    } else this.#skip(1);
  }

  /** Characters that cannot be of a number. */
  #skip(count: number): void {
    for (let left = count; left > 0 && !this.#ended; left--) {
      if ("0123456789.,+-".includes(this.#char)) return;
      this.#skipCharacter();
    }
  }

  #place(pattern: string): void {
    if (this.#char === " ") this.#at++;
    if (this.#ended) return;
    const { flags, sign, post } = this.#format;
    const none = this.#digitsBefore + this.#digitsBehind === 0;
    if (this.#sign === " " && (pattern === "0" || pattern === "9") && none) this.#signBefore();
    if (this.#ended) return;
    let isRead = false;
    if (isDigit(this.#char)) {
      if (this.#pointRead && this.#digitsBehind === post) return;
      this.#number += this.#char;
      if (this.#pointRead) this.#digitsBehind++;
      else this.#digitsBefore++;
      isRead = true;
    } else if (flags.has("decimal") && !this.#pointRead && this.#char === ".") {
      this.#number += ".";
      this.#pointRead = true;
      isRead = true;
    }
    if (this.#sign !== " " || this.#digitsBefore + this.#digitsBehind === 0) return;
    if (sign !== "none") {
      if (isRead) this.#signBehind();
    } else if (!isRead && (flags.has("plus") || flags.has("minus"))) {
      if (this.#char === "-" || this.#char === "+") this.#sign = this.#char;
    }
  }

  #signBefore(): void {
    const { flags, sign } = this.#format;
    if (sign !== "none" && sign !== "before") return;
    const minus = this.#char === "-" || (flags.has("bracket") && this.#char === "<");
    if (!minus && this.#char !== "+") return;
    if (minus && sign === "before" && this.#char !== "-") return;
    this.#sign = minus ? "-" : "+";
    this.#at++;
  }

  /** S is anchored to the last digit. */
  #signBehind(): void {
    const next = this.#text[this.#at + 1];
    if (next !== "-" && next !== "+") return;
    this.#sign = next;
    this.#at++;
  }
}

function toNumber(text: string, template: string): string | null {
  if (template === "") return null;
  const format = numberTemplate(template);
  if (format.flags.has("exponent")) throw notInput("EEEE");
  if (format.flags.has("roman")) throw notInput("RN");
  const { number, scale } = new NumberReader(text, format).read();
  const precision = format.pre + format.multi + scale;
  const value = applyTypmod(parseDecimal(number), ((precision << 16) | scale) + 4);
  if (format.multi === 0) return formatDecimal(value);
  return formatDecimal(multiply(value, power(fromBigint(10n), fromBigint(BigInt(-format.multi)))));
}

const notInput = (pattern: string) => new SqlError("0A000", `"${pattern}" not supported for input`);

export const toNumberFunctions: readonly FunctionDefinition[] = [
  define("to_number(text, text)", (_c, text, template) => toNumber(asText(text), asText(template))),
];
