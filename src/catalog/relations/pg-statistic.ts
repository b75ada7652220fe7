/**
 * Statistics of columns, in slots of kinds: 1 most common values, 2 histogram, 3 correlation.
 * https://www.postgresql.org/docs/15/catalog-pg-statistic.html
 */
import { INVALID_OID } from "../../base/ids.ts";
import {
  boolColumn,
  defineRelation,
  float4Column,
  int2Column,
  int4Column,
  oidColumn,
  otherColumn,
} from "../relation.ts";

/** float4 as arrays hold them: each as its eight bytes in hexadecimal. */
const numbersColumn = () => otherColumn<readonly string[] | null>(1021, "array", true);
/** The text of an array, as sql/rows/missing.ts writes it. */
const valuesColumn = () => otherColumn<string | null>(2277, "text", true);

export const pgStatistic = defineRelation({
  name: "pg_statistic",
  oid: 2619,
  columns: {
    starelid: oidColumn({ references: "pg_class" }),
    staattnum: int2Column(),
    stainherit: boolColumn(),
    stanullfrac: float4Column(),
    stawidth: int4Column(),
    stadistinct: float4Column(),
    stakind1: int2Column({ initial: 0 }),
    stakind2: int2Column({ initial: 0 }),
    stakind3: int2Column({ initial: 0 }),
    stakind4: int2Column({ initial: 0 }),
    stakind5: int2Column({ initial: 0 }),
    staop1: oidColumn({ initial: INVALID_OID, references: "pg_operator" }),
    staop2: oidColumn({ initial: INVALID_OID, references: "pg_operator" }),
    staop3: oidColumn({ initial: INVALID_OID, references: "pg_operator" }),
    staop4: oidColumn({ initial: INVALID_OID, references: "pg_operator" }),
    staop5: oidColumn({ initial: INVALID_OID, references: "pg_operator" }),
    stacoll1: oidColumn({ initial: INVALID_OID, references: "pg_collation" }),
    stacoll2: oidColumn({ initial: INVALID_OID, references: "pg_collation" }),
    stacoll3: oidColumn({ initial: INVALID_OID, references: "pg_collation" }),
    stacoll4: oidColumn({ initial: INVALID_OID, references: "pg_collation" }),
    stacoll5: oidColumn({ initial: INVALID_OID, references: "pg_collation" }),
    stanumbers1: numbersColumn(),
    stanumbers2: numbersColumn(),
    stanumbers3: numbersColumn(),
    stanumbers4: numbersColumn(),
    stanumbers5: numbersColumn(),
    stavalues1: valuesColumn(),
    stavalues2: valuesColumn(),
    stavalues3: valuesColumn(),
    stavalues4: valuesColumn(),
    stavalues5: valuesColumn(),
  },
  key: ["starelid", "staattnum", "stainherit"],
});
