/** What RETURNING names of the row that a statement has written: its columns and system columns. */
import type { Oid } from "../../base/ids.ts";
import type { Scalar } from "../types/scalar.ts";
import { rowValue } from "./row-value.ts";
import type { TableShape } from "./table-shape.ts";

export interface WrittenRow {
  readonly row: readonly Scalar[];
  readonly version: number;
  /** xmax is the transaction: ON CONFLICT has locked the row, or it was deleted. */
  readonly isTaken: boolean;
}

const SYSTEM = { ctid: -1, xmin: -2, cmin: -3, xmax: -4, cmax: -5 } as const;

/** Ids of transactions: of this one, and of the one that made a version. */
export interface WritingIds {
  /** It is given one when it is asked for. */
  readonly xid: number;
  xidOf(storage: Oid, version: number): number;
}

/** `storage`: where the version is. */
export function writtenValue(
  { shape, storage }: { readonly shape: TableShape; readonly storage: Oid },
  { row, version, isTaken }: WrittenRow,
  attribute: number,
  ids: WritingIds,
): Scalar {
  switch (attribute) {
    case SYSTEM.ctid:
      return BigInt(version);
    case SYSTEM.xmin:
      return BigInt(ids.xidOf(storage, version));
    case SYSTEM.xmax:
      return isTaken ? BigInt(ids.xid) : 0n;
    case SYSTEM.cmin:
    case SYSTEM.cmax:
      return 0n;
    default:
      return rowValue(shape, row, attribute);
  }
}
