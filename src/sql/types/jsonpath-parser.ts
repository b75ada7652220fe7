/** jsonpath texts to trees. Throws 42601 as PostgreSQL words it. */
import { SqlError } from "../../base/sql-error.ts";
import { formatDecimal, negate, parseDecimal } from "./decimal.ts";
import { Lexer, syntaxError, type Token } from "./jsonpath-lexer.ts";

export type PathBinary =
  | ("||" | "&&" | "==" | "<>" | "<" | ">" | "<=" | ">=" | "starts with")
  | ("+" | "-" | "*" | "/" | "%");

type PathBody =
  | { readonly kind: "literal"; readonly text: string; readonly isNumber?: boolean }
  | { readonly kind: "string" | "variable" | "key"; readonly text: string }
  | { readonly kind: "root" | "current" | "last" | "anyArray" | "anyKey" }
  | { readonly kind: "any"; readonly from: number; readonly to: number }
  | { readonly kind: "indexes"; readonly indexes: readonly (readonly PathItem[])[] }
  | { readonly kind: "binary"; readonly operator: PathBinary; readonly args: readonly PathItem[] }
  | {
      readonly kind: "regex";
      readonly arg: PathItem;
      readonly text: string;
      readonly flags: string;
    }
  | { readonly kind: "plus" | "minus" | "filter" | "not" | "isUnknown" | "exists"; arg: PathItem }
  | { readonly kind: "method"; readonly name: string; readonly arg?: PathItem };

/** One step; what is applied to its result comes next. */
export type PathItem = PathBody & { readonly next?: PathItem };

export interface JsonPath {
  readonly isStrict: boolean;
  readonly item: PathItem;
}

export const LAST_LEVEL = 0xffff_ffff;

/** An expression, a predicate, or a predicate in parentheses, which may be either yet. */
interface Parsed {
  readonly item: PathItem;
  readonly is: "expression" | "predicate" | "parenthesized";
}

const comparisons = new Set(["==", "<>", "<", ">", "<=", ">="]);
const methods = new Set(["abs", "size", "type", "floor", "double", "ceiling", "keyvalue"]);
const scalars = new Set(["string", "null", "true", "false", "numeric", "int", "variable"]);
const noKeys = new Set(["variable", "int", "numeric"]);

/** undefined for an empty text. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const parser = new Parser(text);
  const path = parser.path();
  if (path) checkPlaces(path.item, 0, false);
  return path;
}

class Parser {
  readonly #lexer: Lexer;
  #token: Token;

  constructor(text: string) {
    this.#lexer = new Lexer(text);
    this.#token = this.#lexer.next();
  }

  path(): JsonPath | undefined {
    if (this.#token.kind === "") return undefined;
    const isStrict = this.#token.kind === "strict";
    if (isStrict || this.#token.kind === "lax") this.#advance();
    const { item } = this.#or();
    this.#expect("");
    return { isStrict, item };
  }

  #advance(): Token {
    const token = this.#token;
    this.#token = this.#lexer.next();
    return token;
  }
  #fail(): SqlError {
    return syntaxError(this.#token.shown);
  }
  #expect(kind: string): Token {
    if (this.#token.kind !== kind) throw this.#fail();
    return kind === "" ? this.#token : this.#advance();
  }
  #skip(kind: string): boolean {
    if (this.#token.kind !== kind) return false;
    this.#advance();
    return true;
  }

  #or(): Parsed {
    return this.#logical("||", () => this.#logical("&&", () => this.#not()));
  }

  #logical(operator: "||" | "&&", operand: () => Parsed): Parsed {
    let left = operand();
    while (this.#token.kind === operator) {
      if (left.is === "expression") throw this.#fail();
      this.#advance();
      const right = operand();
      if (right.is === "expression") throw this.#fail();
      const item: PathItem = { kind: "binary", operator, args: [left.item, right.item] };
      left = { item, is: "predicate" };
    }
    return left;
  }

  #not(): Parsed {
    if (!this.#skip("!")) return this.#comparison();
    const item: PathItem = { kind: "not", arg: this.#delimited() };
    return { item, is: "predicate" };
  }

  /** What NOT takes: a predicate in parentheses, or EXISTS. */
  #delimited(): PathItem {
    if (this.#token.kind === "exists") return this.#exists();
    this.#expect("(");
    const item = this.#predicate();
    this.#expect(")");
    return item;
  }

  #exists(): PathItem {
    this.#advance();
    this.#expect("(");
    const arg = this.#expression();
    this.#expect(")");
    return { kind: "exists", arg };
  }

  #predicate(): PathItem {
    const { item, is } = this.#or();
    if (is === "expression") throw this.#fail();
    return item;
  }

  #comparison(): Parsed {
    if (this.#token.kind === "exists") return { item: this.#exists(), is: "predicate" };
    const left = this.#sum();
    if (left.is === "parenthesized") {
      if (!this.#skip("is")) return left;
      this.#expect("unknown");
      return { item: { kind: "isUnknown", arg: left.item }, is: "predicate" };
    }
    const { kind } = this.#token;
    const args = (right: PathItem) => [left.item, right];
    if (comparisons.has(kind)) {
      this.#advance();
      const right = this.#expression();
      const operator = kind as PathBinary;
      return { item: { kind: "binary", operator, args: args(right) }, is: "predicate" };
    }
    if (this.#skip("starts")) {
      this.#expect("with");
      if (this.#token.kind !== "string" && this.#token.kind !== "variable") throw this.#fail();
      const right = this.#advance() as PathItem & Token;
      const initial: PathItem = { kind: right.kind as "string", text: right.text };
      const operator = "starts with";
      return { item: { kind: "binary", operator, args: args(initial) }, is: "predicate" };
    }
    if (!this.#skip("like_regex")) return left;
    const { text } = this.#expect("string");
    const flags = this.#skip("flag") ? readFlags(this.#expect("string").text) : "";
    return { item: { kind: "regex", arg: left.item, text, flags }, is: "predicate" };
  }

  /** An expression that is no predicate. */
  #expression(): PathItem {
    const { item, is } = this.#sum();
    if (is !== "expression") throw this.#fail();
    return item;
  }

  #sum(): Parsed {
    return this.#binary(["+", "-"], () => this.#binary(["*", "/", "%"], () => this.#unary()));
  }

  #binary(operators: readonly string[], operand: () => Parsed): Parsed {
    let left = operand();
    while (operators.includes(this.#token.kind)) {
      if (left.is !== "expression") throw this.#fail();
      const operator = this.#advance().kind as PathBinary;
      const right = operand();
      if (right.is !== "expression") throw this.#fail();
      const item: PathItem = { kind: "binary", operator, args: [left.item, right.item] };
      left = { item, is: "expression" };
    }
    return left;
  }

  #unary(): Parsed {
    const sign = this.#token.kind;
    if (sign !== "+" && sign !== "-") return this.#accessed();
    this.#advance();
    const { item, is } = this.#unary();
    if (is !== "expression") throw this.#fail();
    if (item.kind !== "literal" || !item.isNumber || item.next) {
      return { item: { kind: sign === "+" ? "plus" : "minus", arg: item }, is: "expression" };
    }
    const text = sign === "+" ? item.text : formatDecimal(negate(parseDecimal(item.text)));
    return { item: { kind: "literal", text, isNumber: true }, is: "expression" };
  }

  #accessed(): Parsed {
    const head = this.#primary();
    const steps: PathItem[] = [];
    while (["[", ".", "?"].includes(this.#token.kind)) steps.push(this.#step());
    return steps.length === 0 ? head : { item: chain(head.item, steps), is: "expression" };
  }

  #primary(): Parsed {
    const expression = (item: PathItem): Parsed => ({ item, is: "expression" });
    const { kind, text } = this.#token;
    if (kind === "(") {
      this.#advance();
      const { item, is } = this.#or();
      this.#expect(")");
      return { item, is: is === "expression" ? is : "parenthesized" };
    }
    if (kind === "$" || kind === "@" || kind === "last") {
      this.#advance();
      return expression({ kind: kind === "$" ? "root" : kind === "@" ? "current" : "last" });
    }
    if (!scalars.has(kind)) throw this.#fail();
    this.#advance();
    if (kind === "string" || kind === "variable") return expression({ kind, text });
    if (kind !== "int" && kind !== "numeric") return expression({ kind: "literal", text: kind });
    const number = formatDecimal(parseDecimal(text));
    return expression({ kind: "literal", text: number, isNumber: true });
  }

  #step(): PathItem {
    if (this.#skip("[")) return this.#indexes();
    if (this.#skip("?")) {
      this.#expect("(");
      const arg = this.#predicate();
      this.#expect(")");
      return { kind: "filter", arg };
    }
    this.#expect(".");
    if (this.#skip("*")) return { kind: "anyKey" };
    if (this.#skip("**")) return this.#levels();
    const key = this.#token;
    if (!/^\w+$/.test(key.kind) || noKeys.has(key.kind)) throw this.#fail();
    this.#advance();
    const isMethod = methods.has(key.kind) || key.kind === "datetime";
    if (!isMethod || !this.#skip("(")) return { kind: "key", text: key.text };
    const takesText = key.kind === "datetime" && this.#token.kind === "string";
    const template = takesText ? this.#advance().text : undefined;
    this.#expect(")");
    const arg: PathItem | undefined =
      template === undefined ? undefined : { kind: "string", text: template };
    return { kind: "method", name: key.kind, ...(arg ? { arg } : {}) };
  }

  #indexes(): PathItem {
    if (this.#skip("*")) {
      this.#expect("]");
      return { kind: "anyArray" };
    }
    const indexes: PathItem[][] = [];
    do {
      const from = this.#expression();
      indexes.push(this.#skip("to") ? [from, this.#expression()] : [from]);
    } while (this.#skip(","));
    this.#expect("]");
    return { kind: "indexes", indexes };
  }

  #levels(): PathItem {
    if (!this.#skip("{")) return { kind: "any", from: 0, to: LAST_LEVEL };
    const from = this.#level();
    const to = this.#skip("to") ? this.#level() : from;
    this.#expect("}");
    return { kind: "any", from, to };
  }

  #level(): number {
    if (this.#skip("last")) return LAST_LEVEL;
    const { text } = this.#expect("int");
    if (Number(text) <= 0x7fff_ffff) return Number(text);
    throw new SqlError("22003", `value "${text}" is out of range for type integer`);
  }
}

/** The steps, each applied to what is before it; the item may have some already. */
function chain(item: PathItem, steps: readonly PathItem[]): PathItem {
  if (item.next) return { ...item, next: chain(item.next, steps) };
  const [first, ...rest] = steps;
  return first ? { ...item, next: chain(first, rest) } : item;
}

const FLAGS = "ismxq";

function readFlags(given: string): string {
  for (const flag of given) {
    if (FLAGS.includes(flag)) continue;
    const detail = `Unrecognized flag character "${flag}" in LIKE_REGEX predicate.`;
    throw new SqlError("42601", "invalid input syntax for type jsonpath", { detail });
  }
  if (given.includes("x") && !given.includes("q")) {
    const message = 'XQuery "x" flag (expanded regular expressions) is not implemented';
    throw new SqlError("0A000", message);
  }
  return [...FLAGS].filter((flag) => given.includes(flag)).join("");
}

/** `@` belongs into filters, LAST into subscripts. */
function checkPlaces(item: PathItem, filters: number, inSubscript: boolean): void {
  const inside = (inner: PathItem) => checkPlaces(inner, filters, inSubscript);
  switch (item.kind) {
    case "current":
      if (filters === 0) throw new SqlError("42601", "@ is not allowed in root expressions");
      break;
    case "last":
      if (inSubscript) break;
      throw new SqlError("42601", "LAST is allowed only in array subscripts");
    case "binary":
      item.args.forEach(inside);
      break;
    case "indexes":
      for (const index of item.indexes.flat()) checkPlaces(index, filters, true);
      break;
    case "filter":
      checkPlaces(item.arg, filters + 1, inSubscript);
      break;
    case "regex":
    case "plus":
    case "minus":
    case "not":
    case "isUnknown":
    case "exists":
      inside(item.arg);
      break;
    default:
  }
  if (item.next) inside(item.next);
}
