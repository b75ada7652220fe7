/** rw_materialized: up to which epoch each materialized view has taken in what its query reads. */
import type { Oid } from "../../base/ids.ts";
import { boolColumn, defineRelation, int8Column, oidColumn, textColumn } from "../relation.ts";

export const rwMaterialized = defineRelation({
  name: "rw_materialized",
  schema: "rw_catalog",
  oid: 15103,
  columns: {
    relid: oidColumn(),
    /** 0 = what it holds is no state of its inputs: it must be computed anew. */
    epoch: int8Column(),
    /** Oids of the relations that its query reads, through views. */
    inputs: textColumn(),
    /** What the query gives changes with the time, too. */
    clock: boolColumn({ initial: false }),
  },
  key: ["relid"],
});

/** The oids in `inputs`. */
export const inputsIn = (inputs: string): readonly Oid[] =>
  inputs === "" ? [] : inputs.split(" ").map((oid) => Number(oid) as Oid);
