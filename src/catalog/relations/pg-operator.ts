/** Operators. https://www.postgresql.org/docs/15/catalog-pg-operator.html */
import { INVALID_OID } from "../../base/ids.ts";
import {
  boolColumn,
  charColumn,
  defineRelation,
  nameColumn,
  oidColumn,
  regprocColumn,
} from "../relation.ts";

export const pgOperator = defineRelation({
  name: "pg_operator",
  oid: 2617,
  columns: {
    oid: oidColumn(),
    oprname: nameColumn(),
    oprnamespace: oidColumn({ references: "pg_namespace" }),
    oprowner: oidColumn({ references: "pg_authid" }),
    /** b between two operands, l prefix */
    oprkind: charColumn({ initial: "b" }),
    oprcanmerge: boolColumn({ initial: false }),
    oprcanhash: boolColumn({ initial: false }),
    oprleft: oidColumn({ initial: INVALID_OID, references: "pg_type" }),
    oprright: oidColumn({ references: "pg_type" }),
    oprresult: oidColumn({ references: "pg_type" }),
    oprcom: oidColumn({ initial: INVALID_OID, references: "pg_operator" }),
    oprnegate: oidColumn({ initial: INVALID_OID, references: "pg_operator" }),
    oprcode: regprocColumn({ references: "pg_proc" }),
    oprrest: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    oprjoin: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
  },
  key: ["oid"],
  unique: { oprname_l_r_n: ["oprname", "oprleft", "oprright", "oprnamespace"] },
});
