/** What a view shows the rows of, where rows can be changed through it. */
import { storedQuery } from "./expand-views.ts";
import type { Scope } from "./scope.ts";
import { columnsOf, defaultOf, type Target, type TargetColumn } from "./target-table.ts";
import type { Expression } from "./tree.ts";
import { baseAttributes, baseOf } from "./updatable.ts";

/** The default of a view's column; where it has none, that of the column which it shows. */
export function defaultBelow(
  scope: Scope,
  target: Pick<Target, "relation">,
  column: TargetColumn,
): Expression {
  const { relation } = target;
  if (relation.relkind !== "v" || column.hasDefault) return defaultOf(scope, target, column);
  const query = storedQuery(scope.binding, relation.oid);
  const { entry } = baseOf(query);
  const base = entry && scope.names.findRelation(entry.relation);
  const attribute = baseAttributes(query)[column.number - 1];
  const shown = base && columnsOf(scope, base.oid).find(({ number }) => number === attribute);
  return shown ? defaultBelow(scope, { relation: base }, shown) : defaultOf(scope, target, column);
}
