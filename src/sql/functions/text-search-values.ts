/**
 * Functions and operators of tsvector and tsquery that ask no dictionary.
 * https://www.postgresql.org/docs/15/functions-textsearch.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { arrayElements, encodeList } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { countItems, formatWhole } from "../types/tsqueries.ts";
import { DISTANCE_MAX, type Query, readQuery } from "../types/tsquery-reader.ts";
import {
  compareBytes,
  type Entry,
  formatVector,
  POSITION_MAX,
  POSITIONS_MAX,
  type Position,
  readVector,
  WEIGHTS,
} from "../types/tsvectors.ts";
import { T } from "../types/type-oids.ts";
import {
  always,
  asNumber,
  asText,
  define,
  defineSet,
  defineSetInSession,
  truth,
} from "./define.ts";
import type { FunctionDefinition, QueryRows, SetFunctionDefinition } from "./registry.ts";
import { matches } from "./text-search-match.ts";

const entriesOf = (value: Scalar | undefined): Entry[] => readVector(asText(value));
const queryOf = (value: Scalar | undefined): Query | undefined => readQuery(asText(value));

const weightOf = (letter: string): number => WEIGHTS.indexOf(letter.toUpperCase());

function weighted({ lexeme, positions }: Entry, weight: number): Entry {
  return { lexeme, positions: positions.map(({ position }) => ({ position, weight })) };
}

/** Only of some lexemes, where they are given. */
function setWeight(value: Scalar | undefined, letter: string, only?: ReadonlySet<Scalar>): string {
  const weight = letter === "" ? -1 : weightOf(letter);
  if (weight < 0) {
    const shown = only ? letter : String(Buffer.from(letter)[0] ?? 0);
    throw new SqlError("XX000", `unrecognized weight: ${shown}`);
  }
  const changed = entriesOf(value).map((entry) =>
    !only || only.has(entry.lexeme) ? weighted(entry, weight) : entry,
  );
  return formatVector(changed);
}

/** Positions of the second vector, behind those that are there. */
function appended(first: readonly Position[], second: readonly Position[], by: number): Position[] {
  const all = [...first];
  for (const { position, weight } of second) {
    if (all.length >= POSITIONS_MAX || all.at(-1)?.position === POSITION_MAX) break;
    all.push({ position: Math.min(position + by, POSITION_MAX), weight });
  }
  return all;
}

function concatenated(one: readonly Entry[], other: readonly Entry[]): Entry[] {
  const last = Math.max(0, ...one.flatMap(({ positions }) => positions.map((p) => p.position)));
  const all = new Map(one.map((entry) => [entry.lexeme, entry.positions]));
  for (const { lexeme, positions } of other) {
    all.set(lexeme, appended(all.get(lexeme) ?? [], positions, last));
  }
  return [...all]
    .map(([lexeme, positions]) => ({ lexeme, positions }))
    .sort((a, b) => compareBytes(a.lexeme, b.lexeme));
}

function without(value: Scalar | undefined, lexemes: ReadonlySet<Scalar>): string {
  return formatVector(entriesOf(value).filter(({ lexeme }) => !lexemes.has(lexeme)));
}

function filtered(value: Scalar | undefined, weights: readonly Scalar[]): string {
  const kept = new Set<number>();
  for (const letter of weights) {
    if (letter === null) throw new SqlError("22004", "weight array may not contain nulls");
    const weight = letter === "" ? -1 : weightOf(asText(letter));
    if (weight < 0) throw new SqlError("22023", `unrecognized weight: "${letter}"`);
    kept.add(weight);
  }
  const entries = entriesOf(value).flatMap(({ lexeme, positions }) => {
    const left = positions.filter(({ weight }) => kept.has(weight));
    return left.length > 0 ? [{ lexeme, positions: left }] : [];
  });
  return formatVector(entries);
}

function fromArray(lexemes: readonly Scalar[]): string {
  for (const lexeme of lexemes) {
    if (lexeme === null) throw new SqlError("22004", "lexeme array may not contain nulls");
    if (lexeme === "") throw new SqlError("2200F", "lexeme array may not contain empty strings");
  }
  const distinct = [...new Set(lexemes.map(asText))].sort(compareBytes);
  return formatVector(distinct.map((lexeme) => ({ lexeme, positions: [] })));
}

const texts = (value: Scalar | undefined): readonly Scalar[] =>
  arrayElements(asText(value), "text");

const vectors: readonly FunctionDefinition[] = [
  define("length(tsvector)", (_c, value) => BigInt(entriesOf(value).length)),
  define("strip(tsvector)", (_c, value) =>
    formatVector(entriesOf(value).map(({ lexeme }) => ({ lexeme, positions: [] }))),
  ),
  define("setweight(tsvector, char)", (_c, value, weight) => setWeight(value, asText(weight))),
  define("setweight(tsvector, char, _text)", (_c, value, weight, lexemes) =>
    setWeight(value, asText(weight), new Set(texts(lexemes))),
  ),
  define("tsvector_concat(tsvector, tsvector)", (_c, a, b) =>
    formatVector(concatenated(entriesOf(a), entriesOf(b))),
  ),
  define("ts_delete(tsvector, text)", (_c, value, lexeme) =>
    without(value, new Set([lexeme as Scalar])),
  ),
  define("ts_delete(tsvector, _text)", (_c, value, lexemes) =>
    without(value, new Set(texts(lexemes))),
  ),
  define("ts_filter(tsvector, _char)", (_c, value, weights) => filtered(value, texts(weights))),
  define("array_to_tsvector(_text)", (_c, lexemes) => fromArray(texts(lexemes))),
  define("tsvector_to_array(tsvector)", (_c, value) =>
    encodeList(entriesOf(value).map(({ lexeme }) => lexeme)),
  ),
];

type Joined = (left: Query, right: Query) => Query;

/** An empty one leaves the other. */
function joined(a: Scalar | undefined, b: Scalar | undefined, join: Joined): string {
  const [left, right] = [queryOf(a), queryOf(b)];
  return formatWhole(left && right ? join(left, right) : (left ?? right));
}

function followed(a: Scalar | undefined, b: Scalar | undefined, distance: number): string {
  if (distance < 0 || distance > DISTANCE_MAX) {
    const message = `distance in phrase operator must be an integer value between zero and ${DISTANCE_MAX} inclusive`;
    throw new SqlError("22023", message);
  }
  return joined(a, b, (left, right) => ({ kind: "<>", distance, left, right }));
}

/** What an index can look for: without what is negated. */
function indexable(query: Query): Query | undefined {
  if (query.kind === "lexeme") return query;
  if (query.kind === "!") return undefined;
  const [left, right] = [indexable(query.left), indexable(query.right)];
  if (left && right) return { ...query, left, right };
  return query.kind === "|" ? undefined : (left ?? right);
}

function lexemesOf(query: Query | undefined): string[] {
  if (!query) return [];
  if (query.kind === "lexeme") return [query.lexeme];
  if (query.kind === "!") return lexemesOf(query.arg);
  return [...lexemesOf(query.left), ...lexemesOf(query.right)];
}

function containsQuery(outer: Scalar | undefined, inner: Scalar | undefined): bigint {
  const lexemes = new Set(lexemesOf(queryOf(outer)));
  return truth(lexemesOf(queryOf(inner)).every((lexeme) => lexemes.has(lexeme)));
}

const queries: readonly FunctionDefinition[] = [
  define("numnode(tsquery)", (_c, value) => {
    const query = queryOf(value);
    return BigInt(query ? countItems(query) : 0);
  }),
  define("querytree(tsquery)", (_c, value) => {
    const query = queryOf(value);
    if (!query) return "";
    const left = indexable(query);
    return left ? formatWhole(left) : "T";
  }),
  define("tsquery_and(tsquery, tsquery)", (_c, a, b) =>
    joined(a, b, (left, right) => ({ kind: "&", left, right })),
  ),
  define("tsquery_or(tsquery, tsquery)", (_c, a, b) =>
    joined(a, b, (left, right) => ({ kind: "|", left, right })),
  ),
  define("tsquery_not(tsquery)", (_c, value) => {
    const arg = queryOf(value);
    return formatWhole(arg && { kind: "!", arg });
  }),
  define("tsquery_phrase(tsquery, tsquery)", (_c, a, b) => followed(a, b, 1)),
  define("tsquery_phrase(tsquery, tsquery, int4)", (_c, a, b, distance) =>
    followed(a, b, asNumber(distance)),
  ),
  define("tsq_mcontains(tsquery, tsquery)", (_c, a, b) => containsQuery(a, b)),
  define("tsq_mcontained(tsquery, tsquery)", (_c, a, b) => containsQuery(b, a)),
  define("ts_match_vq(tsvector, tsquery)", (_c, vector, query) =>
    truth(matches(entriesOf(vector), queryOf(query))),
  ),
  define("ts_match_qv(tsquery, tsvector)", (_c, query, vector) =>
    truth(matches(entriesOf(vector), queryOf(query))),
  ),
];

export const textSearchFunctions: readonly FunctionDefinition[] = [...vectors, ...queries];

/** Of each lexeme in how many of the vectors it is, and how often. `weights`: only with these. */
function statistics({ columns, rows }: QueryRows, weights: string): (readonly Scalar[])[] {
  if (columns.length !== 1 || columns[0]?.type !== T.tsvector) {
    throw new SqlError("22023", "ts_stat query must return one tsvector column");
  }
  const wanted = new Set([...weights].map(weightOf).filter((weight) => weight >= 0));
  const counts = new Map<string, { documents: number; entries: number }>();
  for (const [vector = null] of rows) {
    if (vector === null) continue;
    for (const { lexeme, positions } of entriesOf(vector)) {
      const counted = positions.filter(({ weight }) => wanted.size === 0 || wanted.has(weight));
      const unplaced = positions.length === 0 && wanted.size === 0 ? 1 : 0;
      const count = counted.length || unplaced;
      if (count === 0) continue;
      const known = counts.get(lexeme) ?? { documents: 0, entries: 0 };
      counts.set(lexeme, {
        documents: known.documents + 1,
        entries: known.entries + count,
      });
    }
  }
  return [...counts]
    .sort(([a], [b]) => compareBytes(b, a))
    .map(([lexeme, { documents, entries }]) => [lexeme, BigInt(documents), BigInt(entries)]);
}

const statisticsOf = (signature: string): SetFunctionDefinition => ({
  ...defineSetInSession(signature, (effects, query, weights = "") =>
    statistics(effects.query(asText(query)), asText(weights)),
  ),
  runsQueries: always,
});

export const textSearchValueSets: readonly SetFunctionDefinition[] = [
  statisticsOf("ts_stat(text)"),
  statisticsOf("ts_stat(text, text)"),
  defineSet("unnest(tsvector)", (_c, value) =>
    entriesOf(value).map(({ lexeme, positions }) => {
      if (positions.length === 0) return [lexeme, null, null];
      const places = positions.map(({ position }) => BigInt(position));
      const letters = positions.map(({ weight }) => WEIGHTS[weight] as string);
      return [lexeme, encodeList(places), encodeList(letters)];
    }),
  ),
];
