/**
 * JSON: validation with PostgreSQL's messages for json, and jsonb's normal form. jsonb text is what
 * jsonb_out prints: `{"a": 1, "bb": [2, 3]}`, keys by length then bytes, the last of equal keys
 * kept, numbers as numeric.
 * https://www.postgresql.org/docs/15/datatype-json.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { compareDecimals, formatDecimal, parseDecimal } from "./decimal.ts";
import { JsonLexer, type Token } from "./json-lexer.ts";

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

/**
 * A recursive-descent reader. Spans (`from`, `end`) let json's operators return the text as
 * written.
 */
export class JsonReader {
  readonly #lexer: JsonLexer;
  #token: Token;
  #depth = 0;
  #lastEnd = 0;

  constructor(text: string, decodes: boolean) {
    this.#lexer = new JsonLexer(text, decodes);
    this.#token = this.#lexer.next(0);
  }

  /** The whole text as one value. */
  document(): JsonNode {
    const value = this.#value();
    if (this.#token.kind !== "end") throw this.#unexpected("Expected end of input, but found");
    return value;
  }

  #advance(): void {
    this.#lastEnd = this.#token.end;
    this.#token = this.#lexer.next(this.#token.end);
  }

  #unexpected(expected: string): SqlError {
    return this.#lexer.unexpected(expected, this.#token);
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
      const text = unescaped(token);
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
      const key = unescaped(this.#token);
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
}

const unescaped = ({ text }: Token): string =>
  text.includes("\\") ? JSON.parse(text) : text.slice(1, -1);

/** Of a text that may have any escapes: what json takes. */
export const parseJsonText = (text: string): JsonNode => new JsonReader(text, false).document();
/** Of a text whose strings text can hold: what jsonb takes. */
export const parseJsonbText = (text: string): JsonNode => new JsonReader(text, true).document();

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
