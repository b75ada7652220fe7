/** Privileges on settings. https://www.postgresql.org/docs/15/catalog-pg-parameter-acl.html */
import { aclColumn, defineRelation, oidColumn, textColumn } from "../relation.ts";

export const pgParameterAcl = defineRelation({
  name: "pg_parameter_acl",
  oid: 6243,
  shared: true,
  columns: {
    oid: oidColumn(),
    parname: textColumn(),
    paracl: aclColumn(),
  },
  key: ["oid"],
  unique: { parname: ["parname"] },
});
