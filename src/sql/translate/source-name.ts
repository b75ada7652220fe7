/** WHAT A SOURCE OF ROWS IS CALLED where a plan is shown. */
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { RangeTableEntry } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import type { SourceName } from "./translation.ts";

export function sourceName({ context }: Emitter, entry: RangeTableEntry): SourceName {
  const alias = entry.alias?.name;
  const name = entry.name;
  switch (entry.kind) {
    case "relation": {
      const relation = context.relation(entry.relation);
      const row = context.catalog.find(pgClass, "key", [entry.relation]);
      const indexes = [...(relation?.indexNumbers.keys() ?? [])];
      const isStored = relation ?? context.userTable(entry.relation);
      return {
        kind: isStored ? "relation" : "table",
        name: row?.relname ?? name,
        alias,
        indexes,
      };
    }
    case "cte":
      return { kind: "cte", name: entry.cte, alias, indexes: [] };
    case "join":
      return { kind: "subquery", name, alias, indexes: [] };
    default:
      return { kind: entry.kind, name, alias: undefined, indexes: [] };
  }
}
