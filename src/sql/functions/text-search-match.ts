/**
 * tsvector @@ tsquery, step by step as tsvector_op.c does it: what is not known of positions is
 * told apart from what does not match.
 * https://www.postgresql.org/docs/15/textsearch-controls.html
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/tsvector_op.c
 */
import type { Query } from "../types/tsquery-reader.ts";
import type { Entry } from "../types/tsvectors.ts";

export type Lexeme = Extract<Query, { kind: "lexeme" }>;

/** From the right, as PostgreSQL keeps them. */
export function lexemesOf(query: Query): Lexeme[] {
  if (query.kind === "lexeme") return [query];
  if (query.kind === "!") return lexemesOf(query.arg);
  return [...lexemesOf(query.right), ...lexemesOf(query.left)];
}

/** `maybe`: positions decide, and there are none. */
type Answer = "yes" | "no" | "maybe";

/** Where a phrase ends, or where it does not; `width`: from its first lexeme. */
export interface Found {
  readonly answer: Answer;
  readonly positions: readonly number[];
  readonly negated: boolean;
  readonly width: number;
}

export const found = (answer: Answer, positions: readonly number[] = [], width = 0): Found => ({
  answer,
  positions,
  negated: false,
  width,
});
const not = (positions: readonly number[], width = 0): Found => ({
  ...found("yes", positions, width),
  negated: true,
});

const positionsOf = ({ positions }: Entry, { weights }: Lexeme): number[] =>
  positions
    .filter(({ weight }) => weights === 0 || weights & (1 << weight))
    .map(({ position }) => position);

/** What a query is asked of. */
export interface Searched {
  holds(lexeme: Lexeme): boolean;
  places(lexeme: Lexeme): Found;
}

/** Lexemes without positions have any weight. */
function holds(entry: Entry, lexeme: Lexeme): boolean {
  if (entry.positions.length === 0 || lexeme.weights === 0) return true;
  return positionsOf(entry, lexeme).length > 0;
}

export const candidates = (
  entries: readonly Entry[],
  { lexeme, prefix }: Lexeme,
): readonly Entry[] =>
  entries.filter((entry) => (prefix ? entry.lexeme.startsWith(lexeme) : entry.lexeme === lexeme));

function placesOf(entries: readonly Entry[], lexeme: Lexeme): Found {
  const places = new Set<number>();
  for (const entry of candidates(entries, lexeme)) {
    if (entry.positions.length === 0) return found("maybe");
    for (const position of positionsOf(entry, lexeme)) places.add(position);
  }
  const sorted = [...places].sort((a, b) => a - b);
  return sorted.length === 0 ? found("no") : found("yes", sorted);
}

interface Kept {
  readonly left?: true;
  readonly both?: true;
  readonly right?: true;
}

/** Places of one or both sides, each moved by so many. */
function merged(left: Found, right: Found, by: readonly [number, number], kept: Kept): number[] {
  const a = new Set(left.positions.map((position) => position + by[0]));
  const b = new Set(right.positions.map((position) => position + by[1]));
  return [...new Set([...a, ...b])]
    .filter((at) => at > 0 && (a.has(at) ? (b.has(at) ? kept.both : kept.left) : kept.right))
    .sort((x, y) => x - y);
}

const within = (positions: readonly number[], width: number): Found =>
  positions.length > 0 ? found("yes", positions, width) : found("no");

type Pair = Extract<Query, { readonly left: Query }>;

function both(searched: Searched, query: Pair): Found {
  const left = phrase(searched, query.left);
  if (left.answer === "no") return found("no");
  const right = phrase(searched, query.right);
  if (right.answer === "no") return found("no");
  if (left.answer === "maybe" || right.answer === "maybe") return found("maybe");
  const widest = Math.max(left.width, right.width);
  const [width, by]: [number, readonly [number, number]] =
    query.kind === "<>"
      ? [query.distance + left.width + right.width, [query.distance + right.width, 0]]
      : [widest, [widest - left.width, widest - right.width]];
  if (left.negated && right.negated) {
    return not(merged(left, right, by, { left: true, both: true, right: true }), width);
  }
  if (left.negated) return within(merged(left, right, by, { right: true }), width);
  if (right.negated) return within(merged(left, right, by, { left: true }), width);
  return within(merged(left, right, by, { both: true }), width);
}

function either(searched: Searched, query: Pair): Found {
  const [left, right] = [phrase(searched, query.left), phrase(searched, query.right)];
  if (left.answer === "no" && right.answer === "no") return found("no");
  if (left.answer === "maybe" || right.answer === "maybe") return found("maybe");
  const width = Math.max(left.width, right.width);
  const by = [width - left.width, width - right.width] as const;
  if (left.negated && right.negated) return not(merged(left, right, by, { both: true }), width);
  if (left.negated) return not(merged(left, right, by, { left: true }), width);
  if (right.negated) return not(merged(left, right, by, { right: true }), width);
  return within(merged(left, right, by, { left: true, both: true, right: true }), width);
}

function phrase(searched: Searched, query: Query): Found {
  switch (query.kind) {
    case "lexeme":
      return searched.places(query);
    case "!": {
      const inner = phrase(searched, query.arg);
      if (inner.answer === "no") return not([]);
      if (inner.answer === "maybe") return inner;
      if (inner.positions.length > 0) return { ...inner, negated: !inner.negated };
      return found("no");
    }
    case "|":
      return either(searched, query);
    default:
      return both(searched, query);
  }
}

const vectorOf = (entries: readonly Entry[]): Searched => ({
  holds: (lexeme) => candidates(entries, lexeme).some((entry) => holds(entry, lexeme)),
  places: (lexeme) => placesOf(entries, lexeme),
});

/** An empty query matches nothing. */
export const matches = (entries: readonly Entry[], query: Query | undefined): boolean =>
  query !== undefined && holdsQuery(vectorOf(entries), query);

export function holdsQuery(searched: Searched, query: Query): boolean {
  switch (query.kind) {
    case "lexeme":
      return searched.holds(query);
    case "!":
      return !holdsQuery(searched, query.arg);
    case "&":
      return holdsQuery(searched, query.left) && holdsQuery(searched, query.right);
    case "|":
      return holdsQuery(searched, query.left) || holdsQuery(searched, query.right);
    case "<>":
      return phrase(searched, query).answer === "yes";
  }
}
