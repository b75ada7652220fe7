/**
 * THE MATCH THAT POSTGRESQL TAKES of those that begin at a place: the longest or the shortest one
 * as a whole, and then part by part. Where a match begins is JavaScript's to find.
 * https://www.postgresql.org/docs/15/functions-matching.html#POSIX-MATCHING-RULES
 */
import { assert } from "../../base/assert.ts";
import { capturesIn, type Part } from "./regex-tree.ts";
import { STEPS_BETWEEN_CHECKS } from "./regex-watch.ts";

type Places = ReadonlySet<number>;
type Repeat = Part & { readonly kind: "repeat" };
type Atom = Part & { readonly kind: "atom" };
/** Where a match of the part ends that begins at one of the places; or begins that ends at one. */
type Step = (part: Part, places: Places) => Places;

/** Matches in one text. Each step takes a time in proportion to the text's length. */
class Matcher {
  readonly #text: string;
  readonly #atoms: Map<Part, RegExp>;
  readonly #pause: () => void;
  #steps = 0;
  readonly captures = new Map<number, readonly [from: number, to: number]>();

  constructor(text: string, atoms: Map<Part, RegExp>, pause: () => void) {
    this.#text = text;
    this.#atoms = atoms;
    this.#pause = pause;
  }

  readonly ends: Step = (part, places) => {
    if (part.kind === "sequence") return this.ends(part.rest, this.ends(part.first, places));
    if (part.kind !== "atom") return this.#through(part, places, this.ends);
    const found = new Set<number>();
    for (const from of places) {
      const to = this.#after(part, from);
      if (to >= 0) found.add(to);
    }
    return found;
  };

  readonly #starts: Step = (part, places) => {
    if (part.kind === "sequence") return this.#starts(part.first, this.#starts(part.rest, places));
    if (part.kind !== "atom") return this.#through(part, places, this.#starts);
    const found = new Set<number>();
    for (const to of places) {
      // A character has one or two code units.
      for (const from of part.width === 0 ? [to] : [to - 1, to - 2]) {
        if (from >= 0 && this.#after(part, from) === to) found.add(from);
      }
    }
    return found;
  };

  #through(part: Part, places: Places, step: Step): Places {
    switch (part.kind) {
      case "choice":
        return new Set(part.branches.flatMap((branch) => [...step(branch, places)]));
      case "capture":
        return step(part.of, places);
      case "repeat":
        return throughRounds(part, places, step);
      default:
        return places;
    }
  }

  /** Where the atom's match that begins there ends; -1: there is none. */
  #after(part: Atom, from: number): number {
    if (++this.#steps % STEPS_BETWEEN_CHECKS === 0) this.#pause();
    let expression = this.#atoms.get(part);
    if (!expression) {
      expression = new RegExp(part.source, "uy");
      this.#atoms.set(part, expression);
    }
    expression.lastIndex = from;
    // Within a surrogate pair JavaScript begins at the pair.
    const inPair = from > 0 && (this.#text.codePointAt(from - 1) ?? 0) > 0xffff;
    return !inPair && expression.test(this.#text) ? expression.lastIndex : -1;
  }

  /** Notes what captures hold in the part's match between two places, which is one. */
  divide(part: Part, from: number, to: number): void {
    if (part.kind === "capture") {
      this.captures.set(part.number, [from, to]);
      this.divide(part.of, from, to);
    } else if (part.kind === "choice") {
      const isTaken = (branch: Part) => this.ends(branch, new Set([from])).has(to);
      const taken = part.branches.find(isTaken);
      if (taken) this.divide(taken, from, to);
    } else if (part.kind === "sequence") {
      const middle = this.#preferred(part.first, from, this.#starts(part.rest, new Set([to])));
      assert(middle !== undefined, "a match has a way through it");
      this.divide(part.first, from, middle);
      this.divide(part.rest, middle, to);
    } else if (part.kind === "repeat") this.#divideRounds(part, from, to);
  }

  /** The end that the part prefers of those that are allowed. */
  #preferred(part: Part, from: number, allowed: Places): number | undefined {
    const ends = [...this.ends(part, new Set([from]))].filter((at) => allowed.has(at));
    if (ends.length === 0) return undefined;
    return ends.reduce((a, b) => (part.prefers === "short" ? Math.min(a, b) : Math.max(a, b)));
  }

  /**
   * Each round takes what it prefers of what lets the others reach the end. None is empty, but for
   * the only one of an empty match, if it prefers long ones.
   */
  #divideRounds(part: Repeat, from: number, to: number): void {
    if (from === to) {
      const matches = this.ends(part.of, new Set([from])).has(to);
      if (matches && part.of.prefers !== "short") this.divide(part.of, from, to);
      return;
    }
    const target = new Set([to]);
    let allowed: Places | undefined;
    let at = from;
    for (let round = 1; at < to && round <= part.most; round++) {
      const least = Math.max(0, part.least - round);
      const most = part.most - round;
      const same = least === 0 && most === Number.POSITIVE_INFINITY && allowed !== undefined;
      if (!same) allowed = this.#starts({ ...part, least, most }, target);
      const ahead = new Set([...(allowed ?? target)].filter((place) => place > at));
      const end = this.#preferred(part.of, at, ahead);
      if (end === undefined) return;
      for (const number of capturesIn(part.of)) this.captures.delete(number);
      this.divide(part.of, at, end);
      at = end;
    }
  }
}

function throughRounds({ of, least, most }: Repeat, places: Places, step: Step): Places {
  let reached = places;
  for (let round = 0; round < least; round++) {
    const next = step(of, reached);
    const settled = next.size === reached.size && [...next].every((at) => reached.has(at));
    reached = next;
    if (settled) break;
  }
  const all = new Set(reached);
  let fresh: Places = all;
  for (let round = least; round < most && fresh.size > 0; round++) {
    fresh = new Set([...step(of, fresh)].filter((at) => !all.has(at)));
    for (const at of fresh) all.add(at);
  }
  return all;
}

export class LongestRegExp extends RegExp {
  readonly #root: Part;
  readonly #atoms: Map<Part, RegExp>;
  #finder: RegExp;
  #pause: () => void = () => {};

  /** matchAll and split match with a copy, which they make from the original and its flags. */
  constructor(finder: RegExp, root: Part | string) {
    super(finder.source, finder.flags);
    if (finder instanceof LongestRegExp) {
      this.#root = finder.#root;
      this.#atoms = finder.#atoms;
      this.#finder = finder.#finder;
      this.#pause = finder.#pause;
    } else {
      assert(typeof root !== "string", "a tree for a new expression");
      this.#root = root;
      this.#atoms = new Map();
      this.#finder = finder;
    }
  }

  /** `finder` finds where matches begin. `pause` is called now and then, and may throw. */
  begin(finder: RegExp, pause: () => void): this {
    this.#finder = finder;
    this.#pause = pause;
    this.lastIndex = 0;
    return this;
  }

  override exec(text: string): RegExpExecArray | null {
    this.#finder.lastIndex = this.lastIndex;
    const found = this.#finder.exec(text);
    this.lastIndex = 0;
    if (!found) return null;
    const matcher = new Matcher(text, this.#atoms, this.#pause);
    const from = found.index;
    const ends = [...matcher.ends(this.#root, new Set([from]))];
    assert(ends.length > 0, "a match where JavaScript has found one");
    const short = this.#root.prefers === "short";
    const to = ends.reduce((a, b) => (short ? Math.min(a, b) : Math.max(a, b)));
    matcher.divide(this.#root, from, to);
    const indices = [...found].map((_, number) =>
      number === 0 ? ([from, to] as const) : matcher.captures.get(number),
    );
    const parts = indices.map((span) => span && text.slice(...span));
    this.lastIndex = to;
    const where = { index: from, input: text, indices: indices as unknown as RegExpIndicesArray };
    return Object.assign(parts as unknown as RegExpExecArray, where);
  }
}
