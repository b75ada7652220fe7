/**
 * TEXT SEARCH DICTIONARIES. Their files are those of search-files.ts; ispell is refused.
 * https://www.postgresql.org/docs/15/sql-createtsdictionary.html
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { NAMESPACE_CLASS, TS_DICT_CLASS, TS_TEMPLATE_CLASS } from "../class-oids.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { formatDictionaryOptions, readDictionaryOptions } from "../dictionary-options.ts";
import { type SearchTemplate, templateOf } from "../dictionary-templates.ts";
import { pgTsDict } from "../relations/pg-ts-dict.ts";
import { booleanOf, type StatementOption, textOf } from "../statement-option.ts";
import type { AlterDictionary, CreateSearchObject } from "../text-search-statement.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { findQualified } from "./find-named.ts";
import { lockFound } from "./find-object.ts";
import { creationNamespace } from "./lookup.ts";
import { checkOwnership } from "./object-ownership.ts";
import { duplicateRow, nameIn } from "./search-objects.ts";

/** Throws 42501, 42P17, 42704, 23505, and what the template says of its options. */
export function createDictionary(context: DdlContext, statement: CreateSearchObject): void {
  const { catalog, user } = context;
  const { name } = statement.name;
  const namespace = creationNamespace(context, statement.name);
  const isTemplate = (item: StatementOption) => item.name === "template";
  const [chosen] = statement.items
    .filter(isTemplate)
    .map((item) => findQualified(context, "text search template", nameIn(item)));
  if (!chosen) throw new SqlError("42P17", "text search template is required");
  const options = statement.items.filter((item) => !isTemplate(item));
  checkOptions(context, chosen.address.oid, options);
  const dictinitoption = formatDictionaryOptions(options);
  lockName(context, TS_DICT_CLASS, namespace.oid, name);
  if (catalog.find(pgTsDict, "dictname", [name, namespace.oid])) {
    throw duplicateRow("pg_ts_dict", "pg_ts_dict_dictname_index", {
      dictname: name,
      dictnamespace: namespace.oid,
    });
  }
  const oid = context.allocateOid();
  catalog.insert(pgTsDict, {
    ...{ oid, dictname: name, dictnamespace: namespace.oid, dictowner: user.oid },
    ...{ dicttemplate: chosen.address.oid, dictinitoption },
  });
  const self = addressOf(TS_DICT_CLASS, oid);
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  addOwner(catalog, self, user.oid);
  addDependency(catalog, self, addressOf(TS_TEMPLATE_CLASS, chosen.address.oid), "n");
}

/** An option without a value is there no more. */
export function alterDictionary(context: DdlContext, { name, items }: AlterDictionary): void {
  const { catalog } = context;
  const found = findQualified(context, "text search dictionary", name);
  checkOwnership(context, found.ownership);
  lockFound(context, found, "AccessExclusive");
  const { own: row } = catalog.findLayers(pgTsDict, [found.address.oid]);
  if (!row) throw notSupported("a change of the system's own objects");
  let options = readDictionaryOptions(row.dictinitoption);
  for (const item of items) {
    options = options.filter((each) => each.name !== item.name);
    if (item.value !== undefined) options.push(item);
  }
  checkOptions(context, row.dicttemplate, options);
  catalog.update(pgTsDict, row, { dictinitoption: formatDictionaryOptions(options) });
}

/** https://snowballstem.org/algorithms, as far as PostgreSQL 15 has them for UTF-8. */
const LANGUAGES: ReadonlySet<string> = new Set(
  `arabic armenian basque catalan danish dutch english finnish french german greek hindi hungarian
  indonesian irish italian lithuanian nepali norwegian porter portuguese romanian russian serbian
  spanish swedish tamil turkish yiddish`.split(/\s+/),
);

const SHOWN: Readonly<Record<string, string>> = {
  accept: "Accept",
  language: "Language",
  stopwords: "StopWords",
};

function checkOptions(
  { catalog, values }: DdlContext,
  template: Oid,
  options: readonly StatementOption[],
): void {
  const { name, takesOptions, implements: made } = templateOf(catalog, template);
  if (!takesOptions && options.length > 0) {
    throw new SqlError("42601", `text search template "${name}" does not accept options`);
  }
  if (!made) throw notSupported(`a dictionary of text search template "${name}"`);
  checkNames(made, options);
  values.checkDictionary(made, formatDictionaryOptions(options));
}

function checkNames(made: SearchTemplate, options: readonly StatementOption[]): void {
  if (made === "synonym") return checkSynonym(options);
  if (made === "thesaurus") return checkThesaurus(options);
  const [own, words] =
    made === "simple"
      ? (["accept", "simple dictionary"] as const)
      : (["language", "Snowball"] as const);
  const seen = new Set<string>();
  for (const option of options) {
    const isStops = option.name === "stopwords";
    if (option.name !== own && !isStops) {
      const message = `unrecognized ${words} parameter: "${option.name}"`;
      throw new SqlError("22023", message);
    }
    if (seen.has(option.name)) {
      throw new SqlError("22023", `multiple ${SHOWN[option.name]} parameters`);
    }
    seen.add(option.name);
    if (isStops) textOf(option);
    else if (own === "accept") booleanOf(option);
    else checkLanguage(textOf(option));
  }
  if (own === "language" && !seen.has(own)) {
    throw new SqlError("22023", "missing Language parameter");
  }
}

function checkSynonym(options: readonly StatementOption[]): void {
  for (const option of options) {
    if (option.name === "synonyms") textOf(option);
    else if (option.name === "casesensitive") booleanOf(option);
    else throw new SqlError("22023", `unrecognized synonym parameter: "${option.name}"`);
  }
  if (options.some(({ name }) => name === "synonyms")) return;
  throw new SqlError("22023", "missing Synonyms parameter");
}

const THESAURUS: Readonly<Record<string, string>> = {
  dictfile: "DictFile",
  dictionary: "Dictionary",
};

function checkThesaurus(options: readonly StatementOption[]): void {
  const seen = new Set<string>();
  for (const { name } of options) {
    const shown = THESAURUS[name];
    if (shown === undefined) {
      throw new SqlError("22023", `unrecognized Thesaurus parameter: "${name}"`);
    }
    if (seen.has(name)) throw new SqlError("22023", `multiple ${shown} parameters`);
    seen.add(name);
  }
  for (const [name, shown] of Object.entries(THESAURUS)) {
    if (!seen.has(name)) throw new SqlError("22023", `missing ${shown} parameter`);
  }
}

function checkLanguage(language: string): void {
  if (LANGUAGES.has(language.toLowerCase())) return;
  const message = `no Snowball stemmer available for language "${language}" and encoding "UTF8"`;
  throw new SqlError("42704", message);
}
