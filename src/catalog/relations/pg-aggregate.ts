/**
 * What pg_proc says of a function, continued for aggregates.
 * https://www.postgresql.org/docs/15/catalog-pg-aggregate.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import {
  boolColumn,
  charColumn,
  defineRelation,
  int2Column,
  int4Column,
  oidColumn,
  optionalTextColumn,
  regprocColumn,
} from "../relation.ts";

export const pgAggregate = defineRelation({
  name: "pg_aggregate",
  oid: 2600,
  columns: {
    aggfnoid: regprocColumn({ references: "pg_proc" }),
    /** n normal, o ordered-set, h hypothetical-set */
    aggkind: charColumn({ initial: "n" }),
    aggnumdirectargs: int2Column({ initial: 0 }),
    aggtransfn: regprocColumn({ references: "pg_proc" }),
    aggfinalfn: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    aggcombinefn: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    aggserialfn: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    aggdeserialfn: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    aggmtransfn: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    aggminvtransfn: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    aggmfinalfn: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    aggfinalextra: boolColumn({ initial: false }),
    aggmfinalextra: boolColumn({ initial: false }),
    aggfinalmodify: charColumn({ initial: "r" }),
    aggmfinalmodify: charColumn({ initial: "r" }),
    aggsortop: oidColumn({ initial: INVALID_OID, references: "pg_operator" }),
    aggtranstype: oidColumn({ references: "pg_type" }),
    aggtransspace: int4Column({ initial: 0 }),
    aggmtranstype: oidColumn({ initial: INVALID_OID, references: "pg_type" }),
    aggmtransspace: int4Column({ initial: 0 }),
    agginitval: optionalTextColumn(),
    aggminitval: optionalTextColumn(),
  },
  key: ["aggfnoid"],
});
