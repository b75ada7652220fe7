/**
 * Where replicated changes came from.
 * https://www.postgresql.org/docs/15/catalog-pg-replication-origin.html
 */
import { defineRelation, oidColumn, textColumn } from "../relation.ts";

export const pgReplicationOrigin = defineRelation({
  name: "pg_replication_origin",
  oid: 6000,
  shared: true,
  columns: {
    roident: oidColumn(),
    roname: textColumn(),
  },
  key: ["roident"],
  unique: { roname: ["roname"] },
});
