/**
 * Which dictionaries a text search configuration asks for which token.
 * https://www.postgresql.org/docs/15/catalog-pg-ts-config-map.html
 */
import { defineRelation, int4Column, oidColumn } from "../relation.ts";

export const pgTsConfigMap = defineRelation({
  name: "pg_ts_config_map",
  oid: 3603,
  columns: {
    mapcfg: oidColumn({ references: "pg_ts_config" }),
    maptokentype: int4Column(),
    mapseqno: int4Column(),
    mapdict: oidColumn({ references: "pg_ts_dict" }),
  },
  key: ["mapcfg", "maptokentype", "mapseqno"],
});
