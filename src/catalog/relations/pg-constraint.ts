/**
 * Check, primary key, unique, foreign key and exclusion constraints, of tables and domains.
 * https://www.postgresql.org/docs/15/catalog-pg-constraint.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import {
  boolColumn,
  charColumn,
  defineRelation,
  int4Column,
  nameColumn,
  nodeTreeColumn,
  oidColumn,
  optionalInt2ArrayColumn,
  optionalOidArrayColumn,
} from "../relation.ts";

export const pgConstraint = defineRelation({
  name: "pg_constraint",
  oid: 2606,
  columns: {
    oid: oidColumn(),
    conname: nameColumn(),
    connamespace: oidColumn({ references: "pg_namespace" }),
    /** c check, f foreign key, p primary key, u unique, t trigger, x exclusion */
    contype: charColumn(),
    condeferrable: boolColumn({ initial: false }),
    condeferred: boolColumn({ initial: false }),
    convalidated: boolColumn({ initial: true }),
    conrelid: oidColumn({ initial: INVALID_OID, references: "pg_class" }),
    contypid: oidColumn({ initial: INVALID_OID, references: "pg_type" }),
    conindid: oidColumn({ initial: INVALID_OID, references: "pg_class" }),
    conparentid: oidColumn({ initial: INVALID_OID, references: "pg_constraint" }),
    confrelid: oidColumn({ initial: INVALID_OID, references: "pg_class" }),
    confupdtype: charColumn({ initial: " " }),
    confdeltype: charColumn({ initial: " " }),
    confmatchtype: charColumn({ initial: " " }),
    conislocal: boolColumn({ initial: true }),
    coninhcount: int4Column({ initial: 0 }),
    connoinherit: boolColumn(),
    conkey: optionalInt2ArrayColumn(),
    confkey: optionalInt2ArrayColumn(),
    conpfeqop: optionalOidArrayColumn({ references: "pg_operator" }),
    conppeqop: optionalOidArrayColumn({ references: "pg_operator" }),
    conffeqop: optionalOidArrayColumn({ references: "pg_operator" }),
    confdelsetcols: optionalInt2ArrayColumn(),
    conexclop: optionalOidArrayColumn({ references: "pg_operator" }),
    conbin: nodeTreeColumn(),
  },
  key: ["oid"],
  unique: { conrelid_contypid_conname: ["conrelid", "contypid", "conname"] },
  indexes: { conname_nsp: ["conname", "connamespace"], confrelid: ["confrelid"] },
});
