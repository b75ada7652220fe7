/** Which types tables hold values of. */
import type { Oid } from "../../base/ids.ts";
import type { Catalog } from "../catalog.ts";
import { RELATION_CLASS, TYPE_CLASS } from "../class-oids.ts";
import { dependentsOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { pgClass } from "../relations/pg-class.ts";

/** Whether a column of a table is of the type, or of one that it is a part of. */
export function isStored(catalog: Catalog, wanted: Oid): boolean {
  const seen = new Set<Oid>([wanted]);
  for (const type of seen) {
    for (const row of dependentsOf(catalog, addressOf(TYPE_CLASS, type))) {
      if (row.classid === TYPE_CLASS) seen.add(row.objid);
      if (row.classid !== RELATION_CLASS || row.objsubid === 0) continue;
      const relation = catalog.find(pgClass, "key", [row.objid]);
      if (relation?.relkind === "c") seen.add(relation.reltype);
      else if (relation && "rmp".includes(relation.relkind)) return true;
    }
  }
  return false;
}
