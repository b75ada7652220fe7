/** What the declarations say of single values: references, uniqueness, length of names. */
import type { Value } from "../../base/value.ts";
import { allRelations, relationByName } from "../all-relations.ts";
import type { Columns, Relation, Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import type { DatabaseView, Faults } from "./view.ts";

/** The row as its key: `pg_class 16390`. */
export const rowText = (relation: Relation, row: Tuple<Columns>): string =>
  `${relation.name} ${relation.keyOf(row.values).join(" ")}`;

/** Every value of a column that `references` a relation is the key of a row, or 0 where that means none. */
export function* checkReferences(view: DatabaseView): Faults {
  for (const relation of allRelations) {
    const columns = Object.entries(relation.columns);
    for (const [at, [name, { references, initial }]] of columns.entries()) {
      const target = references === undefined ? undefined : relationByName(references);
      if (!target) continue;
      for (const row of view.examined(relation)) {
        for (const value of [row.values[at] ?? null].flat()) {
          if (value === null || isNone(relation, name, initial, row, value)) continue;
          if (view.find(target, value)) continue;
          yield `${rowText(relation, row)}: ${name} is ${value}, which ${target.name} has not`;
        }
      }
    }
  }
}

/** 0 is "none" in an array, and where the declaration makes it the initial value. */
function isNone(
  relation: Relation,
  column: string,
  initial: unknown,
  row: Tuple<Columns>,
  value: Value,
): boolean {
  if (value !== 0) return false;
  if (initial === 0 || Array.isArray(row.values[relation.columnNames.indexOf(column)])) return true;
  if (relation.name === "pg_shdepend") return column === "dbid";
  return relation.name === pgAttribute.name && pgAttribute.view(row.values).attisdropped;
}
