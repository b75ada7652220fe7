/** Foreign servers. https://www.postgresql.org/docs/15/catalog-pg-foreign-server.html */
import {
  aclColumn,
  defineRelation,
  nameColumn,
  oidColumn,
  optionalTextArrayColumn,
  optionalTextColumn,
} from "../relation.ts";

export const pgForeignServer = defineRelation({
  name: "pg_foreign_server",
  oid: 1417,
  columns: {
    oid: oidColumn(),
    srvname: nameColumn(),
    srvowner: oidColumn({ references: "pg_authid" }),
    srvfdw: oidColumn({ references: "pg_foreign_data_wrapper" }),
    srvtype: optionalTextColumn(),
    srvversion: optionalTextColumn(),
    srvacl: aclColumn(),
    srvoptions: optionalTextArrayColumn(),
  },
  key: ["oid"],
  unique: { name: ["srvname"] },
});
