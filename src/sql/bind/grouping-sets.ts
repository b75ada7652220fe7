/**
 * GROUP BY with ROLLUP, CUBE and GROUPING SETS: nested sets are flattened, and a list that comes to
 * one plain set is a plain GROUP BY.
 * https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-GROUPING-SETS
 */
import type { Node, GroupingSet as SetNode } from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
import { type ClauseItem, clauseItem, sameItem } from "./clause.ts";
import { rawPosition } from "./position.ts";
import type { Scope } from "./scope.ts";
import { equalityOperator } from "./sort.ts";
import type { Expression, GroupingSet, SelectQuery, Target } from "./tree.ts";

export interface Grouped {
  readonly expressions: readonly Expression[];
  readonly sets?: readonly GroupingSet[];
  readonly plain: readonly PlainSet[];
}

/** Places of expressions in GROUP BY. */
export type PlainSet = readonly number[];

/** GROUP BY as written, but for the parentheses. */
type Item = Node | readonly Node[] | SetItem;
interface SetItem {
  readonly set: "rollup" | "cube" | "sets" | "empty";
  readonly content: readonly Item[];
  readonly node: SetNode;
}
const isSet = (item: Item): item is SetItem => "set" in item;

const setKinds = {
  GROUPING_SET_EMPTY: "empty",
  GROUPING_SET_SIMPLE: "sets",
  GROUPING_SET_ROLLUP: "rollup",
  GROUPING_SET_CUBE: "cube",
  GROUPING_SET_SETS: "sets",
} as const satisfies Record<string, SetItem["set"]>;

const CUBE_ELEMENTS_MAX = 12;
const SETS_MAX = 4096;

/** `distinct`: GROUP BY DISTINCT, which drops sets that come again. */
export function bindGroupBy(
  scope: Scope,
  nodes: readonly Node[],
  targets: Target[],
  distinct: boolean,
): Grouped {
  const binder = new GroupBinder(scope, targets);
  const sets = binder.top(nodes);
  const { expressions } = binder;
  const groups = {
    groupBy: expressions,
    ...(sets ? { groupingSets: sets } : {}),
    ...(distinct ? { groupDistinct: true as const } : {}),
  };
  // PostgreSQL points at the expressions, which have no position of their own.
  const position = expressions.length === 0 ? rawPosition(scope, nodes[0]) : undefined;
  const plain = expandGroupingSets(groups, position);
  const isPlain = plain.length === 1 && expressions.length > 0;
  return sets && !isPlain ? { expressions, sets, plain } : { expressions, plain };
}

/** (a, b) is two expressions. */
const flatRow = (node: Node): readonly Node[] =>
  "RowExpr" in node && node.RowExpr.row_format === "COERCE_IMPLICIT_CAST"
    ? (node.RowExpr.args ?? []).flatMap(flatRow)
    : [node];

function itemOf(node: Node): Item {
  if ("GroupingSet" in node) return setOf(node.GroupingSet);
  const row = flatRow(node);
  return row.length === 1 && row[0] === node ? node : row;
}

/** GROUPING SETS inside others are theirs. */
function setOf(node: SetNode): SetItem {
  const content = (node.content ?? []).map(itemOf).flatMap((item): readonly Item[] => {
    return isSet(item) && item.set === "sets" ? item.content : [item];
  });
  return { set: setKinds[node.kind ?? "GROUPING_SET_EMPTY"], content, node };
}

class GroupBinder {
  readonly #items: ClauseItem[] = [];
  readonly #scope: Scope;
  readonly #targets: Target[];

  constructor(scope: Scope, targets: Target[]) {
    this.#scope = scope;
    this.#targets = targets;
  }

  get expressions(): readonly Expression[] {
    return this.#items.map(({ expression }) => expression);
  }

  /** undefined when there is no set among the nodes. */
  top(nodes: readonly Node[]): GroupingSet[] | undefined {
    const usesSets = nodes.some((node) => "GroupingSet" in node);
    const sets: GroupingSet[] = [];
    const seen = new Set<number>();
    for (const node of nodes) {
      const item = itemOf(node);
      if (isSet(item)) {
        if (item.set !== "empty") sets.push(this.#set(item));
        continue;
      }
      for (const each of "length" in item ? item : [item]) {
        const place = this.#add(each);
        if (seen.has(place)) continue;
        seen.add(place);
        sets.push({ kind: "simple", places: [place] });
      }
    }
    if (!usesSets) return undefined;
    return sets.length > 0 ? sets : [{ kind: "simple", places: [] }];
  }

  #set({ set, content, node }: SetItem): GroupingSet {
    if (set === "empty") return { kind: "simple", places: [] };
    const sets = content.map((item): GroupingSet => {
      if (isSet(item)) return this.#set(item);
      return { kind: "simple", places: this.#list("length" in item ? item : [item]) };
    });
    if (set === "cube" && sets.length > CUBE_ELEMENTS_MAX) {
      const message = `CUBE is limited to ${CUBE_ELEMENTS_MAX} elements`;
      throw new SqlError("54011", message).at(this.#scope.at(node.location));
    }
    return { kind: set, sets };
  }

  #list(nodes: readonly Node[]): PlainSet {
    return [...new Set(nodes.map((node) => this.#add(node)))];
  }

  /** The place of the item, the same for the same item. */
  #add(node: Node): number {
    const scope = this.#scope;
    const item = clauseItem(scope, node, this.#targets, "GROUP BY");
    const known = this.#items.findIndex((each) => sameItem(each, item));
    if (known >= 0) return known;
    equalityOperator(scope.names, item.expression.type, item.position);
    return this.#items.push(item) - 1;
  }
}

type Groups = Pick<SelectQuery, "groupBy" | "groupingSets" | "groupDistinct">;

/**
 * The plain sets that GROUP BY amounts to; without grouping sets, the one of all expressions.
 * Throws 54001 at `position`.
 */
export function expandGroupingSets(
  { groupBy, groupingSets, groupDistinct }: Groups,
  position?: number,
): readonly PlainSet[] {
  if (!groupingSets) return [groupBy.map((_, at) => at)];
  let all: PlainSet[] = [[]];
  for (const set of groupingSets) {
    const own = expand(set);
    if (all.length * own.length > SETS_MAX) {
      const message = `too many grouping sets present (maximum ${SETS_MAX})`;
      throw new SqlError("54001", message).at(position);
    }
    all = all.flatMap((before) => own.map((each) => union([...before, ...each])));
  }
  return groupDistinct ? [...new Map(all.map((set) => [set.join(), set])).values()] : all;
}

const union = (places: PlainSet): PlainSet => [...new Set(places)].sort((a, b) => a - b);

function expand(set: GroupingSet): readonly PlainSet[] {
  if (set.kind === "simple") return [set.places];
  const parts = set.sets.map(expand);
  if (set.kind === "sets") return parts.flat();
  // ROLLUP and CUBE hold simple sets only.
  const elements = parts.map((part) => part.flat());
  if (set.kind === "rollup") {
    return Array.from({ length: elements.length + 1 }, (_, at) =>
      elements.slice(0, elements.length - at).flat(),
    );
  }
  return Array.from({ length: 2 ** elements.length }, (_, mask) =>
    elements.filter((_element, at) => ((mask >> at) & 1) === 0).flat(),
  );
}
