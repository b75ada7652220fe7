/**
 * tsvector: lexemes in the order of their bytes, each with positions that may have a weight. Stored
 * as the text that it prints. https://www.postgresql.org/docs/15/datatype-textsearch.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader, binary, concatBytes } from "./binary.ts";
import {
  decodeFromClient,
  encodeForClient,
  encodeUtf8,
  noBinaryInput,
  noBinaryOutput,
  type TypeCodec,
  type TypeContext,
} from "./codec.ts";
import { LexemeReader } from "./lexeme-reader.ts";
import { text } from "./texts.ts";

export const POSITION_MAX = 16383;
export const POSITIONS_MAX = 256;
const LEXEME_BYTES_END = 2048;
export const WEIGHTS = "DCBA";

export interface Position {
  readonly position: number;
  /** 0 D … 3 A */
  readonly weight: number;
}
export interface Entry {
  readonly lexeme: string;
  readonly positions: readonly Position[];
}

function readPositions(reader: LexemeReader, source: string): Position[] {
  const positions: Position[] = [];
  let separator = reader.next;
  if (separator !== ":") return positions;
  do {
    reader.advance();
    let digits = "";
    while (/^\d$/.test(reader.next)) digits += reader.advance();
    if (digits === "") throw reader.syntaxError();
    const position = Math.min(Number(digits), POSITION_MAX);
    if (position === 0) {
      throw new SqlError("42601", `wrong position info in tsvector: "${source}"`);
    }
    positions.push({ position, weight: readWeight(reader) });
    separator = reader.next;
  } while (separator === ",");
  if (!/^[ \t\n\v\f\r]?$/.test(separator)) throw reader.syntaxError();
  return positions;
}

/** A letter; D says nothing and may be repeated. Digits among them are passed over. */
function readWeight(reader: LexemeReader): number {
  let weight = 0;
  while (/^[abcd*\d]$/i.test(reader.next)) {
    const letter = reader.advance().toUpperCase();
    if (/\d/.test(letter)) continue;
    if (weight !== 0) throw reader.syntaxError();
    weight = letter === "*" ? 3 : WEIGHTS.indexOf(letter);
  }
  return weight;
}

export const compareBytes = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));

/** One entry a lexeme; of equal positions the greater weight. */
function normalize(entries: readonly Entry[]): Entry[] {
  const byLexeme = new Map<string, Position[]>();
  for (const { lexeme, positions } of entries) {
    const found = byLexeme.get(lexeme);
    if (found) found.push(...positions);
    else byLexeme.set(lexeme, [...positions]);
  }
  return [...byLexeme]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([lexeme, positions]) => ({ lexeme, positions: distinct(positions) }));
}

function distinct(positions: readonly Position[]): Position[] {
  const kept: Position[] = [];
  for (const each of positions.toSorted((a, b) => a.position - b.position)) {
    const last = kept.at(-1);
    if (last?.position === each.position) {
      if (each.weight > last.weight) kept[kept.length - 1] = each;
    } else if (kept.length < POSITIONS_MAX && last?.position !== POSITION_MAX) kept.push(each);
  }
  return kept;
}

export function readVector(source: string): Entry[] {
  const reader = new LexemeReader(source, "tsvector");
  const entries: Entry[] = [];
  for (;;) {
    const lexeme = reader.lexeme();
    if (lexeme === undefined) return entries;
    const positions = readPositions(reader, source);
    const bytes = Buffer.byteLength(lexeme);
    if (bytes >= LEXEME_BYTES_END) {
      const limit = `(${bytes} bytes, max ${LEXEME_BYTES_END - 1} bytes)`;
      throw new SqlError("54000", `word is too long ${limit}`);
    }
    entries.push({ lexeme, positions });
  }
}

/** In quotes; quotes and backslashes are doubled. */
export const quoteLexeme = (lexeme: string): string => `'${lexeme.replace(/['\\]/g, "$&$&")}'`;

export const formatVector = (entries: readonly Entry[]): string =>
  entries
    .map(({ lexeme, positions }) => {
      const shown = positions.map(
        ({ position, weight }) => `${position}${weight === 0 ? "" : WEIGHTS[weight]}`,
      );
      return quoteLexeme(lexeme) + (shown.length === 0 ? "" : `:${shown.join(",")}`);
    })
    .join(" ");

const invalid = (message: string) => new SqlError("XX000", message);

const END = Uint8Array.of(0);

function receiveVector(bytes: Uint8Array, context: TypeContext): Entry[] {
  const reader = new BinaryReader(bytes);
  const count = reader.int32();
  if (count < 0) throw invalid("invalid size of tsvector");
  const entries: Entry[] = [];
  for (let at = 0; at < count; at++) {
    const end = bytes.indexOf(0, bytes.length - reader.remaining);
    if (end < 0) throw new SqlError("08P01", "invalid string in message");
    const raw = reader.raw(end - (bytes.length - reader.remaining));
    const lexeme = decodeFromClient(raw, context);
    reader.uint8();
    if (Buffer.byteLength(lexeme) > LEXEME_BYTES_END) {
      throw invalid("invalid tsvector: lexeme too long");
    }
    const positions = Array.from({ length: reader.uint16() }, () => {
      const packed = reader.uint16();
      return { position: packed & POSITION_MAX, weight: packed >> 14 };
    });
    if (positions.length > POSITIONS_MAX) {
      throw invalid("unexpected number of tsvector positions");
    }
    if (positions.some((each, i) => i > 0 && each.position <= (positions[i - 1]?.position ?? 0))) {
      throw invalid("position information is misordered");
    }
    entries.push({ lexeme, positions });
  }
  return reader.end(entries);
}

function sendVector(entries: readonly Entry[], context: TypeContext): Uint8Array {
  const parts = [binary(4, (view) => view.setInt32(0, entries.length))];
  for (const { lexeme, positions } of entries) {
    parts.push(encodeForClient(lexeme, context), END);
    parts.push(
      binary(2 + 2 * positions.length, (view) => {
        view.setUint16(0, positions.length);
        positions.forEach(({ position, weight }, at) => {
          view.setUint16(2 + 2 * at, (weight << 14) | position);
        });
      }),
    );
  }
  return concatBytes(parts);
}

/** Bytes that PostgreSQL keeps: a header, an item for each lexeme, and what they point to. */
function keptBytes(entries: readonly Entry[]): number {
  let data = 0;
  for (const { lexeme, positions } of entries) {
    data += Buffer.byteLength(lexeme);
    if (positions.length > 0) data += (data % 2) + 2 + 2 * positions.length;
  }
  return 8 + 4 * entries.length + data;
}

/**
 * PostgreSQL's order: by size, number of lexemes, then lexeme by lexeme: one with positions first,
 * the lexeme's bytes, more positions first, greater ones first.
 */
function vectorKey(entries: readonly Entry[]): Uint8Array {
  const parts = [
    binary(8, (view) => {
      view.setUint32(0, keptBytes(entries));
      view.setUint32(4, entries.length);
    }),
  ];
  for (const { lexeme, positions } of entries) {
    parts.push(Uint8Array.of(positions.length > 0 ? 0 : 1), encodeUtf8(`${lexeme}\0`));
    parts.push(
      binary(2 + 3 * positions.length, (view) => {
        view.setUint16(0, 0xffff - positions.length);
        positions.forEach(({ position, weight }, at) => {
          view.setUint16(2 + 3 * at, 0xffff - position);
          view.setUint8(4 + 3 * at, 3 - weight);
        });
      }),
    );
  }
  return concatBytes(parts);
}

export const tsvector: TypeCodec<string> = {
  ...text,
  sortKey: (value) => vectorKey(readVector(value)),
  parse: (source) => formatVector(normalize(readVector(source))),
  encode: (value, context) => sendVector(readVector(value), context),
  decode: (bytes, _typmod, context) => formatVector(normalize(receiveVector(bytes, context))),
};

/** What the indexes of tsvector hold: nobody reads or writes it. */
export const gtsvector: TypeCodec<string> = {
  ...text,
  parse() {
    throw new SqlError("0A000", "gtsvector_in not implemented");
  },
  format() {
    throw new SqlError("0A000", "gtsvector_out not implemented");
  },
  encode() {
    throw noBinaryOutput("gtsvector");
  },
  decode() {
    throw noBinaryInput("gtsvector");
  },
};
