/**
 * WHAT A REGULAR EXPRESSION MAY COST. JavaScript's matcher goes back over every choice, so a
 * pattern with nested or repeated choices can take exponential time or a high power of the text's
 * length; see regex-watch.ts. The estimate is an upper bound of the ways to try, from the pattern's
 * shape and the text's length alone.
 */
import { onSessionThread, QuerySum } from "./limits.ts";
import type { FunctionContext } from "./registry.ts";

/** Logarithm of the ways to match a text of `length` code units. */
type LogWays = (length: number) => number;

interface Node {
  readonly logWays: LogWays;
  /** 1 + its alternatives and quantifiers: the choices at one character. */
  readonly choices: number;
  /** No more than one way, whatever the text. */
  readonly single: boolean;
}

export interface RegexCost {
  readonly logSteps: LogWays;
  /** Texts up to this length cost next to nothing. */
  readonly freeLength: number;
}

const FREE_STEPS_MAX = 4_096;
/** Some tens of milliseconds. */
const STEPS_MAX = 10_000_000;
/** Of all matches of one query. */
const QUERY_STEPS_MAX = 50_000_000;
const LENGTH_MAX = 2 ** 26;

const one: Node = { logWays: () => 0, choices: 1, single: true };

function sequence(nodes: readonly Node[]): Node {
  const many = nodes.filter((node) => !node.single);
  const [first] = many;
  if (!first) return one;
  if (many.length === 1) return first;
  return {
    logWays: (length) => many.reduce((sum, node) => sum + node.logWays(length), 0),
    choices: many.reduce((sum, node) => sum + node.choices - 1, 1),
    single: false,
  };
}

function alternation(nodes: readonly Node[]): Node {
  if (nodes.length === 1) return nodes[0] as Node;
  return {
    logWays: (length) =>
      Math.log(nodes.length) + Math.max(...nodes.map((node) => node.logWays(length))),
    choices: nodes.reduce((sum, node) => sum + node.choices, 0),
    single: false,
  };
}

function repeated(node: Node, least: number, most: number): Node {
  if (node.single && least === most) return one;
  const choices = node.choices + (least === most ? 0 : 1);
  return {
    logWays(length) {
      const times = Math.min(most, Math.max(length, least));
      if (node.single) return Math.log(times - least + 1);
      // One choice a character; rounds that match nothing are tried only up to the least count.
      const shared = (length + least) * Math.log(node.choices);
      return Math.min(times * node.logWays(length) + Math.LN2, shared);
    },
    choices,
    single: false,
  };
}

const QUANTIFIER = /(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/y;
const ATOM = /\\u\{[^}]*\}|\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|[\s\S]/uy;
const OPEN = /\((?:\?(?:[:=!]|<[=!]))?/y;

/** Reads the source of a valid JavaScript expression. */
class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Node {
    const branches: Node[] = [];
    let parts: Node[] = [];
    while (this.#at < this.#source.length && this.#source[this.#at] !== ")") {
      if (this.#source[this.#at] === "|") {
        this.#at++;
        branches.push(sequence(parts));
        parts = [];
      } else {
        parts.push(this.#quantified(this.#atom()));
      }
    }
    return alternation([...branches, sequence(parts)]);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match) this.#at += match[0].length;
    return match;
  }

  #atom(): Node {
    if (!this.#take(OPEN)) {
      this.#take(ATOM);
      return one;
    }
    const inner = this.read();
    this.#at++;
    return inner;
  }

  #quantified(node: Node): Node {
    const match = this.#take(QUANTIFIER);
    if (!match) return node;
    const [whole, least, comma, most] = match;
    if (whole.startsWith("?")) return repeated(node, 0, 1);
    if (least === undefined) return repeated(node, whole.startsWith("+") ? 1 : 0, LENGTH_MAX);
    const from = Number(least);
    return repeated(node, from, comma === "" ? from : most ? Number(most) : LENGTH_MAX);
  }
}

/** Of a translated pattern, before letters are made classes of both cases. */
export function regexCost(source: string): RegexCost {
  const { logWays, single } = new Reader(source).read();
  // A match may begin at every character, unless the pattern says where.
  const starts = source.startsWith("(?<![^])") && !source.includes("|") ? 0 : 1;
  const logSteps: LogWays = (length) => logWays(length) + starts * Math.log(length + 1);
  if (single && starts === 0) return { logSteps, freeLength: LENGTH_MAX };
  const free = Math.log(FREE_STEPS_MAX);
  let low = 0;
  let high = LENGTH_MAX;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (logSteps(middle) <= free) low = middle;
    else high = middle - 1;
  }
  return { logSteps, freeLength: low };
}

const spent = new QuerySum();

/**
 * Whether a match, or all those of the query together, may take so long that it has to be watched.
 * Never on other threads than the session's: they can be ended.
 */
export function mayTakeLong(context: FunctionContext, cost: RegexCost, text: string): boolean {
  if (text.length <= cost.freeLength || !onSessionThread(context)) return false;
  const steps = Math.exp(cost.logSteps(text.length));
  return spent.add(context, steps) > QUERY_STEPS_MAX || steps > STEPS_MAX;
}
