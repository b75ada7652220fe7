/**
 * Types: base, array, composite, domain, enum, range, pseudo.
 * https://www.postgresql.org/docs/15/catalog-pg-type.html
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
  nodeTreeColumn,
  oidColumn,
  optionalTextColumn,
  regprocColumn,
} from "../relation.ts";

export const pgType = defineRelation({
  name: "pg_type",
  oid: 1247,
  columns: {
    oid: oidColumn(),
    typname: nameColumn(),
    typnamespace: oidColumn({ references: "pg_namespace" }),
    typowner: oidColumn({ references: "pg_authid" }),
    /** -1 = varlena, -2 = C string */
    typlen: int2Column(),
    typbyval: boolColumn({ initial: false }),
    /** b base, c composite, d domain, e enum, m multirange, p pseudo, r range */
    typtype: charColumn(),
    typcategory: charColumn(),
    typispreferred: boolColumn({ initial: false }),
    typisdefined: boolColumn({ initial: true }),
    typdelim: charColumn({ initial: "," }),
    typrelid: oidColumn({ initial: INVALID_OID, references: "pg_class" }),
    typsubscript: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    typelem: oidColumn({ initial: INVALID_OID, references: "pg_type" }),
    typarray: oidColumn({ initial: INVALID_OID, references: "pg_type" }),
    typinput: regprocColumn({ references: "pg_proc" }),
    typoutput: regprocColumn({ references: "pg_proc" }),
    typreceive: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    typsend: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    typmodin: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    typmodout: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    typanalyze: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    typalign: charColumn(),
    typstorage: charColumn(),
    typnotnull: boolColumn({ initial: false }),
    typbasetype: oidColumn({ initial: INVALID_OID, references: "pg_type" }),
    typtypmod: int4Column({ initial: -1 }),
    typndims: int4Column({ initial: 0 }),
    typcollation: oidColumn({ initial: INVALID_OID, references: "pg_collation" }),
    typdefaultbin: nodeTreeColumn(),
    typdefault: optionalTextColumn(),
    typacl: aclColumn(),
  },
  key: ["oid"],
  unique: { typname_nsp: ["typname", "typnamespace"] },
});
