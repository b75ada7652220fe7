/**
 * Who sees a tuple version. Every SQL statement over the pages says the same in its WHERE clause.
 */
import type { Epoch, Oid } from "../base/ids.ts";
import type { Row } from "../base/value.ts";

/**
 * One stored version of a row: created by commit `xmin`, ended by commit `xmax` (EPOCH_MAX: by
 * nobody).
 */
export interface TupleVersion {
  /** The database that the row belongs to; 0 = to all of them. */
  readonly db: Oid;
  readonly xmin: Epoch;
  readonly xmax: Epoch;
  readonly row: Row;
}

export function isVisible(version: Omit<TupleVersion, "row">, db: Oid, epoch: Epoch): boolean {
  return version.xmin <= epoch && epoch < version.xmax && (version.db === 0 || version.db === db);
}
