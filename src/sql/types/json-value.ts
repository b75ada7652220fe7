/**
 * JSON: validation with PostgreSQL's messages for json, and jsonb's normal form. jsonb text is what
 * jsonb_out prints: `{"a": 1, "bb": [2, 3]}`, keys by length then bytes, the last of equal keys
 * kept, numbers as numeric.
 * https://www.postgresql.org/docs/15/datatype-json.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { compareDecimals, formatDecimal, parseDecimal } from "./decimal.ts";

/**
 * Numbers stay in their text, because a double could not hold them. `span`: where it stood in the
 * text.
 */
export type JsonNode = { readonly span?: readonly [from: number, end: number] } & JsonContent;
type JsonContent =
  | { readonly kind: "null" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [string, JsonNode])[] };

const DEPTH_MAX = 6000;

const tokens =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.+-])|(true|false|null)(?![\w.+-]))/y;

/** Control characters must be escaped in a string. */
function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) < 0x20) return true;
  }
  return false;
}

interface Token {
  readonly kind: "punctuation" | "string" | "number" | "word" | "end";
  readonly text: string;
  readonly from: number;
  readonly end: number;
}

/**
 * A recursive-descent reader. Spans (`from`, `end`) let json's operators return the text as
 * written.
 */
export class JsonReader {
  readonly #text: string;
  #token: Token;
  #depth = 0;
  #lastEnd = 0;

  constructor(text: string) {
    this.#text = text;
    this.#token = this.#scan(0);
  }

  /** The whole text as one value. */
  document(): JsonNode {
    const value = this.#value();
    if (this.#token.kind !== "end") throw this.#unexpected("Expected end of input, but found");
    return value;
  }

  #advance(): void {
    this.#lastEnd = this.#token.end;
    this.#token = this.#scan(this.#token.end);
  }

  #scan(at: number): Token {
    tokens.lastIndex = at;
    const match = tokens.exec(this.#text);
    if (match) {
      const [, punctuation, string, number, word] = match;
      const text = (punctuation ?? string ?? number ?? word) as string;
      const end = tokens.lastIndex;
      if (string && hasControl(string)) throw this.#badString(end - string.length);
      const kind = punctuation ? "punctuation" : string ? "string" : number ? "number" : "word";
      return { kind, text, from: end - text.length, end };
    }
    const rest = /\S/.exec(this.#text.slice(at));
    if (!rest) return { kind: "end", text: "", from: this.#text.length, end: this.#text.length };
    throw this.#badToken(at + rest.index);
  }

  #badToken(from: number): SqlError {
    const text = this.#text;
    if (text[from] === '"') return this.#badString(from);
    const word = /^[-+.\w]+|^./su.exec(text.slice(from)) ?? [""];
    return this.#invalid(`Token "${word[0]}" is invalid.`, from + word[0].length);
  }

  #badString(from: number): SqlError {
    const text = this.#text;
    for (let at = from + 1; at < text.length; at++) {
      if (text[at] === "\\") at++;
      else if (text.charCodeAt(at) < 32) {
        const shown = text.charCodeAt(at).toString(16).padStart(2, "0");
        return this.#invalid(`Character with value 0x${shown} must be escaped.`, at);
      }
    }
    return this.#invalid(`Token "${text.slice(from)}" is invalid.`, text.length);
  }

  /** DETAIL says what; CONTEXT shows the line up to where. */
  #invalid(detail: string, end: number): SqlError {
    const lineStart = this.#text.lastIndexOf("\n", end - 1) + 1;
    const line = this.#text.slice(0, lineStart).split("\n").length;
    let shown = this.#text.slice(lineStart, end);
    if (shown.length > 50) shown = `...${shown.slice(-50)}`;
    const cut = end < this.#text.length && !/^[\n\r]/.test(this.#text.slice(end)) ? "..." : "";
    return new SqlError("22P02", "invalid input syntax for type json", {
      detail,
      where: `JSON data, line ${line}: ${shown}${cut}`,
    });
  }

  #unexpected(expected: string): SqlError {
    const { kind, text, end } = this.#token;
    if (kind === "end") {
      return this.#invalid("The input string ended unexpectedly.", this.#text.length);
    }
    return this.#invalid(`${expected} "${text}".`, end);
  }

  #punctuation(text: string): boolean {
    return this.#token.kind === "punctuation" && this.#token.text === text;
  }

  #value(): JsonNode {
    const { from } = this.#token;
    const node = this.#content();
    return { ...node, span: [from, this.#lastEnd] };
  }

  #content(): JsonNode {
    const token = this.#token;
    if (token.kind === "string") {
      const text = this.#unescape(token);
      this.#advance();
      return { kind: "string", text };
    }
    if (token.kind === "number") {
      this.#advance();
      return { kind: "number", text: token.text };
    }
    if (token.kind === "word") {
      this.#advance();
      return token.text === "null"
        ? { kind: "null" }
        : { kind: "bool", value: token.text === "true" };
    }
    if (this.#punctuation("{")) return this.#nested(() => this.#object());
    if (this.#punctuation("[")) return this.#nested(() => this.#array());
    throw this.#unexpected("Expected JSON value, but found");
  }

  #nested(read: () => JsonNode): JsonNode {
    if (++this.#depth > DEPTH_MAX) {
      throw new SqlError("54001", "stack depth limit exceeded");
    }
    this.#advance();
    const node = read();
    this.#depth--;
    return node;
  }

  #array(): JsonNode {
    const items: JsonNode[] = [];
    if (this.#punctuation("]")) {
      this.#advance();
      return { kind: "array", items };
    }
    for (;;) {
      items.push(this.#value());
      if (this.#punctuation(",")) {
        this.#advance();
        continue;
      }
      if (!this.#punctuation("]")) throw this.#unexpected('Expected "," or "]", but found');
      this.#advance();
      return { kind: "array", items };
    }
  }

  #object(): JsonNode {
    const entries: [string, JsonNode][] = [];
    if (this.#punctuation("}")) {
      this.#advance();
      return { kind: "object", entries };
    }
    for (let first = true; ; first = false) {
      if (this.#token.kind !== "string") {
        throw this.#unexpected(
          first ? 'Expected string or "}", but found' : "Expected string, but found",
        );
      }
      const key = this.#unescape(this.#token);
      this.#advance();
      if (!this.#punctuation(":")) throw this.#unexpected('Expected ":", but found');
      this.#advance();
      entries.push([key, this.#value()]);
      if (this.#punctuation(",")) {
        this.#advance();
        continue;
      }
      if (!this.#punctuation("}")) throw this.#unexpected('Expected "," or "}", but found');
      this.#advance();
      return { kind: "object", entries };
    }
  }

  /** `rest` starts with the backslash. */
  #badEscape(rest: string, from: number): SqlError {
    if (!rest.startsWith("\\u")) {
      const sequence = `\\${String.fromCodePoint(rest.codePointAt(1) ?? 0)}`;
      return this.#invalid(`Escape sequence "${sequence}" is invalid.`, from + sequence.length);
    }
    const digits = /^\\u[0-9a-fA-F]*/.exec(rest)?.[0].length ?? 2;
    return this.#invalid('"\\u" must be followed by four hexadecimal digits.', from + digits + 1);
  }

  #unescape(token: Token): string {
    const body = token.text.slice(1, -1);
    if (!body.includes("\\")) return body;
    const good = /^(?:[^\\]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*/.exec(body)?.[0].length ?? 0;
    if (good < body.length) throw this.#badEscape(body.slice(good), token.from + 1 + good);
    return JSON.parse(token.text);
  }
}

export const parseJsonText = (text: string): JsonNode => new JsonReader(text).document();

const byKey = (a: readonly [string, JsonNode], b: readonly [string, JsonNode]): number =>
  compareKeys(a[0], b[0]);

/** jsonb's order of keys: shorter first, then bytewise. */
function compareKeys(a: string, b: string): number {
  const left = Buffer.from(a, "utf8");
  const right = Buffer.from(b, "utf8");
  return left.length - right.length || Buffer.compare(left, right);
}

/** jsonb's normal form: last of equal keys, in key order; numbers as numeric prints them. */
export function normalize(node: JsonNode): JsonNode {
  switch (node.kind) {
    case "number":
      return { kind: "number", text: formatDecimal(parseDecimal(node.text)) };
    case "string":
      if (node.text.includes("\u0000")) {
        throw new SqlError("22P05", "unsupported Unicode escape sequence", {
          detail: "\\u0000 cannot be converted to text.",
        });
      }
      return node;
    case "array":
      return { kind: "array", items: node.items.map(normalize) };
    case "object": {
      const last = new Map(node.entries.map(([key, value]) => [key, normalize(value)]));
      return { kind: "object", entries: [...last].sort(byKey) };
    }
    default:
      return node;
  }
}

/** A string as JSON writes it: only what must be escaped is. */
export function quoteJson(text: string): string {
  return JSON.stringify(text).replace(/\u007f|[\ud800-\udfff]/g, (char) => char);
}

/** As jsonb_out prints: a space after each comma and colon. */
export function formatJsonb(node: JsonNode): string {
  switch (node.kind) {
    case "null":
      return "null";
    case "bool":
      return node.value ? "true" : "false";
    case "number":
      return node.text;
    case "string":
      return quoteJson(node.text);
    case "array":
      return `[${node.items.map(formatJsonb).join(", ")}]`;
    case "object":
      return `{${node.entries.map(([key, value]) => `${quoteJson(key)}: ${formatJsonb(value)}`).join(", ")}}`;
  }
}

const rank = { object: 5, array: 4, bool: 3, number: 2, string: 1, null: 0 } as const;
const bytes = (text: string) => Buffer.from(text, "utf8");

/**
 * Order of jsonb: Object > Array > Boolean > Number > String > Null; containers by size, then by
 * content. Outermost, the empty array is less than anything else.
 */
export function compareJson(a: JsonNode, b: JsonNode): number {
  if (a.kind !== b.kind) {
    if (isEmptyArray(a)) return -1;
    if (isEmptyArray(b)) return 1;
  }
  return compareNodes(a, b);
}

export const isEmptyArray = (node: JsonNode): boolean =>
  node.kind === "array" && node.items.length === 0;

function compareNodes(a: JsonNode, b: JsonNode): number {
  if (a.kind !== b.kind) return rank[a.kind] - rank[b.kind];
  if (a.kind === "array" && b.kind === "array" && a.items.length !== b.items.length) {
    return a.items.length - b.items.length;
  }
  return compareSameKind(a, b);
}

function compareSameKind(a: JsonNode, b: JsonNode): number {
  if (a.kind === "bool" && b.kind === "bool") return Number(a.value) - Number(b.value);
  if (a.kind === "number" && b.kind === "number") {
    return compareDecimals(parseDecimal(a.text), parseDecimal(b.text));
  }
  if (a.kind === "string" && b.kind === "string")
    return Buffer.compare(bytes(a.text), bytes(b.text));
  if (a.kind === "array" && b.kind === "array") return compareItems(a.items, b.items);
  if (a.kind === "object" && b.kind === "object") {
    if (a.entries.length !== b.entries.length) return a.entries.length - b.entries.length;
    for (let at = 0; at < a.entries.length; at++) {
      const [leftKey, left] = a.entries[at] as readonly [string, JsonNode];
      const [rightKey, right] = b.entries[at] as readonly [string, JsonNode];
      const order = Buffer.compare(bytes(leftKey), bytes(rightKey)) || compareNodes(left, right);
      if (order !== 0) return order;
    }
  }
  return 0;
}

function compareItems(a: readonly JsonNode[], b: readonly JsonNode[]): number {
  for (let at = 0; at < a.length; at++) {
    const order = compareNodes(a[at] as JsonNode, b[at] as JsonNode);
    if (order !== 0) return order;
  }
  return 0;
}
