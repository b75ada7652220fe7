/** Which partition takes what no other does: pg_partitioned_table.partdefid. */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { pgPartitionedTable } from "../relations/pg-partitioned-table.ts";
import type { DdlContext } from "./context.ts";

/** Zero: none. */
export function defaultOf({ catalog }: DdlContext, parent: Oid): Oid {
  return catalog.find(pgPartitionedTable, "key", [parent])?.partdefid ?? INVALID_OID;
}

/** The table is a default partition no longer, if it was one. */
export function forgetDefault({ catalog }: DdlContext, parent: Oid, child: Oid): void {
  const row = catalog.find(pgPartitionedTable, "key", [parent]);
  if (row?.partdefid === child) {
    catalog.update(pgPartitionedTable, row, { partdefid: INVALID_OID });
  }
}
