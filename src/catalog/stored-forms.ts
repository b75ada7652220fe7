/**
 * Types whose equal values have several stored forms: 1.0 and 1.00, 24 hours and 1 day. Of these an
 * index keeps sort keys instead of the values.
 */
import type { Oid } from "../base/ids.ts";
import type { CatalogReader } from "./reader.ts";
import { pgType } from "./relations/pg-type.ts";

/** numeric, interval, timetz, record. */
const severalForms = new Set([1700, 1186, 1266, 2249]);

export function hasSeveralForms(catalog: CatalogReader, type: Oid): boolean {
  if (severalForms.has(type)) return true;
  const row = catalog.find(pgType, "key", [type]);
  if (!row) return false;
  if (row.typtype === "d") return hasSeveralForms(catalog, row.typbasetype);
  if (row.typtype === "c") return true;
  return row.typlen === -1 && row.typelem !== 0 && hasSeveralForms(catalog, row.typelem);
}
