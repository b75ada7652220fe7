/** rw_tablespace: the directories of tablespaces; PostgreSQL keeps them as links to these. */
import { defineRelation, oidColumn, textColumn } from "../relation.ts";

export const rwTablespace = defineRelation({
  name: "rw_tablespace",
  schema: "rw_catalog",
  oid: 15108,
  shared: true,
  columns: {
    spcid: oidColumn({ references: "pg_tablespace" }),
    /** As pg_tablespace_location tells it. */
    location: textColumn(),
  },
  key: ["spcid"],
  unique: { location: ["location"] },
});
