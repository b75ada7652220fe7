/**
 * to_tsvector and the functions that make queries of texts.
 * https://www.postgresql.org/docs/15/textsearch-controls.html
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/tsearch/to_tsany.c
 */
import { SqlError } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import { formatWhole } from "../types/tsqueries.ts";
import {
  LEXEME_BYTES_END,
  type MakeOperand,
  type Query,
  readQuery,
  readWebQuery,
  STOP,
  withoutStops,
} from "../types/tsquery-reader.ts";
import { compareBytes, formatVector, POSITION_MAX, readVector } from "../types/tsvectors.ts";
import { asText, define, defineByCatalog, truth } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";
import { currentConfiguration, type PlacedWord, placedWords } from "./search-words.ts";
import { matches } from "./text-search-match.ts";

const POSITIONS_MAX = 255;
const VECTOR_BYTES_MAX = 0xfffff;

/** Of each lexeme the first positions. Throws 54000. */
export function vectorOfWords(words: readonly PlacedWord[]): string {
  const all = new Map<string, number[]>();
  for (const { lexeme, position } of words) {
    const limited = Math.min(position, POSITION_MAX);
    const positions = all.get(lexeme);
    if (!positions) all.set(lexeme, [limited]);
    else if (positions.length < POSITIONS_MAX && positions.at(-1) !== limited) {
      positions.push(limited);
    }
  }
  const entries = [...all]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([lexeme, positions]) => ({
      lexeme,
      positions: positions.map((position) => ({ position, weight: 0 })),
    }));
  let bytes = 0;
  for (const { lexeme, positions } of entries) {
    bytes += Buffer.byteLength(lexeme);
    bytes += (bytes % 2) + 2 + 2 * positions.length;
  }
  if (bytes > VECTOR_BYTES_MAX) {
    const limit = `(${bytes} bytes, max ${VECTOR_BYTES_MAX} bytes)`;
    throw new SqlError("54000", `string is too long for tsvector ${limit}`);
  }
  return formatVector(entries);
}

type Join = "&" | "<>";
const joined = (kind: Join, left: Query, right: Query): Query =>
  kind === "&" ? { kind, left, right } : { kind, distance: 1, left, right };

/** The words in place of the text, joined; stop words between them hold their places. */
function operandOf(
  context: FunctionContext,
  configuration: Scalar | undefined,
  { source, join }: { readonly source: string; readonly join: Join },
): MakeOperand {
  return (text, modifiers) => {
    const { words } = placedWords(context, configuration, text);
    let whole: Query | undefined;
    const add = (query: Query) => {
      whole = whole ? joined(join, whole, query) : query;
    };
    let last = 0;
    for (let at = 0; at < words.length; ) {
      const { position } = words[at] as PlacedWord;
      for (; last > 0 && last + 1 < position; last++) add(STOP);
      last = position;
      let there: Query | undefined;
      for (; words[at]?.position === position; at++) {
        const { lexeme, isPrefix } = words[at] as PlacedWord;
        if (Buffer.byteLength(lexeme) >= LEXEME_BYTES_END) {
          throw new SqlError("54000", `word is too long in tsquery: "${source}"`);
        }
        const prefix = isPrefix ?? modifiers.prefix;
        const one: Query = { kind: "lexeme", lexeme, weights: modifiers.weights, prefix };
        there = there ? joined("&", there, one) : one;
      }
      if (there) add(there);
    }
    return whole ?? STOP;
  };
}

const NO_LEXEMES = "text-search query contains only stop words or doesn't contain lexemes, ignored";

function finished({ effects }: FunctionContext, source: string, query: Query | undefined): string {
  if (!query) {
    effects?.notice(`text-search query doesn't contain lexemes: "${source}"`);
    return "";
  }
  const kept = withoutStops(query);
  if (!kept) effects?.notice(NO_LEXEMES);
  return formatWhole(kept);
}

type Make = (context: FunctionContext, configuration: Scalar | undefined, text: string) => Scalar;

const readAs =
  (read: (source: string, make: MakeOperand) => Query | undefined, join: Join): Make =>
  (context, configuration, source) => {
    const make = operandOf(context, configuration, { source, join });
    return finished(context, source, read(source, make));
  };

/** The whole text is one operand. */
const plain = (source: string, make: MakeOperand): Query | undefined =>
  source === "" ? undefined : make(source, { weights: 0, prefix: false });

const makers: Readonly<Record<string, Make>> = {
  to_tsvector: (context, configuration, text) =>
    vectorOfWords(placedWords(context, configuration, text).words),
  to_tsquery: readAs(readQuery, "<>"),
  plainto_tsquery: readAs(plain, "&"),
  phraseto_tsquery: readAs(plain, "<>"),
  websearch_to_tsquery: readAs(readWebQuery, "<>"),
};

/** text @@ tsquery and text @@ text, by the current configuration. */
function matchesText(context: FunctionContext, text: Scalar | undefined, query: string): Scalar {
  const { words } = placedWords(context, currentConfiguration(context), asText(text));
  return truth(matches(readVector(vectorOfWords(words)), readQuery(query)));
}

const plainQuery = readAs(plain, "&");

const matching: readonly FunctionDefinition[] = [
  define("ts_match_tq(text, tsquery)", (context, text, query) =>
    matchesText(context, text, asText(query)),
  ),
  define("ts_match_tt(text, text)", (context, text, words) => {
    const query = plainQuery(context, currentConfiguration(context), asText(words));
    return matchesText(context, text, asText(query));
  }),
];

const made: readonly FunctionDefinition[] = Object.entries(makers).flatMap(([name, make]) => [
  defineByCatalog(`${name}(regconfig, text)`, (context, configuration, text) =>
    make(context, configuration, asText(text)),
  ),
  define(`${name}(text)`, (context, text) =>
    make(context, currentConfiguration(context), asText(text)),
  ),
]);

export const textSearchTextFunctions: readonly FunctionDefinition[] = [...made, ...matching];
