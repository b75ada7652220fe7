/**
 * Operator families of index access methods.
 * https://www.postgresql.org/docs/15/catalog-pg-opfamily.html
 */
import { defineRelation, nameColumn, oidColumn } from "../relation.ts";

export const pgOpfamily = defineRelation({
  name: "pg_opfamily",
  oid: 2753,
  columns: {
    oid: oidColumn(),
    opfmethod: oidColumn({ references: "pg_am" }),
    opfname: nameColumn(),
    opfnamespace: oidColumn({ references: "pg_namespace" }),
    opfowner: oidColumn({ references: "pg_authid" }),
  },
  key: ["oid"],
  unique: { am_name_nsp: ["opfmethod", "opfname", "opfnamespace"] },
});
