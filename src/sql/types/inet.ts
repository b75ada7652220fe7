/**
 * inet and cidr. Stored in their order: family, the network's address, mask length, the whole
 * address.
 * https://www.postgresql.org/docs/15/datatype-net-types.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader } from "./binary.ts";
import { invalidSyntax, type TypeCodec } from "./codec.ts";
import { readNetwork } from "./inet-input.ts";

export interface Network {
  readonly address: Uint8Array;
  /** Length of the mask. */
  readonly bits: number;
}

const IPV4 = 2;
const IPV6 = 3;

/** The address with the bits beyond the mask cleared. */
export function masked({ address, bits }: Network): Uint8Array {
  return address.map((byte, at) => {
    const kept = Math.max(0, Math.min(8, bits - at * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
}

export function networkKey(network: Network): Uint8Array {
  const { address, bits } = network;
  return Uint8Array.of(address.length === 4 ? IPV4 : IPV6, ...masked(network), bits, ...address);
}

export function networkOf(key: Uint8Array): Network {
  const length = key[0] === IPV4 ? 4 : 16;
  return { address: key.subarray(2 + length), bits: key[1 + length] as number };
}

function parseNetwork(text: string, cidr: boolean): Network {
  const found = readNetwork(text, cidr);
  if (!found) throw invalidSyntax(cidr ? "cidr" : "inet", text);
  return found;
}

function formatV6(address: Uint8Array): string {
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) {
    groups.push(((address[at] as number) << 8) | (address[at + 1] as number));
  }
  let best = { from: -1, length: 1 };
  for (let from = 0; from < 8; from++) {
    let length = 0;
    while (from + length < 8 && groups[from + length] === 0) length++;
    if (length > best.length) best = { from, length };
  }
  const v4 = best.from === 0 && (best.length === 6 || (best.length === 5 && groups[5] === 0xffff));
  const shown = groups.map((group) => group.toString(16));
  if (v4) shown.splice(6, 2, [...address.subarray(12)].join("."));
  if (best.from < 0) return shown.join(":");
  const head = shown.slice(0, best.from).join(":");
  return `${head}::${shown.slice(best.from + best.length).join(":")}`;
}

export const formatAddress = (address: Uint8Array): string =>
  address.length === 4 ? [...address].join(".") : formatV6(address);

/** A socket's address; an IPv4 one may come as an IPv6 one. */
export function inetOf(address: string | null): Uint8Array | null {
  if (address === null) return null;
  return networkKey(parseNetwork(address.replace(/^::ffff:(?=\d+\.)/, ""), false));
}

function codec(cidr: boolean): TypeCodec<Uint8Array> {
  const type = cidr ? "cidr" : "inet";
  const check = (network: Network, error: (detail: string) => SqlError): Uint8Array => {
    const clean = Buffer.compare(masked(network), network.address) === 0;
    if (cidr && !clean) throw error("Value has bits set to right of mask.");
    return networkKey(network);
  };
  return {
    storage: "blob",
    parse(text) {
      const invalid = (detail: string) =>
        new SqlError("22P02", `invalid cidr value: "${text}"`, { detail });
      return check(parseNetwork(text, cidr), invalid);
    },
    format(value) {
      const { address, bits } = networkOf(value);
      const host = formatAddress(address);
      return cidr || bits !== address.length * 8 ? `${host}/${bits}` : host;
    },
    encode(value) {
      const { address, bits } = networkOf(value);
      const family = address.length === 4 ? IPV4 : IPV6;
      return Uint8Array.of(family, bits, cidr ? 1 : 0, address.length, ...address);
    },
    decode(bytes) {
      const reader = new BinaryReader(bytes);
      const family = reader.uint8();
      const bits = reader.uint8();
      reader.uint8();
      const length = reader.uint8();
      const wrong = (what: string) =>
        new SqlError("22P03", `invalid ${what} in external "${type}" value`);
      if (family !== IPV4 && family !== IPV6) throw wrong("address family");
      if (bits > (family === IPV4 ? 32 : 128)) throw wrong("bits");
      if (length !== (family === IPV4 ? 4 : 16)) throw wrong("length");
      const address = reader.end(reader.raw(length).slice());
      return check(
        { address, bits },
        (detail) => new SqlError("22P03", 'invalid external "cidr" value', { detail }),
      );
    },
  };
}

export const inet = codec(false);
export const cidr = codec(true);
