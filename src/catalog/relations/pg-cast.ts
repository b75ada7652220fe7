/**
 * Conversions between types, how and when they apply.
 * https://www.postgresql.org/docs/15/catalog-pg-cast.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import { charColumn, defineRelation, oidColumn } from "../relation.ts";

export const pgCast = defineRelation({
  name: "pg_cast",
  oid: 2605,
  columns: {
    oid: oidColumn(),
    castsource: oidColumn({ references: "pg_type" }),
    casttarget: oidColumn({ references: "pg_type" }),
    castfunc: oidColumn({ initial: INVALID_OID, references: "pg_proc" }),
    /** e explicit, a assignment, i implicit */
    castcontext: charColumn(),
    /** f function, i input/output, b binary-coercible */
    castmethod: charColumn(),
  },
  key: ["oid"],
  unique: { source_target: ["castsource", "casttarget"] },
});
