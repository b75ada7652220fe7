/** json keeps its text; jsonb is kept as the text that it prints. Both validate. */
import { SqlError } from "../../base/sql-error.ts";
import { binary, concatBytes } from "./binary.ts";
import { decodeFromClient, encodeUtf8, type TypeCodec } from "./codec.ts";
import { parseDecimal } from "./decimal.ts";
import {
  formatJsonb,
  isEmptyArray,
  type JsonNode,
  normalize,
  parseJsonbText,
  parseJsonText,
} from "./json-value.ts";
import { decimalKey } from "./numerics.ts";
import { text, withVersionByte } from "./texts.ts";

export function toJsonb(source: string): string {
  return formatJsonb(normalize(parseJsonbText(source)));
}

const COUNT_BYTES = 4;
const rank = { null: 1, string: 2, number: 3, bool: 4, array: 5, object: 6 } as const;
/** Outermost it is less than anything else. */
const EMPTY_ARRAY = Uint8Array.of(0);
const END = Uint8Array.of(0);

/**
 * Bytes in jsonb's order: kind, then for containers the count and the members, for others the
 * value.
 */
function* keyParts(node: JsonNode): Iterable<Uint8Array> {
  yield Uint8Array.of(rank[node.kind]);
  switch (node.kind) {
    case "string":
      yield* [encodeUtf8(node.text), END];
      return;
    case "number":
      yield decimalKey(parseDecimal(node.text));
      return;
    case "bool":
      yield Uint8Array.of(node.value ? 1 : 0);
      return;
    case "array":
      yield countBytes(node.items.length);
      for (const item of node.items) yield* keyParts(item);
      return;
    case "object":
      yield countBytes(node.entries.length);
      for (const [key, value] of node.entries) {
        yield* [encodeUtf8(key), END];
        yield* keyParts(value);
      }
  }
}

const countBytes = (count: number): Uint8Array =>
  binary(COUNT_BYTES, (view) => view.setUint32(0, count));

export const json: TypeCodec<string> = {
  ...text,
  parse(source) {
    parseJsonText(source);
    return source;
  },
  decode(bytes, _typmod, context) {
    const source = decodeFromClient(bytes, context);
    parseJsonText(source);
    return source;
  },
};

export const jsonb: TypeCodec<string> = {
  ...text,
  parse: toJsonb,
  sortKey(value) {
    const node = parseJsonText(value);
    return isEmptyArray(node) ? EMPTY_ARRAY : concatBytes(keyParts(node));
  },
  encode: withVersionByte,
  decode(bytes, _typmod, context) {
    if (bytes[0] !== 1) {
      throw new SqlError("XX000", `unsupported jsonb version number ${bytes[0] ?? 0}`);
    }
    return toJsonb(decodeFromClient(bytes.subarray(1), context));
  },
};
