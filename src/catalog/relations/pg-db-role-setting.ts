/**
 * Defaults of settings per role and database.
 * https://www.postgresql.org/docs/15/catalog-pg-db-role-setting.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import { defineRelation, oidColumn, optionalTextArrayColumn } from "../relation.ts";

export const pgDbRoleSetting = defineRelation({
  name: "pg_db_role_setting",
  oid: 2964,
  shared: true,
  columns: {
    /** 0 = every database */
    setdatabase: oidColumn({ initial: INVALID_OID, references: "pg_database" }),
    /** 0 = every role */
    setrole: oidColumn({ initial: INVALID_OID, references: "pg_authid" }),
    setconfig: optionalTextArrayColumn(),
  },
  key: ["setdatabase", "setrole"],
  indexes: { setrole: ["setrole"] },
});
