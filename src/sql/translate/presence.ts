/**
 * WHETHER A ROW IS THERE. An outer join that finds no row gives NULL for each column, and for the
 * row as a whole NULL, not a row of NULLs: count(t), t::text and whole rows in other rows tell.
 */
import type { FromItem, RangeTableEntry, SelectQuery } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import { isLateral } from "./gathered.ts";
import { entryAt, type Scope } from "./scope.ts";
import { walk } from "./walk.ts";

/** What is NULL exactly where an outer join found no row. */
export function presentColumn(
  emitter: Emitter,
  alias: string,
  { relation, relkind }: RangeTableEntry & { readonly kind: "relation" },
): string {
  if (emitter.context.relation(relation)) return `${alias}.xmin`;
  return relkind === "S" ? `${alias}.c1` : `${alias}.v`;
}

/** Entries that are no stored relations get a column that tells, where one is asked for. */
export function markPresence(scope: Scope, query: SelectQuery): void {
  for (const table of rowsTaken(query, optionalTables(query.from, false))) {
    const found = entryAt(scope, table);
    const { entry, alias } = found;
    if (entry.kind === "relation" || entry.kind === "join") continue;
    // Rows of functions are numbered, and those that are gathered have a value.
    const own = entry.kind === "function" ? "ord" : isLateral(entry) ? "value" : undefined;
    const present = `${alias}.${own ?? "present"}`;
    scope.entries[table - 1] = { ...found, present, marked: own === undefined };
  }
}

/** LIMIT: as in values.ts. */
export const withPresence = (source: string, alias: string): string =>
  `(SELECT *, 1 AS present FROM ${source} LIMIT -1) AS ${alias}`;

/** Tables of FROM that an outer join may leave out. */
function optionalTables(items: readonly FromItem[], optional: boolean): readonly number[] {
  return items.flatMap((item): readonly number[] => {
    if (item.kind === "table") return optional ? [item.table] : [];
    const left = optional || item.join === "right" || item.join === "full";
    const right = optional || item.join === "left" || item.join === "full";
    return [...optionalTables([item.left], left), ...optionalTables([item.right], right)];
  });
}

/** Those of them whose whole row something in the query takes. */
function rowsTaken(query: SelectQuery, optional: readonly number[]): ReadonlySet<number> {
  const taken = new Set<number>();
  if (optional.length === 0) return taken;
  walk(query, (node, depth) => {
    const whole = node.kind === "column" && node["attribute"] === 0 && node["levelsUp"] === depth;
    if (whole && optional.includes(Number(node["table"]))) taken.add(Number(node["table"]));
    return true;
  });
  return taken;
}
