/**
 * WHAT IS SHOWN OF A VALUE OF pg_node_tree: the stored tree (bind/codec.ts) as PostgreSQL's nodes.
 * Rows that every database has keep texts of SQL, which are shown in a node of their own.
 */

import { decodeTrees } from "../bind/codec.ts";
import type { StoredStatement } from "../bind/modify.ts";
import type { BoundConstant, BoundDatum, PartitionBound } from "../bind/partition-bound.ts";
import { queryOfAction } from "../bind/rule-action.ts";
import type { Expression, Query } from "../bind/tree.ts";
import type { TypeContext } from "../types/codec.ts";
import { expressionNode } from "./node-expression.ts";
import { outside, queryNode } from "./node-query.ts";
import { constantNode, listText, type Node, node, nodeText } from "./node-text.ts";

const STORED = '{"v":1,';
const TEXTS = '{"v":1,"sql":';

/** Throws DataCorrupted for what encodeTree has not written. */
export function treeText(stored: string, context: TypeContext): string {
  if (stored.startsWith(TEXTS)) {
    const { sql } = JSON.parse(stored) as { readonly sql: readonly string[] };
    return listText(sql.map((text) => node("SQL", { text })));
  }
  // What is no tree of ours is one without nodes: <>.
  if (!stored.startsWith(STORED)) return stored;
  const trees = decodeTrees(stored) as readonly (
    | Expression
    | Query
    | PartitionBound
    | StoredStatement
  )[];
  const nodes = trees.map((tree) => nodeOf(tree, context));
  const [first] = trees;
  const alone = nodes.length === 1 && first !== undefined && !("targets" in first);
  return alone && !stored.startsWith(`${STORED}"tree":[`)
    ? nodeText(nodes[0] as Node)
    : listText(nodes);
}

function nodeOf(
  tree: Expression | Query | PartitionBound | StoredStatement,
  context: TypeContext,
): Node {
  switch (tree.kind) {
    case "query":
    case "return":
      return queryNode(tree.query, outside(context));
    case "insert":
    case "update":
    case "delete":
      return queryNode(queryOfAction(tree), outside(context));
  }
  if (tree.kind === "partitionBound") return boundNode(tree, context);
  return "targets" in tree
    ? queryNode(tree, outside(context))
    : expressionNode(tree, outside(context));
}

const STRATEGIES = { default: "", hash: "h", list: "l", range: "r" } as const;

function boundNode(bound: PartitionBound, context: TypeContext): Node {
  const value = (each: BoundConstant): Node => constantNode(each, context);
  const datum = (each: BoundDatum): Node =>
    node("PARTITIONRANGEDATUM", {
      kind: each === "minvalue" ? -1 : each === "maxvalue" ? 1 : 0,
      value: typeof each === "string" ? undefined : value(each),
      location: -1,
    });
  return node("PARTITIONBOUNDSPEC", {
    strategy: STRATEGIES[bound.strategy],
    is_default: bound.strategy === "default",
    modulus: bound.strategy === "hash" ? bound.modulus : 0,
    remainder: bound.strategy === "hash" ? bound.remainder : 0,
    listdatums: bound.strategy === "list" ? bound.values.map(value) : undefined,
    lowerdatums: bound.strategy === "range" ? bound.lower.map(datum) : undefined,
    upperdatums: bound.strategy === "range" ? bound.upper.map(datum) : undefined,
    location: -1,
  });
}
