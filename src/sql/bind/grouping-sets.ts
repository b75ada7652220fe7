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
import type { Expression, GroupingSet, Target } from "./tree.ts";

export interface Grouped {
  readonly expressions: readonly Expression[];
  readonly sets?: readonly GroupingSet[];
}

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
  if (!sets) return { expressions };
  const expanded = expand(expressions, sets, distinct);
  if (!expanded) {
    const message = `too many grouping sets present (maximum ${SETS_MAX})`;
    throw new SqlError("54001", message).at(rawPosition(scope, nodes[0]));
  }
  return expanded.length === 1 && expressions.length > 0 ? { expressions } : { expressions, sets };
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
    const seen: Expression[] = [];
    for (const node of nodes) {
      const item = itemOf(node);
      if (isSet(item)) {
        if (item.set !== "empty") sets.push(this.#set(item));
        continue;
      }
      for (const each of "length" in item ? item : [item]) {
        const expression = this.#add(each);
        if (seen.includes(expression)) continue;
        seen.push(expression);
        sets.push({ kind: "simple", expressions: [expression] });
      }
    }
    if (!usesSets) return undefined;
    return sets.length > 0 ? sets : [{ kind: "simple", expressions: [] }];
  }

  #set({ set, content, node }: SetItem): GroupingSet {
    if (set === "empty") return { kind: "simple", expressions: [] };
    const sets = content.map((item): GroupingSet => {
      if (isSet(item)) return this.#set(item);
      return { kind: "simple", expressions: this.#list("length" in item ? item : [item]) };
    });
    if (set === "cube" && sets.length > CUBE_ELEMENTS_MAX) {
      const message = `CUBE is limited to ${CUBE_ELEMENTS_MAX} elements`;
      throw new SqlError("54011", message).at(this.#scope.at(node.location));
    }
    return { kind: set, sets };
  }

  #list(nodes: readonly Node[]): Expression[] {
    const list: Expression[] = [];
    for (const node of nodes) {
      const expression = this.#add(node);
      if (!list.includes(expression)) list.push(expression);
    }
    return list;
  }

  /** The same object for the same item. */
  #add(node: Node): Expression {
    const scope = this.#scope;
    const item = clauseItem(scope, node, this.#targets, "GROUP BY");
    const known = this.#items.find((each) => sameItem(each, item));
    if (known) return known.expression;
    // Two targets may be one expression.
    const own = { ...item, expression: { ...item.expression } };
    equalityOperator(scope.names, own.expression.type, own.position);
    this.#items.push(own);
    return own.expression;
  }
}

/** A plain set: numbers of expressions, ascending. */
type PlainSet = readonly number[];

/** The plain sets that the list stands for; undefined when they are too many. */
function expand(
  expressions: readonly Expression[],
  sets: readonly GroupingSet[],
  distinct: boolean,
): PlainSet[] | undefined {
  let all: PlainSet[] = [[]];
  for (const set of sets) {
    const own = plainSets(expressions, set);
    if (all.length * own.length > SETS_MAX) return undefined;
    all = all.flatMap((before) => own.map((each) => union(before, each)));
  }
  return distinct ? [...new Map(all.map((set) => [set.join(), set])).values()] : all;
}

const union = (a: PlainSet, b: PlainSet): PlainSet =>
  [...new Set([...a, ...b])].toSorted((x, y) => x - y);

function plainSets(expressions: readonly Expression[], set: GroupingSet): PlainSet[] {
  if (set.kind === "simple") {
    return [set.expressions.map((expression) => expressions.indexOf(expression))];
  }
  const parts = set.sets.map((inner) => plainSets(expressions, inner));
  if (set.kind === "sets") return parts.flat();
  const single = parts.map((part) => part.flat());
  if (set.kind === "rollup") {
    return Array.from({ length: single.length + 1 }, (_, at) =>
      union([], single.slice(0, single.length - at).flat()),
    );
  }
  return Array.from({ length: 1 << single.length }, (_, bits) =>
    union([], single.filter((_part, at) => bits & (1 << at)).flat()),
  );
}
