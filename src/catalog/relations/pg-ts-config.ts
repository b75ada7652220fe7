/** Text search configurations. https://www.postgresql.org/docs/15/catalog-pg-ts-config.html */
import { defineRelation, nameColumn, oidColumn } from "../relation.ts";

export const pgTsConfig = defineRelation({
  name: "pg_ts_config",
  oid: 3602,
  columns: {
    oid: oidColumn(),
    cfgname: nameColumn(),
    cfgnamespace: oidColumn({ references: "pg_namespace" }),
    cfgowner: oidColumn({ references: "pg_authid" }),
    cfgparser: oidColumn({ references: "pg_ts_parser" }),
  },
  key: ["oid"],
  unique: { cfgname: ["cfgname", "cfgnamespace"] },
});
