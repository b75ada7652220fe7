/**
 * Functions, procedures, aggregates and window functions.
 * https://www.postgresql.org/docs/15/catalog-pg-proc.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import {
  aclColumn,
  boolColumn,
  charColumn,
  defineRelation,
  float4Column,
  int2Column,
  nameColumn,
  nodeTreeColumn,
  oidColumn,
  oidvectorColumn,
  optionalOidArrayColumn,
  optionalTextArrayColumn,
  optionalTextColumn,
  otherColumn,
  regprocColumn,
  textColumn,
} from "../relation.ts";

export const pgProc = defineRelation({
  name: "pg_proc",
  oid: 1255,
  columns: {
    oid: oidColumn(),
    proname: nameColumn(),
    pronamespace: oidColumn({ references: "pg_namespace" }),
    proowner: oidColumn({ references: "pg_authid" }),
    prolang: oidColumn({ references: "pg_language" }),
    procost: float4Column({ initial: 1 }),
    prorows: float4Column({ initial: 0 }),
    provariadic: oidColumn({ initial: INVALID_OID, references: "pg_type" }),
    prosupport: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    /** f function, p procedure, a aggregate, w window */
    prokind: charColumn({ initial: "f" }),
    prosecdef: boolColumn({ initial: false }),
    proleakproof: boolColumn({ initial: false }),
    proisstrict: boolColumn({ initial: false }),
    proretset: boolColumn({ initial: false }),
    /** i immutable, s stable, v volatile */
    provolatile: charColumn({ initial: "v" }),
    /** s safe, r restricted, u unsafe */
    proparallel: charColumn({ initial: "u" }),
    pronargs: int2Column(),
    pronargdefaults: int2Column({ initial: 0 }),
    prorettype: oidColumn({ references: "pg_type" }),
    proargtypes: oidvectorColumn({ references: "pg_type" }),
    proallargtypes: optionalOidArrayColumn({ references: "pg_type" }),
    /** i in, o out, b inout, v variadic, t table; null = all in */
    proargmodes: otherColumn<readonly string[] | null>(1002, "array", true),
    proargnames: optionalTextArrayColumn(),
    proargdefaults: nodeTreeColumn(),
    protrftypes: optionalOidArrayColumn({ references: "pg_type" }),
    prosrc: textColumn(),
    probin: optionalTextColumn(),
    prosqlbody: nodeTreeColumn(),
    proconfig: optionalTextArrayColumn(),
    proacl: aclColumn(),
  },
  key: ["oid"],
  unique: { proname_args_nsp: ["proname", "proargtypes", "pronamespace"] },
});
