/**
 * The token types of the one text search parser there is.
 * https://www.postgresql.org/docs/15/textsearch-parsers.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { pgTsParser } from "../../catalog/relations/pg-ts-parser.ts";
import { asOid, asText, defineSet } from "./define.ts";
import type { FunctionContext, SetFunctionDefinition } from "./registry.ts";

/** By number, from 1. */
const tokenTypes: readonly (readonly [alias: string, description: string])[] = [
  ["asciiword", "Word, all ASCII"],
  ["word", "Word, all letters"],
  ["numword", "Word, letters and digits"],
  ["email", "Email address"],
  ["url", "URL"],
  ["host", "Host"],
  ["sfloat", "Scientific notation"],
  ["version", "Version number"],
  ["hword_numpart", "Hyphenated word part, letters and digits"],
  ["hword_part", "Hyphenated word part, all letters"],
  ["hword_asciipart", "Hyphenated word part, all ASCII"],
  ["blank", "Space symbols"],
  ["tag", "XML tag"],
  ["protocol", "Protocol head"],
  ["numhword", "Hyphenated word, letters and digits"],
  ["asciihword", "Hyphenated word, all ASCII"],
  ["hword", "Hyphenated word, all letters"],
  ["url_path", "URL path"],
  ["file", "File or path name"],
  ["float", "Decimal notation"],
  ["int", "Signed integer"],
  ["uint", "Unsigned integer"],
  ["entity", "XML entity"],
];

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
