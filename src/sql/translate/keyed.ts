/**
 * Whether a relation is certainly reached by an index, from values that are known before it is
 * read. Rows of any other are counted (`tick`), which is what lets a long query be cancelled.
 */
import type { Expression, RangeTableEntry } from "../bind/tree.ts";
import { withoutRelabel } from "./cardinality.ts";
import type { TranslateContext } from "./translation.ts";
import { references } from "./walk.ts";

/**
 * `inner`: the relation is the null-able side of a left join, so whatever the condition compares it
 * with has been read before. Otherwise only constants, parameters and outer columns are known.
 */
export function isKeyed(
  context: TranslateContext,
  entry: RangeTableEntry & { readonly kind: "relation" },
  table: number,
  conjuncts: readonly Expression[],
  inner: boolean,
): boolean {
  const relation = context.relation(entry.relation);
  if (!relation) return true;
  const leading = new Set(relation.layout.indexes.map(([first = 0]) => first + 1));
  return conjuncts.some((conjunct) => {
    if (conjunct.kind !== "operator" || conjunct.args.length !== 2) return false;
    if (conjunct.inputCollation !== undefined) return false;
    if (context.registry.scalar(conjunct.function)?.native !== "=") return false;
    const [left, right] = conjunct.args.map(withoutRelabel) as [Expression, Expression];
    return (
      isKnownFor(table, leading, left, right, inner) ||
      isKnownFor(table, leading, right, left, inner)
    );
  });
}

function isKnownFor(
  table: number,
  leading: ReadonlySet<number>,
  side: Expression,
  other: Expression,
  inner: boolean,
): boolean {
  if (side.kind !== "column" || side.levelsUp > 0 || side.table !== table) return false;
  if (!leading.has(side.attribute)) return false;
  return references(other).every(
    (column) => column.levelsUp > 0 || (inner && column.table !== table),
  );
}
