/**
 * FILES OF TEXT SEARCH DICTIONARIES, which the administrator puts into `tsearch_data` of the data
 * directory, as into PostgreSQL's directory of that name. They are no part of the database.
 * https://www.postgresql.org/docs/15/textsearch-dictionaries.html
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SqlError } from "../base/sql-error.ts";
import { stopWordsOf } from "./search-data.ts";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "Permission denied",
  EISDIR: "Is a directory",
  ENOENT: "No such file or directory",
  ENOTDIR: "Not a directory",
};

/** `what`: as messages call it. Throws F0000, 22023, 22021. */
function linesOf(data: string, name: string, extension: string, what: string): readonly string[] {
  if (!/^[a-z0-9_]+$/.test(name)) {
    throw new SqlError("22023", `invalid text search configuration file name "${name}"`);
  }
  const path = join(data, "tsearch_data", `${name}.${extension}`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const reason = REASONS[code] ?? message;
    throw new SqlError("F0000", `could not open ${what} file "${path}": ${reason}`);
  }
  return decoded(bytes, path);
}

/** Without the mark that some editors begin a file with. */
function decoded(bytes: Buffer, path: string): readonly string[] {
  const lines = bytes
    .toString("latin1")
    .replace(/^\xef\xbb\xbf/, "")
    .split("\n");
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return lines.map((line, at) => {
    try {
      return decoder.decode(Buffer.from(line, "latin1"));
    } catch {
      const where = `line ${at + 1} of configuration file "${path}"`;
      throw new SqlError("22021", 'invalid byte sequence for encoding "UTF8"', { where });
    }
  });
}

/** PostgreSQL's own ones, or of a file: what stands first in each line. */
export function stopWordsIn(data: string, name: string): readonly string[] {
  const known = stopWordsOf(name);
  if (known) return known;
  const lines = linesOf(data, name, "stop", "stop-word");
  return lines.map((line) => /^\S*/.exec(line)?.[0] ?? "").filter((word) => word !== "");
}

export interface Synonym {
  readonly word: string;
  readonly lexeme: string;
  /** Any word that begins with it is meant, in a query. */
  readonly isPrefix: boolean;
}

/** Lines of two words; what they begin with does not matter, nor what follows. */
export const synonymsIn = (data: string, name: string): readonly Synonym[] =>
  linesOf(data, name, "syn", "synonym").flatMap((line) => {
    const [word, lexeme] = partsOf(line);
    if (word === undefined || lexeme === undefined) return [];
    return [{ word, lexeme: lexeme.replace(/\*$/, ""), isPrefix: lexeme.endsWith("*") }];
  });

export interface ThesaurusRule {
  readonly sample: readonly string[];
  /** Final: no dictionary is asked. */
  readonly substitute: readonly { readonly word: string; readonly isFinal: boolean }[];
}

/** sample words : substitute words; the latter behind * are final, behind \ what they are. */
export const thesaurusIn = (data: string, name: string): readonly ThesaurusRule[] =>
  linesOf(data, name, "ths", "thesaurus").flatMap((line) => {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) return [];
    const colon = text.indexOf(":");
    const sample = partsOf(colon < 0 ? text : text.slice(0, colon));
    if (colon >= 0 && sample.length === 0) throw malformed("unexpected delimiter");
    const substitute = colon < 0 ? [] : partsOf(text.slice(colon + 1));
    if (substitute.length === 0) throw malformed("unexpected end of line");
    return [{ sample, substitute: substitute.map(finalOrNot) }];
  });

const partsOf = (text: string): string[] => text.split(/\s+/).filter((part) => part !== "");

const malformed = (message: string): SqlError => new SqlError("F0000", message);

function finalOrNot(part: string): ThesaurusRule["substitute"][number] {
  const isMarked = part.startsWith("*") || part.startsWith("\\");
  const word = isMarked ? part.slice(1) : part;
  if (word === "") throw malformed("unexpected end of line or lexeme");
  return { word, isFinal: part.startsWith("*") };
}
