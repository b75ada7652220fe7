/** Result rows as the protocol's values: one encoder a column, made once a result. */
import type { Oid } from "../../base/ids.ts";
import type { FormatCode, ResultColumn, WireValue } from "../session/api.ts";
import type { Stored, TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";

/** Throws SqlError: 42883 for a type without binary output. */
export type ValueEncoder = (value: Scalar) => WireValue;

/** Types whose text form is the stored string. */
const plainTexts = new Set<Oid>([T.text, T.name, T.varchar, T.unknown, T.json, T.numeric, T.jsonb]);
/** Types whose text form is the stored integer's decimal digits. */
const plainIntegers = new Set<Oid>([T.int2, T.int4, T.int8, T.oid, T.xid, T.cid]);

const asIs: ValueEncoder = (value) => value as string | null;
const decimal: ValueEncoder = (value) => (value === null ? null : String(value));
const boolean: ValueEncoder = (value) => (value === null ? null : value === 1n ? "t" : "f");

function encoderOf(
  column: Pick<ResultColumn, "type" | "typmod">,
  format: FormatCode,
  context: TypeContext,
): ValueEncoder {
  const { type, typmod } = column;
  if (format === 0) {
    if (plainTexts.has(type)) return asIs;
    if (plainIntegers.has(type)) return decimal;
    if (type === T.bool) return boolean;
  }
  const codec = codecOf(type, context);
  const encode = (value: Stored): WireValue =>
    format === 0 ? codec.format(value, context, typmod) : codec.encode(value, context, typmod);
  return (value) => (value === null ? null : encode(value));
}

/** Makes rows what the client is sent. */
export function rowEncoder(
  columns: readonly ResultColumn[],
  formats: readonly FormatCode[],
  context: TypeContext,
): (row: readonly Scalar[]) => readonly WireValue[] {
  const encoders = columns.map((column, at) => encoderOf(column, formats[at] ?? 0, context));
  return (row) => encodeRow(encoders, row);
}

function encodeRow(encoders: readonly ValueEncoder[], row: readonly Scalar[]): WireValue[] {
  const values = new Array<WireValue>(encoders.length);
  for (let at = 0; at < encoders.length; at++) {
    values[at] = (encoders[at] as ValueEncoder)(row[at] as Scalar);
  }
  return values;
}
