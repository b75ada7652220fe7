/** Tablespaces. https://www.postgresql.org/docs/15/catalog-pg-tablespace.html */
import {
  aclColumn,
  defineRelation,
  nameColumn,
  oidColumn,
  optionalTextArrayColumn,
} from "../relation.ts";

export const pgTablespace = defineRelation({
  name: "pg_tablespace",
  oid: 1213,
  shared: true,
  columns: {
    oid: oidColumn(),
    spcname: nameColumn(),
    spcowner: oidColumn({ references: "pg_authid" }),
    spcacl: aclColumn(),
    spcoptions: optionalTextArrayColumn(),
  },
  key: ["oid"],
  unique: { spcname: ["spcname"] },
});
