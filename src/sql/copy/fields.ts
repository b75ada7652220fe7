/**
 * FIELDS of one line of COPY's data; NULL where the raw text is the null marker.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/copyfromparse.c
 */
import { SqlError } from "../../base/sql-error.ts";
import { decodeText } from "./encodings.ts";
import type { CopyFormat } from "./options.ts";

export type Fields = readonly (string | null)[];

const controls: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Throws 22021 for escapes that make no characters. */
export function textFields(line: string, { delimiter, nullText }: CopyFormat): Fields {
  if (!line.includes("\\")) {
    return line.split(delimiter).map((field) => (field === nullText ? null : field));
  }
  // Escapes name bytes: one character a byte until the field is whole.
  const bytes = Buffer.from(line).toString("latin1");
  const marker = Buffer.from(nullText).toString("latin1");
  const fields: (string | null)[] = [];
  for (let at = 0; ; ) {
    const field = scanTextField(bytes, at, delimiter);
    const isNull = bytes.slice(at, field.end) === marker;
    fields.push(isNull ? null : decodeText(Buffer.from(field.value, "latin1")));
    if (field.next === undefined) return fields;
    at = field.next;
  }
}

interface TextField {
  readonly value: string;
  /** Behind its raw text, and where the next one begins. */
  readonly end: number;
  readonly next: number | undefined;
}

function scanTextField(bytes: string, start: number, delimiter: string): TextField {
  let value = "";
  for (let at = start; ; ) {
    const end = at;
    const character = bytes[at];
    if (character === undefined) return { value, end, next: undefined };
    if (character === delimiter) return { value, end, next: at + 1 };
    if (character !== "\\") {
      value += character;
      at++;
      continue;
    }
    const rest = bytes.slice(at + 1, at + 4);
    // A backslash that ends the line stands for nothing.
    if (rest === "") return { value, end, next: undefined };
    const { text, length } = unescaped(rest);
    value += text;
    at += 1 + length;
  }
}

function unescaped(rest: string): { readonly text: string; readonly length: number } {
  const number = /^[0-7]{1,3}/.exec(rest)?.[0];
  if (number !== undefined) {
    return { text: String.fromCharCode(Number.parseInt(number, 8) & 0xff), length: number.length };
  }
  const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest)?.[1];
  if (hex !== undefined) {
    return { text: String.fromCharCode(Number.parseInt(hex, 16)), length: 1 + hex.length };
  }
  const first = rest[0] ?? "";
  return { text: controls[first] ?? first, length: 1 };
}

/** Throws 22P04 where a quote is not closed. */
export function csvFields(line: string, format: CopyFormat): Fields {
  const { delimiter, nullText, quote } = format;
  if (!line.includes(quote)) {
    return line.split(delimiter).map((field) => (field === nullText ? null : field));
  }
  const fields: (string | null)[] = [];
  for (let at = 0; ; ) {
    const field = scanCsvField(line, at, format);
    fields.push(!field.quoted && field.value === nullText ? null : field.value);
    if (field.next === undefined) return fields;
    at = field.next;
  }
}

interface CsvField {
  readonly value: string;
  readonly quoted: boolean;
  readonly next: number | undefined;
}

function scanCsvField(
  line: string,
  start: number,
  { delimiter, quote, escapeCharacter }: CopyFormat,
): CsvField {
  let value = "";
  let quoted = false;
  let inQuote = false;
  for (let at = start; ; at++) {
    const character = line[at];
    if (character === undefined) {
      if (inQuote) throw new SqlError("22P04", "unterminated CSV quoted field");
      return { value, quoted, next: undefined };
    }
    if (!inQuote) {
      if (character === delimiter) return { value, quoted, next: at + 1 };
      if (character === quote) quoted = inQuote = true;
      else value += character;
      continue;
    }
    const following = line[at + 1];
    if (character === escapeCharacter && (following === escapeCharacter || following === quote)) {
      value += following;
      at++;
    } else if (character === quote) inQuote = false;
    else value += character;
  }
}
