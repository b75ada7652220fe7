/**
 * Privileges that new objects start with.
 * https://www.postgresql.org/docs/15/catalog-pg-default-acl.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import { charColumn, defineRelation, oidColumn, otherColumn } from "../relation.ts";

export const pgDefaultAcl = defineRelation({
  name: "pg_default_acl",
  oid: 826,
  columns: {
    oid: oidColumn(),
    defaclrole: oidColumn({ references: "pg_authid" }),
    defaclnamespace: oidColumn({ initial: INVALID_OID, references: "pg_namespace" }),
    /** r relation, S sequence, f function, T type, n schema */
    defaclobjtype: charColumn(),
    defaclacl: otherColumn<readonly string[]>(1034, "array", false),
  },
  key: ["oid"],
  unique: { role_nsp_obj: ["defaclrole", "defaclnamespace", "defaclobjtype"] },
});
