/**
 * Columns that every table has beside its own. They have numbers and types, and no rows of
 * pg_attribute here.
 * https://www.postgresql.org/docs/15/ddl-system-columns.html
 */
import { type Oid, oid } from "../base/ids.ts";
import type { ClassTuple } from "./names.ts";

interface SystemColumn {
  readonly attnum: number;
  readonly type: Oid;
}

const COLUMNS: ReadonlyMap<string, SystemColumn> = new Map([
  ["ctid", { attnum: -1, type: oid(27) }],
  ["xmin", { attnum: -2, type: oid(28) }],
  ["cmin", { attnum: -3, type: oid(29) }],
  ["xmax", { attnum: -4, type: oid(28) }],
  ["cmax", { attnum: -5, type: oid(29) }],
  ["tableoid", { attnum: -6, type: oid(26) }],
]);

export const isSystemColumn = (name: string): boolean => COLUMNS.has(name);

/** undefined = it is none of them. */
export const systemColumnType = (name: string): Oid | undefined => COLUMNS.get(name)?.type;

export const systemColumnName = (attnum: number): string =>
  [...COLUMNS].find(([, column]) => column.attnum === attnum)?.[0] ?? "";

/** undefined = it is none of them; views and composite types have none. */
export const systemColumnNumber = (
  { relkind }: Pick<ClassTuple, "relkind">,
  name: string,
): number | undefined =>
  relkind === "v" || relkind === "c" ? undefined : COLUMNS.get(name)?.attnum;
