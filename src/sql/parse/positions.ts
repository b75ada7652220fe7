/**
 * Byte offsets of the grammar's trees become character offsets. Needed only for texts with
 * characters beyond ASCII; a character is a code point, as in PostgreSQL's error positions.
 */
import type { Node, RawStmt } from "libpg-query";

/** Rewrites every offset of the trees in place. */
export function characterOffsets(text: string, statements: readonly RawStmt[]): void {
  const characterAt = characterTable(text);
  const nodes: object[] = [...statements];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const fields = node as Record<string, unknown>;
    for (const name in fields) {
      const value = fields[name];
      if (typeof value === "object") {
        if (value !== null) nodes.push(value);
      } else if (typeof value === "number" && value > 0 && isOffset(name)) {
        fields[name] = characterAt[value] ?? value;
      }
    }
  }
}

/** `stmt_location` and `stmt_len` stay bytes: they cut the text before anyone counts characters. */
const isOffset = (name: string) => name === "location" || name === "name_location";

function characterTable(text: string): Uint32Array {
  const table = new Uint32Array(Buffer.byteLength(text) + 1);
  let byte = 0;
  let character = 0;
  for (const point of text) {
    const length = Buffer.byteLength(point);
    table.fill(character, byte, byte + length);
    byte += length;
    character += 1;
  }
  table[byte] = character;
  return table;
}

/** Cuts parts out of a text by byte offset; `bytes` 0 = to its end. */
export function byteSlicer(text: string): (from: number, bytes: number) => string {
  const end = (from: number, bytes: number) => (bytes === 0 ? undefined : from + bytes);
  if (Buffer.byteLength(text) === text.length) {
    return (from, bytes) => text.slice(from, end(from, bytes));
  }
  const encoded = Buffer.from(text);
  return (from, bytes) => encoded.toString("utf8", from, end(from, bytes));
}

/** 1-based position of a tree's `location`. */
export const positionOf = (location: number | undefined): number | undefined =>
  location === undefined || location < 0 ? undefined : location + 1;

/** The same as an object to spread: exact optional properties admit no undefined. */
export const atLocation = (location: number | undefined): { position?: number } =>
  location === undefined || location < 0 ? {} : { position: location + 1 };

/** 1-based position of whatever node says where it is. */
export function locationOf(node: Node | undefined): number | undefined {
  const [fields] = Object.values(node ?? {}) as { readonly location?: number }[];
  return positionOf(fields?.location);
}
