/**
 * Templates of text search dictionaries.
 * https://www.postgresql.org/docs/15/catalog-pg-ts-template.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import { defineRelation, nameColumn, oidColumn, regprocColumn } from "../relation.ts";

export const pgTsTemplate = defineRelation({
  name: "pg_ts_template",
  oid: 3764,
  columns: {
    oid: oidColumn(),
    tmplname: nameColumn(),
    tmplnamespace: oidColumn({ references: "pg_namespace" }),
    tmplinit: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    tmpllexize: regprocColumn({ references: "pg_proc" }),
  },
  key: ["oid"],
  unique: { tmplname: ["tmplname", "tmplnamespace"] },
});
