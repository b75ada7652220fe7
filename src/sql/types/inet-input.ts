/**
 * READING NETWORK ADDRESSES, as the resolver's inet_net_pton does: IPv4 of one to four octets, a
 * mask of bits, for cidr hexadecimal digits and masks by address class, and IPv6.
 * https://www.postgresql.org/docs/15/datatype-net-types.html
 */
import type { Network } from "./inet.ts";

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;

/** undefined = not an address. */
export function readNetwork(text: string, cidr: boolean): Network | undefined {
  if (text.includes(":")) return readV6(text);
  const [, host = "", mask] = /^([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
  if (mask !== undefined && !/^\d+$/.test(mask)) return undefined;
  const octets = cidr && /^0x[\da-f]/i.test(host) ? hexOctets(host) : decimalOctets(host, cidr);
  if (!octets) return undefined;
  const bits = mask === undefined ? impliedBits(octets, cidr) : Number(mask);
  if (bits === undefined || bits > 32) return undefined;
  if (!cidr && Math.floor(bits / 8) > octets.length) return undefined;
  const address = new Uint8Array(IPV4_BYTES);
  address.set(octets);
  return { address, bits };
}

/** inet takes a dot at the end, cidr none. */
function decimalOctets(host: string, cidr: boolean): number[] | undefined {
  const form = cidr ? /^\d+(?:\.\d+)*$/ : /^\d+(?:\.\d+)*\.?$/;
  if (!form.test(host)) return undefined;
  const octets = host
    .split(".")
    .filter((part) => part !== "")
    .map(Number);
  return octets.length > IPV4_BYTES || octets.some((octet) => octet > 255) ? undefined : octets;
}

function hexOctets(host: string): number[] | undefined {
  const digits = host.slice(2);
  if (!/^[\da-f]{1,8}$/i.test(digits)) return undefined;
  const pairs = digits.match(/..?/g) ?? [];
  return pairs.map((pair) => Number.parseInt(pair.padEnd(2, "0"), 16));
}

/** Of a network by its class, but never less than what is written. */
function impliedBits(octets: readonly number[], cidr: boolean): number | undefined {
  if (!cidr) return octets.length === IPV4_BYTES ? 32 : undefined;
  const first = octets[0] ?? 0;
  const byClass = first >= 240 ? 32 : first >= 224 ? 8 : first >= 192 ? 24 : first >= 128 ? 16 : 8;
  const bits = Math.max(byClass, octets.length * 8);
  return bits === 8 && first === 224 ? 4 : bits;
}

/** A number of at most `max` without leading zeroes. */
function smallNumber(text: string, max: number): number | undefined {
  if (!/^(?:0|[1-9]\d*)$/.test(text)) return undefined;
  const value = Number(text);
  return value > max ? undefined : value;
}

function readV6(text: string): Network | undefined {
  const [, host = "", mask] = /^([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
  const bits = mask === undefined ? 128 : smallNumber(mask, 128);
  const bytes = bits === undefined ? undefined : v6Bytes(host);
  if (!bytes || bits === undefined) return undefined;
  return { address: Uint8Array.from(bytes), bits };
}

function v6Bytes(host: string): number[] | undefined {
  const [head = "", tail, more] = host.split("::");
  if (more !== undefined) return undefined;
  const before = groupsOf(head, tail === undefined);
  const after = tail === undefined ? [] : groupsOf(tail, true);
  if (!before || !after) return undefined;
  const missing = IPV6_BYTES - before.length - after.length;
  if (tail === undefined) return missing === 0 ? before : undefined;
  return missing > 0 ? [...before, ...Array<number>(missing).fill(0), ...after] : undefined;
}

/** One to four octets; one left out before a dot is 0. */
function partialV4(text: string): number[] | undefined {
  if (!/\..*\d$/.test(text)) return undefined;
  const octets = text.split(".").map((part) => (part === "" ? 0 : smallNumber(part, 255)));
  return octets.length > IPV4_BYTES || octets.includes(undefined)
    ? undefined
    : (octets as number[]);
}

/** Bytes of `a:b:c`; at the end of the text the last may be IPv4, of fewer octets too. */
function groupsOf(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const parts = text.split(":");
  for (const [at, part] of parts.entries()) {
    if (/^[\da-f]{1,4}$/i.test(part)) {
      const value = Number.parseInt(part, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const octets = last && at === parts.length - 1 ? partialV4(part) : undefined;
    if (!octets) return undefined;
    bytes.push(...[...octets, 0, 0, 0].slice(0, IPV4_BYTES));
  }
  return bytes;
}
