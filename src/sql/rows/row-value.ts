/** What expressions over one row name: columns, the whole row, the table. */
import { notSupported } from "../../base/sql-error.ts";
import { systemColumnName } from "../../catalog/system-columns.ts";
import { encodeRecord } from "../types/records.ts";
import type { Scalar } from "../types/scalar.ts";
import type { TableShape } from "./table-shape.ts";

const WHOLE_ROW = 0;
const TABLEOID = -6;

/** `row` holds a value for each attribute number. 0A000 for what a row has not been given yet. */
export function rowValue(shape: TableShape, row: readonly Scalar[], attribute: number): Scalar {
  if (attribute > 0) return row[attribute - 1] ?? null;
  if (attribute === TABLEOID) return BigInt(shape.oid);
  if (attribute !== WHOLE_ROW) {
    const name = systemColumnName(attribute);
    throw notSupported(`system column "${name}" of a row that is written`);
  }
  const { columns } = shape;
  return encodeRecord({
    types: columns.map(({ type }) => type),
    names: columns.map(({ name }) => name),
    values: columns.map(({ number }) => row[number - 1] ?? null),
  });
}
