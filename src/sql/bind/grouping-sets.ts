/**
 * The grouping sets that GROUP BY amounts to: each as the places of its expressions in `groupBy`.
 * https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-GROUPING-SETS
 */
import { sameExpression } from "./same-expression.ts";
import type { Expression, GroupingSet, SelectQuery } from "./tree.ts";

type Groups = Pick<SelectQuery, "groupBy" | "groupingSets" | "groupDistinct">;
type Places = readonly number[];

/** How many sets GROUP BY may amount to, in PostgreSQL too. */
export const GROUPING_SETS_MAX = 4096;

/** At most GROUPING_SETS_MAX + 1 of them. Without grouping sets, the one of all expressions. */
export function expandGroupingSets({
  groupBy,
  groupingSets,
  groupDistinct,
}: Groups): readonly Places[] {
  if (!groupingSets) return [groupBy.map((_, at) => at)];
  let sets: Places[] = [[]];
  for (const each of groupingSets) {
    const own = expand(groupBy, each);
    const product: Places[] = [];
    for (const set of sets) {
      for (const more of own) {
        if (product.length <= GROUPING_SETS_MAX) product.push(union(set, more));
      }
    }
    sets = product;
  }
  return groupDistinct ? distinct(sets) : sets;
}

const union = (a: Places, b: Places): Places => [...new Set([...a, ...b])].sort((x, y) => x - y);

function distinct(sets: readonly Places[]): Places[] {
  const known = new Map<string, Places>();
  for (const set of sets) if (!known.has(set.join())) known.set(set.join(), set);
  return [...known.values()];
}

function expand(groupBy: readonly Expression[], set: GroupingSet): Places[] {
  if (set.kind === "simple") {
    const places = set.expressions.map((expression) =>
      groupBy.findIndex((each) => each === expression || sameExpression(each, expression)),
    );
    return [union(places, [])];
  }
  if (set.kind === "sets") return set.sets.flatMap((each) => expand(groupBy, each));
  // ROLLUP and CUBE hold simple sets only.
  const elements = set.sets.map((each) => expand(groupBy, each)[0] ?? []);
  if (set.kind === "rollup") {
    return Array.from({ length: elements.length + 1 }, (_, at) =>
      elements.slice(0, elements.length - at).reduce(union, []),
    );
  }
  return Array.from({ length: 2 ** elements.length }, (_, mask) =>
    elements.filter((_element, at) => ((mask >> at) & 1) === 0).reduce(union, []),
  );
}
