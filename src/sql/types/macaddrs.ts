/**
 * macaddr and macaddr8: six and eight bytes.
 * https://www.postgresql.org/docs/15/datatype-net-types.html#DATATYPE-MACADDR
 */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader } from "./binary.ts";
import { invalidSyntax, type TypeCodec, toHex, trimSpace } from "./codec.ts";

/** A number as scanf's %x takes it: spaces, a sign, 0x. `%2x` counts all but the spaces. */
const free = "[ \\t\\n\\v\\f\\r]*([+-]?(?:0[xX])?[\\da-fA-F]+)";
const two = "[ \\t\\n\\v\\f\\r]*([\\da-fA-F]{2}|[+-][\\da-fA-F]|[\\da-fA-F](?![\\da-fA-F]))";
const forms = [
  Array(6).fill(free).join(":"),
  Array(6).fill(free).join("-"),
  `${two.repeat(3)}:${two.repeat(3)}`,
  `${two.repeat(3)}-${two.repeat(3)}`,
  Array(3).fill(two.repeat(2)).join("\\."),
  Array(3).fill(two.repeat(2)).join("-"),
  two.repeat(6),
].map((form) => new RegExp(`^${form}[ \\t\\n\\v\\f\\r]*$`));

const octet = (digits: string): number =>
  Number.parseInt(digits.replace(/^[+-]/, ""), 16) * (digits.startsWith("-") ? -1 : 1);

const withColons = (bytes: Uint8Array): string => (toHex(bytes).match(/../g) ?? []).join(":");

export const macaddr: TypeCodec<Uint8Array> = {
  storage: "blob",
  parse(text) {
    for (const form of forms) {
      const octets = form.exec(text)?.slice(1).map(octet);
      if (!octets) continue;
      if (octets.every((each) => each >= 0 && each <= 255)) return Uint8Array.from(octets);
      throw new SqlError("22003", `invalid octet value in "macaddr" value: "${text}"`);
    }
    throw invalidSyntax("macaddr", text);
  },
  format: withColons,
  encode: (value) => value,
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    return reader.end(reader.raw(6).slice());
  },
};

/** Six bytes become EUI-64 by ff:fe in the middle. */
export const widenMacaddr = (bytes: Uint8Array): Uint8Array =>
  bytes.length === 8
    ? bytes
    : Uint8Array.of(...bytes.subarray(0, 3), 0xff, 0xfe, ...bytes.subarray(3));

/** Pairs of digits with one kind of spacer between any of them; one odd character may follow. */
function pairsOf(text: string): number[] | undefined {
  const trimmed = text.replace(/^[ \t\n\v\f\r]+/, "");
  const octets: number[] = [];
  let spacer = "";
  let at = 0;
  while (at + 1 < trimmed.length) {
    const pair = trimmed.slice(at, at + 2);
    if (!/^[\da-fA-F]{2}$/.test(pair) || octets.length === 8) return undefined;
    octets.push(Number.parseInt(pair, 16));
    at += 2;
    const next = trimmed[at] ?? "";
    if (/^[:.-]$/.test(next)) {
      if (spacer !== "" && spacer !== next) return undefined;
      spacer = next;
      at++;
    }
    const complete = octets.length === 6 || octets.length === 8;
    if (complete && /^[ \t\n\v\f\r]/.test(trimmed.slice(at))) {
      return trimSpace(trimmed.slice(at)) === "" ? octets : undefined;
    }
  }
  return octets;
}

export const macaddr8: TypeCodec<Uint8Array> = {
  storage: "blob",
  parse(text) {
    const octets = pairsOf(text);
    if (octets?.length !== 6 && octets?.length !== 8) throw invalidSyntax("macaddr8", text);
    return widenMacaddr(Uint8Array.from(octets));
  },
  format: withColons,
  encode: (value) => value,
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    return reader.end(widenMacaddr(reader.raw(bytes.length === 6 ? 6 : 8).slice()));
  },
};
