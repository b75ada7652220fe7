/**
 * HOW MANY BYTES A VALUE TAKES IN POSTGRESQL'S TABLES, for pg_statistic.stawidth: the length of its
 * type, or for types of any length what its varlena has, without compression. Types that are stored
 * here in a form of their own, such as arrays and jsonb, count with that form's bytes.
 * https://www.postgresql.org/docs/15/storage-page-layout.html
 */
import type { Oid } from "../../base/ids.ts";
import { parseDecimal } from "../types/decimal.ts";
import type { Scalar } from "../types/scalar.ts";
import { T } from "../types/type-oids.ts";

/** Bytes of data up to which one byte tells the length; else there are four. */
const SHORT_MAX = 126;
const [SHORT_HEADER, HEADER] = [1, 4];
/** Bytes of typmod beside the length of char(n). */
const TYPMOD_HEADER = 4;

export type DataBytes = (value: NonNullable<Scalar>) => number;

/** Bytes of a value's data, without what tells its length; of a type without a fixed length. */
export function dataBytesOf(type: Oid, typmod: number): DataBytes {
  if (type === T.numeric) return (value) => numericBytes(String(value));
  if (type === T.bpchar && typmod >= TYPMOD_HEADER) {
    const length = typmod - TYPMOD_HEADER;
    return (value) => {
      const text = String(value);
      return Buffer.byteLength(text) + Math.max(length - [...text].length, 0);
    };
  }
  if (type === T.bit || type === T.varbit) return (bits) => 4 + Math.ceil(lengthOf(bits) / 8);
  // Family, network, length of the mask and address, of which PostgreSQL has no network.
  if (type === T.inet || type === T.cidr) return (value) => 2 + (lengthOf(value) - 2) / 2;
  return lengthOf;
}

/** Bytes of the form in which a value is stored. */
function lengthOf(value: NonNullable<Scalar>): number {
  if (typeof value === "bigint") return 8;
  return typeof value === "string" ? Buffer.byteLength(value) : value.length;
}

/** With what tells the length: `isStored`: in a row, where a short one takes less. */
export const varlenaBytes = (data: number, isStored: boolean): number =>
  data + (isStored && data <= SHORT_MAX ? SHORT_HEADER : HEADER);

/** Decimal digits in one digit of a stored numeric. */
const GROUP = 4;
const GROUP_BYTES = 2;
/** What a short header holds. */
const [SCALE_MAX, WEIGHT_MIN, WEIGHT_MAX] = [63, -64, 63];

/** Of numeric's digits to the base of 10000, and the header before them. */
function numericBytes(text: string): number {
  const { special, scale } = parseDecimal(text);
  if (special) return 2;
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const before = Math.ceil(whole.length / GROUP);
  const digits =
    whole.padStart(before * GROUP, "0") +
    fraction.padEnd(Math.ceil(fraction.length / GROUP) * GROUP, "0");
  const groups = digits.match(/.{4}/g) ?? [];
  const first = groups.findIndex((group) => group !== "0000");
  const last = groups.findLastIndex((group) => group !== "0000");
  const weight = first < 0 ? 0 : before - 1 - first;
  const isShort = scale <= SCALE_MAX && weight >= WEIGHT_MIN && weight <= WEIGHT_MAX;
  return (isShort ? 2 : 4) + (first < 0 ? 0 : (last - first + 1) * GROUP_BYTES);
}
