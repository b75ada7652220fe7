/**
 * A REGULAR EXPRESSION AS A TREE with PostgreSQL's preferences, read from the source of a valid
 * JavaScript expression (regex.ts). Which of several matches is taken depends on them alone: the
 * whole prefers a long or a short match, and so does each part in what is left to it.
 * https://www.postgresql.org/docs/15/functions-matching.html#POSIX-MATCHING-RULES
 */

/** What a part prefers; undefined: it has no choice, or leaves it to what comes behind it. */
export type Preference = "long" | "short" | undefined;

export type Part = { readonly prefers: Preference } & (
  | { readonly kind: "empty" }
  /** One character, or a condition on a place: an expression of its own. */
  | { readonly kind: "atom"; readonly source: string; readonly width: 0 | 1 }
  | { readonly kind: "sequence"; readonly first: Part; readonly rest: Part }
  | { readonly kind: "choice"; readonly branches: readonly Part[] }
  | { readonly kind: "repeat"; readonly of: Part; readonly least: number; readonly most: number }
  | { readonly kind: "capture"; readonly number: number; readonly of: Part }
  | { readonly kind: "reference" }
);

const QUANTIFIER = /(?:[*+?]|\{(\d+)(,?)(\d*)\})(\??)/y;
const ATOM = /\\u\{[^}]*\}|\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|[\s\S]/uy;
const OPEN = /\((\?(?:[:=!]|<[=!]))?/y;
const REFERENCE = /\(\?:\\\d+\)/y;

const EMPTY: Part = { kind: "empty", prefers: undefined };

const sequence = (first: Part, rest: Part): Part => {
  if (rest.kind === "empty") return first;
  return { kind: "sequence", first, rest, prefers: first.prefers ?? rest.prefers };
};

/** The numbers of the captures in a part. */
export const capturesIn = (part: Part): readonly number[] => {
  switch (part.kind) {
    case "capture":
      return [part.number, ...capturesIn(part.of)];
    case "sequence":
      return [...capturesIn(part.first), ...capturesIn(part.rest)];
    case "choice":
      return part.branches.flatMap(capturesIn);
    case "repeat":
      return capturesIn(part.of);
    default:
      return [];
  }
};

const withoutCaptures = (part: Part): Part => {
  switch (part.kind) {
    case "capture":
      return { ...withoutCaptures(part.of), prefers: part.prefers };
    case "sequence":
      return { ...part, first: withoutCaptures(part.first), rest: withoutCaptures(part.rest) };
    case "choice":
      return { ...part, branches: part.branches.map(withoutCaptures) };
    case "repeat":
      return { ...part, of: withoutCaptures(part.of) };
    default:
      return part;
  }
};

function repeat(of: Part, least: number, most: number, wanted: Preference): Part {
  const prefers = wanted ?? of.prefers;
  if (least === 1 && most === 1) return { ...of, prefers };
  if (least === 0 || capturesIn(of).length === 0)
    return { kind: "repeat", of, least, most, prefers };
  // Only the last round's captures count, so what comes before it has none.
  const before = withoutCaptures(of);
  const rounds = { kind: "repeat", of: before, least: least - 1, most: most - 1, prefers } as const;
  return { kind: "sequence", first: rounds, rest: of, prefers };
}

class Reader {
  readonly #source: string;
  #at = 0;
  #captures = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Part {
    const branches: Part[] = [];
    let parts: Part[] = [];
    const close = () => {
      branches.push(parts.reduceRight((rest, first) => sequence(first, rest), EMPTY));
      parts = [];
    };
    while (this.#at < this.#source.length && this.#source[this.#at] !== ")") {
      if (this.#source[this.#at] === "|") {
        this.#at++;
        close();
      } else parts.push(this.#quantified(this.#atom()));
    }
    close();
    const [only] = branches;
    return branches.length === 1 && only ? only : { kind: "choice", branches, prefers: "long" };
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match) this.#at += match[0].length;
    return match;
  }

  #atom(): Part {
    if (this.#take(REFERENCE)) return { kind: "reference", prefers: undefined };
    const from = this.#at;
    const open = this.#take(OPEN);
    if (!open) {
      const source = this.#take(ATOM)?.[0] ?? "";
      return { kind: "atom", source, width: 1, prefers: undefined };
    }
    const number = open[1] === undefined ? ++this.#captures : 0;
    const of = this.read();
    this.#at++;
    if (number > 0) return { kind: "capture", number, of, prefers: of.prefers };
    if (open[1] === "?:") return of;
    const source = this.#source.slice(from, this.#at);
    return { kind: "atom", source, width: 0, prefers: undefined };
  }

  #quantified(part: Part): Part {
    const match = this.#take(QUANTIFIER);
    if (!match) return part;
    const [whole, least, comma, most, lazy] = match;
    const prefers = lazy ? "short" : "long";
    if (whole.startsWith("?")) return repeat(part, 0, 1, prefers);
    if (least === undefined) {
      return repeat(part, whole.startsWith("+") ? 1 : 0, Number.POSITIVE_INFINITY, prefers);
    }
    const from = Number(least);
    // The same number of times is no choice.
    if (comma === "") return repeat(part, from, from, undefined);
    return repeat(part, from, most ? Number(most) : Number.POSITIVE_INFINITY, prefers);
  }
}

/** Undefined where JavaScript's matcher takes the same match, or a back reference needs it. */
export function treeWithChoices(source: string): Part | undefined {
  const root = new Reader(source).read();
  const found = { choices: false, references: false, preferences: new Set<Preference>() };
  const look = (part: Part): void => {
    found.preferences.add(part.prefers);
    if (part.kind === "reference") found.references = true;
    if (part.kind === "choice") found.choices = true;
    if (part.kind === "repeat" && part.of.kind !== "atom") found.choices = true;
    if (part.kind === "choice") for (const branch of part.branches) look(branch);
    if (part.kind === "sequence") for (const each of [part.first, part.rest]) look(each);
    if (part.kind === "repeat" || part.kind === "capture") look(part.of);
  };
  look(root);
  const mixed = found.preferences.has("long") && found.preferences.has("short");
  return !found.references && (found.choices || mixed) ? root : undefined;
}
