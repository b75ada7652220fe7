/**
 * Publications of logical replication.
 * https://www.postgresql.org/docs/15/catalog-pg-publication.html
 */
import { boolColumn, defineRelation, nameColumn, oidColumn } from "../relation.ts";

export const pgPublication = defineRelation({
  name: "pg_publication",
  oid: 6104,
  columns: {
    oid: oidColumn(),
    pubname: nameColumn(),
    pubowner: oidColumn({ references: "pg_authid" }),
    puballtables: boolColumn({ initial: false }),
    pubinsert: boolColumn({ initial: true }),
    pubupdate: boolColumn({ initial: true }),
    pubdelete: boolColumn({ initial: true }),
    pubtruncate: boolColumn({ initial: true }),
    pubviaroot: boolColumn({ initial: false }),
  },
  key: ["oid"],
  unique: { pubname: ["pubname"] },
});
