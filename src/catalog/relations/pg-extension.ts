/** Installed extensions. https://www.postgresql.org/docs/15/catalog-pg-extension.html */
import {
  boolColumn,
  defineRelation,
  nameColumn,
  oidColumn,
  optionalOidArrayColumn,
  optionalTextArrayColumn,
  textColumn,
} from "../relation.ts";

export const pgExtension = defineRelation({
  name: "pg_extension",
  oid: 3079,
  columns: {
    oid: oidColumn(),
    extname: nameColumn(),
    extowner: oidColumn({ references: "pg_authid" }),
    extnamespace: oidColumn({ references: "pg_namespace" }),
    extrelocatable: boolColumn({ initial: false }),
    extversion: textColumn(),
    extconfig: optionalOidArrayColumn({ references: "pg_class" }),
    extcondition: optionalTextArrayColumn(),
  },
  key: ["oid"],
  unique: { name: ["extname"] },
});
