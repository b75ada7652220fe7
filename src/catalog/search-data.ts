/**
 * STEMMERS AND STOP WORDS of PostgreSQL 15's text search. The stemmers are Snowball's, as the
 * compiler of Snowball 2.2.0 writes them in C; tools/generate-text-search.ts takes them from
 * PostgreSQL's sources. bootstrap/text-search.json.gz is gzip over JSON:
 *
 *   stemmers    by language
 *     registers   how many texts and numbers the program keeps
 *     groupings   bits for characters from the first one on
 *     amongs      [ending, the place of the longest one that it ends with or -1, result, function]
 *     functions   statements: 0 means no, 1 yes; "stem" is where it begins
 *   stopWords   by file, as bytes are ordered
 *
 * https://snowballstem.org/
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const FILE = new URL("../../bootstrap/text-search.json.gz", import.meta.url);

/** A number, a variable or field of the word, or an operation. */
export type Expression = number | string | readonly Expression[];

export type Statement =
  | readonly ["{", readonly Statement[], Readonly<Record<string, number>>]
  | readonly ["if", Expression, Statement, Statement?]
  | readonly ["while", Statement]
  | readonly ["switch", Expression, Statement]
  | readonly ["goto", string]
  | readonly ["return", Expression]
  | readonly ["=", string, Expression]
  | readonly ["break"]
  | readonly ["continue"];

export type AmongRow = readonly [key: string, shorter: number, result: number, condition?: string];

export interface StemmerProgram {
  readonly registers: readonly [texts: number, numbers: number];
  readonly groupings: Readonly<Record<string, readonly number[]>>;
  readonly amongs: Readonly<Record<string, readonly AmongRow[]>>;
  readonly functions: Readonly<Record<string, Statement>>;
}

interface SearchData {
  readonly stemmers: Readonly<Record<string, StemmerProgram>>;
  readonly stopWords: Readonly<Record<string, readonly string[]>>;
}

let read: SearchData | undefined;
function data(): SearchData {
  read ??= JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as SearchData;
  return read;
}

export const stemmerProgram = (language: string): StemmerProgram | undefined =>
  data().stemmers[language];

/** Of PostgreSQL's own files. */
export const stopWordsOf = (file: string): readonly string[] | undefined =>
  Object.hasOwn(data().stopWords, file) ? data().stopWords[file] : undefined;
