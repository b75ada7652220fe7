/** Labels of enum types. https://www.postgresql.org/docs/15/catalog-pg-enum.html */
import { defineRelation, float4Column, nameColumn, oidColumn } from "../relation.ts";

export const pgEnum = defineRelation({
  name: "pg_enum",
  oid: 3501,
  columns: {
    oid: oidColumn(),
    enumtypid: oidColumn({ references: "pg_type" }),
    enumsortorder: float4Column(),
    enumlabel: nameColumn(),
  },
  key: ["oid"],
  unique: {
    typid_label: ["enumtypid", "enumlabel"],
    typid_sortorder: ["enumtypid", "enumsortorder"],
  },
});
