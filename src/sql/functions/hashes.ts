/**
 * The hash functions of hash operator classes: hashtext, hashint8, … and their extended kin, which
 * take a seed and answer 64 bits. Advisory locks are often named by them.
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { readItem } from "../../catalog/acl.ts";
import { pgRange } from "../../catalog/relations/pg-range.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { encodeUtf8, type TypeContext } from "../types/codec.ts";
import { timetzOf } from "../types/datetimes.ts";
import { absolute, parseDecimal, powerOfTen } from "../types/decimal.ts";
import { floatOf } from "../types/floats.ts";
import { networkOf } from "../types/inet.ts";
import { intervalOf, intervalSpan } from "../types/intervals.ts";
import { type JsonNode, parseJsonText } from "../types/json-value.ts";
import {
  type Bound,
  decodeMultirange,
  decodeRange,
  type Range,
  type RangeValue,
} from "../types/ranges.ts";
import { decodeRecord } from "../types/records.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf, rangeTypeOf } from "../types/type-io.ts";
import { typeLabel } from "../types/type-names.ts";
import { T } from "../types/type-oids.ts";
import { elementOf, readArray } from "./arrays.ts";
import { asBytes, asInteger, asNumber, asText, define, defineFor } from "./define.ts";
import { hashBytes, hashWord } from "./jenkins.ts";
import type { FunctionDefinition } from "./registry.ts";

/** `seed` undefined: 32 bits. */
type Hash = (value: Scalar, seed: bigint | undefined, context: TypeContext) => bigint;

const word: Hash = (value, seed) => hashWord(asNumber(value), seed);
const bytes: Hash = (value, seed) => hashBytes(asBytes(value), seed);
const text: Hash = (value, seed) => hashBytes(encodeUtf8(asText(value)), seed);

/** Equal numbers of 32 and of 64 bits hash alike. */
function wide(value: bigint, seed: bigint | undefined): bigint {
  const high = Number(BigInt.asIntN(32, value >> 32n));
  const lower = Number(BigInt.asIntN(32, value));
  return hashWord(lower ^ (value >= 0n ? high : ~high), seed);
}
const long: Hash = (value, seed) => wide(asInteger(value), seed);
const unsigned: Hash = (value, seed) => wide(Buffer.from(asBytes(value)).readBigInt64BE(0), seed);

const float: Hash = (value, seed) => {
  const number = floatOf(asBytes(value));
  if (number === 0) return seed ?? 0n;
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleLE(number);
  return hashBytes(buffer, seed);
};

const numeric: Hash = (value, seed) => hashNumeric(asText(value), seed);

/** Over the digits in base 10000 without leading and trailing zeros, and their weight. */
function hashNumeric(value: string, seed: bigint | undefined): bigint {
  const decimal = parseDecimal(value);
  if (decimal.special) return seed ?? 0n;
  if (decimal.units === 0n) return (seed ?? 0n) - 1n;
  const fraction = Math.ceil(decimal.scale / 4) * 4;
  const text = (absolute(decimal.units) * powerOfTen(fraction - decimal.scale)).toString();
  const padded = text.padStart(Math.ceil(text.length / 4) * 4, "0");
  const digits = (padded.match(/.{4}/g) ?? []).map(Number);
  const weight = digits.length - fraction / 4 - 1;
  while (digits.at(-1) === 0) digits.pop();
  const buffer = Buffer.alloc(digits.length * 2);
  digits.forEach((digit, at) => {
    buffer.writeInt16LE(digit, at * 2);
  });
  return hashBytes(buffer, seed) ^ BigInt(weight);
}

const timetz: Hash = (value, seed) => {
  const { micros, west } = timetzOf(asBytes(value));
  return wide(micros, seed) ^ hashWord(west, seed);
};
const interval: Hash = (value, seed) =>
  wide(BigInt.asIntN(64, intervalSpan(intervalOf(asBytes(value)))), seed);

/** Family, mask length, address. */
const network: Hash = (value, seed) => {
  const { address, bits } = networkOf(asBytes(value));
  return hashBytes(Uint8Array.of(address.length === 4 ? 2 : 3, bits, ...address), seed);
};

const char: Hash = (value, seed) => {
  const byte = encodeUtf8(asText(value))[0] ?? 0;
  return hashWord(byte > 127 ? byte - 256 : byte, seed);
};
const vector: Hash = (value, seed) => {
  const buffer = Buffer.from(Uint32Array.from(JSON.parse(asText(value)) as number[]).buffer);
  return hashBytes(buffer, seed);
};
const tid: Hash = (value, seed) => {
  const buffer = Buffer.alloc(6);
  const block = Number(asInteger(value) >> 16n);
  buffer.writeUInt16LE(block >>> 16, 0);
  buffer.writeUInt16LE(block & 0xffff, 2);
  buffer.writeUInt16LE(Number(asInteger(value) & 0xffffn), 4);
  return hashBytes(buffer, seed);
};
/** A sum, so that it is cheap; a seed hashes it again. */
const aclitem: Hash = (value, seed) => {
  const { privileges, grantOptions, grantee, grantor } = readItem(asText(value));
  const rights = privileges + grantOptions * 0x10000;
  const sum = Number(BigInt.asUintN(32, BigInt(rights) + BigInt(grantee) + BigInt(grantor)));
  if (seed === undefined) return BigInt(sum | 0);
  return seed === 0n ? BigInt(sum) : hashWord(sum, seed);
};

const ARRAY_FLAG = 0x4000_0000n;
const OBJECT_FLAG = 0x2000_0000n;

/** Scalars in the order in which they stand, each turning what was before by one bit. */
const jsonb: Hash = (value, seed) => {
  let hash = 0n;
  const flag = (bits: bigint) => {
    hash ^= seed === undefined ? bits : (bits << 32n) | bits;
  };
  const add = (scalar: bigint) => {
    hash = (seed === undefined ? turn32(hash) : turn64(hash)) ^ scalar;
  };
  const visit = (node: JsonNode): void => {
    if (node.kind === "array") {
      flag(ARRAY_FLAG);
      node.items.forEach(visit);
    } else if (node.kind === "object") {
      flag(OBJECT_FLAG);
      for (const [key, inner] of node.entries) {
        add(hashBytes(encodeUtf8(key), seed));
        visit(inner);
      }
    } else add(hashJsonScalar(node, seed));
  };
  const root = parseJsonText(asText(value));
  if (root.kind === "array" && root.items.length === 0) return seed ?? 0n;
  if (root.kind === "object" && root.entries.length === 0) return seed ?? 0n;
  // A scalar document is an array of one.
  if (root.kind !== "array" && root.kind !== "object") flag(ARRAY_FLAG);
  visit(root);
  return BigInt.asIntN(seed === undefined ? 32 : 64, hash);
};

function hashJsonScalar(node: JsonNode, seed: bigint | undefined): bigint {
  switch (node.kind) {
    case "null":
      return 1n + (seed ?? 0n);
    case "bool":
      if (seed) return hashWord(Number(node.value), seed);
      return node.value ? 2n : 4n;
    case "number":
      return hashNumeric(node.text, seed);
    case "string":
      return hashBytes(encodeUtf8(node.text), seed);
    default:
      return 0n;
  }
}

const turn32 = (hash: bigint): bigint => {
  const bits = BigInt.asUintN(32, hash);
  return BigInt.asUintN(32, (bits << 1n) | (bits >> 31n));
};
/** Both halves turn by themselves. */
const turn64 = (hash: bigint): bigint => {
  const bits = BigInt.asUintN(64, hash);
  return (turn32(bits >> 32n) << 32n) | turn32(bits);
};

const byType: ReadonlyMap<Oid, Hash> = new Map<Oid, Hash>([
  [T.bool, word],
  [T.bytea, bytes],
  [T.char, char],
  [T.name, text],
  [T.int8, long],
  [T.int2, word],
  [T.int4, word],
  [T.text, text],
  [T.varchar, text],
  [T.oid, word],
  [T.tid, tid],
  [T.xid, word],
  [T.cid, word],
  [T.oidvector, vector],
  [T.float4, float],
  [T.float8, float],
  [T.macaddr, bytes],
  [T.macaddr8, bytes],
  [T.inet, network],
  [T.cidr, network],
  [T.money, long],
  [T.aclitem, aclitem],
  [T.bpchar, text],
  [T.date, word],
  [T.time, long],
  [T.timetz, timetz],
  [T.timestamp, long],
  [T.timestamptz, long],
  [T.interval, interval],
  [T.numeric, numeric],
  [T.uuid, bytes],
  [T.pgLsn, unsigned],
  [T.xid8, unsigned],
  [T.jsonb, jsonb],
]);

const REG_TYPES = new Set<Oid>([
  T.regproc,
  T.regprocedure,
  T.regoper,
  T.regoperator,
  T.regclass,
  T.regtype,
  T.regconfig,
  T.regdictionary,
  T.regnamespace,
  T.regrole,
  T.regcollation,
]);

/** What PostgreSQL hashes keys of partitions with. */
export const PARTITION_SEED = 0x7a5b22367996dcfdn;

/** Of the hashes of a row's keys; NULLs count for nothing. Unsigned. */
export function combinedKeyHash(hashes: readonly Scalar[]): bigint {
  let all = 0n;
  for (const hash of hashes) {
    if (hash === null) continue;
    const one = BigInt.asUintN(64, asInteger(hash));
    const mixed = one + 0x49a0f4dd15e5a8e3n + (all << 54n) + (all >> 7n);
    all ^= BigInt.asUintN(64, mixed);
  }
  return all;
}

/** What hashes values of any type. Throws 42883 where nothing does. */
export function hashOf(type: Oid, extended: boolean, context: TypeContext): Hash {
  const found = byType.get(type) ?? (REG_TYPES.has(type) ? word : undefined);
  if (found) return found;
  if (type === T.record || codecOf(type, context).composite) return record;
  if (isEnum(type, context)) return label;
  const kind = context.catalog.find(pgType, "key", [type])?.typtype;
  if (kind === "r" || kind === "m") return rangesOf(type);
  if (codecOf(type, context).storage === "text" && isArray(type, context)) return arrayOf(type);
  const which = extended ? "an extended hash function" : "a hash function";
  throw new SqlError("42883", `could not identify ${which} for type ${typeLabel(type, context)}`);
}

const isEnum = (type: Oid, { catalog }: TypeContext): boolean =>
  catalog.find(pgType, "key", [type])?.typtype === "e";

function isArray(type: Oid, context: TypeContext): boolean {
  try {
    return elementOf(type, context) !== 0;
  } catch {
    return false;
  }
}

/** Labels hash as their oids. */
const label: Hash = (value, seed) => hashWord(Number(value), seed);

/** hash * 31 + the next one's; NULL counts as 0. */
function combined(hashes: readonly bigint[], first: bigint, seed: bigint | undefined): bigint {
  const bits = seed === undefined ? 32 : 64;
  return hashes.reduce((sum, hash) => BigInt.asIntN(bits, sum * 31n + hash), first);
}

const arrayOf =
  (type: Oid): Hash =>
  (value, seed, context) => {
    const element = elementOf(type, context);
    const hash = hashOf(element, seed !== undefined, context);
    const { elements } = readArray(type, value, context);
    const hashes = elements.map((item) => (item === null ? 0n : hash(item, seed, context)));
    return combined(hashes, 1n, seed);
  };

const record: Hash = (value, seed, context) => {
  const { types, values } = decodeRecord(asText(value), codecOf, context);
  const hashes = values.map((field, at) => {
    const hash = hashOf(types[at] as Oid, seed !== undefined, context);
    return field === null ? 0n : hash(field, seed, context);
  });
  return combined(hashes, 0n, seed);
};

/** What is told of the bounds, in one number. */
const flagsOf = ({ lower, upper }: Range): number =>
  (lower.inclusive ? 2 : 0) +
  (upper.inclusive ? 4 : 0) +
  (lower.value === undefined ? 8 : 0) +
  (upper.value === undefined ? 16 : 0);
const EMPTY = 1;

/** Flags, then bounds; the ranges of a multirange as the elements of an array. */
const rangesOf =
  (type: Oid): Hash =>
  (value, seed, context) => {
    const made = rangeTypeOf(type, context);
    const hash = hashOf(subtypeOf(type, context), seed !== undefined, context);
    const ofBound = (bound: Bound) =>
      bound.value === undefined ? 0n : hash(bound.value, seed, context);
    const ofRange = (range: RangeValue): bigint => {
      const flags = hashWord(range === "empty" ? EMPTY : flagsOf(range), seed);
      const [lower, upper] = range === "empty" ? [0n, 0n] : [range.lower, range.upper].map(ofBound);
      const turned = (seed === undefined ? turn32 : turn64)(flags ^ (lower as bigint));
      return BigInt.asIntN(seed === undefined ? 32 : 64, turned ^ (upper as bigint));
    };
    const text = asText(value);
    if (!text.startsWith('{"m"')) return ofRange(decodeRange(text, made));
    return combined(decodeMultirange(text, made).map(ofRange), 1n, seed);
  };

function subtypeOf(type: Oid, { catalog }: TypeContext): Oid {
  const row =
    catalog.find(pgRange, "key", [type]) ?? catalog.find(pgRange, "rngmultitypid", [type]);
  assert(row !== undefined, `range type ${type} is in pg_range`);
  return row.rngsubtype;
}

/** Name, declared type, name of the function with a seed, and the hash. */
const named: readonly (readonly [name: string, type: string, extended: string, Hash])[] = [
  ["hashint2", "int2", "hashint2extended", word],
  ["hashint4", "int4", "hashint4extended", word],
  ["hashint8", "int8", "hashint8extended", long],
  ["hashfloat4", "float4", "hashfloat4extended", float],
  ["hashfloat8", "float8", "hashfloat8extended", float],
  ["hashoid", "oid", "hashoidextended", word],
  ["hashchar", "char", "hashcharextended", char],
  ["hashname", "name", "hashnameextended", text],
  ["hashtext", "text", "hashtextextended", text],
  ["hashbpchar", "bpchar", "hashbpcharextended", text],
  ["hashoidvector", "oidvector", "hashoidvectorextended", vector],
  ["hashtid", "tid", "hashtidextended", tid],
  ["hashmacaddr", "macaddr", "hashmacaddrextended", bytes],
  ["hashmacaddr8", "macaddr8", "hashmacaddr8extended", bytes],
  ["hashinet", "inet", "hashinetextended", network],
  ["hash_numeric", "numeric", "hash_numeric_extended", numeric],
  ["hash_aclitem", "aclitem", "hash_aclitem_extended", aclitem],
  ["hash_record", "record", "hash_record_extended", record],
  ["time_hash", "time", "time_hash_extended", long],
  ["timetz_hash", "timetz", "timetz_hash_extended", timetz],
  ["timestamp_hash", "timestamp", "timestamp_hash_extended", long],
  ["interval_hash", "interval", "interval_hash_extended", interval],
  ["uuid_hash", "uuid", "uuid_hash_extended", bytes],
  ["pg_lsn_hash", "pg_lsn", "pg_lsn_hash_extended", unsigned],
  ["jsonb_hash", "jsonb", "jsonb_hash_extended", jsonb],
];

const polymorphic: readonly (readonly [name: string, type: string, extended: string])[] = [
  ["hash_array", "anyarray", "hash_array_extended"],
  ["hashenum", "anyenum", "hashenumextended"],
  ["hash_range", "anyrange", "hash_range_extended"],
  ["hash_multirange", "anymultirange", "hash_multirange_extended"],
];

export const hashFunctions: readonly FunctionDefinition[] = [
  ...named.flatMap(([name, type, extended, hash]) => [
    define(`${name}(${type})`, (context, value = null) => hash(value, undefined, context)),
    define(`${extended}(${type}, int8)`, (context, value = null, seed = 0n) =>
      hash(value, asInteger(seed), context),
    ),
  ]),
  ...polymorphic.flatMap(([name, type, extended]) => [
    defineFor(`${name}(${type})`, ({ args }) => (context, value = null) => {
      const hash = hashOf(args[0] as Oid, false, context);
      return hash(value, undefined, context);
    }),
    defineFor(`${extended}(${type}, int8)`, ({ args }) => (context, value = null, seed = 0n) => {
      const hash = hashOf(args[0] as Oid, true, context);
      return hash(value, asInteger(seed), context);
    }),
  ]),
];
