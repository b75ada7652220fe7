/** What a body takes of a query's rows and of an error, and rows that it returns as values. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { type ArrayValue, decodeArray, encodeArray } from "../types/array-value.ts";
import { decodeRecord } from "../types/records.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf, elementTypeOf, formatText, storageClass } from "../types/type-io.ts";
import type { Returned } from "./called.ts";
import type { Port, Rows } from "./port.ts";
import type { Into, SqlText } from "./tree.ts";
import { type Frame, heldIn, type RowVariable, shapeOf } from "./variables.ts";

const [INT8, TEXT] = [20, 25] as [Oid, Oid];

/** `handled`: the error whose handler runs; `rows`: of the last statement. */
export function diagnosticOf(
  item: string,
  port: Port,
  handled: SqlError | undefined,
  rows: number,
): { readonly value: Scalar; readonly type: Oid } {
  if (item === "row_count") return { value: BigInt(rows), type: INT8 };
  const places = port.places();
  if (item === "pg_context") return { value: places.join("\n"), type: TEXT };
  const value = stackedOf(handled, item);
  if (item !== "pg_exception_context") return { value, type: TEXT };
  return { value: [value, ...places.slice(1)].join("\n"), type: TEXT };
}

function stackedOf(error: SqlError | undefined, item: string): Scalar {
  if (!error) {
    const message = "GET STACKED DIAGNOSTICS cannot be used outside an exception handler";
    throw new SqlError("0Z002", message);
  }
  const { fields } = error;
  const items: Readonly<Record<string, string | undefined>> = {
    returned_sqlstate: error.code,
    message_text: error.message,
    pg_exception_detail: fields.detail,
    pg_exception_hint: fields.hint,
    pg_exception_context: fields.where,
    column_name: fields.column,
    constraint_name: fields.constraint,
    pg_datatype_name: fields.dataType,
    table_name: fields.table,
    schema_name: fields.schema,
  };
  return items[item] ?? "";
}

/** The value of an expression. */
export function oneValue({ columns = [], rows }: Rows, { text }: SqlText) {
  const where = `query: ${text}`;
  if (columns.length !== 1) {
    throw new SqlError("42601", `query returned ${columns.length} columns`, { where });
  }
  if (rows.length > 1) throw new SqlError("21000", "query returned more than one row", { where });
  const { type, typmod } = columns[0] ?? { type: TEXT, typmod: -1 };
  return { value: rows[0]?.[0] ?? null, type, typmod };
}

/** Tags of what answers rows and is no query. */
const OF_UTILITIES = ["EXPLAIN", "SHOW"];

/** Nothing takes the rows of a statement. */
export function noDestination({ writes, tag }: Rows): SqlError {
  const hint = "If you want to discard the results of a SELECT, use PERFORM instead.";
  const isSelect = !writes && !OF_UTILITIES.includes(tag);
  const message = "query has no destination for result data";
  return new SqlError("42601", message, isSelect ? { hint } : {});
}

/** The row that INTO takes; `isMade`: of EXECUTE. */
export function rowInto({ columns, rows, writes }: Rows, { strict }: Into, isMade: boolean) {
  if (!columns) {
    throw new SqlError("42601", "INTO used with a command that cannot return data");
  }
  if (strict && rows.length === 0) throw new SqlError("P0002", "query returned no rows");
  if (rows.length > 1 && (strict || (writes && !isMade))) {
    const hint = "Make sure the query returns a single row, or use LIMIT 1.";
    throw new SqlError("P0003", "query returned more than one row", isMade ? {} : { hint });
  }
  return { columns, row: rows[0], isOneOfMany: rows.length > 1 };
}

const RECORD = 2249;
const REGTYPE = 2206 as Oid;

/** Undefined: the value is no row. */
export function rowOf(port: Port, type: Oid, value: NonNullable<Scalar>): RowVariable | undefined {
  const own = type === RECORD ? undefined : port.fieldsOf(type)?.filter(({ name }) => name !== "");
  if (type !== RECORD && !own) return undefined;
  const { types, names, values } = decodeRecord(String(value), codecOf, port.types);
  const fields = types.map((each, at) => ({
    ...{ name: own?.[at]?.name ?? names?.[at] ?? `f${at + 1}`, type: each },
    ...{ typmod: -1, collation: 0 as Oid },
  }));
  return { kind: "row", name: "", type, fields, values, isNull: false };
}

/** Of an array that FOREACH goes through: its elements, or slices of so many dimensions. */
export function elementsOf(
  { types }: Port,
  value: Scalar,
  type: Oid,
  slice: number,
): { readonly elements: readonly Scalar[]; readonly element: Oid } {
  if (value === null) throw new SqlError("22004", "FOREACH expression must not be null");
  const element = elementTypeOf(type, types.catalog);
  if (element === undefined) {
    const shown = formatText(REGTYPE, BigInt(type), types);
    const message = `FOREACH expression must yield an array, not type ${shown}`;
    throw new SqlError("42804", message);
  }
  const array = decodeArray(String(value), storageClass(element, types.catalog));
  const { length } = array.dimensions;
  if (slice > length) {
    const message = `slice dimension (${slice}) is out of the valid range 0..${length}`;
    throw new SqlError("2202E", message);
  }
  if (slice === 0) return { elements: array.elements, element };
  return { elements: slicesOf(array, slice).map(encodeArray), element: type };
}

function slicesOf({ dimensions, lowerBounds, elements }: ArrayValue, slice: number): ArrayValue[] {
  const inner = dimensions.slice(dimensions.length - slice);
  const bounds = lowerBounds.slice(dimensions.length - slice);
  const size = inner.reduce((product, length) => product * length, 1);
  return Array.from({ length: elements.length / size }, (_, at) => ({
    dimensions: inner,
    lowerBounds: bounds,
    elements: elements.slice(at * size, (at + 1) * size),
  }));
}

/** Undefined: it is no variable alone. */
export function variableReturned({ text }: SqlText, frame: Frame): Returned | undefined {
  const found = /^\w+(\.\w+)?$/.test(text) && frame.find(text.toLowerCase().split("."));
  if (!found) return undefined;
  if (found.field !== undefined || found.variable.kind !== "row") {
    return { value: heldIn(found), type: shapeOf(found).type };
  }
  const { fields, isNull, type } = found.variable;
  if (!fields || isNull) return { value: null, type };
  return { value: heldIn(found), type, row: found.variable };
}

export function valueReturned(
  port: Port,
  { value, type }: { readonly value: Scalar; readonly type: Oid },
): Returned {
  const fields = value === null ? undefined : rowOf(port, type, value);
  return fields ? { value, type, row: fields } : { value, type };
}
