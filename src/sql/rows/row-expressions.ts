/**
 * EXPRESSIONS OVER ONE ROW: checks, generated columns, index keys, RETURNING. Bound over range
 * table entries, they are run with the values of a row: each column that they refer to becomes a
 * parameter.
 */
import type { Oid } from "../../base/ids.ts";
import { plainSelect, plainTarget } from "../bind/plain-select.ts";
import type { BoundQuery, Column, CommonTable, Expression } from "../bind/tree.ts";
import { tablesRead } from "../bind/with-modifying.ts";
import { recordedColumns } from "./row-columns.ts";

/** What a parameter of the made query stands for. */
export interface RowParameter {
  readonly table: number;
  readonly attribute: number;
}

export interface RowQuery {
  readonly bound: BoundQuery;
  /** Parameters behind those of the statement, in order. */
  readonly rows: readonly RowParameter[];
}

/**
 * One row of the expressions' values. `given`: types of the statement's own parameters, which keep
 * their numbers. `commonTables`: those of its WITH, which the expressions may read.
 */
export function rowQuery(
  expressions: readonly Expression[],
  names: readonly string[],
  given: readonly Oid[],
  commonTables: readonly CommonTable[] = [],
): RowQuery {
  const rows: RowParameter[] = [];
  const types: Oid[] = [...given];
  const parameterOf = (column: Column & { readonly type: Oid }): number => {
    const at = rows.findIndex(
      (row) => row.table === column.table && row.attribute === column.attribute,
    );
    if (at >= 0) return given.length + at + 1;
    rows.push({ table: column.table, attribute: column.attribute });
    types.push(column.type);
    return types.length;
  };
  const targets = expressions.map((expression, at) =>
    plainTarget(recordedColumns(expression, parameterOf), names[at]),
  );
  const read = tablesRead(expressions, commonTables);
  const query = { ...plainSelect(targets), commonTables: read };
  return { bound: { query, parameterTypes: types }, rows };
}
