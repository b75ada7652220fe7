/**
 * The options of ts_headline: a list of name = value.
 * https://www.postgresql.org/docs/15/textsearch-controls.html#TEXTSEARCH-HEADLINE
 */
import { SqlError } from "../../base/sql-error.ts";
import type { TypeContext } from "../types/codec.ts";
import { int4 } from "../types/integers.ts";

export interface HeadlineOptions {
  readonly maxWords: number;
  readonly minWords: number;
  readonly shortWord: number;
  readonly maxFragments: number;
  readonly highlightAll: boolean;
  readonly startSel: string;
  readonly stopSel: string;
  readonly delimiter: string;
}

const KEY = /[\s,]*(?:"((?:[^"]|"")*)"|([^\s=,"][^\s=]*))\s*=\s*/y;
const VALUE = /E?'((?:[^'\\]|''|\\\\|\\)*)'|"((?:[^"]|"")*)"|([^\s,]+)/y;

function* itemsOf(text: string): Generator<readonly [name: string, value: string]> {
  const invalid = () => new SqlError("42601", `invalid parameter list format: "${text}"`);
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) throw invalid();
    at = pattern.lastIndex;
    return found;
  };
  while (!/^[\s,]*$/.test(text.slice(at))) {
    const [, quotedKey, key] = take(KEY);
    const name = quotedKey?.replaceAll('""', '"') ?? (key as string);
    const [, quoted, doubled, bare] = take(VALUE);
    const value =
      quoted?.replaceAll(/''|\\\\/g, (pair) => pair.slice(1)) ??
      doubled?.replaceAll('""', '"') ??
      (bare as string);
    yield [name, value];
  }
}

const TRUE = new Set(["1", "on", "true", "t", "y", "yes"]);

const wrong = (message: string) => new SqlError("22023", message);

/** Throws 22023, 22P02, 42601. */
export function readHeadlineOptions(text: string, context: TypeContext): HeadlineOptions {
  const numberIn = (value: string): number => Number(int4.parse(value, -1, context));
  const given = new Map<string, string>();
  for (const [name, value] of itemsOf(text)) {
    const key = name.toLowerCase();
    if (!NAMES.has(key)) throw wrong(`unrecognized headline parameter: "${name}"`);
    if (NUMBERS.has(key)) numberIn(value);
    given.set(key, value);
  }
  const number = (key: string, otherwise: number) => {
    const value = given.get(key);
    return value === undefined ? otherwise : numberIn(value);
  };
  const options: HeadlineOptions = {
    maxWords: number("maxwords", 35),
    minWords: number("minwords", 15),
    shortWord: number("shortword", 3),
    maxFragments: number("maxfragments", 0),
    highlightAll: TRUE.has((given.get("highlightall") ?? "").toLowerCase()),
    startSel: given.get("startsel") ?? "<b>",
    stopSel: given.get("stopsel") ?? "</b>",
    delimiter: given.get("fragmentdelimiter") ?? " ... ",
  };
  if (!options.highlightAll) check(options);
  checkLengths(options);
  return options;
}

const NUMBERS = new Set(["maxwords", "minwords", "shortword", "maxfragments"]);
const NAMES = new Set([
  ...NUMBERS,
  ...["highlightall", "startsel", "stopsel", "fragmentdelimiter"],
]);

const TEXT_BYTES_MAX = 32767;

function checkLengths({ startSel, stopSel, delimiter }: HeadlineOptions): void {
  const all = [startSel, stopSel, delimiter];
  for (const [at, name] of ["StartSel", "StopSel", "FragmentDelimiter"].entries()) {
    if (Buffer.byteLength(all[at] as string) > TEXT_BYTES_MAX) {
      throw wrong(`value for "${name}" is too long`);
    }
  }
}

function check({ minWords, maxWords, shortWord, maxFragments }: HeadlineOptions): void {
  if (minWords >= maxWords) throw wrong("MinWords should be less than MaxWords");
  if (minWords <= 0) throw wrong("MinWords should be positive");
  if (shortWord < 0) throw wrong("ShortWord should be >= 0");
  if (maxFragments < 0) throw wrong("MaxFragments should be >= 0");
}
