/**
 * TEXT SEARCH DICTIONARIES: what becomes of a word, by the template and the options of the
 * dictionary.
 * https://www.postgresql.org/docs/15/textsearch-dictionaries.html
 */
import { type Oid, oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { readDictionaryOptions } from "../../catalog/dictionary-options.ts";
import { type SearchTemplate, templateOf } from "../../catalog/dictionary-templates.ts";
import { pgTsDict } from "../../catalog/relations/pg-ts-dict.ts";
import { type StemmerProgram, stemmerProgram } from "../../catalog/search-data.ts";
import { stopWordsIn, synonymsIn, thesaurusIn } from "../../catalog/search-files.ts";
import { booleanOf, type StatementOption, textOf } from "../../catalog/statement-option.ts";
import type { TypeContext } from "../types/codec.ts";
import { regdictionary } from "../types/reg-types.ts";
import { lowerAscii } from "../types/texts.ts";
import { remember } from "./define.ts";
import { stemmerOf } from "./stemmer-program.ts";
import { thesaurusOf } from "./thesaurus.ts";

/** Longer ones are no words, and stay as they are. */
const STEMMED_BYTES_MAX = 1000;
const STEMS_KEPT = 10_000;

/** No lexemes: it is a stop word. Undefined: the dictionary does not know it. */
export interface Dictionary {
  (word: string): readonly KnownLexeme[] | undefined;
  /** Of one that takes several words for one: to be asked word by word, from a first one on. */
  readonly phrases?: () => PhraseReader;
}

/** What the words until here are, and whether it wants to see another. */
export type PhraseReader = (word: string) => {
  readonly lexemes: readonly KnownLexeme[] | undefined;
  readonly more: boolean;
};

export interface KnownLexeme {
  readonly text: string;
  /** In a query, it stands for all that begin with it. */
  readonly isPrefix?: true;
  /** It has a place behind the one before. */
  readonly isNext?: true;
}

/** `data`: the server's directory; `below`: the dictionary that this one asks. */
type Make = (
  options: readonly StatementOption[],
  data: string,
  below: Dictionary | undefined,
) => Dictionary;

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

const thesaurus: Make = (options, data, below) => {
  const file = optionNamed(options, "dictfile");
  return thesaurusOf(file ? thesaurusIn(data, textOf(file)) : [], below as Dictionary);
};

const templates: Readonly<Record<SearchTemplate, Make>> = {
  simple,
  snowball,
  synonym,
  thesaurus,
};

/** All that a dictionary is made of. */
type Recipe = readonly [SearchTemplate, options: string | null, below?: Recipe];

const made = remember(1000, (key): Dictionary => {
  const { recipe, data } = JSON.parse(key) as { recipe: Recipe; data: string };
  const [template, options, below] = recipe;
  const asked = below && made(JSON.stringify({ recipe: below, data }));
  return templates[template](readDictionaryOptions(options), data, asked);
});

function recipeOf(context: TypeContext, template: SearchTemplate, options: string | null): Recipe {
  if (template !== "thesaurus") return [template, options];
  const named = optionNamed(readDictionaryOptions(options), "dictionary");
  const below = regdictionary.parse(named ? textOf(named) : "", -1, context);
  return [template, options, storedRecipe(context, oid(Number(below)))];
}

function storedRecipe(context: TypeContext, dictionary: Oid): Recipe {
  const { catalog } = context;
  const row = catalog.find(pgTsDict, "key", [dictionary]);
  if (!row) {
    const message = `cache lookup failed for text search dictionary ${dictionary}`;
    throw new SqlError("XX000", message);
  }
  const template = templateOf(catalog, row.dicttemplate);
  if (!template.implements) {
    throw notSupported(`a dictionary of text search template "${template.name}"`);
  }
  return recipeOf(context, template.implements, row.dictinitoption);
}

const makeOf = (context: TypeContext, recipe: Recipe): Dictionary =>
  made(JSON.stringify({ recipe, data: context.setting("data_directory") }));

export const dictionaryOf = (context: TypeContext, dictionary: Oid): Dictionary =>
  makeOf(context, storedRecipe(context, dictionary));

export const makeDictionary = (
  context: TypeContext,
  template: SearchTemplate,
  options: string | null,
): Dictionary => makeOf(context, recipeOf(context, template, options));
