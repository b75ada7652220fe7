/** Event triggers. https://www.postgresql.org/docs/15/catalog-pg-event-trigger.html */
import {
  charColumn,
  defineRelation,
  nameColumn,
  oidColumn,
  optionalTextArrayColumn,
} from "../relation.ts";

export const pgEventTrigger = defineRelation({
  name: "pg_event_trigger",
  oid: 3466,
  columns: {
    oid: oidColumn(),
    evtname: nameColumn(),
    evtevent: nameColumn(),
    evtowner: oidColumn({ references: "pg_authid" }),
    evtfoid: oidColumn({ references: "pg_proc" }),
    /** O origin, D disabled, R replica, A always */
    evtenabled: charColumn({ initial: "O" }),
    evttags: optionalTextArrayColumn(),
  },
  key: ["oid"],
  unique: { evtname: ["evtname"] },
});
