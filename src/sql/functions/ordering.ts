/**
 * What B-tree operator classes and max and min call: a comparison's sign as a number, the larger
 * and the smaller of two values. The numbers are those of PostgreSQL's C functions: where these
 * answer what memcmp answers, the difference of the first bytes that differ.
 * https://www.postgresql.org/docs/15/btree-support-funcs.html
 */
import type { Oid } from "../../base/ids.ts";
import { encodeUtf8, type TypeContext } from "../types/codec.ts";
import { networkOf } from "../types/inet.ts";
import type { Scalar } from "../types/scalar.ts";
import { T } from "../types/type-oids.ts";
import { comparatorOf, compareMoments, compareStored, type Moment } from "./comparisons.ts";
import { asBytes, asInteger, asText, define, defineFor } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

type Order = (a: Scalar, b: Scalar, context: TypeContext) => number;

const sign = (a: Scalar, b: Scalar): number => Math.sign(compareStored(a, b));
const difference: Order = (a, b) => Number(asInteger(a) - asInteger(b));

function memcmp(a: Uint8Array, b: Uint8Array, length = Math.min(a.length, b.length)): number {
  for (let at = 0; at < length; at++) {
    if (a[at] !== b[at]) return (a[at] as number) - (b[at] as number);
  }
  return 0;
}

const bytes = (a: Scalar, b: Scalar): number =>
  memcmp(asBytes(a), asBytes(b)) || Math.sign(asBytes(a).length - asBytes(b).length);
/** As bttextcmp answers. */
export const texts = (a: Scalar, b: Scalar): number =>
  a === b ? 0 : bytes(encodeUtf8(asText(a)), encodeUtf8(asText(b)));

/** "char": its code point is its byte. */
const characters: Order = (a, b) =>
  (asText(a).codePointAt(0) ?? 0) - (asText(b).codePointAt(0) ?? 0);

/** strncmp: the end is a zero byte. */
const names: Order = (a, b) => texts(`${asText(a)}\0`, `${asText(b)}\0`);

/** Bits are packed into bytes before they are compared. */
function packed(bits: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, at) => {
    out[at >> 3] = (out[at >> 3] as number) | ((bit & 1) << (7 - (at & 7)));
  });
  return out;
}
const bits: Order = (a, b) => {
  const [left, right] = [asBytes(a), asBytes(b)];
  return memcmp(packed(left), packed(right)) || Math.sign(left.length - right.length);
};

/** Numbers of elements, then the elements. */
const vectors: Order = (a, b) => {
  const [left, right] = [a, b].map((value) => JSON.parse(asText(value)) as number[]);
  if (!left || !right) return 0;
  if (left.length !== right.length) return left.length - right.length;
  const at = left.findIndex((value, index) => value !== right[index]);
  return at < 0 ? 0 : (left[at] as number) > (right[at] as number) ? 1 : -1;
};

/** The bits that both masks have, the masks' lengths, the whole addresses. */
const networks: Order = (a, b) => {
  const [left, right] = [networkOf(asBytes(a)), networkOf(asBytes(b))];
  const { length } = left.address;
  if (length !== right.address.length) return length - right.address.length > 0 ? 1 : -1;
  const common = Math.min(left.bits, right.bits);
  return (
    bitwise(left.address, right.address, common) ||
    left.bits - right.bits ||
    bitwise(left.address, right.address, length * 8)
  );
};

/** bitncmp: whole bytes by their difference, then bit after bit by its sign. */
function bitwise(a: Uint8Array, b: Uint8Array, count: number): number {
  const whole = memcmp(a, b, count >> 3);
  if (whole !== 0 || count % 8 === 0) return whole;
  const kept = (0xff << (8 - (count % 8))) & 0xff;
  const [left = 0, right = 0] = [a[count >> 3], b[count >> 3]];
  return Math.sign((left & kept) - (right & kept));
}

const typed =
  (type: Oid): Order =>
  (a, b, context) =>
    Math.sign(comparatorOf(type, context)(a, b));
const moments =
  (left: Moment, right: Moment): Order =>
  (a, b, context) =>
    Math.sign(compareMoments(left, right, a as bigint, b as bigint, context));

const comparisons: readonly (readonly [signature: string, order: Order])[] = [
  ["btboolcmp(bool, bool)", difference],
  ["btint2cmp(int2, int2)", difference],
  ["btint4cmp(int4, int4)", sign],
  ["btint8cmp(int8, int8)", sign],
  ["btint24cmp(int2, int4)", sign],
  ["btint28cmp(int2, int8)", sign],
  ["btint42cmp(int4, int2)", sign],
  ["btint48cmp(int4, int8)", sign],
  ["btint82cmp(int8, int2)", sign],
  ["btint84cmp(int8, int4)", sign],
  ["btfloat4cmp(float4, float4)", sign],
  ["btfloat8cmp(float8, float8)", sign],
  ["btfloat48cmp(float4, float8)", sign],
  ["btfloat84cmp(float8, float4)", sign],
  ["btoidcmp(oid, oid)", sign],
  ["btcharcmp(char, char)", characters],
  ["btnamecmp(name, name)", names],
  ["bttextcmp(text, text)", texts],
  ["btnametextcmp(name, text)", texts],
  ["bttextnamecmp(text, name)", texts],
  ["bttext_pattern_cmp(text, text)", texts],
  ["bpcharcmp(bpchar, bpchar)", texts],
  ["btbpchar_pattern_cmp(bpchar, bpchar)", texts],
  ["btoidvectorcmp(oidvector, oidvector)", vectors],
  ["gin_cmp_tslexeme(text, text)", texts],
  ["gin_compare_jsonb(text, text)", texts],
  ["byteacmp(bytea, bytea)", bytes],
  ["uuid_cmp(uuid, uuid)", bytes],
  ["bitcmp(bit, bit)", bits],
  ["varbitcmp(varbit, varbit)", bits],
  ["bttidcmp(tid, tid)", sign],
  ["xid8cmp(xid8, xid8)", sign],
  ["pg_lsn_cmp(pg_lsn, pg_lsn)", sign],
  ["macaddr_cmp(macaddr, macaddr)", sign],
  ["macaddr8_cmp(macaddr8, macaddr8)", sign],
  ["network_cmp(inet, inet)", networks],
  ["cash_cmp(money, money)", sign],
  ["numeric_cmp(numeric, numeric)", typed(T.numeric)],
  ["interval_cmp(interval, interval)", typed(T.interval)],
  ["jsonb_cmp(jsonb, jsonb)", typed(T.jsonb)],
  ["btrecordcmp(record, record)", typed(T.record)],
  ["tsvector_cmp(tsvector, tsvector)", typed(T.tsvector)],
  ["tsquery_cmp(tsquery, tsquery)", typed(T.tsquery)],
  ["date_cmp(date, date)", sign],
  ["time_cmp(time, time)", sign],
  ["timetz_cmp(timetz, timetz)", sign],
  ["timestamp_cmp(timestamp, timestamp)", sign],
  ["timestamptz_cmp(timestamptz, timestamptz)", sign],
  ["date_cmp_timestamp(date, timestamp)", moments("date", "timestamp")],
  ["date_cmp_timestamptz(date, timestamptz)", moments("date", "timestamptz")],
  ["timestamp_cmp_date(timestamp, date)", moments("timestamp", "date")],
  ["timestamptz_cmp_date(timestamptz, date)", moments("timestamptz", "date")],
  ["timestamp_cmp_timestamptz(timestamp, timestamptz)", moments("timestamp", "timestamptz")],
  ["timestamptz_cmp_timestamp(timestamptz, timestamp)", moments("timestamptz", "timestamp")],
];

/** Where both are equal the larger is the second, but for texts; the smaller the first. */
const extremes: readonly (readonly [prefix: string, type: string, of: Oid])[] = [
  ["text_", "text", T.text],
  ["bpchar_", "bpchar", T.bpchar],
  ["oid", "oid", T.oid],
  ["tid", "tid", T.tid],
  ["xid8_", "xid8", T.xid8],
  ["pg_lsn_", "pg_lsn", T.pgLsn],
  ["date_", "date", T.date],
  ["time_", "time", T.time],
  ["timetz_", "timetz", T.timetz],
  ["timestamp_", "timestamp", T.timestamp],
  ["timestamptz_", "timestamptz", T.timestamptz],
  ["interval_", "interval", T.interval],
  ["network_", "inet", T.inet],
  ["cash", "money", T.money],
];

const choose =
  (of: Oid, larger: boolean) =>
  (context: TypeContext, a: Scalar = null, b: Scalar = null): Scalar => {
    const order = comparatorOf(of, context)(a, b);
    return (larger ? order > 0 : order < 0) ? a : b;
  };

const polymorphic: readonly FunctionDefinition[] = [
  ["array", "btarraycmp"],
  ["enum", "enum_cmp"],
].flatMap(([family = "", comparison = ""]) => {
  const types = `any${family}, any${family}`;
  return [
    defineFor(`${comparison}(${types})`, ({ args }) => {
      const type = args[0] as Oid;
      return (context, a = null, b = null) => BigInt(Math.sign(comparatorOf(type, context)(a, b)));
    }),
    ...[true, false].map((larger) =>
      defineFor(`${family}_${larger ? "larger" : "smaller"}(${types})`, ({ args }) => {
        const call = choose(args[0] as Oid, larger);
        return (context, a = null, b = null) => call(context, a, b);
      }),
    ),
  ];
});

const rangeComparisons: readonly FunctionDefinition[] = ["range", "multirange"].map((kind) =>
  defineFor(`${kind}_cmp(any${kind}, any${kind})`, ({ args }) => {
    const type = args[0] as Oid;
    return (context, a = null, b = null) => BigInt(Math.sign(comparatorOf(type, context)(a, b)));
  }),
);

export const orderingFunctions: readonly FunctionDefinition[] = [
  ...comparisons.map(([signature, order]) =>
    define(signature, (context, a = null, b = null) => BigInt(order(a, b, context))),
  ),
  ...extremes.flatMap(([prefix, type, of]) =>
    [true, false].map((larger) => {
      const call = choose(of, larger);
      const name = `${prefix}${larger ? "larger" : "smaller"}`;
      return define(`${name}(${type}, ${type})`, (context, a = null, b = null) =>
        call(context, a, b),
      );
    }),
  ),
  ...polymorphic,
  ...rangeComparisons,
];
