/**
 * PG_TRGM: trigrams of texts. A word is letters and digits of ASCII, as they are in the locale C;
 * with two spaces before it and one behind, each three of its characters in a row are a trigram.
 * https://www.postgresql.org/docs/15/pgtrgm.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { encodeList } from "../types/array-value.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import type { Scalar } from "../types/scalar.ts";
import { lowerAscii } from "../types/texts.ts";
import { asText, effectsOf, truth } from "./define.ts";
import type { LibraryFunction } from "./library.ts";
import type { FunctionContext, ScalarCall } from "./registry.ts";

/** A trigram in its place, and whether a word begins or ends with it. */
interface Place {
  readonly trigram: string;
  readonly begins: boolean;
  readonly ends: boolean;
}

function placesOf(text: string): Place[] {
  const places: Place[] = [];
  for (const [word] of lowerAscii(text).matchAll(/[a-z0-9]+/g)) {
    const padded = `  ${word} `;
    const last = padded.length - 3;
    for (let at = 0; at <= last; at++) {
      const trigram = padded.slice(at, at + 3);
      places.push({ trigram, begins: at === 0, ends: at === last });
    }
  }
  return places;
}

const setOf = (text: string): ReadonlySet<string> =>
  new Set(placesOf(text).map(({ trigram }) => trigram));

const share = (common: number, one: number, other: number): number =>
  one === 0 || other === 0 ? 0 : Math.fround(common / (one + other - common));

function similarity(a: string, b: string): number {
  const [one, other] = [setOf(a), setOf(b)];
  let common = 0;
  for (const each of one) if (other.has(each)) common++;
  return share(common, one.size, other.size);
}

/**
 * Of the first text and a part of the second that is much like it; `strict`: of whole words. The
 * part grows to the right; where it may end, it loses on the left what makes it less alike.
 */
function partSimilarity(a: string, b: string, strict: boolean): number {
  const wanted = setOf(a);
  const places = placesOf(b);
  const shareOf = ({ common, size }: Counts) => share(common, wanted.size, size);
  const part = new Part(wanted);
  let low = strict ? 0 : -1;
  let most = 0;
  for (const [at, { trigram, ends }] of places.entries()) {
    const isWanted = wanted.has(trigram);
    if (low >= 0 || isWanted) part.add(trigram, at);
    if (strict ? !ends : !isWanted) continue;
    if (low < 0) low = at;
    let best = { low, counts: part.counts, share: shareOf(part.counts) };
    let counts = part.counts;
    for (let from = low; from <= at; from++) {
      const place = places[from] as Place;
      const tried = shareOf(counts);
      if ((!strict || place.begins) && tried > best.share) {
        best = { low: from, counts, share: tried };
      }
      counts = part.without(counts, place.trigram, from);
    }
    most = Math.max(most, best.share);
    for (; low < best.low; low++) part.forget((places[low] as Place).trigram, low);
    part.counts = best.counts;
  }
  return most;
}

/** How many trigrams a part has, each once, and how many of them are wanted. */
interface Counts {
  readonly size: number;
  readonly common: number;
}

class Part {
  counts: Counts = { size: 0, common: 0 };
  readonly #wanted: ReadonlySet<string>;
  /** Where each of its trigrams is last. */
  readonly #last = new Map<string, number>();

  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  add(trigram: string, at: number): void {
    const { size, common } = this.counts;
    if (!this.#last.has(trigram)) {
      this.counts = { size: size + 1, common: common + this.#worth(trigram) };
    }
    this.#last.set(trigram, at);
  }

  /** The counts without a place; a trigram that comes again stays. */
  without(counts: Counts, trigram: string, at: number): Counts {
    if (this.#last.get(trigram) !== at) return counts;
    return { size: counts.size - 1, common: counts.common - this.#worth(trigram) };
  }

  forget(trigram: string, at: number): void {
    if (this.#last.get(trigram) === at) this.#last.delete(trigram);
  }

  #worth(trigram: string): number {
    return this.#wanted.has(trigram) ? 1 : 0;
  }
}

const THRESHOLDS = {
  similarity: ["pg_trgm.similarity_threshold", 0.3],
  word: ["pg_trgm.word_similarity_threshold", 0.6],
  strict: ["pg_trgm.strict_word_similarity_threshold", 0.5],
} as const;

function threshold({ setting }: FunctionContext, of: keyof typeof THRESHOLDS): number {
  const [name, initial] = THRESHOLDS[of];
  const given = Number(setting(name) ?? initial);
  return Number.isFinite(given) ? given : initial;
}

/** A real number. */
const of =
  (compute: (a: string, b: string) => number): ScalarCall =>
  (_, a, b) =>
    floatKey(Math.fround(compute(asText(a), asText(b))));
const word = (a: string, b: string): number => partSimilarity(a, b, false);
const strictWord = (a: string, b: string): number => partSimilarity(a, b, true);
const turned =
  (compute: (a: string, b: string) => number) =>
  (a: string, b: string): number =>
    compute(b, a);
const distant =
  (compute: (a: string, b: string) => number) =>
  (a: string, b: string): number =>
    1 - compute(a, b);
const isLike =
  (compute: (a: string, b: string) => number, name: keyof typeof THRESHOLDS): ScalarCall =>
  (context, a, b) =>
    truth(compute(asText(a), asText(b)) >= Math.fround(threshold(context, name)));

const computed = (symbol: string, call: ScalarCall, volatility: "i" | "s" = "i") => ({
  ...{ symbol, call, volatility },
});

/** `name`: word or strict_word. */
const ofParts = (
  name: "word" | "strict_word",
  compute: (a: string, b: string) => number,
  limit: keyof typeof THRESHOLDS,
): LibraryFunction[] => [
  computed(`${name}_similarity`, of(compute)),
  computed(`${name}_similarity_op`, isLike(compute, limit), "s"),
  computed(`${name}_similarity_commutator_op`, isLike(turned(compute), limit), "s"),
  computed(`${name}_similarity_dist_op`, of(distant(compute))),
  computed(`${name}_similarity_dist_commutator_op`, of(turned(distant(compute)))),
];

/** Throws 22023. */
function setLimit(context: FunctionContext, value: Scalar | undefined): Scalar {
  const limit = floatOf(value as Uint8Array);
  const [name] = THRESHOLDS.similarity;
  if (!(limit >= 0 && limit <= 1)) {
    const message = `${limit} is outside the valid range for parameter "${name}" (0 .. 1)`;
    throw new SqlError("22023", message);
  }
  effectsOf(context, "set_limit").setConfig(name, String(limit), false);
  return floatKey(limit);
}

export const pgTrgmFunctions: readonly LibraryFunction[] = [
  { symbol: "set_limit", call: setLimit, volatility: "v", session: true },
  computed("show_limit", (context) => floatKey(Math.fround(threshold(context, "similarity"))), "s"),
  computed("show_trgm", (_, text) => encodeList([...setOf(asText(text))].sort())),
  computed("similarity", of(similarity)),
  computed("similarity_dist", of(distant(similarity))),
  computed("similarity_op", isLike(similarity, "similarity"), "s"),
  ...ofParts("word", word, "word"),
  ...ofParts("strict_word", strictWord, "strict"),
];
