/** What RETURNING names of the row that a statement has written: its columns and system columns. */
import type { Scalar } from "../types/scalar.ts";
import { rowValue } from "./row-value.ts";
import type { TableShape } from "./table-shape.ts";

export interface WrittenRow {
  readonly row: readonly Scalar[];
  readonly version: number;
  /** xmax is the transaction: ON CONFLICT has locked the row, or it was deleted. */
  readonly isTaken: boolean;
}

const SYSTEM = { ctid: -1, cmin: -3, xmax: -4, cmax: -5 } as const;

/** `xid` of the transaction, which is given one when it is asked for. 0A000 for xmin. */
export function writtenValue(
  shape: TableShape,
  { row, version, isTaken }: WrittenRow,
  attribute: number,
  transaction: { readonly xid: number },
): Scalar {
  switch (attribute) {
    case SYSTEM.ctid:
      return BigInt(version);
    case SYSTEM.xmax:
      return isTaken ? BigInt(transaction.xid) : 0n;
    case SYSTEM.cmin:
    case SYSTEM.cmax:
      return 0n;
    default:
      return rowValue(shape, row, attribute);
  }
}
