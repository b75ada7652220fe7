/**
 * ts_headline: a part of a text, or of the strings in a document, with what a query finds marked.
 * https://www.postgresql.org/docs/15/textsearch-controls.html#TEXTSEARCH-HEADLINE
 */
import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgTsConfig } from "../../catalog/relations/pg-ts-config.ts";
import { pgTsParser } from "../../catalog/relations/pg-ts-parser.ts";
import type { Scalar } from "../types/scalar.ts";
import { type Query, readQuery } from "../types/tsquery-reader.ts";
import { POSITION_MAX } from "../types/tsvectors.ts";
import { asOid, asText, define, defineByCatalog } from "./define.ts";
import { Headline, type HeadlineWord } from "./headline.ts";
import { type HeadlineOptions, readHeadlineOptions } from "./headline-options.ts";
import { mapStrings } from "./json-strings.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";
import { currentConfiguration, knownTokens } from "./search-words.ts";
import { type Lexeme, lexemesOf } from "./text-search-match.ts";

interface Asked {
  readonly configuration: Scalar | undefined;
  readonly query: Query | undefined;
  readonly options: HeadlineOptions;
}

const isMeant = ({ lexeme, prefix }: Lexeme, word: string): boolean =>
  prefix ? word.startsWith(lexeme) : word === lexeme;

function wordsOf(context: FunctionContext, asked: Asked, text: string): HeadlineWord[] {
  const { configuration, query } = asked;
  const items = query ? lexemesOf(query) : [];
  const words: HeadlineWord[] = [];
  let last = 0;
  for (const { lexemes, text: token, type } of knownTokens(context, configuration, text)) {
    if (lexemes) last++;
    const found = (lexemes ?? []).flatMap(({ text: word }) =>
      items.filter((item) => isMeant(item, word)),
    );
    const position = lexemes ? Math.min(last, POSITION_MAX) : 0;
    const own = { text: token, type, position, isIn: false, selected: false };
    words.push({ ...own, item: found[0], repeated: false });
    for (const item of found.slice(1)) words.push({ ...own, item, repeated: true });
  }
  return words;
}

function headlineOf(context: FunctionContext, asked: Asked, text: string): string {
  const headline = new Headline(wordsOf(context, asked, text), asked.query, asked.options);
  headline.mark();
  return headline.toString();
}

type Make = (context: FunctionContext, asked: Asked, source: string) => Scalar;

const sources: Readonly<Record<string, Make>> = {
  text: headlineOf,
  json: (context, asked, source) =>
    mapStrings(source, "json", (text) => headlineOf(context, asked, text)),
  jsonb: (context, asked, source) =>
    mapStrings(source, "jsonb", (text) => headlineOf(context, asked, text)),
};

/** Throws 0A000. */
function checkHeadlines({ catalog }: FunctionContext, configuration: Scalar | undefined): void {
  const parser = catalog.find(pgTsConfig, "key", [asOid(configuration)])?.cfgparser;
  const row = parser && catalog.find(pgTsParser, "key", [parser]);
  if (!row || row.prsheadline !== INVALID_OID) return;
  throw new SqlError("0A000", "text search parser does not support headline creation");
}

export const textSearchHeadlineFunctions: readonly FunctionDefinition[] = Object.entries(
  sources,
).flatMap(([type, make]) =>
  ["", ", text"].flatMap((given) => {
    const call = (
      context: FunctionContext,
      configuration: Scalar | undefined,
      [source, query, options = ""]: readonly (Scalar | undefined)[],
    ) => {
      checkHeadlines(context, configuration);
      const asked = {
        configuration,
        query: readQuery(asText(query)),
        options: readHeadlineOptions(asText(options), context),
      };
      return make(context, asked, asText(source));
    };
    return [
      defineByCatalog(
        `ts_headline(regconfig, ${type}, tsquery${given})`,
        (context, first, ...rest) => call(context, first, rest),
      ),
      define(`ts_headline(${type}, tsquery${given})`, (context, ...args) =>
        call(context, currentConfiguration(context), args),
      ),
    ];
  }),
);
