/** Languages of functions. https://www.postgresql.org/docs/15/catalog-pg-language.html */
import { INVALID_OID } from "../../base/ids.ts";
import { aclColumn, boolColumn, defineRelation, nameColumn, oidColumn } from "../relation.ts";

export const pgLanguage = defineRelation({
  name: "pg_language",
  oid: 2612,
  columns: {
    oid: oidColumn(),
    lanname: nameColumn(),
    lanowner: oidColumn({ references: "pg_authid" }),
    lanispl: boolColumn({ initial: false }),
    lanpltrusted: boolColumn({ initial: false }),
    lanplcallfoid: oidColumn({ initial: INVALID_OID, references: "pg_proc" }),
    laninline: oidColumn({ initial: INVALID_OID, references: "pg_proc" }),
    lanvalidator: oidColumn({ initial: INVALID_OID, references: "pg_proc" }),
    lanacl: aclColumn(),
  },
  key: ["oid"],
  unique: { name: ["lanname"] },
});
