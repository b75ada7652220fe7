/**
 * ts_rank and ts_rank_cd: how well a document answers a query, by how often and how near to each
 * other its lexemes are. Rounded to single precision where tsrank.c does it.
 * https://www.postgresql.org/docs/15/textsearch-controls.html#TEXTSEARCH-RANKING
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/tsrank.c
 */
import { SqlError } from "../../base/sql-error.ts";
import { decodeArray } from "../types/array-value.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import type { Scalar } from "../types/scalar.ts";
import { type Query, readQuery } from "../types/tsquery-reader.ts";
import {
  compareBytes,
  type Entry,
  POSITION_MAX,
  type Position,
  readVector,
} from "../types/tsvectors.ts";
import { asBytes, asNumber, asText, define } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";
import {
  candidates,
  found,
  holdsQuery,
  type Lexeme,
  lexemesOf,
  type Searched,
} from "./text-search-match.ts";

const single = Math.fround;

/** Of D, C, B, A. */
type Weights = readonly number[];
const WEIGHTS: Weights = [0.1, 0.2, 0.4, 1].map(single);

const NORMAL = { logLength: 1, length: 2, distance: 4, unique: 8, logUnique: 16, bounded: 32 };

function readWeights(value: Scalar | undefined): Weights {
  const { dimensions, elements } = decodeArray(asText(value), "blob");
  if (dimensions.length !== 1) {
    throw new SqlError("2202E", "array of weight must be one-dimensional");
  }
  if (elements.length < WEIGHTS.length) {
    throw new SqlError("2202E", "array of weight is too short");
  }
  if (elements.includes(null)) {
    throw new SqlError("22004", "array of weight must not contain nulls");
  }
  return WEIGHTS.map((otherwise, at) => {
    const given = floatOf(asBytes(elements[at]));
    const weight = given >= 0 ? given : otherwise;
    if (weight > 1) throw new SqlError("22023", "weight out of range");
    return weight;
  });
}

function distinctLexemes(query: Query): Lexeme[] {
  const all = new Map<string, Lexeme>();
  for (const one of lexemesOf(query)) if (!all.has(one.lexeme)) all.set(one.lexeme, one);
  return [...all.values()].sort((a, b) => compareBytes(a.lexeme, b.lexeme));
}

const nearness = (apart: number): number =>
  apart > 100 ? single(1e-30) : single(1 / (1.005 + 0.05 * Math.exp(apart / 1.5 - 2)));

/** Where a lexeme without positions is taken to be. */
const NOWHERE: readonly Position[] = [{ position: POSITION_MAX, weight: 0 }];

const placesOf = ({ positions }: Entry): readonly Position[] =>
  positions.length > 0 ? positions : NOWHERE;

function rankOfAll(weights: Weights, entries: readonly Entry[], query: Query): number {
  const lexemes = distinctLexemes(query);
  if (lexemes.length < 2) return rankOfAny(weights, entries, query);
  const weightOf = ({ weight }: Position) => weights[weight] as number;
  const seen: (readonly Position[])[] = [];
  let rank = -1;
  const add = (a: Position, b: Position, unknown: boolean) => {
    const apart = Math.abs(a.position - b.position);
    if (apart === 0 && !unknown) return;
    const near = nearness(apart === 0 ? POSITION_MAX + 1 : apart);
    const worth = single(Math.sqrt(single(single(weightOf(a) * weightOf(b)) * near)));
    rank = rank < 0 ? worth : single(1 - (1 - rank) * (1 - worth));
  };
  for (const lexeme of lexemes) {
    let own: readonly Position[] | undefined;
    for (const entry of candidates(entries, lexeme)) {
      own = placesOf(entry);
      for (const other of seen) {
        const unknown = own === NOWHERE || other === NOWHERE;
        for (const a of own) for (const b of other) add(a, b, unknown);
      }
    }
    if (own) seen.push(own);
  }
  return rank;
}

/** The sum of 1 / n² over all n. */
const SQUARES = 1.64493406685;

function rankOfAny(weights: Weights, entries: readonly Entry[], query: Query): number {
  const lexemes = distinctLexemes(query);
  let rank = 0;
  for (const entry of lexemes.flatMap((lexeme) => candidates(entries, lexeme))) {
    let [sum, best, bestAt] = [0, -1, 0];
    placesOf(entry).forEach(({ weight }, at) => {
      const worth = weights[weight] as number;
      sum = single(sum + single(worth / ((at + 1) * (at + 1))));
      if (worth > best) [best, bestAt] = [worth, at];
    });
    const rest = single(single(best + sum) - single(best / ((bestAt + 1) * (bestAt + 1))));
    rank = single(rank + rest / SQUARES);
  }
  return single(rank / lexemes.length);
}

const lengthOf = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { positions }) => sum + Math.max(positions.length, 1), 0);

function rank(weights: Weights, entries: readonly Entry[], query: Query, method: number): number {
  const joined = query.kind === "&" || query.kind === "<>";
  let value = joined ? rankOfAll(weights, entries, query) : rankOfAny(weights, entries, query);
  if (value < 0) value = single(1e-20);
  const length = lengthOf(entries);
  if (method & NORMAL.logLength) value = single(value / (Math.log(length + 1) / Math.log(2)));
  if (method & NORMAL.length) value = single(value / length);
  if (method & NORMAL.unique) value = single(value / entries.length);
  if (method & NORMAL.logUnique) {
    value = single(value / (Math.log(entries.length + 1) / Math.log(2)));
  }
  return method & NORMAL.bounded ? single(value / single(value + 1)) : value;
}

/** A place in the document, and what of the query is there. */
interface Place extends Position {
  readonly entry: number;
  readonly lexemes: Lexeme[];
}

function placesIn(entries: readonly Entry[], query: Query): Place[] {
  const places = new Map<string, Place>();
  for (const lexeme of lexemesOf(query)) {
    for (const entry of candidates(entries, lexeme)) {
      for (const { position, weight } of entry.positions) {
        if (lexeme.weights !== 0 && !(lexeme.weights & (1 << weight))) continue;
        const at = entries.indexOf(entry);
        const key = `${position} ${at}`;
        const place = places.get(key);
        if (place) place.lexemes.push(lexeme);
        else places.set(key, { position, weight, entry: at, lexemes: [lexeme] });
      }
    }
  }
  return [...places.values()].sort(
    (a, b) => a.position - b.position || a.weight - b.weight || a.entry - b.entry,
  );
}

/** What has been met of the document. */
class Met implements Searched {
  readonly #positions = new Map<Lexeme, number[]>();

  add({ position, lexemes }: Place): void {
    for (const lexeme of lexemes) {
      const positions = this.#positions.get(lexeme);
      if (!positions) this.#positions.set(lexeme, [position]);
      else if (!positions.includes(position)) positions.push(position);
    }
  }

  holds(lexeme: Lexeme): boolean {
    return this.#positions.has(lexeme);
  }

  places(lexeme: Lexeme) {
    const positions = this.#positions.get(lexeme);
    return positions
      ? found(
          "yes",
          positions.toSorted((a, b) => a - b),
        )
      : found("no");
  }
}

/** The first of some indexes up to which the query is answered. */
function reaches(places: readonly Place[], query: Query, order: Iterable<number>) {
  const met = new Met();
  for (const at of order) {
    met.add(places[at] as Place);
    if (holdsQuery(met, query)) return at;
  }
  return undefined;
}

function* counting(from: number, to: number): Iterable<number> {
  if (from <= to) for (let at = from; at <= to; at++) yield at;
  else for (let at = from; at >= to; at--) yield at;
}

/** The shortest stretches of the document that answer the query. */
function* covers(places: readonly Place[], query: Query): Iterable<readonly [number, number]> {
  for (let from = 0; from < places.length; ) {
    const end = reaches(places, query, counting(from, places.length - 1));
    if (end === undefined || (places[end] as Place).position <= 0) return;
    const begin = reaches(places, query, end === from ? [from] : counting(end, from));
    if (begin === undefined) {
      from++;
      continue;
    }
    yield [begin, end];
    from = begin + 1;
  }
}

function rankOfCovers(
  weights: Weights,
  entries: readonly Entry[],
  query: Query,
  method: number,
): number {
  const places = placesIn(entries, query);
  if (places.length === 0) return 0;
  let [value, distances, count, before] = [0, 0, 0, 0];
  for (const [begin, end] of covers(places, query)) {
    const part = places.slice(begin, end + 1);
    const inverse = part.reduce((sum, { weight }) => sum + 1 / (weights[weight] as number), 0);
    const [from, to] = [part[0], part.at(-1)].map((place) => (place as Place).position);
    const [p, q] = [from as number, to as number];
    let noise = q - p - (end - begin);
    if (noise < 0) noise = Math.trunc((end - begin) / 2);
    value += part.length / inverse / (1 + noise);
    const middle = (q + p) / 2;
    if (count > 0 && middle > before) distances += 1 / (middle - before);
    before = middle;
    count++;
  }
  const length = lengthOf(entries);
  if (method & NORMAL.logLength) value /= Math.log(length + 1);
  if (method & NORMAL.length) value /= length;
  if (method & NORMAL.distance && count > 0 && distances > 0) value /= count / distances;
  if (method & NORMAL.unique) value /= entries.length;
  if (method & NORMAL.logUnique) value /= Math.log(entries.length + 1) / Math.log(2);
  return single(method & NORMAL.bounded ? value / (value + 1) : value);
}

const ranks = [
  ["ts_rank", rank],
  ["ts_rank_cd", rankOfCovers],
] as const;

/** With weights before and a method behind, or without. */
const shapes: readonly (readonly [weights: string, method: string])[] = [
  ["", ""],
  ["", ", int4"],
  ["_float4, ", ""],
  ["_float4, ", ", int4"],
];

export const textSearchRankFunctions: readonly FunctionDefinition[] = ranks.flatMap(
  ([name, compute]) =>
    shapes.map(([given, method]) =>
      define(`${name}(${given}tsvector, tsquery${method})`, (_c, ...args) => {
        const weights = given === "" ? WEIGHTS : readWeights(args.shift());
        const [vector, query, normal = 0n] = args;
        const [entries, sought] = [readVector(asText(vector)), readQuery(asText(query))];
        if (entries.length === 0 || !sought) return floatKey(0);
        return floatKey(compute(weights, entries, sought, asNumber(normal)));
      }),
    ),
);
