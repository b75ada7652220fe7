/**
 * TEXT SEARCH DICTIONARIES: rows; nothing looks words up in them. Those whose template would read a
 * file are refused.
 * https://www.postgresql.org/docs/15/sql-createtsdictionary.html
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { NAMESPACE_CLASS, TS_DICT_CLASS, TS_TEMPLATE_CLASS } from "../class-oids.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { quoteIdentifier } from "../quote.ts";
import { pgTsDict } from "../relations/pg-ts-dict.ts";
import { pgTsTemplate } from "../relations/pg-ts-template.ts";
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
  const dictinitoption = optionsText(options);
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
  let options = readOptions(row.dictinitoption);
  for (const item of items) {
    options = options.filter((each) => each.name !== item.name);
    if (item.value !== undefined) options.push(item);
  }
  checkOptions(context, row.dicttemplate, options);
  catalog.update(pgTsDict, row, { dictinitoption: optionsText(options) });
}

const SIMPLE = 3727;
/** https://snowballstem.org/algorithms, as far as PostgreSQL 15 has them for UTF-8. */
const LANGUAGES: ReadonlySet<string> = new Set(
  `arabic armenian basque catalan danish dutch english finnish french german greek hindi hungarian
  indonesian irish italian lithuanian nepali norwegian porter portuguese romanian russian serbian
  spanish swedish tamil turkish yiddish`.split(/\s+/),
);

function checkOptions(
  { catalog }: DdlContext,
  template: number,
  options: readonly StatementOption[],
): void {
  const name = catalog.find(pgTsTemplate, "key", [template])?.tmplname ?? "";
  if (template !== SIMPLE && name !== "snowball") {
    throw notSupported(`a dictionary of text search template "${name}"`);
  }
  const [own, words] =
    template === SIMPLE
      ? (["accept", "simple dictionary"] as const)
      : (["language", "Snowball"] as const);
  const seen = new Set<string>();
  for (const option of options) {
    if (option.name === "stopwords") throw notSupported("a file of stop words");
    if (option.name !== own) {
      const message = `unrecognized ${words} parameter: "${option.name}"`;
      throw new SqlError("22023", message);
    }
    if (seen.has(own)) {
      const shown = own === "accept" ? "Accept" : "Language";
      throw new SqlError("22023", `multiple ${shown} parameters`);
    }
    seen.add(own);
    if (own === "accept") booleanOf(option);
    else checkLanguage(textOf(option));
  }
  if (own === "language" && seen.size === 0) {
    throw new SqlError("22023", "missing Language parameter");
  }
}

function checkLanguage(language: string): void {
  if (LANGUAGES.has(language.toLowerCase())) return;
  const message = `no Snowball stemmer available for language "${language}" and encoding "UTF8"`;
  throw new SqlError("42704", message);
}

/** As pg_ts_dict keeps them. Throws 42601 for one without a value. */
function optionsText(options: readonly StatementOption[]): string | null {
  const parts = options.map((option) => {
    const text = textOf(option);
    const quoted = `'${text.replaceAll(/['\\]/g, "$&$&")}'`;
    const value =
      option.value?.kind === "integer" ? text : `${text.includes("\\") ? "E" : ""}${quoted}`;
    return `${quoteIdentifier(option.name)} = ${value}`;
  });
  return parts.length === 0 ? null : parts.join(", ");
}

const OPTION = /(?:"((?:[^"]|"")*)"|([^\s=,"]+)) = (?:E?'((?:[^'\\]|''|\\\\)*)'|([^\s,]+))/g;

function readOptions(text: string | null): StatementOption[] {
  return [...(text ?? "").matchAll(OPTION)].map(([, quoted, plain, value, number]) => ({
    name: quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'),
    value:
      value === undefined
        ? { kind: "integer", value: Number(number) }
        : { kind: "text", text: value.replaceAll(/''|\\\\/g, (pair) => pair.slice(1)) },
    position: undefined,
  }));
}
