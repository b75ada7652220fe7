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
import type { KnownLexeme } from "./search-dictionaries.ts";
import type { Token } from "./search-parser.ts";
import { currentConfiguration, knownTokens } from "./search-words.ts";
import { type Lexeme, lexemesOf } from "./text-search-match.ts";

interface Asked {
  readonly configuration: Scalar | undefined;
  readonly query: Query | undefined;
  readonly options: HeadlineOptions;
}

const isMeant = ({ lexeme, prefix }: Lexeme, word: string): boolean =>
  prefix ? word.startsWith(lexeme) : word === lexeme;

type Writable = { -readonly [K in keyof HeadlineWord]: HeadlineWord[K] };

function wordsOf(context: FunctionContext, asked: Asked, text: string): HeadlineWord[] {
  const { configuration, query } = asked;
  const items = query ? lexemesOf(query) : [];
  const words: HeadlineWord[] = [];
  let last = 0;
  for (const { lexemes, tokens } of knownTokens(context, configuration, text)) {
    if (lexemes) last++;
    for (const token of tokens) words.push(...meantBy(token, lexemes ?? [], items, last));
    last += lexemes?.filter(({ isNext }) => isNext).length ?? 0;
  }
  return words;
}

/** `place`: of the first of the lexemes that the token stands for; its own is that of the last. */
function meantBy(
  { text, type }: Token,
  lexemes: readonly KnownLexeme[],
  items: readonly Lexeme[],
  place: number,
): HeadlineWord[] {
  const own = { text, type, position: 0, isIn: false, selected: false };
  let last: Writable = { ...own, item: undefined, repeated: false };
  const words = [last];
  let position = place;
  for (const { text: word, isNext } of lexemes) {
    if (isNext) position++;
    last.position = Math.min(position, POSITION_MAX);
    const same = last;
    for (const item of items.filter((each) => isMeant(each, word))) {
      if (!same.item) same.item = item;
      else {
        last = { ...same, item, repeated: true };
        words.push(last);
      }
    }
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
