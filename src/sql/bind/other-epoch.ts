/** FOR SYSTEM_TIME AS OF: relations that a query reads at another epoch than all else. */
import { FIRST_USER_OID } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { RangeTableEntry } from "./tree.ts";

/** Catalogs are read at one epoch: 0A000. */
export function atOtherEpoch(entry: RangeTableEntry, at: number): RangeTableEntry {
  if (entry.kind !== "relation") return entry;
  if (entry.relation >= FIRST_USER_OID) return { ...entry, versions: { part: "since", at } };
  throw notSupported("FOR SYSTEM_TIME AS OF of a system catalog beside another time");
}
