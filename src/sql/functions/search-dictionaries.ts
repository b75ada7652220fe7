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
import { type StemmerProgram, stemmerProgram } from "../../catalog/search-data.ts";
import { stopWordsIn, synonymsIn } from "../../catalog/search-files.ts";
import { booleanOf, type StatementOption, textOf } from "../../catalog/statement-option.ts";
import { remember } from "./define.ts";
import { lowerAscii } from "./patterns.ts";
import type { FunctionContext } from "./registry.ts";
import { stemmerOf } from "./stemmer-program.ts";

/** Longer ones are no words, and stay as they are. */
const STEMMED_BYTES_MAX = 1000;
const STEMS_KEPT = 10_000;

/** No lexemes: it is a stop word. Undefined: the dictionary does not know it. */
export type Dictionary = (word: string) => readonly KnownLexeme[] | undefined;

export interface KnownLexeme {
  readonly text: string;
  /** In a query, it stands for all that begin with it. */
  readonly isPrefix?: true;
}

/** `data`: the server's directory. */
type Make = (options: readonly StatementOption[], data: string) => Dictionary;

const optionNamed = (options: readonly StatementOption[], name: string) =>
  options.find((option) => option.name === name);

function stopWordsFor(options: readonly StatementOption[], data: string): ReadonlySet<string> {
  const file = optionNamed(options, "stopwords");
  return new Set(file ? stopWordsIn(data, textOf(file)).map(lowerAscii) : []);
}

const simple: Make = (options, data) => {
  const stops = stopWordsFor(options, data);
  const accept = optionNamed(options, "accept");
  const accepts = accept ? booleanOf(accept) : true;
  return (word) => {
    const small = lowerAscii(word);
    if (small === "" || stops.has(small)) return [];
    return accepts ? [{ text: small }] : undefined;
  };
};

const synonym: Make = (options, data) => {
  const [file, sensitive] = [
    optionNamed(options, "synonyms"),
    optionNamed(options, "casesensitive"),
  ];
  const shown = sensitive && booleanOf(sensitive) ? (text: string) => text : lowerAscii;
  const known = new Map<string, KnownLexeme>();
  for (const { word, lexeme, isPrefix } of file ? synonymsIn(data, textOf(file)) : []) {
    const found = { text: shown(lexeme), ...(isPrefix ? { isPrefix } : {}) };
    if (!known.has(shown(word))) known.set(shown(word), found);
  }
  return (word) => {
    const found = known.get(shown(word));
    return found && [found];
  };
};

const stemmerFor = remember(100, (language) =>
  remember(STEMS_KEPT, stemmerOf(stemmerProgram(language) as StemmerProgram)),
);

const snowball: Make = (options, data) => {
  const stops = stopWordsFor(options, data);
  const language = optionNamed(options, "language");
  const stem = stemmerFor(language ? textOf(language).toLowerCase() : "");
  return (word) => {
    const small = lowerAscii(word);
    if (Buffer.byteLength(word) > STEMMED_BYTES_MAX) return [{ text: small }];
    if (small === "" || stops.has(small)) return [];
    // Nothing is left of some: they stay.
    return [{ text: stem(small) || small }];
  };
};

const templates = { simple, snowball, synonym };

const made = remember(1000, (key) => {
  const [template, options, data] = JSON.parse(key) as [
    keyof typeof templates,
    string | null,
    string,
  ];
  return templates[template](readDictionaryOptions(options), data);
});

export function dictionaryOf(
  { catalog, setting }: Pick<FunctionContext, "catalog" | "setting">,
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
  return made(JSON.stringify([template.implements, row.dictinitoption, setting("data_directory")]));
}
