/** WHETHER A JOIN BEGINS WITH FEW ROWS. */
import type { Oid } from "../../base/ids.ts";
import { childrenOf } from "../../catalog/inheritance.ts";
import type { Expression, RangeTableEntry } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import { findIndex, type UserIndex } from "./index-choice.ts";
import type { TranslateContext } from "./translation.ts";

/**
 * Some table is reached by what is known before any is read, or there is something else than a
 * table, of which there mostly are fewer rows. Else SQLite joins whole tables, for which an index
 * that it makes itself is faster.
 */
export const isNarrow = (
  emitter: Emitter,
  rangeTable: readonly RangeTableEntry[],
  demands: readonly Expression[],
): boolean => rangeTable.some((entry, at) => isReached(emitter, entry, at + 1, demands));

function isReached(
  emitter: Emitter,
  entry: RangeTableEntry,
  table: number,
  demands: readonly Expression[],
): boolean {
  if (entry.kind === "join") return false;
  if (entry.kind !== "relation") return true;
  if (emitter.context.relation(entry.relation)) return false;
  const indexes = someIndexes(emitter.context, entry);
  return findIndex(emitter, indexes, table, demands, false) !== undefined;
}

/** Of a table without rows of its own those of the first below it: they mostly have the same. */
function someIndexes(
  { catalog, userTable }: TranslateContext,
  { relation }: { readonly relation: Oid },
): readonly UserIndex[] {
  for (let at: Oid | undefined = relation; at !== undefined; [at] = childrenOf(catalog, at)) {
    const table = userTable(at);
    if (table) return table.indexes;
  }
  return [];
}
