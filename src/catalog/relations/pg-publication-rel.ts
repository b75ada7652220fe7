/**
 * Relations of publications.
 * https://www.postgresql.org/docs/15/catalog-pg-publication-rel.html
 */
import { defineRelation, nodeTreeColumn, oidColumn, otherColumn } from "../relation.ts";

export const pgPublicationRel = defineRelation({
  name: "pg_publication_rel",
  oid: 6106,
  columns: {
    oid: oidColumn(),
    prpubid: oidColumn({ references: "pg_publication" }),
    prrelid: oidColumn({ references: "pg_class" }),
    prqual: nodeTreeColumn(),
    prattrs: otherColumn<readonly number[] | null>(22, "array", true),
  },
  key: ["oid"],
  unique: { prrelid_prpubid: ["prrelid", "prpubid"] },
  indexes: { prpubid: ["prpubid"] },
});
