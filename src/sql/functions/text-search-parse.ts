/**
 * to_tsvector and to_tsquery by the configuration "simple": words in small letters. Texts of
 * letters, digits, blanks and the marks that always divide are parsed; others, of which
 * PostgreSQL's parser makes addresses, paths, numbers or compounds, are refused. So are other
 * configurations.
 * https://www.postgresql.org/docs/15/textsearch-parsers.html
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import { pgTsConfig } from "../../catalog/relations/pg-ts-config.ts";
import type { Scalar } from "../types/scalar.ts";
import { formatWhole, type Query, readQuery } from "../types/tsqueries.ts";
import { formatVector, normalize, POSITION_MAX } from "../types/tsvectors.ts";
import { asOid, asText, define } from "./define.ts";
import { lowerAscii } from "./patterns.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";
import { currentConfiguration } from "./text-search.ts";

/** pg_ts_config's oid of "simple". */
const SIMPLE = 3748;
const WORD_BYTES_MAX = 2046;

function checkConfiguration({ catalog }: FunctionContext, configuration: Oid): void {
  if (configuration === SIMPLE) return;
  const name = catalog.find(pgTsConfig, "key", [configuration])?.cfgname ?? configuration;
  throw notSupported(`text search configuration "${name}"`);
}

/** A full stop divides where nothing follows it that it could be part of. */
const OTHER = /[^\w \t\n\v\f\r,;!?()"'.\u0080-\u{10ffff}]|_|\.(?=[^ \t\n\v\f\r])/u;
/** In collation C every character beyond ASCII is part of a word. */
const WORDS = /[A-Za-z0-9\u0080-\u{10ffff}]+/gu;

function wordsOf(text: string): string[] {
  const other = OTHER.exec(text)?.[0];
  if (other !== undefined) throw notSupported(`"${other}" in a text that is searched`);
  const words = text.match(WORDS) ?? [];
  const power = words.find((word) => /^\d+e\d+./i.test(word));
  if (power !== undefined) throw notSupported(`"${power}" in a text that is searched`);
  const long = words.find((word) => Buffer.byteLength(word) > WORD_BYTES_MAX);
  if (long !== undefined) throw notSupported("a word of so many bytes in a text that is searched");
  return words.map(lowerAscii);
}

function vectorOf(text: string): string {
  const entries = wordsOf(text).map((lexeme, at) => ({
    lexeme,
    positions: [{ position: Math.min(at + 1, POSITION_MAX), weight: 0 }],
  }));
  return formatVector(normalize(entries));
}

type Join = (left: Query, right: Query) => Query;
const all: Join = (left, right) => ({ kind: "&", left, right });
const followed: Join = (left, right) => ({ kind: "<>", distance: 1, left, right });

const NO_LEXEMES = "text-search query contains only stop words or doesn't contain lexemes, ignored";

function joined({ effects }: FunctionContext, text: string, join: Join): string {
  const lexemes = wordsOf(text).map(
    (lexeme): Query => ({ kind: "lexeme", lexeme, weights: 0, prefix: false }),
  );
  const [first, ...rest] = lexemes;
  if (!first) effects?.notice(NO_LEXEMES);
  return formatWhole(first && rest.reduce(join, first));
}

/** Each lexeme as the words that it has, one behind the other. */
function parsed(query: Query): Query {
  switch (query.kind) {
    case "lexeme": {
      const [first, ...rest] = wordsOf(query.lexeme).map((lexeme): Query => ({ ...query, lexeme }));
      if (!first) throw notSupported("a query with a lexeme that has no words");
      return rest.reduce(followed, first);
    }
    case "!":
      return { kind: "!", arg: parsed(query.arg) };
    default:
      return { ...query, left: parsed(query.left), right: parsed(query.right) };
  }
}

function queryOf({ effects }: FunctionContext, text: string): string {
  const query = readQuery(text);
  if (!query) effects?.notice(`text-search query doesn't contain lexemes: "${text}"`);
  return formatWhole(query && parsed(query));
}

const makers: readonly (readonly [
  name: string,
  make: (context: FunctionContext, text: string) => Scalar,
])[] = [
  ["to_tsvector", (_context, text) => vectorOf(text)],
  ["to_tsquery", queryOf],
  ["plainto_tsquery", (context, text) => joined(context, text, all)],
  ["phraseto_tsquery", (context, text) => joined(context, text, followed)],
];

export const textSearchParseFunctions: readonly FunctionDefinition[] = makers.flatMap(
  ([name, make]) => [
    define(`${name}(regconfig, text)`, (context, configuration, text) => {
      checkConfiguration(context, asOid(configuration));
      return make(context, asText(text));
    }),
    define(`${name}(text)`, (context, text) => {
      checkConfiguration(context, asOid(currentConfiguration(context)));
      return make(context, asText(text));
    }),
  ],
);
