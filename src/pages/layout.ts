/**
 * How a stored relation lies in the pages: what catalog/relations declares, minus what only the
 * catalog cares about.
 */
import type { Oid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";

/**
 * How a column's value is stored in SQLite:
 *   bool    INTEGER 0/1          int   INTEGER, read as number (int2, int4, oid, xid)
 *   bigint  INTEGER, read with safeIntegers as bigint (int8)
 *   real    REAL                 text  TEXT
 *   blob    BLOB                 array TEXT holding JSON (catalog arrays)
 */
export type StoredAs = "bool" | "int" | "bigint" | "real" | "text" | "blob" | "array";

export interface ColumnLayout {
  readonly name: string;
  readonly storedAs: StoredAs;
  /** What it holds in rows of a log from before it was there: then it is one of the last. */
  readonly initial?: Value | undefined;
}

export interface TableLayout {
  readonly rel: Oid;
  readonly name: string;
  /** Shared relations have database key 0 in every row. */
  readonly shared: boolean;
  readonly columns: readonly ColumnLayout[];
  /** Positions of the columns that identify a row among the visible ones. */
  readonly key: readonly number[];
  /** Positions of the columns of each index; index 0 is the key. */
  readonly indexes: readonly (readonly number[])[];
  /**
   * Of a relation whose built-in rows a database may replace: a row of its own hides the built-in
   * one with the same key. Where the text in this column is empty, the row does nothing else: it
   * is not seen itself. Columns that an index has are the same in both rows.
   */
  readonly cover?: number;
}

/** Whether a row only hides a built-in one. */
export const isCover = ({ cover }: TableLayout, row: Row): boolean =>
  cover !== undefined && row[cover] === "";
