/**
 * Everything that has columns or a storage: tables, indexes, sequences, views, composite types.
 * https://www.postgresql.org/docs/15/catalog-pg-class.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import {
  aclColumn,
  boolColumn,
  charColumn,
  defineRelation,
  float4Column,
  int2Column,
  int4Column,
  nameColumn,
  nodeTreeColumn,
  oidColumn,
  optionalTextArrayColumn,
  xidColumn,
} from "../relation.ts";

export const pgClass = defineRelation({
  name: "pg_class",
  oid: 1259,
  columns: {
    oid: oidColumn(),
    relname: nameColumn(),
    relnamespace: oidColumn({ references: "pg_namespace" }),
    reltype: oidColumn({ initial: INVALID_OID, references: "pg_type" }),
    reloftype: oidColumn({ initial: INVALID_OID, references: "pg_type" }),
    relowner: oidColumn({ references: "pg_authid" }),
    relam: oidColumn({ initial: INVALID_OID, references: "pg_am" }),
    relfilenode: oidColumn({ initial: INVALID_OID }),
    reltablespace: oidColumn({ initial: INVALID_OID, references: "pg_tablespace" }),
    relpages: int4Column({ initial: 0 }),
    /** -1 = never counted */
    reltuples: float4Column({ initial: -1 }),
    relallvisible: int4Column({ initial: 0 }),
    reltoastrelid: oidColumn({ initial: INVALID_OID, references: "pg_class" }),
    relhasindex: boolColumn({ initial: false }),
    relisshared: boolColumn({ initial: false }),
    /** p permanent, u unlogged, t temporary */
    relpersistence: charColumn({ initial: "p" }),
    /** r table, i index, S sequence, v m views, c composite, t TOAST, f foreign, p I partitioned */
    relkind: charColumn(),
    relnatts: int2Column(),
    relchecks: int2Column({ initial: 0 }),
    relhasrules: boolColumn({ initial: false }),
    relhastriggers: boolColumn({ initial: false }),
    relhassubclass: boolColumn({ initial: false }),
    relrowsecurity: boolColumn({ initial: false }),
    relforcerowsecurity: boolColumn({ initial: false }),
    relispopulated: boolColumn({ initial: true }),
    /** d primary key, n nothing, f whole row, i an index; n for whatever is no table */
    relreplident: charColumn(),
    relispartition: boolColumn({ initial: false }),
    relrewrite: oidColumn({ initial: INVALID_OID, references: "pg_class" }),
    relfrozenxid: xidColumn({ initial: 0 }),
    relminmxid: xidColumn({ initial: 0 }),
    relacl: aclColumn(),
    reloptions: optionalTextArrayColumn(),
    relpartbound: nodeTreeColumn(),
  },
  key: ["oid"],
  unique: { relname_nsp: ["relname", "relnamespace"] },
});
