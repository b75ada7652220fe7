/**
 * Foreign-data wrappers.
 * https://www.postgresql.org/docs/15/catalog-pg-foreign-data-wrapper.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import {
  aclColumn,
  defineRelation,
  nameColumn,
  oidColumn,
  optionalTextArrayColumn,
} from "../relation.ts";

export const pgForeignDataWrapper = defineRelation({
  name: "pg_foreign_data_wrapper",
  oid: 2328,
  columns: {
    oid: oidColumn(),
    fdwname: nameColumn(),
    fdwowner: oidColumn({ references: "pg_authid" }),
    fdwhandler: oidColumn({ initial: INVALID_OID, references: "pg_proc" }),
    fdwvalidator: oidColumn({ initial: INVALID_OID, references: "pg_proc" }),
    fdwacl: aclColumn(),
    fdwoptions: optionalTextArrayColumn(),
  },
  key: ["oid"],
  unique: { name: ["fdwname"] },
});
