/**
 * Functions and operators of inet, cidr and macaddr.
 * https://www.postgresql.org/docs/15/functions-net.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { formatAddress, masked, type Network, networkKey, networkOf } from "../types/inet.ts";
import { asBytes, asInteger, asNumber, define, truth } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

const read = (value: unknown): Network => networkOf(value as Uint8Array);
const widthOf = ({ address }: Network): number => address.length * 8;

/** The first `bits` bits agree. */
function sameNetwork(a: Network, b: Network, bits: number): boolean {
  if (a.address.length !== b.address.length) return false;
  const cut = (network: Network) => masked({ address: network.address, bits });
  return Buffer.compare(cut(a), cut(b)) === 0;
}

const containment = (name: string, holds: (a: Network, b: Network) => boolean) =>
  define(`${name}(inet, inet)`, (_c, a, b) => truth(holds(read(a), read(b))));

const netmaskOf = ({ address, bits }: Network): Uint8Array =>
  masked({ address: address.map(() => 0xff), bits });

/** Bytes from two addresses of one family. */
function combine(
  word: string,
  a: Network,
  b: Network,
  call: (x: number, y: number) => number,
): Uint8Array {
  if (a.address.length !== b.address.length) {
    throw new SqlError("22023", `cannot ${word} inet values of different sizes`);
  }
  const address = a.address.map((byte, at) => call(byte, b.address[at] as number));
  return networkKey({ address, bits: Math.max(a.bits, b.bits) });
}

/** The first three bytes; the others are zero. */
const manufacturer = (address: Uint8Array): Uint8Array =>
  address.map((byte, at) => (at < 3 ? byte : 0));

function narrowMacaddr(address: Uint8Array): Uint8Array {
  if (address[3] !== 0xff || address[4] !== 0xfe) {
    throw new SqlError("22003", "macaddr8 data out of range to convert to macaddr", {
      hint: "Only addresses that have FF and FE as values in the 4th and 5th bytes from the left, for example xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be converted from macaddr8 to macaddr.",
    });
  }
  return Uint8Array.of(...address.subarray(0, 3), ...address.subarray(5));
}

const toBigint = (address: Uint8Array): bigint =>
  address.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

function shifted(network: Network, by: bigint): Uint8Array {
  const length = network.address.length;
  const value = toBigint(network.address) + by;
  if (value < 0n || value >= 1n << BigInt(length * 8)) {
    throw new SqlError("22003", "result is out of range");
  }
  const address = new Uint8Array(length);
  for (let at = length - 1, rest = value; at >= 0; at--, rest >>= 8n) {
    address[at] = Number(rest & 0xffn);
  }
  return networkKey({ address, bits: network.bits });
}

function difference(a: Network, b: Network): bigint {
  if (a.address.length !== b.address.length) {
    throw new SqlError("22023", "cannot subtract inet values of different sizes");
  }
  const value = toBigint(a.address) - toBigint(b.address);
  if (BigInt.asIntN(64, value) !== value) throw new SqlError("22003", "result is out of range");
  return value;
}

function withMask(network: Network, bits: number, cut: boolean): Uint8Array {
  const length = bits === -1 ? widthOf(network) : bits;
  if (length < 0 || length > widthOf(network)) {
    throw new SqlError("22023", `invalid mask length: ${bits}`);
  }
  const changed = { address: network.address, bits: length };
  return networkKey(cut ? { address: masked(changed), bits: length } : changed);
}

const whole = (address: Uint8Array): Uint8Array =>
  networkKey({ address, bits: address.length * 8 });

/** Trailing zero bytes of a cidr are left out. */
function abbreviated(network: Network): string {
  if (network.address.length !== 4) return `${formatAddress(network.address)}/${network.bits}`;
  const shown = Math.max(1, Math.ceil(network.bits / 8));
  return `${[...network.address.subarray(0, shown)].join(".")}/${network.bits}`;
}

function merge(a: Network, b: Network): Uint8Array {
  if (a.address.length !== b.address.length) {
    throw new SqlError("22023", "cannot merge addresses from different families");
  }
  let bits = Math.min(a.bits, b.bits);
  while (!sameNetwork(a, b, bits)) bits--;
  return networkKey({ address: masked({ address: a.address, bits }), bits });
}

const bytewise = (type: string): FunctionDefinition[] => [
  define(`${type}_not(${type})`, (_c, value) => asBytes(value).map((byte) => ~byte)),
  define(`${type}_and(${type}, ${type})`, (_c, a, b) =>
    asBytes(a).map((byte, at) => byte & (asBytes(b)[at] as number)),
  ),
  define(`${type}_or(${type}, ${type})`, (_c, a, b) =>
    asBytes(a).map((byte, at) => byte | (asBytes(b)[at] as number)),
  ),
];

export const networkFunctions: readonly FunctionDefinition[] = [
  containment("network_sub", (a, b) => a.bits > b.bits && sameNetwork(a, b, b.bits)),
  containment("network_subeq", (a, b) => a.bits >= b.bits && sameNetwork(a, b, b.bits)),
  containment("network_sup", (a, b) => a.bits < b.bits && sameNetwork(a, b, a.bits)),
  containment("network_supeq", (a, b) => a.bits <= b.bits && sameNetwork(a, b, a.bits)),
  containment("network_overlap", (a, b) => sameNetwork(a, b, Math.min(a.bits, b.bits))),
  define("inetnot(inet)", (_c, value) => {
    const network = read(value);
    return networkKey({ ...network, address: network.address.map((byte) => ~byte) });
  }),
  define("inetand(inet, inet)", (_c, a, b) => combine("AND", read(a), read(b), (x, y) => x & y)),
  define("inetor(inet, inet)", (_c, a, b) => combine("OR", read(a), read(b), (x, y) => x | y)),
  define("inetpl(inet, int8)", (_c, value, by) => shifted(read(value), asInteger(by))),
  define("int8pl_inet(int8, inet)", (_c, by, value) => shifted(read(value), asInteger(by))),
  define("inetmi_int8(inet, int8)", (_c, value, by) =>
    shifted(read(value), BigInt.asIntN(64, -asInteger(by))),
  ),
  define("inetmi(inet, inet)", (_c, a, b) => difference(read(a), read(b))),
  define("host(inet)", (_c, value) => formatAddress(read(value).address)),
  define("text(inet)", (_c, value) => {
    const network = read(value);
    return `${formatAddress(network.address)}/${network.bits}`;
  }),
  define("abbrev(inet)", (_c, value) => {
    const network = read(value);
    const host = formatAddress(network.address);
    return network.bits === widthOf(network) ? host : `${host}/${network.bits}`;
  }),
  define("abbrev(cidr)", (_c, value) => abbreviated(read(value))),
  define("family(inet)", (_c, value) => (read(value).address.length === 4 ? 4n : 6n)),
  define("masklen(inet)", (_c, value) => BigInt(read(value).bits)),
  define("netmask(inet)", (_c, value) => whole(netmaskOf(read(value)))),
  define("hostmask(inet)", (_c, value) => whole(netmaskOf(read(value)).map((byte) => ~byte))),
  define("network(inet)", (_c, value) => {
    const network = read(value);
    return networkKey({ address: masked(network), bits: network.bits });
  }),
  define("cidr(inet)", (_c, value) => {
    const network = read(value);
    return networkKey({ address: masked(network), bits: network.bits });
  }),
  define("broadcast(inet)", (_c, value) => {
    const network = read(value);
    const mask = netmaskOf(network);
    const address = network.address.map((byte, at) => byte | (~(mask[at] as number) & 0xff));
    return networkKey({ address, bits: network.bits });
  }),
  define("set_masklen(inet, int4)", (_c, value, bits) =>
    withMask(read(value), asNumber(bits), false),
  ),
  define("set_masklen(cidr, int4)", (_c, value, bits) =>
    withMask(read(value), asNumber(bits), true),
  ),
  define("inet_same_family(inet, inet)", (_c, a, b) =>
    truth(read(a).address.length === read(b).address.length),
  ),
  define("inet_merge(inet, inet)", (_c, a, b) => merge(read(a), read(b))),
  define("trunc(macaddr)", (_c, value) => manufacturer(asBytes(value))),
  define("trunc(macaddr8)", (_c, value) => manufacturer(asBytes(value))),
  define("macaddr8_set7bit(macaddr8)", (_c, value) =>
    asBytes(value).map((byte, at) => (at === 0 ? byte | 2 : byte)),
  ),
  define("macaddr(macaddr8)", (_c, value) => narrowMacaddr(asBytes(value))),
  ...bytewise("macaddr"),
  ...bytewise("macaddr8"),
];
