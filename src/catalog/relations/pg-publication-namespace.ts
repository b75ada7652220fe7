/**
 * Schemas of publications.
 * https://www.postgresql.org/docs/15/catalog-pg-publication-namespace.html
 */
import { defineRelation, oidColumn } from "../relation.ts";

export const pgPublicationNamespace = defineRelation({
  name: "pg_publication_namespace",
  oid: 6237,
  columns: {
    oid: oidColumn(),
    pnpubid: oidColumn({ references: "pg_publication" }),
    pnnspid: oidColumn({ references: "pg_namespace" }),
  },
  key: ["oid"],
  unique: { pnnspid_pnpubid: ["pnnspid", "pnpubid"] },
});
