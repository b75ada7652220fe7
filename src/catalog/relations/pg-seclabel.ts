/**
 * Security labels of objects of a database.
 * https://www.postgresql.org/docs/15/catalog-pg-seclabel.html
 */
import { defineRelation, int4Column, oidColumn, textColumn } from "../relation.ts";

export const pgSeclabel = defineRelation({
  name: "pg_seclabel",
  oid: 3596,
  columns: {
    objoid: oidColumn(),
    classoid: oidColumn({ references: "pg_class" }),
    objsubid: int4Column(),
    provider: textColumn(),
    label: textColumn(),
  },
  key: ["objoid", "classoid", "objsubid", "provider"],
});
