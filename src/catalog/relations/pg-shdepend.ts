/**
 * What depends on roles and other shared objects.
 * https://www.postgresql.org/docs/15/catalog-pg-shdepend.html
 */
import { charColumn, defineRelation, int4Column, oidColumn } from "../relation.ts";

export const pgShdepend = defineRelation({
  name: "pg_shdepend",
  oid: 1214,
  shared: true,
  columns: {
    /** 0 = the dependent is shared itself */
    dbid: oidColumn({ references: "pg_database" }),
    classid: oidColumn({ references: "pg_class" }),
    objid: oidColumn(),
    objsubid: int4Column({ initial: 0 }),
    refclassid: oidColumn({ references: "pg_class" }),
    refobjid: oidColumn(),
    /** o owner, a in its privileges, r in a policy, t tablespace */
    deptype: charColumn(),
  },
  key: ["dbid", "classid", "objid", "objsubid", "refclassid", "refobjid", "deptype"],
  indexes: { reference: ["refclassid", "refobjid"] },
});
