/**
 * Bytes and bits taken out, put in and looked for.
 * https://www.postgresql.org/docs/15/functions-binarystring.html,
 * https://www.postgresql.org/docs/15/functions-bitstring.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { characterLength } from "../types/texts.ts";
import { decodeFrom, encodingNamed } from "./charsets.ts";
import { asBytes, asInteger, asNumber, asText, define, truth } from "./define.ts";
import { compileLike } from "./like.ts";
import { likeEscape } from "./patterns.ts";
import type { FunctionDefinition } from "./registry.ts";

const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(parts));

/** What stood from `from` (1-based) on for `count` places gives way. Throws 22011, 22003. */
function overlay(value: Uint8Array, by: Uint8Array, from: number, count: number): Uint8Array {
  if (from <= 0) throw new SqlError("22011", "negative substring length not allowed");
  if (from + count > 0x7fff_ffff) throw new SqlError("22003", "integer out of range");
  return joined(value.subarray(0, from - 1), by, value.subarray(Math.max(from + count - 1, 0)));
}

const at = (value: Uint8Array, part: Uint8Array): bigint =>
  BigInt(Buffer.from(value.buffer, value.byteOffset, value.length).indexOf(part) + 1);

function trimmed(value: Uint8Array, set: Uint8Array, left: boolean, right: boolean): Uint8Array {
  let [from, end] = [0, value.length];
  if (left) while (from < end && set.includes(value[from] as number)) from++;
  if (right) while (end > from && set.includes(value[end - 1] as number)) end--;
  return value.slice(from, end);
}

const outside = (index: bigint, length: bigint) =>
  new SqlError("2202E", `index ${index} out of valid range, 0..${length - 1n}`);
const bitOutside = (index: bigint, length: number) =>
  new SqlError("2202E", `bit index ${index} out of valid range (0..${length - 1})`);

/** Bits of a byte count from its least significant one. */
function bitOf(bytes: Uint8Array, index: bigint): { readonly byte: number; readonly mask: number } {
  const length = BigInt(bytes.length) * 8n;
  if (index < 0n || index >= length) throw outside(index, length);
  return { byte: Number(index / 8n), mask: 1 << Number(index % 8n) };
}

function checkBit(bit: bigint): void {
  if (bit !== 0n && bit !== 1n) throw new SqlError("22023", "new bit must be 0 or 1");
}

const replaced = (bytes: Uint8Array, index: number, byte: number): Uint8Array => {
  const copy = bytes.slice();
  copy[index] = byte;
  return copy;
};

const ones = (byte: number): number => byte.toString(2).replaceAll("0", "").length;
const bytesFunctions: readonly FunctionDefinition[] = [
  define("overlay(bytea, bytea, int4)", (_c, value, by, from) =>
    overlay(asBytes(value), asBytes(by), asNumber(from), asBytes(by).length),
  ),
  define("overlay(bytea, bytea, int4, int4)", (_c, value, by, from, count) =>
    overlay(asBytes(value), asBytes(by), asNumber(from), asNumber(count)),
  ),
  define("position(bytea, bytea)", (_c, value, part) => at(asBytes(value), asBytes(part))),
  define("btrim(bytea, bytea)", (_c, value, set) =>
    trimmed(asBytes(value), asBytes(set), true, true),
  ),
  define("ltrim(bytea, bytea)", (_c, value, set) =>
    trimmed(asBytes(value), asBytes(set), true, false),
  ),
  define("rtrim(bytea, bytea)", (_c, value, set) =>
    trimmed(asBytes(value), asBytes(set), false, true),
  ),
  define("set_byte(bytea, int4, int4)", (_c, value, index, byte) => {
    const [bytes, place] = [asBytes(value), asInteger(index)];
    const length = BigInt(bytes.length);
    if (place < 0n || place >= length) throw outside(place, length);
    return replaced(bytes, Number(place), asNumber(byte) & 255);
  }),
  define("get_bit(bytea, int8)", (_c, value, index) => {
    const { byte, mask } = bitOf(asBytes(value), asInteger(index));
    return (asBytes(value)[byte] as number) & mask ? 1n : 0n;
  }),
  define("set_bit(bytea, int8, int4)", (_c, value, index, bit) => {
    const bytes = asBytes(value);
    const { byte, mask } = bitOf(bytes, asInteger(index));
    checkBit(asInteger(bit));
    const old = bytes[byte] as number;
    return replaced(bytes, byte, bit === 1n ? old | mask : old & ~mask);
  }),
  define("bit_count(bytea)", (_c, value) =>
    BigInt(asBytes(value).reduce((sum, byte) => sum + ones(byte), 0)),
  ),
  define("length(bytea, name)", (_c, value, name) =>
    BigInt(characterLength(decodeFrom(asBytes(value), encodingNamed(asText(name), "encoding")))),
  ),
];

const bitFunctions: readonly FunctionDefinition[] = [
  define("octet_length(bit)", (_c, value) => BigInt(Math.ceil(asBytes(value).length / 8))),
  define("position(bit, bit)", (_c, value, part) =>
    asBytes(value).length === 0 ? 0n : at(asBytes(value), asBytes(part)),
  ),
  define("overlay(bit, bit, int4)", (_c, value, by, from) =>
    overlay(asBytes(value), asBytes(by), asNumber(from), asBytes(by).length),
  ),
  define("overlay(bit, bit, int4, int4)", (_c, value, by, from, count) =>
    overlay(asBytes(value), asBytes(by), asNumber(from), asNumber(count)),
  ),
  define("get_bit(bit, int4)", (_c, value, index) => {
    const digit = asBytes(value)[asNumber(index)];
    if (digit === undefined) throw bitOutside(asInteger(index), asBytes(value).length);
    return BigInt(digit & 1);
  }),
  define("set_bit(bit, int4, int4)", (_c, value, index, bit) => {
    const bits = asBytes(value);
    if (bits[asNumber(index)] === undefined) throw bitOutside(asInteger(index), bits.length);
    checkBit(asInteger(bit));
    return replaced(bits, asNumber(index), 0x30 + asNumber(bit));
  }),
  define("bit_count(bit)", (_c, value) =>
    BigInt(asBytes(value).reduce((sum, digit) => sum + (digit & 1), 0)),
  ),
];

/** Bytes as characters of their numbers: patterns are matched byte by byte. */
const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

const likeFunctions: readonly FunctionDefinition[] = [
  define("like_escape(bytea, bytea)", (_c, pattern, character) =>
    Buffer.from(likeEscape(latin1(asBytes(pattern)), latin1(asBytes(character))), "latin1"),
  ),
  ...["bytealike", "like"].map((name) =>
    define(`${name}(bytea, bytea)`, (_c, value, pattern) =>
      truth(compileLike(latin1(asBytes(pattern)))(latin1(asBytes(value)))),
    ),
  ),
  ...["byteanlike", "notlike"].map((name) =>
    define(`${name}(bytea, bytea)`, (_c, value, pattern) =>
      truth(!compileLike(latin1(asBytes(pattern)))(latin1(asBytes(value)))),
    ),
  ),
];

export const bytesEditingFunctions: readonly FunctionDefinition[] = [
  ...bytesFunctions,
  ...bitFunctions,
  ...likeFunctions,
];
