/**
 * The token types of the one text search parser there is, and what the simple dictionary makes of a
 * word.
 * https://www.postgresql.org/docs/15/textsearch-parsers.html
 * https://www.postgresql.org/docs/15/textsearch-dictionaries.html#TEXTSEARCH-SIMPLE-DICTIONARY
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { pgTsDict } from "../../catalog/relations/pg-ts-dict.ts";
import { pgTsParser } from "../../catalog/relations/pg-ts-parser.ts";
import { tokenTypes } from "../../catalog/token-types.ts";
import { encodeList } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";
import { asOid, asText, define, defineSet } from "./define.ts";
import { lowerAscii } from "./patterns.ts";
import type { FunctionContext, FunctionDefinition, SetFunctionDefinition } from "./registry.ts";

const rows = () =>
  tokenTypes.map(([alias, description], at) => [BigInt(at + 1), alias, description]);

function parserNamed(name: string, { catalog, searchPath }: FunctionContext): boolean {
  return searchPath.some((namespace) => catalog.find(pgTsParser, "prsname", [name, namespace]));
}

export const textSearchSetFunctions: readonly SetFunctionDefinition[] = [
  defineSet("ts_token_type(oid)", ({ catalog }, parser) => {
    if (!catalog.find(pgTsParser, "key", [asOid(parser)])) {
      throw new SqlError("XX000", `cache lookup failed for text search parser ${asOid(parser)}`);
    }
    return rows();
  }),
  defineSet("ts_token_type(text)", (context, name) => {
    if (!parserNamed(asText(name), context)) {
      throw new SqlError("42704", `text search parser "${asText(name)}" does not exist`);
    }
    return rows();
  }),
];

/** pg_ts_template's oid of "simple". */
const SIMPLE = 3727;

/** None: it is a stop word. null: the dictionary does not know it. */
function lexized(
  { catalog }: FunctionContext,
  dictionary: Scalar | undefined,
  word: string,
): Scalar {
  const row = catalog.find(pgTsDict, "key", [asOid(dictionary)]);
  if (!row) {
    const message = `cache lookup failed for text search dictionary ${asOid(dictionary)}`;
    throw new SqlError("XX000", message);
  }
  const options = row.dictinitoption ?? "";
  if (row.dicttemplate !== SIMPLE || /stopwords/i.test(options)) {
    throw notSupported(`text search dictionary "${row.dictname}"`);
  }
  if (word === "") return encodeList([]);
  const accepts = !/accept\s*=\s*'?(?:false|off|no|0)/i.test(options);
  return accepts ? encodeList([lowerAscii(word)]) : null;
}

export function currentConfiguration(context: FunctionContext): Scalar {
  const name = context.setting("default_text_search_config") ?? "pg_catalog.english";
  return codecOf(T.regconfig, context).parse(name, -1, context);
}

export const dictionaryFunctions: readonly FunctionDefinition[] = [
  define("get_current_ts_config()", currentConfiguration),
  define("ts_lexize(regdictionary, text)", (context, dictionary, word) =>
    lexized(context, dictionary, asText(word)),
  ),
];
