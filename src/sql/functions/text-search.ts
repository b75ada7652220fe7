/**
 * The token types of the one text search parser there is, and what the simple dictionary makes of a
 * word.
 * https://www.postgresql.org/docs/15/textsearch-parsers.html
 * https://www.postgresql.org/docs/15/textsearch-dictionaries.html#TEXTSEARCH-SIMPLE-DICTIONARY
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgTsConfig } from "../../catalog/relations/pg-ts-config.ts";
import { pgTsConfigMap } from "../../catalog/relations/pg-ts-config-map.ts";
import { pgTsParser } from "../../catalog/relations/pg-ts-parser.ts";
import { tokenTypes } from "../../catalog/token-types.ts";
import { encodeList } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { asOid, asText, define, defineByCatalog, defineSet } from "./define.ts";
import type { FunctionContext, FunctionDefinition, SetFunctionDefinition } from "./registry.ts";
import { dictionaryOf, type KnownLexeme } from "./search-dictionaries.ts";
import { tokensOf } from "./search-parser.ts";
import { currentConfiguration } from "./search-words.ts";

const rows = () =>
  tokenTypes.map(([alias, description], at) => [BigInt(at + 1), alias, description]);

function checkNamed(name: Scalar | undefined, { catalog, searchPath }: FunctionContext): void {
  const isIn = (namespace: Oid) => catalog.find(pgTsParser, "prsname", [asText(name), namespace]);
  if (searchPath.some(isIn)) return;
  throw new SqlError("42704", `text search parser "${asText(name)}" does not exist`);
}

function checkParser(parser: Scalar | undefined, { catalog }: FunctionContext): void {
  if (catalog.find(pgTsParser, "key", [asOid(parser)])) return;
  throw new SqlError("XX000", `cache lookup failed for text search parser ${asOid(parser)}`);
}

const parsed = (text: string) =>
  [...tokensOf(text)].map(({ type, text: token }) => [BigInt(type), token]);

const textsOf = (lexemes: readonly KnownLexeme[]): string =>
  encodeList(lexemes.map(({ text }) => text));

/** Each token, the dictionaries that are asked of it, and what the first that knows it says. */
function* debugged(context: FunctionContext, configuration: Scalar | undefined, text: string) {
  const { catalog } = context;
  const oid = asOid(configuration);
  if (!catalog.find(pgTsConfig, "key", [oid])) return;
  for (const { type, text: token } of tokensOf(text)) {
    const dictionaries = catalog
      .list(pgTsConfigMap, "key", [oid, type])
      .toSorted((a, b) => a.mapseqno - b.mapseqno)
      .map(({ mapdict }) => mapdict);
    const knows = dictionaries.find((each) => dictionaryOf(context, each)(token) !== undefined);
    const shown = knows ?? dictionaries[0];
    const lexemes = knows === undefined ? undefined : dictionaryOf(context, knows)(token);
    yield [
      ...(tokenTypes[type - 1] as readonly [string, string]),
      ...[token, encodeList(dictionaries.map(BigInt))],
      ...[shown === undefined ? null : BigInt(shown), lexemes ? textsOf(lexemes) : null],
    ];
  }
}

export const textSearchSetFunctions: readonly SetFunctionDefinition[] = [
  defineSet("ts_debug(regconfig, text)", (context, configuration, text) =>
    debugged(context, configuration, asText(text)),
  ),
  defineSet("ts_debug(text)", (context, text) =>
    debugged(context, currentConfiguration(context), asText(text)),
  ),
  defineSet("ts_token_type(oid)", (context, parser) => {
    checkParser(parser, context);
    return rows();
  }),
  defineSet("ts_token_type(text)", (context, name) => {
    checkNamed(name, context);
    return rows();
  }),
  defineSet("ts_parse(oid, text)", (context, parser, text) => {
    checkParser(parser, context);
    return parsed(asText(text));
  }),
  defineSet("ts_parse(text, text)", (context, name, text) => {
    checkNamed(name, context);
    return parsed(asText(text));
  }),
];

/** None: it is a stop word. null: the dictionary does not know it. */
function lexized(context: FunctionContext, dictionary: Scalar | undefined, word: string): Scalar {
  const lexemes = dictionaryOf(context, asOid(dictionary))(word);
  return lexemes ? textsOf(lexemes) : null;
}

export const dictionaryFunctions: readonly FunctionDefinition[] = [
  define("get_current_ts_config()", currentConfiguration),
  defineByCatalog("ts_lexize(regdictionary, text)", (context, dictionary, word) =>
    lexized(context, dictionary, asText(word)),
  ),
];
