/** Collations. https://www.postgresql.org/docs/15/catalog-pg-collation.html */
import {
  boolColumn,
  charColumn,
  defineRelation,
  int4Column,
  nameColumn,
  oidColumn,
  optionalTextColumn,
} from "../relation.ts";

export const pgCollation = defineRelation({
  name: "pg_collation",
  oid: 3456,
  columns: {
    oid: oidColumn(),
    collname: nameColumn(),
    collnamespace: oidColumn({ references: "pg_namespace" }),
    collowner: oidColumn({ references: "pg_authid" }),
    /** d the database's, c libc, i ICU */
    collprovider: charColumn(),
    collisdeterministic: boolColumn({ initial: true }),
    /** -1 = any */
    collencoding: int4Column({ initial: -1 }),
    collcollate: optionalTextColumn(),
    collctype: optionalTextColumn(),
    colliculocale: optionalTextColumn(),
    collversion: optionalTextColumn(),
  },
  key: ["oid"],
  unique: { name_enc_nsp: ["collname", "collencoding", "collnamespace"] },
});
