/**
 * WHERE A HEADLINE IS TAKEN FROM: covers are the shortest runs of words that answer the query; the
 * best of them, or as many fragments as are asked for, are filled up with words around them.
 * https://www.postgresql.org/docs/15/textsearch-controls.html#TEXTSEARCH-HEADLINE
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/tsearch/wparser_def.c
 */
import { tokenTypes } from "../../catalog/token-types.ts";
import type { Query } from "../types/tsquery-reader.ts";
import type { HeadlineOptions } from "./headline-options.ts";
import { found, holdsQuery, type Lexeme, type Searched } from "./text-search-match.ts";

/** A token of the text; once more for each further lexeme of the query that it matches. */
export interface HeadlineWord {
  readonly text: string;
  readonly type: number;
  readonly position: number;
  /** The lexeme of the query that it matches. */
  readonly item: Lexeme | undefined;
  readonly repeated: boolean;
  isIn: boolean;
  selected: boolean;
}

const numbers = (aliases: string): ReadonlySet<number> =>
  new Set(aliases.split(" ").map((alias) => tokenTypes.findIndex(([a]) => a === alias) + 1));

const REPLACED = numbers("tag");
const SKIPPED = numbers("url numhword asciihword hword");
const NO_WORDS = numbers("blank tag url numhword asciihword hword");
const NO_ENDS = numbers(
  "blank tag url numhword asciihword hword sfloat version float int uint protocol entity",
);

const isWord = ({ type }: HeadlineWord): boolean => !NO_WORDS.has(type);
const isInteresting = ({ item, repeated }: HeadlineWord): boolean =>
  item !== undefined && !repeated;

interface Cover {
  begin: number;
  end: number;
}
interface Fragment extends Cover {
  /** Of interesting words, and of all. */
  readonly interesting: number;
  readonly words: number;
  chosen: boolean;
  excluded: boolean;
}

/** A run of words as what a query is asked of. */
function searched(words: readonly HeadlineWord[], begin: number, end: number): Searched {
  const positionsOf = (lexeme: Lexeme): number[] => {
    const positions: number[] = [];
    for (let at = begin; at <= end; at++) {
      const { item, position } = words[at] as HeadlineWord;
      if (item === lexeme && (positions.at(-1) ?? 0) < position) positions.push(position);
    }
    return positions;
  };
  return {
    holds: (lexeme) => {
      for (let at = begin; at <= end; at++) if (words[at]?.item === lexeme) return true;
      return false;
    },
    places: (lexeme) => {
      const positions = positionsOf(lexeme);
      return positions.length === 0 ? found("no") : found("yes", positions);
    },
  };
}

export class Headline {
  readonly #words: readonly HeadlineWord[];
  readonly #query: Query | undefined;
  readonly #options: HeadlineOptions;
  /** The next word that matches, from each place on; -1: none. */
  readonly #next: readonly number[];

  constructor(words: readonly HeadlineWord[], query: Query | undefined, options: HeadlineOptions) {
    this.#words = words;
    this.#query = query;
    this.#options = options;
    const next: number[] = new Array(words.length + 1).fill(-1);
    for (let at = words.length - 1; at >= 0; at--) {
      next[at] = words[at]?.item ? at : (next[at + 1] as number);
    }
    this.#next = next;
  }

  mark(): void {
    if (this.#options.maxFragments > 0) this.#markFragments();
    else if (this.#options.highlightAll) this.#markRange(0, this.#words.length - 1);
    else this.#markBest();
  }

  #word(at: number): HeadlineWord {
    return this.#words[at] as HeadlineWord;
  }

  #isBadEnd(at: number): boolean {
    const word = this.#words[at];
    if (!word || isInteresting(word)) return false;
    return NO_ENDS.has(word.type) || Buffer.byteLength(word.text) <= this.#options.shortWord;
  }

  *#covers(): Generator<Cover> {
    const query = this.#query;
    const { maxWords, maxFragments } = this.#options;
    const longest = Math.max(maxWords * 10, 100) * Math.max(maxFragments, 1);
    let begin = this.#next[0] as number;
    while (query && begin >= 0) {
      let end = begin;
      while (end >= 0 && end - begin < longest) {
        if (holdsQuery(searched(this.#words, begin, end), query)) {
          yield { begin, end };
          break;
        }
        end = this.#next[end + 1] as number;
      }
      begin = this.#next[begin + 1] as number;
    }
  }

  #markRange(begin: number, end: number): void {
    for (let at = begin; at <= end; at++) {
      const word = this.#word(at);
      if (word.item) word.selected = true;
      word.isIn = !word.repeated;
    }
  }

  /** The first words, where nothing was found. */
  #firstWords(): Cover {
    let end = -1;
    for (let count = 0, at = 0; at < this.#words.length && count < this.#options.minWords; at++) {
      if (isWord(this.#word(at))) count++;
      end = at;
    }
    return { begin: 0, end };
  }

  #markBest(): void {
    let best: Cover = { begin: -1, end: -1 };
    let most = -1;
    let covered = false;
    for (const cover of this.#covers()) {
      const { interesting, ...range } = this.#around(cover);
      const covers = range.begin <= cover.begin && range.end >= cover.end;
      const isBetter =
        covers === covered
          ? interesting > most ||
            (interesting === most && !this.#isBadEnd(range.end) && this.#isBadEnd(best.end))
          : covers;
      if (!isBetter) continue;
      best = range;
      most = interesting;
      covered = covers;
    }
    if (most < 0) best = this.#firstWords();
    this.#markRange(best.begin, best.end);
  }

  /** The cover, made longer or shorter. */
  #around(cover: Cover): Cover & { readonly interesting: number } {
    const { maxWords, minWords } = this.#options;
    const count = { words: 0, interesting: 0 };
    const add = (at: number, by: 1 | -1) => {
      if (isWord(this.#word(at))) count.words += by;
      if (isInteresting(this.#word(at))) count.interesting += by;
    };
    let [begin, end] = [cover.begin, cover.begin];
    let at = cover.begin;
    for (; at <= cover.end && count.words < maxWords; at++) {
      add(at, 1);
      end = at;
    }
    if (count.words < maxWords) {
      for (at--; at < this.#words.length && count.words < maxWords; at++) {
        if (at > cover.end) add(at, 1);
        end = at;
        if (!this.#isBadEnd(at) && count.words >= minWords) break;
      }
      if (count.words < minWords) begin = this.#extendedToTheLeft(cover.begin, count, add);
    } else {
      if (at > cover.end) at = cover.end;
      for (; count.words > minWords && this.#isBadEnd(at); at--) {
        add(at, -1);
        end = at - 1;
      }
    }
    return { begin, end, interesting: count.interesting };
  }

  #extendedToTheLeft(
    from: number,
    count: { readonly words: number },
    add: (at: number, by: 1) => void,
  ): number {
    const { maxWords, minWords } = this.#options;
    for (let at = from - 1; at >= 0; at--) {
      add(at, 1);
      if (count.words >= maxWords) return at;
      if (!this.#isBadEnd(at) && count.words >= minWords) return at;
    }
    return 0;
  }

  #markFragments(): void {
    const fragments: Fragment[] = [];
    for (const { begin, end } of this.#covers()) {
      for (let from = begin; from <= end; ) {
        const fragment = this.#nextFragment(from, end);
        fragments.push(fragment);
        from = fragment.end + 1;
      }
    }
    let marked = 0;
    for (; marked < this.#options.maxFragments; marked++) {
      const best = bestOf(fragments);
      if (!best) break;
      best.chosen = true;
      const { begin, end } = this.#stretched(best);
      Object.assign(best, { begin, end });
      this.#markRange(begin, end);
      for (const other of fragments) {
        if (other === best) continue;
        const isWithin = (at: number) => at >= begin && at <= end;
        const isAround = other.begin < begin && other.end > end;
        if (isWithin(other.begin) || isWithin(other.end) || isAround) other.excluded = true;
      }
    }
    if (marked > 0) return;
    const { begin, end } = this.#firstWords();
    this.#markRange(begin, end);
  }

  /** From the next interesting word to one that is not too far. */
  #nextFragment(from: number, to: number): Fragment {
    let begin = from;
    while (begin < to && !isInteresting(this.#word(begin))) begin++;
    let [end, words, interesting, at] = [to, 0, 0, begin];
    for (; at <= to && words < this.#options.maxWords; at++) {
      if (isWord(this.#word(at))) words++;
      if (isInteresting(this.#word(at))) interesting++;
    }
    if (end > at) {
      for (end = at; end > begin && !isInteresting(this.#word(end)); end--) {
        if (isWord(this.#word(end))) words--;
      }
    }
    return { begin, end, words, interesting, chosen: false, excluded: false };
  }

  #stretched({ begin, end, words }: Fragment): Cover {
    const { maxWords } = this.#options;
    if (words >= maxWords) return { begin, end };
    let count = words;
    let [first, last] = [begin, end];
    const most = Math.trunc((maxWords - words) / 2);
    for (let at = begin - 1; at >= 0 && count - words < most && !this.#word(at).isIn; at--) {
      if (isWord(this.#word(at))) count++;
      first = at;
    }
    for (; first < begin && this.#isBadEnd(first); first++) {
      if (isWord(this.#word(first))) count--;
    }
    for (let at = end + 1; count < maxWords && this.#words[at]?.isIn === false; at++) {
      if (isWord(this.#word(at))) count++;
      last = at;
    }
    while (last > end && this.#isBadEnd(last)) last--;
    return { begin: first, end: last };
  }

  toString(): string {
    const { highlightAll, startSel, stopSel, delimiter } = this.#options;
    let text = "";
    let fragments = 0;
    let within = false;
    for (const { text: word, type, isIn, repeated, selected } of this.#words) {
      if (repeated) continue;
      if (isIn && !within && fragments++ > 0) text += delimiter;
      within = isIn;
      if (!isIn || SKIPPED.has(type)) continue;
      if (!highlightAll && REPLACED.has(type)) text += " ";
      else text += selected ? startSel + word + stopSel : word;
    }
    return text;
  }
}

/** Most interesting words, then fewest words. */
function bestOf(fragments: readonly Fragment[]): Fragment | undefined {
  let best: Fragment | undefined;
  for (const fragment of fragments) {
    if (fragment.chosen || fragment.excluded) continue;
    const most = best?.interesting ?? 0;
    const isBetter =
      fragment.interesting > most ||
      (fragment.interesting === most && fragment.words < (best?.words ?? Number.MAX_SAFE_INTEGER));
    if (isBetter) best = fragment;
  }
  return best;
}
