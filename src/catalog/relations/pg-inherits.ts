/**
 * Parents and children of inheritance and partitioning.
 * https://www.postgresql.org/docs/15/catalog-pg-inherits.html
 */
import { boolColumn, defineRelation, int4Column, oidColumn } from "../relation.ts";

export const pgInherits = defineRelation({
  name: "pg_inherits",
  oid: 2611,
  columns: {
    inhrelid: oidColumn({ references: "pg_class" }),
    inhparent: oidColumn({ references: "pg_class" }),
    inhseqno: int4Column(),
    inhdetachpending: boolColumn({ initial: false }),
  },
  key: ["inhrelid", "inhseqno"],
  indexes: { parent: ["inhparent"] },
});
