/**
 * Operator classes of index access methods.
 * https://www.postgresql.org/docs/15/catalog-pg-opclass.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import { boolColumn, defineRelation, nameColumn, oidColumn } from "../relation.ts";

export const pgOpclass = defineRelation({
  name: "pg_opclass",
  oid: 2616,
  columns: {
    oid: oidColumn(),
    opcmethod: oidColumn({ references: "pg_am" }),
    opcname: nameColumn(),
    opcnamespace: oidColumn({ references: "pg_namespace" }),
    opcowner: oidColumn({ references: "pg_authid" }),
    opcfamily: oidColumn({ references: "pg_opfamily" }),
    opcintype: oidColumn({ references: "pg_type" }),
    opcdefault: boolColumn({ initial: false }),
    opckeytype: oidColumn({ initial: INVALID_OID, references: "pg_type" }),
  },
  key: ["oid"],
  unique: { am_name_nsp: ["opcmethod", "opcname", "opcnamespace"] },
});
