/** Users of foreign servers. https://www.postgresql.org/docs/15/catalog-pg-user-mapping.html */
import { INVALID_OID } from "../../base/ids.ts";
import { defineRelation, oidColumn, optionalTextArrayColumn } from "../relation.ts";

export const pgUserMapping = defineRelation({
  name: "pg_user_mapping",
  oid: 1418,
  columns: {
    oid: oidColumn(),
    /** 0 = everyone */
    umuser: oidColumn({ initial: INVALID_OID, references: "pg_authid" }),
    umserver: oidColumn({ references: "pg_foreign_server" }),
    umoptions: optionalTextArrayColumn(),
  },
  key: ["oid"],
  unique: { user_server: ["umuser", "umserver"] },
});
