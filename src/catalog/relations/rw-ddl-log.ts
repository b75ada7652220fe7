/**
 * rw_ddl_log: what each commit did, by whom and with which words. It is derived from the log as it
 * is applied and has no rows in the other catalogs; rw_catalog.rw_ddl_history shows it.
 */
import {
  defineRelation,
  int4Column,
  int8Column,
  optionalTextColumn,
  otherColumn,
  textColumn,
} from "../relation.ts";

const TIMESTAMPTZ = 1184;
const TEXT_ARRAY = 1009;

export const rwDdlLog = defineRelation({
  name: "rw_ddl_log",
  schema: "rw_catalog",
  oid: 15100,
  shared: true,
  columns: {
    epoch: int8Column(),
    time: otherColumn<bigint>(TIMESTAMPTZ, "bigint", false),
    user_name: textColumn(),
    session: int4Column(),
    xid: int8Column(),
    /** Where the changes are; null when they are of the whole cluster. */
    database: optionalTextColumn(),
    statement: textColumn(),
    /** `created table public.t`, in the order in which they were touched. */
    objects: otherColumn<readonly string[]>(TEXT_ARRAY, "array", false),
  },
  key: ["epoch"],
  indexes: { time: ["time"] },
});
