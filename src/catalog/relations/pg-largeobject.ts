/** Pages of large objects. https://www.postgresql.org/docs/15/catalog-pg-largeobject.html */
import { defineRelation, int4Column, oidColumn, otherColumn } from "../relation.ts";

export const pgLargeobject = defineRelation({
  name: "pg_largeobject",
  oid: 2613,
  columns: {
    loid: oidColumn({ references: "pg_largeobject_metadata" }),
    pageno: int4Column(),
    data: otherColumn<Uint8Array>(17, "blob", false),
  },
  key: ["loid", "pageno"],
});
