/** VALUES: rows of expressions. */
import type { Expression } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import type { Scope } from "./scope.ts";

/**
 * SQLite names the columns of VALUES (column1 …) only where all values are constants. Without
 * LIMIT, SQLite 3.53 makes them a part of the query around, and reads what stands beside their
 * columns there as NULL, behind a LEFT JOIN whose first row has no partner.
 */
export function valuesText(
  emitter: Emitter,
  scope: Scope,
  rows: readonly (readonly Expression[])[],
): string {
  // Rows without columns have one here that nobody names.
  const texts = rows.map(
    (row) => `(${row.map((value) => emitter.expression(scope, value)).join(", ") || "NULL"})`,
  );
  const values = `VALUES ${texts.join(", ")}`;
  const limit = rows.length > 1 ? " LIMIT -1" : "";
  if (rows.flat().every(({ kind }) => kind === "constant" || kind === "parameter")) {
    return limit === "" ? values : `SELECT * FROM (${values})${limit}`;
  }
  const alias = emitter.alias("v");
  const columns = (rows[0] ?? []).map((_, at) => `column${at + 1}`).join(", ") || "column1";
  return `WITH ${alias}(${columns}) AS (${values}) SELECT * FROM ${alias}${limit}`;
}
