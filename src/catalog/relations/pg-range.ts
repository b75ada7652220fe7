/**
 * What pg_type says of a type, continued for ranges.
 * https://www.postgresql.org/docs/15/catalog-pg-range.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import { defineRelation, oidColumn, regprocColumn } from "../relation.ts";

export const pgRange = defineRelation({
  name: "pg_range",
  oid: 3541,
  columns: {
    rngtypid: oidColumn({ references: "pg_type" }),
    rngsubtype: oidColumn({ references: "pg_type" }),
    rngmultitypid: oidColumn({ references: "pg_type" }),
    rngcollation: oidColumn({ initial: INVALID_OID, references: "pg_collation" }),
    rngsubopc: oidColumn({ references: "pg_opclass" }),
    rngcanonical: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    rngsubdiff: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
  },
  key: ["rngtypid"],
  unique: { rngmultitypid: ["rngmultitypid"] },
});
