/**
 * Functions that convert between encodings.
 * https://www.postgresql.org/docs/15/catalog-pg-conversion.html
 */
import {
  boolColumn,
  defineRelation,
  int4Column,
  nameColumn,
  oidColumn,
  regprocColumn,
} from "../relation.ts";

export const pgConversion = defineRelation({
  name: "pg_conversion",
  oid: 2607,
  columns: {
    oid: oidColumn(),
    conname: nameColumn(),
    connamespace: oidColumn({ references: "pg_namespace" }),
    conowner: oidColumn({ references: "pg_authid" }),
    conforencoding: int4Column(),
    contoencoding: int4Column(),
    conproc: regprocColumn({ references: "pg_proc" }),
    condefault: boolColumn(),
  },
  key: ["oid"],
  unique: {
    default: ["connamespace", "conforencoding", "contoencoding", "oid"],
    name_nsp: ["conname", "connamespace"],
  },
});
