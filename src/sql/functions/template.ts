/**
 * TEMPLATES of to_char and its kin as a list of parts: patterns with their modifiers, and
 * characters between them. https://www.postgresql.org/docs/15/functions-formatting.html
 */
import { characterLength } from "../types/texts.ts";

export interface Modifiers {
  /** FM: no padding */
  readonly fill: boolean;
  /** TM: the names of the locale */
  readonly translated: boolean;
  /** TH or th behind the pattern */
  readonly ordinal: "TH" | "th" | undefined;
}

export type TemplatePart<Pattern> =
  | ({ readonly kind: "pattern"; readonly pattern: Pattern } & Modifiers)
  /** A separator is any other printable ASCII character than letters and digits. */
  | {
      readonly kind: "text" | "space" | "separator";
      readonly text: string;
      readonly quoted?: true;
    };

const SPACE = /[ \t\n\v\f\r]/;
export const isSpace = (char: string): boolean => SPACE.test(char);
export const isSeparator = (char: string): boolean => /^[!-/:-@[-`{-~]$/.test(char);

/** Finds the pattern at the start of a text, and how long it is. */
export type FindPattern<Pattern> = (
  rest: string,
) => { readonly pattern: Pattern; readonly length: number } | undefined;

/** `dates`: separators are told from other characters, and modifiers stand around patterns. */
export function parseTemplate<Pattern>(
  template: string,
  find: FindPattern<Pattern>,
  dates: boolean,
): TemplatePart<Pattern>[] {
  const parts: TemplatePart<Pattern>[] = [];
  let rest = template;
  const drop = (length: number) => {
    rest = rest.slice(length);
  };
  while (rest !== "") {
    const prefix = dates ? /^(?:FM|fm|TM|tm)/.exec(rest)?.[0].toUpperCase() : undefined;
    if (prefix) drop(2);
    const found = find(rest);
    if (found) {
      drop(found.length);
      const ordinal = dates ? /^(?:TH|th|SP)/.exec(rest)?.[0] : undefined;
      if (ordinal) drop(2);
      const modifiers = {
        fill: prefix === "FM",
        translated: prefix === "TM",
        ordinal: ordinal === "SP" ? undefined : (ordinal as "TH" | "th" | undefined),
      };
      parts.push({ kind: "pattern", pattern: found.pattern, ...modifiers });
      continue;
    }
    if (rest.startsWith('"')) {
      const quoted = /^"((?:[^"\\]|\\[\s\S])*\\?)"?/.exec(rest) ?? ['"', ""];
      for (const char of (quoted[1] ?? "").replace(/\\([\s\S])/g, "$1")) {
        parts.push({ kind: "text", text: char, quoted: true });
      }
      drop(quoted[0].length);
      continue;
    }
    if (rest.startsWith('\\"')) drop(1);
    const [char = ""] = rest;
    if (char !== "") parts.push({ kind: kindOf(char, dates), text: char });
    drop(char.length);
  }
  return parts;
}

function kindOf(char: string, dates: boolean): "text" | "space" | "separator" {
  if (dates && isSeparator(char)) return "separator";
  return isSpace(char) ? "space" : "text";
}

/** C's %0*d: zeros between the sign and the digits. */
export function zeroPadded(value: number | bigint, width: number): string {
  const negative = value < 0;
  const digits = String(value).replace("-", "");
  return negative ? `-${digits.padStart(width - 1, "0")}` : digits.padStart(width, "0");
}

/** st, nd, rd or th for a number's last digits; nothing for what does not end in a digit. */
export function ordinalOf(text: string, style: "TH" | "th"): string {
  const teen = characterLength(text) > 1 && text.at(-2) === "1";
  const suffix = teen ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[text.at(-1) ?? ""] ?? "th");
  return style === "TH" ? suffix.toUpperCase() : suffix;
}
