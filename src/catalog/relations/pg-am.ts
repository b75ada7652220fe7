/** Access methods of tables and indexes. https://www.postgresql.org/docs/15/catalog-pg-am.html */
import { charColumn, defineRelation, nameColumn, oidColumn, regprocColumn } from "../relation.ts";

export const pgAm = defineRelation({
  name: "pg_am",
  oid: 2601,
  columns: {
    oid: oidColumn(),
    amname: nameColumn(),
    amhandler: regprocColumn({ references: "pg_proc" }),
    /** t table, i index */
    amtype: charColumn(),
  },
  key: ["oid"],
  unique: { name: ["amname"] },
});
