/** FROM: the tree of tables and joins, and what names see of it. */
import type { JoinExpr, Node, RangeSubselect, RangeTableSample } from "@pgsql/types";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { bindRangeFunction } from "./from-function.ts";
import { type BoundFrom, finishJoin } from "./join.ts";
import { required } from "./node.ts";
import {
  aliasOf,
  asLateral,
  checkNames,
  columnsOfQuery,
  notLateral,
  renamed,
  visibleItem,
} from "./range-table.ts";
import { bindRangeVar } from "./relation.ts";
import { bindSample } from "./sample.ts";
import type { NamespaceItem, Scope } from "./scope.ts";
import type { FromItem, RangeTableEntry } from "./tree.ts";
import { bindXmlTable } from "./xml-table.ts";

/** Binds the comma list; afterwards the scope's namespace holds all of it. */
export function bindFrom(scope: Scope, nodes: readonly Node[]): FromItem[] {
  const items = nodes.map((node) => {
    const bound = bindFromItem(scope, node);
    checkNames(scope.namespace, bound.namespace);
    scope.namespace = [...scope.namespace, ...asLateral(bound.namespace, true)];
    return bound.item;
  });
  scope.namespace = notLateral(scope.namespace);
  return items;
}

/** One item; the namespace stays as it is. */
export function bindFromItem(scope: Scope, node: Node): BoundFrom {
  if ("RangeVar" in node) {
    const { entry, qualified, hidden } = bindRangeVar(scope, node.RangeVar);
    return plainItem(scope, entry, qualified, hidden);
  }
  if ("RangeSubselect" in node) return plainItem(scope, bindSubselect(scope, node.RangeSubselect));
  if ("RangeFunction" in node)
    return plainItem(scope, bindRangeFunction(scope, node.RangeFunction));
  if ("JoinExpr" in node) return bindJoin(scope, node.JoinExpr);
  if ("RangeTableSample" in node) return sampledItem(scope, node.RangeTableSample);
  if ("RangeTableFunc" in node) return plainItem(scope, bindXmlTable(scope, node.RangeTableFunc));
  throw notSupported("this FROM item");
}

function plainItem(
  scope: Scope,
  entry: RangeTableEntry,
  qualified?: NamespaceItem["qualified"],
  hidden?: number,
): BoundFrom {
  const table = scope.addEntry(entry);
  const item = visibleItem(entry, table, qualified, hidden);
  return { item: { kind: "table", table }, namespace: [item], columns: item.columns };
}

function sampledItem(scope: Scope, node: RangeTableSample): BoundFrom {
  const bound = bindFromItem(scope, required(node.relation, "what is sampled"));
  const table = bound.item.table;
  const sampled = bindSample(scope, node, scope.rangeTable[table - 1] as RangeTableEntry);
  scope.rangeTable[table - 1] = sampled;
  return { ...bound, namespace: bound.namespace.map((item) => ({ ...item, entry: sampled })) };
}

function bindSubselect(scope: Scope, node: RangeSubselect): RangeTableEntry {
  const alias = aliasOf(node.alias);
  if (!alias) {
    const isValues = hasValues(node.subquery);
    const what = isValues ? "VALUES" : "subquery";
    const example = isValues ? "VALUES ..." : "SELECT ...";
    const hint = `For example, FROM (${example}) [AS] foo.`;
    throw new SqlError("42601", `${what} in FROM must have an alias`, { hint });
  }
  const { kind, lateralActive } = scope;
  scope.kind = "sub-SELECT in FROM";
  scope.lateralActive = node.lateral ?? false;
  const query = scope.binding.bindSubquery(scope, required(node.subquery, "a sub-select"), true);
  scope.kind = kind;
  scope.lateralActive = lateralActive;
  return {
    kind: "subquery",
    name: alias.name,
    alias,
    ...renamed(columnsOfQuery(query), alias, alias.name),
    lateral: node.lateral ?? false,
    query,
  };
}

const hasValues = (node: Node | undefined): boolean =>
  node !== undefined && "SelectStmt" in node && node.SelectStmt.valuesLists !== undefined;

function bindJoin(scope: Scope, node: JoinExpr): BoundFrom {
  const left = bindFromItem(scope, required(node.larg, "the left side of a join"));
  const before = scope.namespace;
  const lateralOk = node.jointype === "JOIN_INNER" || node.jointype === "JOIN_LEFT";
  scope.namespace = [...before, ...asLateral(left.namespace, lateralOk)];
  const right = bindFromItem(scope, required(node.rarg, "the right side of a join"));
  scope.namespace = before;
  checkNames(left.namespace, right.namespace);
  return finishJoin(scope, node, left, right);
}
