/**
 * Support functions of index operator families.
 * https://www.postgresql.org/docs/15/catalog-pg-amproc.html
 */
import { defineRelation, int2Column, oidColumn, regprocColumn } from "../relation.ts";

export const pgAmproc = defineRelation({
  name: "pg_amproc",
  oid: 2603,
  columns: {
    oid: oidColumn(),
    amprocfamily: oidColumn({ references: "pg_opfamily" }),
    amproclefttype: oidColumn({ references: "pg_type" }),
    amprocrighttype: oidColumn({ references: "pg_type" }),
    amprocnum: int2Column(),
    amproc: regprocColumn({ references: "pg_proc" }),
  },
  key: ["oid"],
  unique: { fam_proc: ["amprocfamily", "amproclefttype", "amprocrighttype", "amprocnum"] },
});
