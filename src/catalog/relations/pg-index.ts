/**
 * What pg_class says of a relation, continued for indexes.
 * https://www.postgresql.org/docs/15/catalog-pg-index.html
 */
import {
  boolColumn,
  defineRelation,
  int2Column,
  int2vectorColumn,
  nodeTreeColumn,
  oidColumn,
  oidvectorColumn,
} from "../relation.ts";

export const pgIndex = defineRelation({
  name: "pg_index",
  oid: 2610,
  columns: {
    indexrelid: oidColumn({ references: "pg_class" }),
    indrelid: oidColumn({ references: "pg_class" }),
    indnatts: int2Column(),
    indnkeyatts: int2Column(),
    indisunique: boolColumn({ initial: false }),
    indnullsnotdistinct: boolColumn({ initial: false }),
    indisprimary: boolColumn({ initial: false }),
    indisexclusion: boolColumn({ initial: false }),
    indimmediate: boolColumn({ initial: true }),
    indisclustered: boolColumn({ initial: false }),
    indisvalid: boolColumn({ initial: true }),
    indcheckxmin: boolColumn({ initial: false }),
    indisready: boolColumn({ initial: true }),
    indislive: boolColumn({ initial: true }),
    indisreplident: boolColumn({ initial: false }),
    /** Column numbers; 0 = an expression of indexprs. */
    indkey: int2vectorColumn(),
    indcollation: oidvectorColumn({ references: "pg_collation" }),
    indclass: oidvectorColumn({ references: "pg_opclass" }),
    /** Per column, bit 0 = DESC, bit 1 = NULLS FIRST. */
    indoption: int2vectorColumn(),
    indexprs: nodeTreeColumn(),
    indpred: nodeTreeColumn(),
  },
  key: ["indexrelid"],
  indexes: { indrelid: ["indrelid"] },
});
