/**
 * Digits into a number's template, as formatting.c writes them: each 9 and 0 takes the next place,
 * the sign is written before the first digit that is.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/formatting.c
 */
import type { NumberFormat, NumberPart, NumberPattern } from "./number-template.ts";
import { ordinalOf } from "./template.ts";

/** A number without its sign, and what the template makes of its size. */
export interface Digits {
  readonly text: string;
  readonly sign: "+" | "-";
  /** Places of the template before the first digit. */
  readonly before: number;
  /** The template with what the number made of it: V's digits, a precision cut short. */
  readonly format: NumberFormat;
}

const END = "\0";

export class NumberWriter {
  readonly #format: NumberFormat;
  readonly #text: string;
  readonly #sign: "+" | "-";
  readonly #before: number;
  readonly #zeroStart: number;
  readonly #bracket: boolean;
  readonly #signPlace: "none" | "before" | "behind";
  /** The last place that FM leaves: behind it are only zeros. */
  readonly #lastRelevant: number | undefined;
  readonly #count: number;
  #out = "";
  #at = 0;
  #current = 0;
  #signWritten: boolean;
  /** A digit was written: commas are, too. */
  #inNumber = false;

  constructor({ text, sign, before, format }: Digits) {
    const { flags } = format;
    const fill = flags.has("fill");
    this.#format = format;
    this.#text = text;
    this.#sign = sign;
    this.#before = before;
    this.#zeroStart = Math.max(format.zeroStart - 1, 0);
    const apart = flags.has("plus") || flags.has("minus");
    this.#bracket = flags.has("bracket") && !(sign === "+" && fill && !apart);
    const allBefore = format.sign === "before" && format.pre === format.signAfter;
    this.#signPlace = allBefore && !apart ? "behind" : format.sign;
    this.#signWritten = apart ? flags.has("minus") : sign === "+" && fill && format.sign === "none";
    this.#lastRelevant = fill && flags.has("decimal") ? this.#findRelevant() : undefined;
    const room = !this.#signWritten && before === 0 ? 1 : 0;
    this.#count = format.post + format.pre - 1 + room;
  }

  #findRelevant(): number | undefined {
    const point = this.#text.indexOf(".");
    if (point < 0) return undefined;
    let last = point;
    for (let at = point + 1; at < this.#text.length; at++) if (this.#text[at] !== "0") last = at;
    const { zeroEnd } = this.#format;
    if (zeroEnd <= this.#before) return last;
    return Math.max(last, Math.min(this.#text.length - 1, zeroEnd - this.#before));
  }

  get #fill(): boolean {
    return this.#format.flags.has("fill");
  }
  get #zero(): boolean {
    return this.#format.flags.has("zero");
  }
  get #char(): string {
    return this.#text[this.#at] ?? END;
  }

  write(): string {
    for (const part of this.#format.parts) this.#part(part);
    const end = this.#out.indexOf(END);
    return end < 0 ? this.#out : this.#out.slice(0, end);
  }

  #part(part: NumberPart): void {
    if (part.kind !== "pattern") {
      this.#out += part.text;
      return;
    }
    switch (part.pattern) {
      case "9":
      case "0":
      case ".":
      case "D":
        return this.#place(part.pattern);
      case ",":
      case "G":
        this.#out += this.#inNumber ? "," : this.#fill ? "" : " ";
        return;
      case "L":
        this.#out += " ";
        return;
      case "MI":
        this.#out += this.#sign === "-" ? "-" : this.#fill ? "" : " ";
        return;
      case "PL":
        this.#out += this.#sign === "+" ? "+" : this.#fill ? "" : " ";
        return;
      case "SG":
        this.#out += this.#sign;
        return;
      case "TH":
      case "th":
        return this.#ordinal(part.pattern);
      default:
        return;
    }
  }

  #ordinal(style: "TH" | "th"): void {
    const { flags } = this.#format;
    if (this.#text.startsWith("#") || this.#sign === "-" || flags.has("decimal")) return;
    this.#out += ordinalOf(this.#text, style);
  }

  /** A zero before the point that has nothing before it is a space: `9.9` shows .1 so. */
  get #isLeadingZero(): boolean {
    const first = this.#at === 0 && this.#text.startsWith("0");
    return !this.#zero && first && this.#format.post !== 0;
  }
  get #endsAtPoint(): boolean {
    return this.#lastRelevant !== undefined && this.#text[this.#lastRelevant] === ".";
  }

  #place(pattern: NumberPattern): void {
    this.#inNumber = false;
    this.#maybeSign();
    if (this.#current < this.#before && (this.#zeroStart > this.#current || !this.#zero)) {
      if (!this.#fill) this.#out += " ";
    } else if (this.#zero && this.#current < this.#before && this.#zeroStart <= this.#current) {
      this.#out += "0";
      this.#inNumber = true;
    } else this.#digit(pattern);
    this.#maybeEnd();
    this.#current++;
  }

  #digit(pattern: NumberPattern): void {
    if (this.#char === ".") {
      if (!this.#endsAtPoint || this.#fill) this.#out += ".";
    } else if (
      this.#lastRelevant !== undefined &&
      this.#at > this.#lastRelevant &&
      pattern !== "0"
    ) {
      // FM leaves the zeros at the end out.
    } else if (this.#isLeadingZero) {
      if (!this.#fill) this.#out += " ";
      else if (this.#endsAtPoint) this.#out += "0";
    } else {
      this.#out += this.#char;
      this.#inNumber = true;
    }
    if (this.#char !== END) this.#at++;
  }

  #maybeSign(): void {
    const starts =
      this.#current >= this.#before || (this.#zero && this.#zeroStart === this.#current);
    if (this.#signWritten || !starts || (this.#isLeadingZero && !this.#endsAtPoint)) return;
    if (this.#signPlace !== "none") {
      if (this.#signPlace !== "before") return;
      this.#out += this.#sign;
    } else if (this.#bracket) this.#out += this.#sign === "+" ? " " : "<";
    else if (this.#sign === "-") this.#out += "-";
    else if (!this.#fill) this.#out += " ";
    this.#signWritten = true;
  }

  #maybeEnd(): void {
    const decimal = this.#format.flags.has("decimal") ? 1 : 0;
    let end = this.#count + (this.#before > 0 ? 1 : 0) + decimal;
    if (this.#lastRelevant !== undefined && this.#lastRelevant === this.#at) end = this.#current;
    if (this.#current + 1 !== end) return;
    if (this.#signWritten && this.#bracket) this.#out += this.#sign === "+" ? " " : ">";
    else if (this.#signPlace === "behind") this.#out += this.#sign;
  }
}
