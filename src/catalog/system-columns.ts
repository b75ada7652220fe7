/** COLUMNS THAT EVERY TABLE HAS and no row of pg_attribute describes here. */
import { type Oid, oid } from "../base/ids.ts";

const TYPES: ReadonlyMap<string, Oid> = new Map([
  ["tableoid", oid(26)],
  ["ctid", oid(27)],
  ["xmin", oid(28)],
  ["xmax", oid(28)],
  ["cmin", oid(29)],
  ["cmax", oid(29)],
]);

export const isSystemColumn = (name: string): boolean => TYPES.has(name);

/** undefined = it is none of them. */
export const systemColumnType = (name: string): Oid | undefined => TYPES.get(name);
