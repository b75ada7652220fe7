/**
 * .keyvalue() of jsonpath. The id of an object is where it stands in PostgreSQL's binary form of
 * the value that it is part of, so the places in that form are counted here:
 *
 *   container  header of 4 bytes, 4 for each element or key and value, keys, then values
 *   number     a numeric with its header of 4; it and containers begin at multiples of 4
 *   others     strings are their bytes; true, false and null are in the container's entries
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/utils/jsonb.h
 */
import { parseDecimal } from "../types/decimal.ts";
import type { JsonNode } from "../types/json-value.ts";
import { encodeDecimal } from "../types/numerics.ts";

export interface BaseObject {
  readonly id: number;
  readonly places: ReadonlyMap<JsonNode, number>;
}

export function baseObject(root: JsonNode, id: number): BaseObject {
  const places = new Map<JsonNode, number>();
  place(root, 0, places);
  return { id, places };
}

/** Puts a value at `from`, and says where it ends. */
function place(node: JsonNode, from: number, places: Map<JsonNode, number>): number {
  const aligned = Math.ceil(from / 4) * 4;
  switch (node.kind) {
    case "null":
    case "bool":
      return from;
    case "string":
      return from + Buffer.byteLength(node.text);
    case "number":
      return aligned + numericSize(node.text);
    case "array":
      return node.items.reduce(
        (at, item) => place(item, at, places),
        aligned + 4 + node.items.length * 4,
      );
    case "object": {
      places.set(node, aligned);
      const keys = node.entries.reduce((sum, [key]) => sum + Buffer.byteLength(key), 0);
      return node.entries.reduce(
        (at, [, value]) => place(value, at, places),
        aligned + 4 + node.entries.length * 8 + keys,
      );
    }
  }
}

const SHORT_SCALE = 63;

/** With a small scale and weight the header is 2 bytes instead of 4. */
function numericSize(text: string): number {
  const sent = Buffer.from(encodeDecimal(parseDecimal(text)));
  const weight = sent.readInt16BE(2);
  const isShort = sent.readUInt16BE(6) <= SHORT_SCALE && weight >= -64 && weight <= 63;
  return 4 + (isShort ? 2 : 4) + sent.length - 8;
}

const BASE = 10_000_000_000n;

/** An object for each key. */
export function* keyValues(
  node: JsonNode & { readonly kind: "object" },
  base: BaseObject | undefined,
): Generator<JsonNode, void> {
  const id = BigInt(base?.id ?? 0) * BASE + BigInt(base?.places.get(node) ?? 0);
  for (const [key, value] of node.entries) {
    yield {
      kind: "object",
      entries: [
        ["id", { kind: "number", text: String(id) }],
        ["key", { kind: "string", text: key }],
        ["value", value],
      ],
    };
  }
}
