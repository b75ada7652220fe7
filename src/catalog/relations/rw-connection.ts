/**
 * rw_connection: servers that sinks name instead of saying how to reach them;
 * rw_catalog.rw_connections shows it.
 */
import { defineRelation, nameColumn, oidColumn, textColumn } from "../relation.ts";

export const rwConnection = defineRelation({
  name: "rw_connection",
  schema: "rw_catalog",
  oid: 15109,
  columns: {
    oid: oidColumn(),
    connname: nameColumn(),
    connnamespace: oidColumn({ references: "pg_namespace" }),
    connowner: oidColumn({ references: "pg_authid" }),
    /** The connector of the sinks that it is for. */
    type: textColumn(),
    /** An object in JSON: what WITH says, but for the type. It may hold passwords. */
    options: textColumn(),
  },
  key: ["oid"],
  unique: { name_nsp: ["connname", "connnamespace"] },
});
