/**
 * THE TEXT SEARCH PARSER: divides a text into tokens of the types of `tokenTypes`, by the states of
 * search-parser-states.ts. Attempts are a stack of places: one that fails is taken off, and what
 * was before it goes on with its next test.
 * https://www.postgresql.org/docs/15/textsearch-parsers.html
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/tsearch/wparser_def.c
 */
import { AssertionError } from "../../base/assert.ts";
import { tokenTypes } from "../../catalog/token-types.ts";
import { PARSER_STATES } from "./search-parser-states.ts";

export interface Token {
  /** From 1, as `tokenTypes` lists them. */
  readonly type: number;
  readonly text: string;
}

type Test = (parser: Parser) => boolean;
interface Action {
  readonly test: Test;
  /** What becomes of the attempts. */
  readonly attempts: "push" | "pop" | "clear" | "clearall" | "merge" | undefined;
  readonly again: boolean;
  /** Undefined: none of these. */
  readonly special: "tags" | "back" | "restart" | "wanthost" | undefined;
  /** 0: no token is found. */
  readonly type: number;
  readonly state: State | undefined;
}
interface State {
  actions: readonly Action[];
}

interface Place {
  /** In units of UTF-16. */
  at: number;
  /** Of the character there; 0 at the end. */
  width: number;
  length: number;
  state: State;
  before: Place | undefined;
  /** The test that began the attempt after this place. */
  pushedBy: number | undefined;
}

const isAscii = (code: number): boolean => code < 0x80;
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isLetter = (code: number): boolean =>
  !isAscii(code) || (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
const isSpace = (code: number): boolean => code === 0x20 || (code >= 9 && code <= 13);
/** RFC 3986 allows them. */
const isOfUrl = (code: number): boolean =>
  code > 0x20 && code < 0x7f && !'"<>\\^`{|}'.includes(String.fromCharCode(code));

const ofCode =
  (holds: (code: number) => boolean): Test =>
  (parser) =>
    holds(parser.code);

const tests: Readonly<Record<string, Test>> = {
  end: (parser) => parser.place.width === 0,
  else: () => true,
  ignored: (parser) => parser.ignores,
  hosted: (parser) => parser.wasAskedForHost(),
  host: (parser) => parser.passes("host"),
  urlpath: (parser) => parser.passes("url_path"),
  digit: ofCode(isDigit),
  alpha: ofCode(isLetter),
  asclet: ofCode((code) => isAscii(code) && isLetter(code)),
  alnum: ofCode((code) => isLetter(code) || isDigit(code)),
  notalnum: ofCode((code) => !isLetter(code) && !isDigit(code)),
  space: ofCode(isSpace),
  xdigit: ofCode((code) => isAscii(code) && /[0-9a-fA-F]/.test(String.fromCharCode(code))),
  urlchar: ofCode(isOfUrl),
};

function testOf(name: string): Test {
  const known = tests[name];
  if (known) return known;
  if (name.length !== 1) throw new AssertionError(`the parser has no test ${name}`);
  const wanted = name.charCodeAt(0);
  return (parser) => parser.place.width === 1 && parser.code === wanted;
}

const typeNumber = (alias: string): number => tokenTypes.findIndex(([each]) => each === alias) + 1;

const oneOf = <Word extends string>(
  words: readonly string[],
  known: readonly Word[],
): Word | undefined => known.find((word) => words.includes(word));

function readStates(): ReadonlyMap<string, State> {
  const states = new Map<string, State>();
  const sources = [...PARSER_STATES.matchAll(/(?<=\n)(\w+):(.*?)(?=\n\w|\n$)/gs)];
  for (const [, name] of sources) states.set(name as string, { actions: [] });
  for (const [, name, rows] of sources) {
    const state = states.get(name as string) as State;
    state.actions = (rows as string).split(" |").map((row): Action => {
      const [test, ...words] = row.trim().split(/\s+/);
      const found = words.indexOf("found");
      const type = found < 0 ? 0 : typeNumber(words[found + 1] as string);
      const next = states.get(words.at(-1) ?? "");
      return {
        test: testOf(test as string),
        attempts: oneOf(words, ["push", "pop", "clear", "clearall", "merge"]),
        again: words.includes("again"),
        special: oneOf(words, ["tags", "back", "restart", "wanthost"]),
        type,
        state: next,
      };
    });
  }
  return states;
}

const states = readStates();
const BASE = states.get("Base") as State;
const URL_PATH = states.get("InURLPathFirst") as State;

class Parser {
  readonly #text: string;
  place: Place;
  ignores = false;
  #asked = false;
  #from = 0;
  /** Of the token that was found last. */
  type = 0;
  length = 0;

  constructor(text: string, at = 0) {
    this.#text = text;
    this.place = { at, width: 0, length: 0, state: BASE, before: undefined, pushedBy: undefined };
  }

  /** Of the character at the place; 0 at the end. */
  code = 0;

  wasAskedForHost(): boolean {
    const asked = this.#asked;
    this.#asked = false;
    return asked;
  }

  /** Goes over a token of the type if one begins here. */
  passes(type: "host" | "url_path"): boolean {
    const { place } = this;
    const other = new Parser(this.#text, place.at);
    if (type === "host") other.#asked = true;
    else other.#push(URL_PATH);
    if (!other.find() || other.type !== typeNumber(type)) return false;
    place.at += other.length;
    place.length += other.length;
    place.width = other.place.width;
    return true;
  }

  #push(state: State): void {
    const { at, width, length } = this.place;
    this.place = { at, width, length, state, before: this.place, pushedBy: undefined };
  }

  token(): Token | undefined {
    if (!this.find()) return undefined;
    return { type: this.type, text: this.#text.slice(this.#from, this.#from + this.length) };
  }

  find(): boolean {
    const end = this.#text.length;
    if (this.place.at >= end) return false;
    this.#from = this.place.at;
    this.place.pushedBy = undefined;
    while (this.place.at <= end) {
      const { place } = this;
      this.code = this.#text.codePointAt(place.at) ?? 0;
      place.width = place.at === end ? 0 : this.code > 0xffff ? 2 : 1;
      let number = place.pushedBy === undefined ? 0 : place.pushedBy + 1;
      place.pushedBy = undefined;
      const { actions } = place.state;
      while (!(actions[number] as Action).test(this)) number++;
      const action = actions[number] as Action;
      this.#act(action, number);
      if (action.type > 0) return true;
      if (action.again) continue;
      if (this.place.at >= end) return false;
      if (action.attempts !== "pop") this.#advance();
    }
    return false;
  }

  #advance(): void {
    const { place } = this;
    place.at += place.width;
    place.length += place.width;
  }

  #act({ attempts, special, type, state }: Action, number: number): void {
    const { place } = this;
    if (special !== undefined) this.#special(special);
    if (type > 0) {
      this.type = type;
      this.length = place.length;
      place.length = 0;
    }
    if (attempts !== undefined) this.#attempt(attempts, number);
    if (state) this.place.state = state;
  }

  #special(special: NonNullable<Action["special"]>): void {
    const { place } = this;
    if (special === "tags") {
      this.#tags();
      return;
    }
    place.at -= place.length;
    if (special === "wanthost") this.#asked = true;
    if (special === "restart") place.length = 0;
  }

  #attempt(attempts: NonNullable<Action["attempts"]>, number: number): void {
    const { place } = this;
    switch (attempts) {
      case "pop":
        this.place = place.before as Place;
        return;
      case "push":
        place.pushedBy = number;
        this.#push(place.state);
        return;
      case "clear":
        place.before = place.before?.before;
        return;
      case "clearall":
        place.before = undefined;
        return;
      case "merge": {
        const { at, width, length } = place;
        this.place = Object.assign(place.before as Place, { at, width, length });
      }
    }
  }

  #tags(): void {
    const { length } = this.place;
    if (length > "</script".length) return;
    const tag = this.#text.slice(this.#from, this.#from + length).toLowerCase();
    if (tag === "<script" || tag === "<style") this.ignores = true;
    else if (tag === "</script" || tag === "</style") this.ignores = false;
  }
}

export function* tokensOf(text: string): Generator<Token> {
  const parser = new Parser(text);
  for (;;) {
    const token = parser.token();
    if (!token) return;
    yield token;
  }
}
