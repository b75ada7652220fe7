/**
 * Defaults of settings per role and database.
 * https://www.postgresql.org/docs/15/catalog-pg-db-role-setting.html
 */
import { defineRelation, oidColumn, optionalTextArrayColumn } from "../relation.ts";

export const pgDbRoleSetting = defineRelation({
  name: "pg_db_role_setting",
  oid: 2964,
  shared: true,
  columns: {
    setdatabase: oidColumn({ references: "pg_database" }),
    setrole: oidColumn({ references: "pg_authid" }),
    setconfig: optionalTextArrayColumn(),
  },
  key: ["setdatabase", "setrole"],
});
