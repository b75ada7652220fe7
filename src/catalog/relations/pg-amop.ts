/**
 * Operators of index operator families.
 * https://www.postgresql.org/docs/15/catalog-pg-amop.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import { charColumn, defineRelation, int2Column, oidColumn } from "../relation.ts";

export const pgAmop = defineRelation({
  name: "pg_amop",
  oid: 2602,
  columns: {
    oid: oidColumn(),
    amopfamily: oidColumn({ references: "pg_opfamily" }),
    amoplefttype: oidColumn({ references: "pg_type" }),
    amoprighttype: oidColumn({ references: "pg_type" }),
    amopstrategy: int2Column(),
    /** s search, o ordering */
    amoppurpose: charColumn(),
    amopopr: oidColumn({ references: "pg_operator" }),
    amopmethod: oidColumn({ references: "pg_am" }),
    amopsortfamily: oidColumn({ initial: INVALID_OID, references: "pg_opfamily" }),
  },
  key: ["oid"],
  unique: {
    fam_strat: ["amopfamily", "amoplefttype", "amoprighttype", "amopstrategy"],
    opr_fam: ["amopopr", "amoppurpose", "amopfamily"],
  },
});
