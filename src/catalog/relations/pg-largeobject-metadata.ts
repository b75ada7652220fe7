/**
 * Owners and privileges of large objects.
 * https://www.postgresql.org/docs/15/catalog-pg-largeobject-metadata.html
 */
import { aclColumn, defineRelation, oidColumn } from "../relation.ts";

export const pgLargeobjectMetadata = defineRelation({
  name: "pg_largeobject_metadata",
  oid: 2995,
  columns: {
    oid: oidColumn(),
    lomowner: oidColumn({ references: "pg_authid" }),
    lomacl: aclColumn(),
  },
  key: ["oid"],
});
