/**
 * DATES, TIMES AND INTERVALS AS FIELDS: how a text is cut up, and the words that it may hold.
 * https://www.postgresql.org/docs/15/datetime-input-rules.html
 */

/** "zone" is whatever has a sign before a digit; "special" a sign before a word. */
export type FieldKind = "number" | "word" | "date" | "time" | "zone" | "special";
export interface Field {
  readonly kind: FieldKind;
  readonly text: string;
}

export type FaultKind = "format" | "field" | "month or day" | "zone";
/** Thrown inside; the input function of each type has its own words for it. */
export class DateTimeFault extends Error {
  readonly kind: FaultKind;
  constructor(kind: FaultKind) {
    super(kind);
    this.kind = kind;
  }
}
export const badFormat = (): DateTimeFault => new DateTimeFault("format");
export const fieldOverflow = (): DateTimeFault => new DateTimeFault("field");

const FIELDS_MAX = 25;

interface Form {
  readonly pattern: RegExp;
  readonly kind: (match: RegExpExecArray) => FieldKind;
}

/** In order; each is tried at the place where the one before has ended. */
const forms: readonly Form[] = [
  { pattern: /\d+:[\d:.]*/y, kind: () => "time" },
  { pattern: /\d+([-/.])\d+\1(?:\d|\1)*/y, kind: () => "date" },
  { pattern: /\d+([-/.])\d+/y, kind: ([, delimiter]) => (delimiter === "." ? "number" : "date") },
  { pattern: /\d+([-/.])(?:[\da-z]|\1)*/iy, kind: () => "date" },
  { pattern: /\d+|\.\d*/y, kind: () => "number" },
  { pattern: /[a-z]+[-/.][-+/_.:\da-z]*/iy, kind: () => "date" },
  { pattern: /[a-z]+(?=[+\d])/iy, kind: ([word = ""]) => (isWord(word) ? "word" : "date") },
  { pattern: /[a-z]+/iy, kind: () => "word" },
  { pattern: /[-+][ \t\n\v\f\r]*\d[\d:.-]*/y, kind: () => "zone" },
  { pattern: /[-+][ \t\n\v\f\r]*[a-z]+/iy, kind: () => "special" },
];
const restOfZone = /[-+/_.:\da-z]*/iy;
const ignored = /(?:[ \t\n\v\f\r]|(?![-+.])[!-/:-@[-`{-~])+/y;
/** Throws a DateTimeFault for a text of other characters, or of more than so many bytes. */
export function splitFields(text: string, bytesMax: number): Field[] {
  const fields: Field[] = [];
  let bytes = 0;
  for (let at = skip(text, 0); at < text.length; at = skip(text, at)) {
    if (fields.length === FIELDS_MAX) throw badFormat();
    const [kind, length] = fieldAt(text, at);
    const shown = text.slice(at, at + length).toLowerCase();
    const field = { kind, text: shown.replace(/^([-+])[ \t\n\v\f\r]+/, "$1") };
    if (bytes + field.text.length > bytesMax) throw badFormat();
    bytes += field.text.length + 1;
    fields.push(field);
    at += length;
  }
  return fields;
}

function skip(text: string, from: number): number {
  ignored.lastIndex = from;
  return from + (ignored.exec(text)?.[0].length ?? 0);
}

function fieldAt(text: string, at: number): readonly [FieldKind, number] {
  for (const { pattern, kind } of forms) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) continue;
    const found = kind(match);
    const { length } = match[0];
    // A word that is none may go on as the name of a time zone does.
    if (found !== "date" || !/^[a-z]+$/i.test(match[0])) return [found, length];
    restOfZone.lastIndex = at + length;
    return [found, length + (restOfZone.exec(text)?.[0].length ?? 0)];
  }
  throw badFormat();
}

export type Unit =
  | "year"
  | "month"
  | "day"
  | "hour"
  | "minute"
  | "second"
  | "julian"
  | "time"
  | "zone"
  | "other";
export type Special = "-infinity" | "infinity" | "epoch" | "now" | "today" | "tomorrow";
export type Word =
  | { readonly is: "month"; readonly month: number }
  | { readonly is: "weekday" }
  | { readonly is: "ignored" }
  | { readonly is: "era"; readonly bc: boolean }
  | { readonly is: "meridian"; readonly pm: boolean }
  | { readonly is: "reserved"; readonly word: Special | "yesterday" | "allballs" }
  | { readonly is: "daylight" }
  | { readonly is: "isoTime" }
  | { readonly is: "unit"; readonly unit: Unit };

const words = new Map<string, Word>();
const define = (names: string, word: (name: string, at: number) => Word): void => {
  names.split(" ").forEach((name, at) => {
    words.set(name, word(name, at));
  });
};
define("jan feb mar apr may jun jul aug sep oct nov dec", (_, at) => ({
  is: "month",
  month: at + 1,
}));
define(
  "january february march april may june july august september october november december",
  (_, at) => ({ is: "month", month: at + 1 }),
);
define("sept", () => ({ is: "month", month: 9 }));
define("sun mon tue wed thu fri sat tues weds thur thurs", () => ({ is: "weekday" }));
define("sunday monday tuesday wednesday thursday friday saturday", () => ({ is: "weekday" }));
define("at on", () => ({ is: "ignored" }));
define("ad bc", (name) => ({ is: "era", bc: name === "bc" }));
define("am pm", (name) => ({ is: "meridian", pm: name === "pm" }));
define("-infinity infinity epoch now today tomorrow yesterday allballs", (word) => ({
  is: "reserved",
  word: word as Special,
}));
define("dst", () => ({ is: "daylight" }));
define("t", () => ({ is: "isoTime" }));
for (const [names, unit] of [
  ["y", "year"],
  ["m", "month"],
  ["d", "day"],
  ["h", "hour"],
  ["mm", "minute"],
  ["s", "second"],
  ["j jd julian", "julian"],
  ["dow doy isodow isoyear", "other"],
] as const) {
  define(names, () => ({ is: "unit", unit }));
}

const isWord = (word: string): boolean => words.has(word.toLowerCase());
export const wordNamed = (word: string): Word | undefined => words.get(word);

/** A whole number that a text begins with, as strtol reads it; 0 where there is none. */
export interface LeadingNumber {
  readonly value: number;
  /** What follows it. */
  readonly rest: string;
}

const INT4_MAX = 0x7fffffff;

/** Throws the fault where the number does not fit int4. */
/** 2^63 µs; the sum is checked when it is known. */
const HOURS_MAX = 2_562_047_789;

export function leadingInt4(text: string, fault: FaultKind = "field"): LeadingNumber {
  const digits = /^[ \t\n\v\f\r]*[+-]?\d+/.exec(text)?.[0] ?? "";
  const value = Number(digits);
  if (value > INT4_MAX || value < -INT4_MAX - 1) throw new DateTimeFault(fault);
  return { value, rest: text.slice(digits.length) };
}

/** As `leadingInt4`, with as many hours as an interval has. */
export function leadingHours(text: string): LeadingNumber {
  const digits = /^[ \t\n\v\f\r]*[+-]?\d+/.exec(text)?.[0] ?? "";
  const value = Number(digits);
  if (Math.abs(value) > HOURS_MAX) throw new DateTimeFault("field");
  return { value, rest: text.slice(digits.length) };
}

/** What `.5` or `.` is worth; it must be all of the text. */
export function fraction(text: string): number {
  if (text === ".") return 0;
  if (!/^\.\d+(?:e[+-]?\d+)?$/i.test(text)) throw badFormat();
  return Number(text);
}

/** Rounded to even, as rint does. */
export function roundEven(value: number): number {
  const floor = Math.floor(value);
  const half = value - floor;
  if (half !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
