/**
 * COMPRESSION of a column's long values. https://www.postgresql.org/docs/15/storage-toast.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DdlContext } from "./context.ts";

const COMPRESSIONS: ReadonlyMap<string, string> = new Map([
  ["pglz", "p"],
  ["lz4", "l"],
]);

/** pg_attribute.attcompression: empty = what default_toast_compression says. */
export function compressionOf(context: DdlContext, type: Oid, method: string | undefined): string {
  if (method === undefined || method === "default") return "";
  if (!isToastable(context, type)) {
    const shown = context.expressions.typeText(type);
    throw new SqlError("0A000", `column data type ${shown} does not support compression`);
  }
  const found = COMPRESSIONS.get(method);
  if (found !== undefined) return found;
  throw new SqlError("22023", `invalid compression method "${method}"`);
}

/** The method that attcompression stands for; undefined = the default one. */
export const compressionMethod = (attcompression: string): string | undefined =>
  [...COMPRESSIONS].find(([, letter]) => letter === attcompression)?.[0];

export const isToastable = (context: DdlContext, type: Oid): boolean =>
  context.catalog.find(pgType, "key", [type])?.typstorage !== "p";
