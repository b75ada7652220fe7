/**
 * READING A QUERY: the notation of tsquery, and that of web search engines. What a word becomes the
 * caller says; a word that becomes nothing leaves STOP, which is taken out when all is read.
 * https://www.postgresql.org/docs/15/textsearch-controls.html#TEXTSEARCH-PARSING-QUERIES
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/tsquery.c
 */
import { SqlError } from "../../base/sql-error.ts";
import { LexemeReader } from "./lexeme-reader.ts";
import { WEIGHTS } from "./tsvectors.ts";

export const DISTANCE_MAX = 16384;
const DEPTH_MAX = 3000;
export const LEXEME_BYTES_END = 2047;

export type Query =
  | { readonly kind: "lexeme"; readonly lexeme: string; readonly weights: number; prefix: boolean }
  | { readonly kind: "!"; readonly arg: Query }
  | { readonly kind: "&" | "|"; readonly left: Query; readonly right: Query }
  | { readonly kind: "<>"; readonly distance: number; readonly left: Query; readonly right: Query };

export const PRIORITY = { "|": 1, "&": 2, "<>": 3, "!": 4 } as const;
export type Operator = keyof typeof PRIORITY;

interface Pending {
  readonly operator: Operator;
  readonly distance: number;
}

interface Modifiers {
  readonly weights: number;
  readonly prefix: boolean;
}

/** What a word becomes. */
export type MakeOperand = (word: string, modifiers: Modifiers) => Query;

/** Stands for a word of which nothing is left. */
export const STOP: Query = { kind: "lexeme", lexeme: "", weights: 0, prefix: false };

const PLAIN: Modifiers = { weights: 0, prefix: false };

/** What binds more tightly is joined first. */
class Operands {
  readonly #done: Query[] = [];

  get last(): Query | undefined {
    return this.#done.at(-1);
  }

  push(query: Query): void {
    this.#done.push(query);
  }

  /** What binds at least as tightly as the next operator is done before it. */
  apply(pending: Pending[], next: Pending, all: boolean): void {
    const priority = all ? 0 : PRIORITY[next.operator];
    for (let last = pending.at(-1); last; last = pending.at(-1)) {
      const own = PRIORITY[last.operator];
      // NOT is applied from right to left.
      if (next.operator === "!" && !all ? priority >= own : priority > own) return;
      pending.pop();
      this.#join(last);
    }
  }

  #join({ operator, distance }: Pending): void {
    const right = this.#done.pop();
    if (operator === "!") {
      if (right) this.#done.push({ kind: "!", arg: right });
      return;
    }
    const left = this.#done.pop();
    if (!left || !right) throw new SqlError("XX000", "malformed tsquery: operand not found");
    const both = { left, right };
    this.#done.push(
      operator === "<>" ? { kind: "<>", distance, ...both } : { kind: operator, ...both },
    );
  }
}

class Parser {
  readonly #reader: LexemeReader;
  readonly #text: string;
  readonly #operands = new Operands();
  readonly #make: MakeOperand;
  #depth = 0;
  #first = true;

  constructor(source: string, make: MakeOperand) {
    this.#text = source;
    this.#make = make;
    this.#reader = new LexemeReader(source, "tsquery");
  }

  /** undefined: the text holds no lexeme. */
  parse(): Query | undefined {
    this.#list();
    return this.#operands.last;
  }

  /** Operands and operators up to the end of the text or of the parentheses. */
  #list(): void {
    const pending: Pending[] = [];
    for (;;) {
      if (!this.#operand(pending)) return;
      const operator = this.#operator();
      this.#operands.apply(
        pending,
        operator ?? { operator: "|", distance: 0 },
        operator === undefined,
      );
      if (!operator) return;
      pending.push(operator);
    }
  }

  /** false: the text ended before its first operand. */
  #operand(pending: Pending[]): boolean {
    const reader = this.#reader;
    for (;;) {
      reader.skipSpace();
      if (reader.next === "!") {
        reader.advance();
        this.#first = false;
        this.#operands.apply(pending, { operator: "!", distance: 0 }, false);
        pending.push({ operator: "!", distance: 0 });
      } else if (reader.next === "(") {
        reader.advance();
        this.#first = false;
        if (++this.#depth > DEPTH_MAX) throw new SqlError("54001", "stack depth limit exceeded");
        this.#list();
        return true;
      } else break;
    }
    if (reader.next === ":") throw reader.syntaxError();
    const lexeme = reader.lexeme();
    if (lexeme === undefined) {
      if (this.#first) return false;
      throw new SqlError("42601", `no operand in tsquery: "${this.#text}"`);
    }
    this.#first = false;
    const modifiers = this.#modifiers();
    this.#operands.push(this.#make(lexeme, modifiers));
    return true;
  }

  #modifiers(): Modifiers {
    const reader = this.#reader;
    let weights = 0;
    let prefix = false;
    if (reader.next !== ":") return { weights, prefix };
    reader.advance();
    while (/^[abcd*]$/i.test(reader.next)) {
      const letter = reader.advance().toUpperCase();
      if (letter === "*") prefix = true;
      else weights |= 1 << WEIGHTS.indexOf(letter);
    }
    return { weights, prefix };
  }

  /** undefined: the list has ended. */
  #operator(): Pending | undefined {
    const reader = this.#reader;
    reader.skipSpace();
    const char = reader.next;
    if (char === "&" || char === "|") {
      reader.advance();
      return { operator: char, distance: 0 };
    }
    const distance = this.#distance();
    if (distance !== undefined) return { operator: "<>", distance };
    if (char === ")") {
      reader.advance();
      if (--this.#depth < 0) throw reader.syntaxError();
      return undefined;
    }
    if (char !== "" || this.#depth > 0) throw reader.syntaxError();
    return undefined;
  }

  /** <-> and <n>; something must follow. */
  #distance(): number | undefined {
    const rest = this.#text.slice(this.#reader.at);
    const digits = /^<(\d+)/.exec(rest)?.[1];
    if (digits !== undefined && Number(digits) > DISTANCE_MAX) {
      const message = `distance in phrase operator must be an integer value between zero and ${DISTANCE_MAX} inclusive`;
      throw new SqlError("22023", message);
    }
    const found = /^<(-|\d+)>(?=.)/s.exec(rest);
    if (!found) return undefined;
    this.#reader.at += found[0].length;
    return found[1] === "-" ? 1 : Number(found[1]);
  }
}

/** The word itself. Throws 54000. */
const asItIs =
  (source: string): MakeOperand =>
  (lexeme, modifiers) => {
    if (Buffer.byteLength(lexeme) > LEXEME_BYTES_END) {
      throw new SqlError("54000", `word is too long in tsquery: "${source}"`);
    }
    return { kind: "lexeme", lexeme, ...modifiers };
  };

/** undefined: it holds no lexeme. */
export const readQuery = (source: string, make = asItIs(source)): Query | undefined =>
  new Parser(source, make).parse();

/** Words, "phrases", `or` and `-`; nothing is a mistake. */
export function readWebQuery(source: string, make: MakeOperand): Query | undefined {
  const operands = new Operands();
  const pending: Pending[] = [];
  const operator = (kind: Operator) => {
    const next = { operator: kind, distance: 0 };
    operands.apply(pending, next, false);
    pending.push(next);
  };
  let at = 0;
  let expects: "first operand" | "operand" | "operator" = "first operand";
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const found = pattern.exec(source.slice(at)) ?? undefined;
    at += found?.[0].length ?? 0;
    return found;
  };
  while (take(/^[ \t\n\v\f\r]+/) || at < source.length) {
    if (at === source.length) break;
    if (expects === "operator") {
      if (take(/^or(?![-_A-Za-z0-9])(?=.[ \t\n\v\f\r]*[^ \t\n\v\f\r])/is)) operator("|");
      else if (take(/^[!&|()<]/)) continue;
      else operator("&");
      expects = "operand";
      continue;
    }
    const isMinus = take(/^-/) !== undefined;
    if (isMinus) operator("!");
    if (isMinus || take(/^[!&|()<]/)) expects = "operand";
    else {
      const quoted = take(/^"([^"]*)"?/);
      const word = quoted?.[1] ?? (take(/^.[^ \t\n\v\f\r!&|()<":]*/s) as RegExpExecArray)[0];
      operands.push(make(word, PLAIN));
      expects = "operator";
    }
  }
  if (expects === "operand") operands.push(STOP);
  operands.apply(pending, { operator: "|", distance: 0 }, true);
  return operands.last;
}

interface Cleaned {
  readonly query: Query | undefined;
  /** Words that were taken out at either side. */
  readonly before: number;
  readonly behind: number;
}

/** Without STOP: of a phrase the distances grow by what is taken out. */
function cleaned(query: Query): Cleaned {
  if (query.kind === "lexeme") {
    return { query: query === STOP ? undefined : query, before: 0, behind: 0 };
  }
  if (query.kind === "!") {
    const { query: arg, ...around } = cleaned(query.arg);
    return { query: arg && { kind: "!", arg }, ...around };
  }
  const [left, right] = [cleaned(query.left), cleaned(query.right)];
  const distance = query.kind === "<>" ? query.distance : undefined;
  if (left.query && right.query) {
    const both = { left: left.query, right: right.query };
    if (distance === undefined) {
      return { query: { ...query, ...both } as Query, before: 0, behind: 0 };
    }
    const apart = distance + left.behind + right.before;
    const joined: Query = { kind: "<>", distance: apart, ...both };
    return { query: joined, before: left.before, behind: right.behind };
  }
  if (!left.query && !right.query) {
    const gone =
      distance === undefined
        ? Math.max(left.before, right.before)
        : left.before + distance + right.before;
    return { query: undefined, before: gone, behind: gone };
  }
  if (left.query) {
    const behind = distance === undefined ? left.behind : left.behind + distance + right.behind;
    return { query: left.query, before: left.before, behind };
  }
  const before = distance === undefined ? right.before : left.before + distance + right.before;
  return { query: right.query, before, behind: right.behind };
}

/** undefined: nothing else is left. */
export const withoutStops = (query: Query): Query | undefined => cleaned(query).query;
