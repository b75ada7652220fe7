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
import { text } from "./texts.ts";
import { type Operator, PRIORITY, type Query, readQuery } from "./tsquery-reader.ts";
import { quoteLexeme, WEIGHTS } from "./tsvectors.ts";

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
export function lexemeCrc(lexeme: string): number {
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
