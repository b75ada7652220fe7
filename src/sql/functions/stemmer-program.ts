/**
 * A stemmer's program made ready: each function becomes closures over the word, a label a place in
 * its block. src/catalog/search-data.ts has the format.
 * https://snowballstem.org/compiler/snowman.html
 */
import { AssertionError } from "../../base/assert.ts";
import type { AmongRow, Expression, Statement, StemmerProgram } from "../../catalog/search-data.ts";
import { Word } from "./stemmer-word.ts";

type Frame = number[];
type Evaluate = (word: Word, frame: Frame) => number;
/** What comes next: NEXT, one of the others, or the label to go to. */
type Run = (word: Word, frame: Frame) => number;
type Function = (word: Word) => number;

const NEXT = 0;
const BREAK = -1;
const CONTINUE = -2;
const RETURN = -3;
const RESULT = 0;

const labelNumber = (label: string): number => Number(label.slice("lab".length)) + 1;

const placesOf = (labels: Readonly<Record<string, number>>): ReadonlyMap<number, number> =>
  new Map(
    Object.entries(labels).flatMap(([label, at]) =>
      label.startsWith("lab") ? [[labelNumber(label), at]] : [],
    ),
  );

const binary: Readonly<Record<string, (a: Evaluate, b: Evaluate) => Evaluate>> = {
  "||": (a, b) => (w, f) => (a(w, f) || b(w, f) ? 1 : 0),
  "&&": (a, b) => (w, f) => (a(w, f) && b(w, f) ? 1 : 0),
  "&": (a, b) => (w, f) => a(w, f) & b(w, f),
  "==": (a, b) => (w, f) => (a(w, f) === b(w, f) ? 1 : 0),
  "!=": (a, b) => (w, f) => (a(w, f) !== b(w, f) ? 1 : 0),
  "<": (a, b) => (w, f) => (a(w, f) < b(w, f) ? 1 : 0),
  ">": (a, b) => (w, f) => (a(w, f) > b(w, f) ? 1 : 0),
  "<=": (a, b) => (w, f) => (a(w, f) <= b(w, f) ? 1 : 0),
  ">=": (a, b) => (w, f) => (a(w, f) >= b(w, f) ? 1 : 0),
  ">>": (a, b) => (w, f) => a(w, f) >> b(w, f),
  "+": (a, b) => (w, f) => a(w, f) + b(w, f),
  "-": (a, b) => (w, f) => a(w, f) - b(w, f),
};

const fields = {
  c: [(word) => word.c, (word, value) => (word.c = value)],
  l: [(word) => word.l, (word, value) => (word.l = value)],
  lb: [(word) => word.lb, (word, value) => (word.lb = value)],
  bra: [(word) => word.bra, (word, value) => (word.bra = value)],
  ket: [(word) => word.ket, (word, value) => (word.ket = value)],
} satisfies Record<string, readonly [(word: Word) => number, (word: Word, value: number) => void]>;

const isField = (name: string): name is keyof typeof fields => name in fields;
const bytesOf = (text: Expression | undefined): Uint8Array => {
  if (Array.isArray(text)) return Buffer.from(text[1] as string);
  return new Uint8Array();
};

class Compiler {
  readonly #program: StemmerProgram;
  readonly #functions = new Map<string, Function>();
  /** Of the function that is being compiled. */
  #variables = new Map<string, number>();

  constructor(program: StemmerProgram) {
    this.#program = program;
  }

  function(name: string): Function {
    const made = this.#functions.get(name);
    if (made) return made;
    let run: Function | undefined;
    // It may call itself.
    const call: Function = (word) => (run as Function)(word);
    this.#functions.set(name, call);
    const outer = this.#variables;
    this.#variables = new Map([["return", RESULT]]);
    const body = this.#statement(this.#program.functions[name] as Statement);
    const frame: Frame = new Array(this.#variables.size).fill(0);
    this.#variables = outer;
    run = (word) => {
      const own = frame.slice();
      body(word, own);
      return own[RESULT] as number;
    };
    this.#functions.set(name, run);
    return run;
  }

  #variable(name: string): number {
    const at = this.#variables.get(name) ?? this.#variables.size;
    this.#variables.set(name, at);
    return at;
  }

  #statement(statement: Statement): Run {
    switch (statement[0]) {
      case "{":
        return blockOf(
          statement[1].map((each) => this.#statement(each)),
          placesOf(statement[2]),
        );
      case "if":
        return this.#if(statement);
      case "while": {
        const body = this.#statement(statement[1]);
        return (word, frame) => {
          for (;;) {
            const next = body(word, frame);
            if (next === BREAK) return NEXT;
            if (next !== NEXT && next !== CONTINUE) return next;
          }
        };
      }
      case "switch":
        return this.#switch(statement[1], statement[2]);
      case "goto": {
        const label = labelNumber(statement[1]);
        return () => label;
      }
      case "return": {
        const value = this.#expression(statement[1]);
        return (word, frame) => {
          frame[RESULT] = value(word, frame);
          return RETURN;
        };
      }
      case "=":
        return this.#assignment(statement[1], statement[2]);
      case "break":
        return () => BREAK;
      case "continue":
        return () => CONTINUE;
    }
  }

  #if([, test, then, otherwise]: Extract<Statement, readonly ["if", ...unknown[]]>): Run {
    const holds = this.#expression(test);
    const yes = this.#statement(then);
    const no: Run = otherwise ? this.#statement(otherwise) : () => NEXT;
    return (word, frame) => (holds(word, frame) ? yes(word, frame) : no(word, frame));
  }

  #switch(subject: Expression, body: Statement): Run {
    const value = this.#expression(subject);
    const [, statements, cases] = body as Extract<Statement, readonly ["{", ...unknown[]]>;
    const run = blockOf(
      statements.map((each) => this.#statement(each)),
      placesOf(cases),
    );
    return (word, frame) => {
      const from = cases[value(word, frame)];
      if (from === undefined) return NEXT;
      const next = run(word, frame, from);
      return next === BREAK ? NEXT : next;
    };
  }

  #assignment(target: string, source: Expression): Run {
    const register = /^([IS])(\d+)$/.exec(target);
    const at = Number(register?.[2]);
    if (register?.[1] === "S") {
      return (word) => {
        word.texts[at] = word.slice();
        return NEXT;
      };
    }
    const value = this.#expression(source);
    const set = this.#setter(target, register ? at : undefined);
    return (word, frame) => {
      set(word, frame, value(word, frame));
      return NEXT;
    };
  }

  #setter(
    target: string,
    register: number | undefined,
  ): (word: Word, frame: Frame, value: number) => void {
    if (register !== undefined) {
      return (word, _frame, value) => {
        word.numbers[register] = value;
      };
    }
    if (isField(target)) {
      const [, set] = fields[target];
      return (word, _frame, value) => set(word, value);
    }
    const at = this.#variable(target);
    return (_word, frame, value) => {
      frame[at] = value;
    };
  }

  #expression(expression: Expression): Evaluate {
    if (typeof expression === "number") return () => expression;
    if (typeof expression === "string") return this.#name(expression);
    const [operation, first, second] = expression as readonly [string, ...Expression[]];
    if (operation === "call") return this.#call(first as string, expression.slice(2));
    const a = this.#expression(first as Expression);
    if (operation === "!") return (word, frame) => (a(word, frame) ? 0 : 1);
    if (operation === "p") return (word, frame) => word.bytes[a(word, frame)] as number;
    const make = binary[operation];
    if (!make) throw new AssertionError(`a stemmer has no operation ${operation}`);
    return make(a, this.#expression(second as Expression));
  }

  #name(name: string): Evaluate {
    if (isField(name)) return fields[name][0];
    const register = /^([IS])(\d+)$/.exec(name);
    const at = register ? Number(register[2]) : this.#variable(name);
    if (register?.[1] === "I") return (word) => word.numbers[at] as number;
    // A text is always there.
    if (register) return () => 1;
    return (_word, frame) => frame[at] as number;
  }

  #call(name: string, args: readonly Expression[]): Evaluate {
    if (name.startsWith("r_")) {
      return this.function(name);
    }
    const [first, second, third, fourth] = args;
    const grouping = /^(in|out)_grouping_(b_)?U$/.exec(name);
    if (grouping) {
      const bits = this.#program.groupings[first as string] as readonly number[];
      const range = { bits, min: Number(second), max: Number(third) };
      const forward = grouping[2] === undefined;
      return (word) => word.pass(range, grouping[1] === "in", forward, fourth === 1);
    }
    const text = bytesOf(second);
    const register = Number((first as string)?.slice?.(1));
    const places = args.map((arg) => (typeof arg === "number" ? arg : 0));
    switch (name) {
      case "find_among":
      case "find_among_b":
        return this.#among(first as string, name === "find_among");
      case "slice_del":
      case "slice_from_s":
        return (word) => word.replaceSlice(text);
      case "insert_s": {
        const inserted = bytesOf(fourth);
        return (word) => word.insert(inserted);
      }
      case "eq_s":
        return (word) => word.startsWith(text);
      case "eq_s_b":
        return (word) => word.endsWith(text);
      case "eq_v_b":
        return (word) => word.endsWith(word.texts[register] as Uint8Array);
      case "skip_utf8":
        return (word) => word.skip(places[3] as number);
      case "skip_b_utf8":
        return (word) => word.skipBack(places[3] as number);
      case "len_utf8":
        return (word) => word.characters();
      default:
        throw new AssertionError(`a stemmer has no function ${name}`);
    }
  }

  #among(name: string, forward: boolean): Evaluate {
    const rows = (this.#program.amongs[name] as readonly AmongRow[]).map(
      ([key, shorter, result, condition]) => ({
        key: Buffer.from(key),
        shorter,
        result,
        condition: condition === undefined ? undefined : this.function(condition),
      }),
    );
    return (word) => word.findAmong(rows, forward);
  }
}

function blockOf(
  runs: readonly Run[],
  places: ReadonlyMap<number, number>,
): (word: Word, frame: Frame, from?: number) => number {
  return (word, frame, from = 0) => {
    for (let at = from; at < runs.length; at++) {
      const next = (runs[at] as Run)(word, frame);
      if (next === NEXT) continue;
      const place = next > 0 ? places.get(next) : undefined;
      if (place === undefined) return next;
      at = place - 1;
    }
    return NEXT;
  };
}

/** The stem of a word in small letters. */
export function stemmerOf(program: StemmerProgram): (text: string) => string {
  const stem = new Compiler(program).function("stem");
  return (text) => {
    const word = new Word(text, program.registers);
    stem(word);
    return word.toString();
  };
}
