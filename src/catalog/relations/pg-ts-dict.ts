/** Text search dictionaries. https://www.postgresql.org/docs/15/catalog-pg-ts-dict.html */
import { defineRelation, nameColumn, oidColumn, optionalTextColumn } from "../relation.ts";

export const pgTsDict = defineRelation({
  name: "pg_ts_dict",
  oid: 3600,
  columns: {
    oid: oidColumn(),
    dictname: nameColumn(),
    dictnamespace: oidColumn({ references: "pg_namespace" }),
    dictowner: oidColumn({ references: "pg_authid" }),
    dicttemplate: oidColumn({ references: "pg_ts_template" }),
    dictinitoption: optionalTextColumn(),
  },
  key: ["oid"],
  unique: { dictname: ["dictname", "dictnamespace"] },
});
