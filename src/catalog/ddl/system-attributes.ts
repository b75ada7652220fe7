/**
 * Columns that every table has beside its own. They have numbers and no rows.
 * https://www.postgresql.org/docs/15/ddl-system-columns.html
 */
import type { ClassTuple } from "../names.ts";

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ["ctid", -1],
  ["xmin", -2],
  ["cmin", -3],
  ["xmax", -4],
  ["cmax", -5],
  ["tableoid", -6],
]);

export const isSystemColumn = (name: string): boolean => NUMBERS.has(name);

/** Views and composite types have none. */
export const systemColumnNumber = (
  { relkind }: Pick<ClassTuple, "relkind">,
  name: string,
): number | undefined => (relkind === "v" || relkind === "c" ? undefined : NUMBERS.get(name));
