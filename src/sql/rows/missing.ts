/**
 * WHAT ROWS LACK: values of columns that were added with a default, pg_attribute.attmissingval. It
 * is the text of an array of one element, under settings that are nobody's, as every session reads
 * it. https://www.postgresql.org/docs/15/catalog-pg-attribute.html
 */
import type { Oid } from "../../base/ids.ts";
import type { MissingValue } from "../../catalog/ddl/row-work.ts";
import { quoteElement } from "../types/array-codec.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { formatText, parseText } from "../types/type-io.ts";

const settings: ReadonlyMap<string, string> = new Map([
  ["datestyle", "ISO, MDY"],
  ["intervalstyle", "postgres"],
  ["timezone", "UTC"],
  ["extra_float_digits", "1"],
  ["bytea_output", "hex"],
]);

const nobodys = (types: TypeContext): TypeContext => ({
  catalog: types.catalog,
  user: types.user,
  searchPath: types.searchPath,
  transactionTime: types.transactionTime,
  setting: (name) => settings.get(name.toLowerCase()) ?? types.setting(name),
  // What is stored was held against its domain before.
  checkDomain: () => {},
});

/** What they name may get another name: by number. */
const named = new Set([24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191]);

type Missing = Pick<MissingValue, "type" | "typmod" | "text">;

interface ValueType {
  readonly type: Oid;
  readonly typmod: number;
}

/** Values as the text of an array, which a column of the type anyarray holds. */
export function formatValues(
  values: readonly NonNullable<Scalar>[],
  { type, typmod }: ValueType,
  types: TypeContext,
): string {
  const settled = nobodys(types);
  const texts = values.map((value) =>
    named.has(type) ? String(value) : formatText(type, value, settled, typmod),
  );
  return `{${texts.map((text) => quoteElement(text, ",")).join(",")}}`;
}

export const formatMissing = (
  value: NonNullable<Scalar>,
  type: ValueType,
  types: TypeContext,
): string => formatValues([value], type, types);

export function parseMissing({ type, typmod, text }: Missing, types: TypeContext): Scalar {
  const inner = text.slice(1, -1);
  const value = inner.startsWith('"') ? inner.slice(1, -1).replaceAll(/\\(.)/gs, "$1") : inner;
  return parseText(type, value, typmod, nobodys(types));
}

export const missingValues = (
  missing: readonly MissingValue[],
  types: TypeContext,
): ReadonlyMap<number, Scalar> =>
  new Map(missing.map((each) => [each.attnum, parseMissing(each, types)]));

/** A stored row with a value for each of `width` attribute numbers. */
export function paddedRow(
  row: readonly Scalar[],
  width: number,
  missing: ReadonlyMap<number, Scalar>,
): Scalar[] {
  const padded: Scalar[] = [...row];
  for (let at = row.length; at < width; at++) padded.push(missing.get(at + 1) ?? null);
  return padded;
}
