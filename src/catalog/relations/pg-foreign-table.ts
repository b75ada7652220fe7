/**
 * What pg_class says of a relation, continued for foreign tables.
 * https://www.postgresql.org/docs/15/catalog-pg-foreign-table.html
 */
import { defineRelation, oidColumn, optionalTextArrayColumn } from "../relation.ts";

export const pgForeignTable = defineRelation({
  name: "pg_foreign_table",
  oid: 3118,
  columns: {
    ftrelid: oidColumn({ references: "pg_class" }),
    ftserver: oidColumn({ references: "pg_foreign_server" }),
    ftoptions: optionalTextArrayColumn(),
  },
  key: ["ftrelid"],
});
