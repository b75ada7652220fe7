/**
 * How types pass between SQL and languages.
 * https://www.postgresql.org/docs/15/catalog-pg-transform.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import { defineRelation, oidColumn, regprocColumn } from "../relation.ts";

export const pgTransform = defineRelation({
  name: "pg_transform",
  oid: 3576,
  columns: {
    oid: oidColumn(),
    trftype: oidColumn({ references: "pg_type" }),
    trflang: oidColumn({ references: "pg_language" }),
    trffromsql: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    trftosql: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
  },
  key: ["oid"],
  unique: { type_lang: ["trftype", "trflang"] },
});
