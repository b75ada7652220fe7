/**
 * Extended statistics, as computed.
 * https://www.postgresql.org/docs/15/catalog-pg-statistic-ext-data.html
 */
import { boolColumn, defineRelation, oidColumn, otherColumn } from "../relation.ts";

export const pgStatisticExtData = defineRelation({
  name: "pg_statistic_ext_data",
  oid: 3429,
  columns: {
    stxoid: oidColumn({ references: "pg_statistic_ext" }),
    stxdinherit: boolColumn(),
    stxdndistinct: otherColumn<string | null>(3361, "text", true),
    stxddependencies: otherColumn<string | null>(3402, "text", true),
    stxdmcv: otherColumn<string | null>(5017, "text", true),
    stxdexpr: otherColumn<string | null>(10028, "text", true),
  },
  key: ["stxoid", "stxdinherit"],
});
