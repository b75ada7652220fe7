/** Schemas. https://www.postgresql.org/docs/15/catalog-pg-namespace.html */
import { aclColumn, defineRelation, nameColumn, oidColumn } from "../relation.ts";

export const pgNamespace = defineRelation({
  name: "pg_namespace",
  oid: 2615,
  columns: {
    oid: oidColumn(),
    nspname: nameColumn(),
    nspowner: oidColumn({ references: "pg_authid" }),
    nspacl: aclColumn(),
  },
  key: ["oid"],
  unique: { nspname: ["nspname"] },
});
