/**
 * Extended statistics, as declared.
 * https://www.postgresql.org/docs/15/catalog-pg-statistic-ext.html
 */
import {
  defineRelation,
  int2vectorColumn,
  int4Column,
  nameColumn,
  nodeTreeColumn,
  oidColumn,
  otherColumn,
} from "../relation.ts";

export const pgStatisticExt = defineRelation({
  name: "pg_statistic_ext",
  oid: 3381,
  columns: {
    oid: oidColumn(),
    stxrelid: oidColumn({ references: "pg_class" }),
    stxname: nameColumn(),
    stxnamespace: oidColumn({ references: "pg_namespace" }),
    stxowner: oidColumn({ references: "pg_authid" }),
    stxstattarget: int4Column({ initial: -1 }),
    stxkeys: int2vectorColumn(),
    stxkind: otherColumn<readonly string[]>(1002, "array", false),
    stxexprs: nodeTreeColumn(),
  },
  key: ["oid"],
  unique: { name: ["stxname", "stxnamespace"] },
  indexes: { relid: ["stxrelid"] },
});
