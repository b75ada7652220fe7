/**
 * What pg_class says of a relation, continued for sequences.
 * https://www.postgresql.org/docs/15/catalog-pg-sequence.html
 */
import { boolColumn, defineRelation, int8Column, oidColumn } from "../relation.ts";

export const pgSequence = defineRelation({
  name: "pg_sequence",
  oid: 2224,
  columns: {
    seqrelid: oidColumn({ references: "pg_class" }),
    seqtypid: oidColumn({ references: "pg_type" }),
    seqstart: int8Column(),
    seqincrement: int8Column(),
    seqmax: int8Column(),
    seqmin: int8Column(),
    seqcache: int8Column({ initial: 1n }),
    seqcycle: boolColumn({ initial: false }),
  },
  key: ["seqrelid"],
});
