/** ONE QUERY LEVEL of a printed query: what its entries of FROM and their columns are called. */
import type { Names } from "../bind/names.ts";
import type { Query, RangeTableEntry } from "../bind/tree.ts";
import { valuesEntry } from "../bind/values.ts";
import { columnNamesOf, uniqueName } from "./column-names.ts";
import type { Level } from "./writer.ts";

/** `reserved`: names that are taken at this level beside those of the levels around. */
export function levelOf(
  names: Names,
  query: Query,
  around: readonly Level[],
  reserved: readonly string[] = [],
): Level {
  const rangeTable = rangeTableOf(query);
  const from = query.kind === "select" ? query.from : [];
  const used = new Set([...around.flatMap((level) => level.names), ...reserved]);
  return {
    isSet: query.kind === "set",
    rangeTable,
    names: rangeTable.map((entry) => {
      const own = nameOf(names, entry);
      if (own === undefined) return undefined;
      const name = uniqueName(own, (candidate) => used.has(candidate));
      used.add(name);
      return name;
    }),
    columns: columnNamesOf(names, rangeTable, from),
    commonTables: query.commonTables.map(({ name }) => name),
    windows: query.kind === "select" ? query.windows : [],
  };
}

function rangeTableOf(query: Query): readonly RangeTableEntry[] {
  if (query.kind === "select") return query.rangeTable;
  if (query.kind === "set") return [];
  // A view's column names are not those of its rows.
  const targets = query.targets.map((target, at) => ({ ...target, name: `column${at + 1}` }));
  return [valuesEntry({ rows: query.rows, targets })];
}

/** A table goes by the name that it has now; a join without an alias by none. */
function nameOf(names: Names, entry: RangeTableEntry): string | undefined {
  if (entry.alias) return entry.alias.name;
  if (entry.kind === "join") return undefined;
  if (entry.kind === "relation") return names.findRelation(entry.relation)?.name ?? entry.name;
  return entry.name;
}
