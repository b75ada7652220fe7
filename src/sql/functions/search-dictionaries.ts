/**
 * TEXT SEARCH DICTIONARIES: what becomes of a word, by the template and the options of the
 * dictionary.
 * https://www.postgresql.org/docs/15/textsearch-dictionaries.html
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { readDictionaryOptions } from "../../catalog/dictionary-options.ts";
import { templateOf } from "../../catalog/dictionary-templates.ts";
import { pgTsDict } from "../../catalog/relations/pg-ts-dict.ts";
import { type StemmerProgram, stemmerProgram, stopWordsOf } from "../../catalog/search-data.ts";
import { booleanOf, type StatementOption, textOf } from "../../catalog/statement-option.ts";
import { remember } from "./define.ts";
import { lowerAscii } from "./patterns.ts";
import type { FunctionContext } from "./registry.ts";
import { stemmerOf } from "./stemmer-program.ts";

/** Longer ones are no words, and stay as they are. */
const STEMMED_BYTES_MAX = 1000;
const STEMS_KEPT = 10_000;

/** No lexemes: it is a stop word. Undefined: the dictionary does not know it. */
export type Dictionary = (word: string) => readonly string[] | undefined;

const stopWordsNamed = remember(100, (file): ReadonlySet<string> => new Set(stopWordsOf(file)));

const optionNamed = (options: readonly StatementOption[], name: string) =>
  options.find((option) => option.name === name);

function stopWordsIn(options: readonly StatementOption[]): ReadonlySet<string> {
  const file = optionNamed(options, "stopwords");
  return file ? stopWordsNamed(textOf(file)) : new Set();
}

function simple(options: readonly StatementOption[]): Dictionary {
  const stops = stopWordsIn(options);
  const accept = optionNamed(options, "accept");
  const accepts = accept ? booleanOf(accept) : true;
  return (word) => {
    const small = lowerAscii(word);
    if (small === "" || stops.has(small)) return [];
    return accepts ? [small] : undefined;
  };
}

const stemmerFor = remember(100, (language) =>
  remember(STEMS_KEPT, stemmerOf(stemmerProgram(language) as StemmerProgram)),
);

function snowball(options: readonly StatementOption[]): Dictionary {
  const stops = stopWordsIn(options);
  const language = optionNamed(options, "language");
  const stem = stemmerFor(language ? textOf(language).toLowerCase() : "");
  return (word) => {
    const small = lowerAscii(word);
    if (Buffer.byteLength(word) > STEMMED_BYTES_MAX) return [small];
    if (small === "" || stops.has(small)) return [];
    // Nothing is left of some: they stay.
    return [stem(small) || small];
  };
}

const templates = { simple, snowball };

const made = remember(1000, (key) => {
  const [template, options] = JSON.parse(key) as [keyof typeof templates, string | null];
  return templates[template](readDictionaryOptions(options));
});

export function dictionaryOf(
  { catalog }: Pick<FunctionContext, "catalog">,
  dictionary: Oid,
): Dictionary {
  const row = catalog.find(pgTsDict, "key", [dictionary]);
  if (!row) {
    const message = `cache lookup failed for text search dictionary ${dictionary}`;
    throw new SqlError("XX000", message);
  }
  const template = templateOf(catalog, row.dicttemplate);
  if (!template.implements) {
    throw notSupported(`a dictionary of text search template "${template.name}"`);
  }
  return made(JSON.stringify([template.implements, row.dictinitoption]));
}
