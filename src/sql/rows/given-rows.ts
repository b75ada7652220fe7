/**
 * ROWS THAT A QUERY IS GIVEN: what a step of a statement answers, as one parameter of those that
 * read it. JSON, so that SQLite opens it on any thread: an array of rows, each an array of values,
 * blobs in hexadecimal.
 */
import type { Scalar } from "../types/scalar.ts";

export const givenRows = (rows: readonly (readonly Scalar[])[]): string =>
  `[${rows.map((row) => `[${row.map(valueText).join()}]`).join()}]`;

function valueText(value: Scalar): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  return `"${Buffer.from(value).toString("hex")}"`;
}
