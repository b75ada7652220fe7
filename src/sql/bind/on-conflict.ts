/** ON CONFLICT. https://www.postgresql.org/docs/15/sql-insert.html#SQL-ON-CONFLICT */
import type { OnConflictClause } from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
import { coerceToBoolean } from "./coerce.ts";
import { bindArbiter, noIndex, notUpdated } from "./conflict-arbiter.ts";
import type { OnConflict } from "./modify.ts";
import { columnsFrom, visibleItem } from "./range-table.ts";
import type { Scope } from "./scope.ts";
import type { Target } from "./target-table.ts";
import { bindSets } from "./update.ts";

export interface BoundOnConflict {
  readonly bound: OnConflict;
  /** What is said of it when all else is right: 428C9, 42P10. */
  readonly refused: SqlError | undefined;
}

export function bindOnConflict(
  scope: Scope,
  target: Target,
  clause: OnConflictClause,
): BoundOnConflict {
  const saved = scope.namespace;
  scope.namespace = [target.item];
  const arbiter = clause.infer ? bindArbiter(scope, target, clause.infer) : undefined;
  scope.namespace = saved;
  if (clause.action !== "ONCONFLICT_UPDATE") {
    const bound: OnConflict = { ...arbiter, action: { kind: "nothing" } };
    return { bound, refused: noIndex(arbiter?.arbiter) };
  }
  if (!arbiter) {
    const message = "ON CONFLICT DO UPDATE requires inference specification or constraint name";
    const hint = "For example, ON CONFLICT (column_name).";
    throw new SqlError("42601", message, { hint }).at(scope.at(clause.location));
  }
  // The proposed row has the table's columns under the name "excluded".
  const entry = target.item.entry;
  const excluded = {
    ...entry,
    name: "excluded",
    relkind: "c",
    ...columnsFrom(
      entry.names.map((name, at) => ({
        name,
        type: entry.types[at] as never,
        typmod: entry.typmods[at] ?? -1,
        collation: entry.collations[at] as never,
      })),
    ),
  };
  const table = scope.addEntry(excluded);
  scope.namespace = [target.item, visibleItem(excluded, table)];
  const { columns, values, refused } = bindSets(scope, target, clause.targetList ?? []);
  const where =
    clause.whereClause && coerceToBoolean(scope, scope.bind(clause.whereClause, "WHERE"), "WHERE");
  scope.namespace = saved;
  const action = { kind: "update" as const, columns, values, ...(where ? { where } : {}) };
  const fault = noIndex(arbiter.arbiter) ?? notUpdated(scope, arbiter.arbiter);
  return { bound: { ...arbiter, action }, refused: refused ?? fault };
}
