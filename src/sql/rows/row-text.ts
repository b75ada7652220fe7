/** Rows and keys as DETAIL lines show them. */
import type { Oid } from "../../base/ids.ts";
import { isRowSecured, may, mayColumns, securableRelation } from "../../catalog/privileges.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { formatText } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";
import type { Partitioning } from "./partitioning.ts";
import type { IndexShape, TableShape } from "./table-shape.ts";

/** Longer values are cut in "Failing row contains". */
const VALUE_BYTES_MAX = 64;

function valueText(type: Oid, typmod: number, value: Scalar, context: TypeContext): string {
  return value === null ? "null" : formatText(type, value, context, typmod);
}

/**
 * Whether the user may read the table, or all of these columns (attnums; 0 = none). Where row
 * security may hide rows, none is shown.
 */
export function mayRead(
  { oid }: TableShape,
  attributes: readonly number[],
  { catalog, user }: TypeContext,
): boolean {
  const table = catalog.find(pgClass, "key", [oid]);
  if (table && isRowSecured(catalog, user.oid, table)) return false;
  if (!table || may(catalog, user.oid, securableRelation(table), "r")) return true;
  if (attributes.length === 0 || attributes.includes(0)) return false;
  return mayColumns(catalog, user.oid, table, "r", new Set(attributes));
}

/**
 * (1, null, some text); of whoever may read some columns alone, or has given some their values,
 * (a, c) = (1, some text).
 */
export function failingRow(
  shape: TableShape,
  row: readonly Scalar[],
  given: readonly number[],
  context: TypeContext,
): { readonly detail?: string } {
  const { catalog, user } = context;
  const table = catalog.find(pgClass, "key", [shape.oid]);
  if (table && isRowSecured(catalog, user.oid, table)) return {};
  const isWhole = mayRead(shape, [], context);
  const columns = shape.columns.filter(
    ({ number }) => isWhole || given.includes(number) || mayRead(shape, [number], context),
  );
  if (columns.length === 0) return {};
  const values = columns.map(({ number, type, typmod }) =>
    cut(valueText(type, typmod, row[number - 1] ?? null, context)),
  );
  const names = isWhole ? "" : `(${columns.map(({ name }) => name).join(", ")}) = `;
  return { detail: `Failing row contains ${names}(${values.join(", ")}).` };
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= VALUE_BYTES_MAX) return text;
  let end = VALUE_BYTES_MAX;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.subarray(0, end).toString()}...`;
}

const regTypes = new Set<Oid>([
  ...[T.regclass, T.regtype, T.regproc, T.regprocedure, T.regoper, T.regoperator],
  ...[T.regrole, T.regnamespace, T.regcollation, T.regconfig, T.regdictionary],
]);

export interface KeyType {
  readonly type: Oid;
  readonly typmod: number;
}

/** (a, b)=(1, x) */
export function keyText(
  names: readonly string[],
  types: readonly KeyType[],
  values: readonly Scalar[],
  context: TypeContext,
): string {
  const shown = values.map((value, at) => {
    const { type, typmod } = types[at] as KeyType;
    return valueText(type, typmod, value, context);
  });
  return `(${names.join(", ")})=(${shown.join(", ")})`;
}

/** What indexes keep of some types is another's values: an oid of regclass and its kin. */
const keptAs = (type: Oid): Oid => (type === T.cidr ? T.inet : regTypes.has(type) ? T.oid : type);

/** As `keyText`, of the keys of an index. */
export const indexKeyText = (
  names: readonly string[],
  types: readonly KeyType[],
  values: readonly Scalar[],
  context: TypeContext,
): string => {
  const kept = types.map(({ type, typmod }) => ({ type: keptAs(type), typmod }));
  return keyText(names, kept, values, context);
};

/** Of a row that no partition takes; undefined when the user may not read its key. */
export function partitionKeyText(
  shape: TableShape,
  { keys, relation }: Partitioning,
  values: readonly Scalar[],
  context: TypeContext,
  printKey: (relation: Oid, key: number) => string,
): string | undefined {
  if (
    !mayRead(
      shape,
      keys.map(({ attribute }) => attribute),
      context,
    )
  )
    return undefined;
  const names = keys.map((_, at) => printKey(relation, at + 1));
  const shown = keys.map(({ expression: { type, typmod } }, at) =>
    cut(valueText(type, typmod, values[at] ?? null, context)),
  );
  return `Partition key of the failing row contains (${names.join(", ")}) = (${shown.join(", ")}).`;
}

/** What the keys of an index are called: column names, or the printed expressions. */
export function keyNames(
  shape: TableShape,
  index: IndexShape,
  printed: (key: number) => string,
): string[] {
  return index.keys.map(({ attribute }, at) =>
    attribute === 0
      ? printed(at + 1)
      : quoteIdentifier(shape.columns.find(({ number }) => number === attribute)?.name ?? ""),
  );
}
