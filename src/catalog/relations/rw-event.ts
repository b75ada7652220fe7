/** rw_event: what has happened that nobody was there to be told of; rw_event_logs shows it. */
import { defineRelation, oidColumn, otherColumn, textColumn } from "../relation.ts";

const TIMESTAMPTZ = 1184;

export const rwEvent = defineRelation({
  name: "rw_event",
  schema: "rw_catalog",
  oid: 15104,
  shared: true,
  columns: {
    id: oidColumn(),
    time: otherColumn<bigint>(TIMESTAMPTZ, "bigint", false),
    type: textColumn(),
    /** An object in JSON. */
    info: textColumn(),
  },
  key: ["id"],
});
