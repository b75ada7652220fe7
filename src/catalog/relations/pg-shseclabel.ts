/**
 * Security labels of shared objects.
 * https://www.postgresql.org/docs/15/catalog-pg-shseclabel.html
 */
import { defineRelation, oidColumn, textColumn } from "../relation.ts";

export const pgShseclabel = defineRelation({
  name: "pg_shseclabel",
  oid: 3592,
  shared: true,
  columns: {
    objoid: oidColumn(),
    classoid: oidColumn({ references: "pg_class" }),
    provider: textColumn(),
    label: textColumn(),
  },
  key: ["objoid", "classoid", "provider"],
});
