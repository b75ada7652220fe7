/**
 * WHERE A ROW IS, as a query answers it beside its columns: its version, and where rows of several
 * tables are read as one table's, the table's oid before it, `16385/7`.
 */
import type { Oid } from "../../base/ids.ts";

export interface RowPlace {
  /** The table below the one that is read. */
  readonly member: Oid | undefined;
  readonly version: number;
}

/** `value` as SQLite answers it; undefined: there is no row. */
export function readPlace(value: unknown): RowPlace | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== "string") return { member: undefined, version: Number(value) };
  const [member, version] = value.split("/");
  return { member: Number(member) as Oid, version: Number(version) };
}
