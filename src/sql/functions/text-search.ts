/**
 * The token types of the one text search parser there is.
 * https://www.postgresql.org/docs/15/textsearch-parsers.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { pgTsParser } from "../../catalog/relations/pg-ts-parser.ts";
import { tokenTypes } from "../../catalog/token-types.ts";
import { asOid, asText, defineSet } from "./define.ts";
import type { FunctionContext, SetFunctionDefinition } from "./registry.ts";

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
