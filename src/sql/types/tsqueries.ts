/**
 * tsquery: lexemes joined by & | ! and <distance>. Stored as the text that it prints.
 * https://www.postgresql.org/docs/15/datatype-textsearch.html#DATATYPE-TSQUERY
 */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader, binary, concatBytes } from "./binary.ts";
import {
  decodeFromClient,
  encodeForClient,
  encodeUtf8,
  type TypeCodec,
  type TypeContext,
} from "./codec.ts";
import { LexemeReader } from "./lexeme-reader.ts";
import { text } from "./texts.ts";
import { quoteLexeme } from "./tsvectors.ts";

export const DISTANCE_MAX = 16384;
const DEPTH_MAX = 3000;
const LEXEME_BYTES_END = 2048;
const WEIGHTS = "DCBA";

export type Query =
  | { readonly kind: "lexeme"; readonly lexeme: string; readonly weights: number; prefix: boolean }
  | { readonly kind: "!"; readonly arg: Query }
  | { readonly kind: "&" | "|"; readonly left: Query; readonly right: Query }
  | { readonly kind: "<>"; readonly distance: number; readonly left: Query; readonly right: Query };

const PRIORITY = { "|": 1, "&": 2, "<>": 3, "!": 4 } as const;
type Operator = keyof typeof PRIORITY;

interface Pending {
  readonly operator: Operator;
  readonly distance: number;
}

class Parser {
  readonly #reader: LexemeReader;
  readonly #text: string;
  readonly #done: Query[] = [];
  #depth = 0;
  #first = true;

  constructor(source: string) {
    this.#text = source;
    this.#reader = new LexemeReader(source, "tsquery");
  }

  /** undefined: the text holds no lexeme. */
  parse(): Query | undefined {
    this.#list();
    return this.#done.at(-1);
  }

  /** Operands and operators up to the end of the text or of the parentheses. */
  #list(): void {
    const pending: Pending[] = [];
    for (;;) {
      if (!this.#operand(pending)) return;
      const operator = this.#operator();
      this.#apply(pending, operator ?? { operator: "|", distance: 0 }, operator === undefined);
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
        this.#apply(pending, { operator: "!", distance: 0 }, false);
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
    if (Buffer.byteLength(lexeme) >= LEXEME_BYTES_END) {
      throw new SqlError("54000", `word is too long in tsquery: "${this.#text}"`);
    }
    this.#done.push({ kind: "lexeme", lexeme, ...modifiers });
    return true;
  }

  #modifiers(): { weights: number; prefix: boolean } {
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

  /** What binds at least as tightly as the next operator is done before it. */
  #apply(pending: Pending[], next: Pending, all: boolean): void {
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

/** undefined: it holds no lexeme. */
export const readQuery = (source: string): Query | undefined => new Parser(source).parse();

function formatQuery(query: Query, around: number, rightOfPhrase: boolean): string {
  if (query.kind === "lexeme") {
    const letters = [3, 2, 1, 0].map((weight) =>
      query.weights & (1 << weight) ? WEIGHTS[weight] : "",
    );
    const modifiers = (query.prefix ? "*" : "") + letters.join("");
    return quoteLexeme(query.lexeme) + (modifiers === "" ? "" : `:${modifiers}`);
  }
  const priority = PRIORITY[query.kind];
  if (query.kind === "!") {
    const shown = `!${formatQuery(query.arg, priority, false)}`;
    return priority < around ? `( ${shown} )` : shown;
  }
  const isPhrase = query.kind === "<>";
  const word = isPhrase ? `<${query.distance === 1 ? "-" : query.distance}>` : query.kind;
  const left = formatQuery(query.left, priority, false);
  const right = formatQuery(query.right, priority, isPhrase);
  const shown = `${left} ${word} ${right}`;
  return priority < around || (isPhrase && rightOfPhrase) ? `( ${shown} )` : shown;
}

export const formatWhole = (query: Query | undefined): string =>
  query ? formatQuery(query, -1, false) : "";

const ITEM = { lexeme: 1, operator: 2 };
const CODE = { "!": 1, "&": 2, "|": 3, "<>": 4 } as const;

/** An operator before its operands, the right one first. */
function* sendItems(query: Query, context: TypeContext): Iterable<Uint8Array> {
  switch (query.kind) {
    case "lexeme":
      yield Uint8Array.of(ITEM.lexeme, query.weights, query.prefix ? 1 : 0);
      yield encodeForClient(query.lexeme, context);
      yield Uint8Array.of(0);
      return;
    case "!":
      yield Uint8Array.of(ITEM.operator, CODE["!"]);
      yield* sendItems(query.arg, context);
      return;
    default: {
      yield Uint8Array.of(ITEM.operator, CODE[query.kind]);
      if (query.kind === "<>") {
        const { distance } = query;
        yield binary(2, (view) => view.setInt16(0, distance));
      }
      yield* sendItems(query.right, context);
      yield* sendItems(query.left, context);
    }
  }
}

export const countItems = (query: Query): number =>
  query.kind === "lexeme"
    ? 1
    : query.kind === "!"
      ? 1 + countItems(query.arg)
      : 1 + countItems(query.left) + countItems(query.right);

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** PostgreSQL's older CRC-32, which walks the table of the mirrored one. */
function lexemeCrc(lexeme: string): number {
  let crc = 0xffffffff;
  for (const byte of encodeUtf8(lexeme)) {
    crc = (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] as number) ^ (crc << 8);
  }
  return ~crc | 0;
}

const HEADER_BYTES = 8;
const ITEM_BYTES = 12;
const lexemeBytes = (query: Query): number => {
  if (query.kind === "lexeme") return Buffer.byteLength(query.lexeme) + 1;
  if (query.kind === "!") return lexemeBytes(query.arg);
  return lexemeBytes(query.left) + lexemeBytes(query.right);
};

/** Greater operators, checksums and distances come first; weights and prefixes do not count. */
function* keyParts(query: Query): Iterable<Uint8Array> {
  if (query.kind === "lexeme") {
    yield binary(5, (view) => {
      view.setUint8(0, 1);
      view.setUint32(1, 0x7fff_ffff - lexemeCrc(query.lexeme));
    });
    yield encodeUtf8(`${query.lexeme}\0`);
    return;
  }
  yield Uint8Array.of(0, 4 - CODE[query.kind]);
  if (query.kind === "!") {
    yield* keyParts(query.arg);
    return;
  }
  yield* keyParts(query.right);
  yield* keyParts(query.left);
  if (query.kind === "<>") {
    yield binary(2, (view) => view.setUint16(0, 0xffff - query.distance));
  }
}

/** PostgreSQL's order: by the number of items, by bytes, then item by item. */
function queryKey(query: Query | undefined): Uint8Array {
  const count = query ? countItems(query) : 0;
  const bytes = HEADER_BYTES + ITEM_BYTES * count + (query ? lexemeBytes(query) : 0);
  const head = binary(8, (view) => {
    view.setUint32(0, count);
    view.setUint32(4, bytes);
  });
  return concatBytes([head, ...(query ? keyParts(query) : [])]);
}

const invalid = (message: string) => new SqlError("XX000", message);

interface Awaiting {
  count: number;
  readonly context: TypeContext;
}

function receiveItem(bytes: Uint8Array, reader: BinaryReader, left: Awaiting): Query {
  if (left.count-- <= 0) throw invalid("malformed tsquery: operand not found");
  const type = reader.uint8();
  if (type === ITEM.lexeme) {
    const weights = reader.uint8();
    const prefix = reader.uint8() !== 0;
    const at = bytes.length - reader.remaining;
    const end = bytes.indexOf(0, at);
    if (end < 0) throw new SqlError("08P01", "invalid string in message");
    const lexeme = decodeFromClient(reader.raw(end - at), left.context);
    reader.uint8();
    if (weights > 0xf) throw invalid("invalid tsquery: invalid weight bitmap");
    return { kind: "lexeme", lexeme, weights, prefix };
  }
  if (type !== ITEM.operator) throw invalid(`unrecognized tsquery node type: ${type}`);
  const code = reader.uint8();
  const operator = (Object.keys(CODE) as Operator[]).find((each) => CODE[each] === code);
  if (!operator) throw invalid(`invalid tsquery: unrecognized operator type ${code}`);
  const distance = operator === "<>" ? reader.int16() : 0;
  const right = receiveItem(bytes, reader, left);
  if (operator === "!") return { kind: "!", arg: right };
  const both = { left: receiveItem(bytes, reader, left), right };
  return operator === "<>" ? { kind: "<>", distance, ...both } : { kind: operator, ...both };
}

export const tsquery: TypeCodec<string> = {
  ...text,
  sortKey: (value) => queryKey(readQuery(value)),
  parse: (source) => formatWhole(readQuery(source)),
  encode(value, context) {
    const query = readQuery(value);
    const count = query ? countItems(query) : 0;
    const parts = query ? sendItems(query, context) : [];
    return concatBytes([binary(4, (view) => view.setInt32(0, count)), ...parts]);
  },
  decode(bytes, _typmod, context) {
    const reader = new BinaryReader(bytes);
    const left = { count: reader.int32(), context };
    if (left.count < 0) throw invalid("invalid size of tsquery");
    const query = receiveItem(bytes, reader, left);
    if (left.count > 0) throw invalid("malformed tsquery: extra nodes");
    return formatWhole(reader.end(query));
  },
};
