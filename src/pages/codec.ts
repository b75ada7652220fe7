/**
 * Values of a relation's columns to and from what SQLite binds and returns; see StoredAs in
 * layout.ts. Most values are their own stored form, so only the columns that need work are visited.
 */
import { assert } from "../base/assert.ts";
import type { Row, Value } from "../base/value.ts";
import type { StoredAs, TableLayout } from "./layout.ts";

export type Bound = null | number | bigint | string | Uint8Array;

/**
 * Declared type of a column: INTEGER affinity, because JS numbers bind as REAL; no other affinity
 * ever.
 */
export const declaredType = (storedAs: StoredAs): string =>
  storedAs === "bool" || storedAs === "int" || storedAs === "bigint" ? "INTEGER" : "";

function encodeValue(storedAs: StoredAs, value: Value): Bound {
  if (value === null) return null;
  switch (storedAs) {
    case "bool":
      return value ? 1 : 0;
    case "array":
      return JSON.stringify(value);
    case "real":
      assert(!Number.isNaN(value), "SQLite stores NaN as NULL");
      return value as number;
    default:
      return value as Bound;
  }
}

const PACKED_WIDTH_MIN = 8;

export class RowCodec {
  readonly width: number;
  /** Integers of this relation are read as bigint, because one of its columns may exceed 2^53. */
  readonly safeIntegers: boolean;
  /**
   * Rows are read as one JSON array instead of as columns: for wide relations that takes two thirds
   * of the time. JSON has neither bytes nor integers beyond 2^53.
   */
  readonly packed: boolean;
  readonly #converted: readonly { readonly at: number; readonly storedAs: StoredAs }[];
  readonly #kinds: readonly StoredAs[];

  constructor(layout: TableLayout) {
    this.#kinds = layout.columns.map((column) => column.storedAs);
    this.width = this.#kinds.length;
    this.safeIntegers = this.#kinds.includes("bigint");
    this.packed =
      this.width >= PACKED_WIDTH_MIN && !this.safeIntegers && !this.#kinds.includes("blob");
    this.#converted = this.#kinds
      .map((storedAs, at) => ({ at, storedAs }))
      .filter(
        ({ storedAs }) =>
          storedAs === "bool" ||
          storedAs === "array" ||
          storedAs === "real" ||
          (storedAs === "int" && this.safeIntegers),
      );
  }

  /** Writes the row's stored form into `into` from position `from` on. */
  encode(row: Row, into: Bound[], from: number): void {
    assert(row.length === this.width, `a row has ${this.width} columns, not ${row.length}`);
    for (let at = 0; at < this.width; at++) into[from + at] = row[at] as Bound;
    for (const { at, storedAs } of this.#converted) {
      if (storedAs !== "int") into[from + at] = encodeValue(storedAs, row[at] as Value);
    }
  }

  /** Writes the stored form of values for the given columns into `into` from position `from` on. */
  encodeColumns(
    columns: readonly number[],
    values: readonly Value[],
    into: Bound[],
    from: number,
  ): void {
    for (let i = 0; i < values.length; i++) {
      const storedAs = this.#kinds[columns[i] as number] as StoredAs;
      into[from + i] = encodeValue(storedAs, values[i] as Value);
    }
  }

  /**
   * Turns the values that SQLite returned into the row, in place; more values than columns are left
   * alone.
   */
  decode(raw: unknown[]): Row {
    for (const { at, storedAs } of this.#converted) {
      const value = raw[at];
      if (value === null) continue;
      if (storedAs === "bool") raw[at] = value === 1 || value === 1n;
      else if (storedAs === "array" && typeof value === "string") raw[at] = JSON.parse(value);
      else if (storedAs === "int") raw[at] = Number(value);
    }
    return raw as Row;
  }
}
