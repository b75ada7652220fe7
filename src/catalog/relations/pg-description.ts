/**
 * Comments of objects of a database.
 * https://www.postgresql.org/docs/15/catalog-pg-description.html
 */
import { defineRelation, int4Column, oidColumn, textColumn } from "../relation.ts";

export const pgDescription = defineRelation({
  name: "pg_description",
  oid: 2609,
  columns: {
    objoid: oidColumn(),
    classoid: oidColumn({ references: "pg_class" }),
    objsubid: int4Column({ initial: 0 }),
    description: textColumn(),
  },
  key: ["objoid", "classoid", "objsubid"],
  cover: "description",
});
