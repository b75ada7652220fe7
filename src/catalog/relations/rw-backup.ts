/**
 * rw_backup: the backups of the cluster, each a directory. A row is there before its directory and
 * behind it, so that what a crash leaves is found; rw_catalog.rw_meta_snapshot shows those that are
 * whole.
 */
import { defineRelation, oidColumn, otherColumn, textColumn } from "../relation.ts";

const TIMESTAMPTZ = 1184;
const INT8 = 20;
const optional = (type: number) => otherColumn<bigint | null>(type, "bigint", true);

export const rwBackup = defineRelation({
  name: "rw_backup",
  schema: "rw_catalog",
  oid: 15107,
  shared: true,
  columns: {
    id: oidColumn(),
    /** Its directory. */
    path: textColumn(),
    started: otherColumn<bigint>(TIMESTAMPTZ, "bigint", false),
    /** NULL while it is being made or removed. */
    finished: optional(TIMESTAMPTZ),
    /** The newest commit in it. */
    epoch: optional(INT8),
    bytes: optional(INT8),
  },
  key: ["id"],
});
