/**
 * Column defaults and generation expressions.
 * https://www.postgresql.org/docs/15/catalog-pg-attrdef.html
 */
import { defineRelation, int2Column, oidColumn, otherColumn } from "../relation.ts";

export const pgAttrdef = defineRelation({
  name: "pg_attrdef",
  oid: 2604,
  columns: {
    oid: oidColumn(),
    adrelid: oidColumn({ references: "pg_class" }),
    adnum: int2Column(),
    adbin: otherColumn<string>(194, "text", false),
  },
  key: ["oid"],
  unique: { adrelid_adnum: ["adrelid", "adnum"] },
});
