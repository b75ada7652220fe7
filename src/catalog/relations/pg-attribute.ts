/**
 * Columns of relations and composite types.
 * https://www.postgresql.org/docs/15/catalog-pg-attribute.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import {
  aclColumn,
  boolColumn,
  charColumn,
  defineRelation,
  int2Column,
  int4Column,
  nameColumn,
  oidColumn,
  optionalTextArrayColumn,
  otherColumn,
} from "../relation.ts";

export const pgAttribute = defineRelation({
  name: "pg_attribute",
  oid: 1249,
  columns: {
    attrelid: oidColumn({ references: "pg_class" }),
    attname: nameColumn(),
    atttypid: oidColumn({ references: "pg_type" }),
    attstattarget: int4Column({ initial: -1 }),
    attlen: int2Column(),
    attnum: int2Column(),
    attndims: int4Column({ initial: 0 }),
    attcacheoff: int4Column({ initial: -1 }),
    atttypmod: int4Column({ initial: -1 }),
    attbyval: boolColumn(),
    /** c 1, s 2, i 4, d 8 bytes */
    attalign: charColumn(),
    /** p plain, e external, m main, x extended */
    attstorage: charColumn(),
    attcompression: charColumn({ initial: "" }),
    attnotnull: boolColumn({ initial: false }),
    atthasdef: boolColumn({ initial: false }),
    atthasmissing: boolColumn({ initial: false }),
    /** a always, d by default, empty none */
    attidentity: charColumn({ initial: "" }),
    /** s stored, empty none */
    attgenerated: charColumn({ initial: "" }),
    attisdropped: boolColumn({ initial: false }),
    attislocal: boolColumn({ initial: true }),
    attinhcount: int4Column({ initial: 0 }),
    attcollation: oidColumn({ initial: INVALID_OID, references: "pg_collation" }),
    attacl: aclColumn(),
    attoptions: optionalTextArrayColumn(),
    attfdwoptions: optionalTextArrayColumn(),
    /** The array's text form. */
    attmissingval: otherColumn<string | null>(2277, "text", true),
  },
  key: ["attrelid", "attnum"],
  unique: { relid_attnam: ["attrelid", "attname"] },
});
