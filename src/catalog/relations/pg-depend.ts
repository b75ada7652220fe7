/**
 * What depends on what inside a database.
 * https://www.postgresql.org/docs/15/catalog-pg-depend.html
 */
import { charColumn, defineRelation, int4Column, oidColumn } from "../relation.ts";

export const pgDepend = defineRelation({
  name: "pg_depend",
  oid: 2608,
  columns: {
    classid: oidColumn({ references: "pg_class" }),
    objid: oidColumn(),
    /** The column's number when the dependent is a column, else 0. */
    objsubid: int4Column({ initial: 0 }),
    refclassid: oidColumn({ references: "pg_class" }),
    refobjid: oidColumn(),
    refobjsubid: int4Column({ initial: 0 }),
    /** n normal, a auto, i internal, P S partition, e extension, x automatic of an extension */
    deptype: charColumn(),
  },
  key: ["classid", "objid", "objsubid", "refclassid", "refobjid", "refobjsubid", "deptype"],
  indexes: { reference: ["refclassid", "refobjid", "refobjsubid"] },
});
