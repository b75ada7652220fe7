/**
 * WHAT SORTS AND GROUPS AS A TYPE DOES, where the stored form does not. Types have keys of their
 * own (sql/types); an array's is made of its elements' keys, a record's of its fields', as bytes:
 *
 *   element  1, then integer: 8 bytes, sign flipped · text: UTF-8, 0 · bytes: 0 as 0 255, then 0 0
 *   NULL     2: behind every value
 *   end      0: a shorter array comes first; then its shape: arrays of one dimension before others,
 *   then by the lengths, then by the lower bounds
 */
import type { Oid } from "../../base/ids.ts";
import { comparatorOf } from "../functions/comparisons.ts";
import { type ArrayValue, decodeArray } from "../types/array-value.ts";
import type { TypeContext } from "../types/codec.ts";
import { decodeRecord } from "../types/records.ts";
import type { Scalar, StorageClass } from "../types/scalar.ts";
import { codecOf, elementTypeOf } from "../types/type-io.ts";

export function orderKeyOf(type: Oid, value: Scalar, context: TypeContext): Scalar {
  if (value === null) return null;
  const codec = codecOf(type, context);
  if (codec.sortKey) return codec.sortKey(value, context);
  if (codec.composite) return recordKey(String(value), context);
  const element = elementTypeOf(type, context.catalog);
  return element === undefined ? value : arrayKey(element, String(value), context);
}

function recordKey(text: string, context: TypeContext): Uint8Array {
  const { types, values } = decodeRecord(text, codecOf, context);
  const parts = values.map((value, at) => {
    const type = types[at] as Oid;
    // Throws 42883 for types that are not compared; what is only equal or not may be grouped by.
    comparatorOf(type, context, "group");
    return elementBytes(orderKeyOf(type, value, context));
  });
  return Buffer.concat([...parts, END]);
}

const arrayKey = (element: Oid, text: string, context: TypeContext): Uint8Array =>
  arrayKeyBy(text, codecOf(element, context).storage, (value) =>
    orderKeyOf(element, value, context),
  );

/** `keyOf`: of an element that is not NULL. */
export function arrayKeyBy(
  text: string,
  storage: StorageClass,
  keyOf: (element: NonNullable<Scalar>) => Scalar,
): Uint8Array {
  const array = decodeArray(text, storage);
  const parts: Uint8Array[] = [];
  for (const value of array.elements) {
    parts.push(elementBytes(value === null ? null : keyOf(value)));
  }
  parts.push(END, Buffer.from(shapeKey(array)));
  return Buffer.concat(parts);
}

function shapeKey({ dimensions, lowerBounds }: ArrayValue): string {
  if (dimensions.length > 1) {
    const numbers = [dimensions.length, ...dimensions, ...lowerBounds];
    return `~${numbers.map(sortable).join("")}`;
  }
  const [lower = 1] = lowerBounds;
  const side = lower < 1 ? "0" : lower > 1 ? "2" : "1";
  return `${dimensions.join()};${side}${side === "1" ? "" : sortable(lower)}`;
}

/** An int4 as digits whose order is that of the numbers. */
const sortable = (value: number): string => (value + 2 ** 31).toString(16).padStart(8, "0");

const END = Buffer.from([0]);
const NULL = Buffer.from([2]);
const SIGN = 1n << 63n;

function elementBytes(key: Scalar): Uint8Array {
  if (key === null) return NULL;
  if (typeof key === "bigint") {
    const bytes = Buffer.alloc(9, 1);
    bytes.writeBigUInt64BE(BigInt.asUintN(64, key ^ SIGN), 1);
    return bytes;
  }
  if (typeof key === "string") return Buffer.from(`\u0001${key}\u0000`);
  const bytes = [1];
  for (const byte of key) {
    bytes.push(byte);
    if (byte === 0) bytes.push(255);
  }
  bytes.push(0, 0);
  return Buffer.from(bytes);
}

/** As SQLite compares stored forms of one column. */
export function compareStored(a: NonNullable<Scalar>, b: NonNullable<Scalar>): number {
  if (typeof a === "string" && typeof b === "string") {
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}
