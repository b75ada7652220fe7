/**
 * How partitioned tables are partitioned.
 * https://www.postgresql.org/docs/15/catalog-pg-partitioned-table.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import {
  charColumn,
  defineRelation,
  int2Column,
  int2vectorColumn,
  nodeTreeColumn,
  oidColumn,
  oidvectorColumn,
} from "../relation.ts";

export const pgPartitionedTable = defineRelation({
  name: "pg_partitioned_table",
  oid: 3350,
  columns: {
    partrelid: oidColumn({ references: "pg_class" }),
    /** h hash, l list, r range */
    partstrat: charColumn(),
    partnatts: int2Column(),
    partdefid: oidColumn({ initial: INVALID_OID, references: "pg_class" }),
    partattrs: int2vectorColumn(),
    partclass: oidvectorColumn({ references: "pg_opclass" }),
    partcollation: oidvectorColumn({ references: "pg_collation" }),
    partexprs: nodeTreeColumn(),
  },
  key: ["partrelid"],
});
