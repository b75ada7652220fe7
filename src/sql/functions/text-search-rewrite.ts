/**
 * ts_rewrite: one query within another takes the place of a third. Operands of & and | are put
 * together and into an order of their own, so that parts are found whatever their order was.
 * https://www.postgresql.org/docs/15/textsearch-features.html#TEXTSEARCH-QUERY-REWRITING
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/tsquery_rewrite.c
 */
import { SqlError } from "../../base/sql-error.ts";
import { formatWhole, lexemeCrc } from "../types/tsqueries.ts";
import { type Query, readQuery } from "../types/tsquery-reader.ts";
import { compareBytes } from "../types/tsvectors.ts";
import { T } from "../types/type-oids.ts";
import { always, asText, define, defineInSession } from "./define.ts";
import type { FunctionDefinition, QueryRows } from "./registry.ts";

type Lexeme = Extract<Query, { kind: "lexeme" }>;
type Leaf = { readonly kind: "lexeme"; readonly lexeme: Lexeme };
/** `final`: it was put in, and is not looked into. */
type Node = { final?: true } & (
  | Leaf
  | {
      readonly kind: "!" | "&" | "|" | "<>";
      readonly distance: number;
      readonly children: readonly Node[];
    }
);
type Operation = Exclude<Node, Leaf>;

/** The right one first, as PostgreSQL keeps them. */
function nodeOf(query: Query): Node {
  switch (query.kind) {
    case "lexeme":
      return { kind: "lexeme", lexeme: query };
    case "!":
      return { kind: "!", distance: 0, children: [nodeOf(query.arg)] };
    default: {
      const distance = query.kind === "<>" ? query.distance : 0;
      const children = [nodeOf(query.right), nodeOf(query.left)];
      return { kind: query.kind, distance, children };
    }
  }
}

function queryOf(node: Node): Query {
  if (node.kind === "lexeme") return node.lexeme;
  const [first, ...rest] = node.children.map(queryOf) as [Query, ...Query[]];
  const { kind, distance } = node;
  if (kind === "!") return { kind, arg: first };
  const join = (right: Query, left: Query): Query =>
    kind === "<>" ? { kind, distance, left, right } : { kind, left, right };
  let joined = first;
  // The second one is joined to the first, then they come from the end.
  while (rest.length > 0) {
    joined = join(joined, rest.shift() as Query);
    const last = rest.pop();
    if (last) rest.unshift(last);
  }
  return joined;
}

const CODE = { "!": 1, "&": 2, "|": 3, "<>": 4 } as const;

function compare(a: Node, b: Node): number {
  if (a.kind === "lexeme" || b.kind === "lexeme") {
    if (a.kind !== "lexeme") return -1;
    if (b.kind !== "lexeme") return 1;
    const crcs = lexemeCrc(b.lexeme.lexeme) - lexemeCrc(a.lexeme.lexeme);
    return crcs || compareBytes(a.lexeme.lexeme, b.lexeme.lexeme);
  }
  if (a.kind !== b.kind) return CODE[b.kind] - CODE[a.kind];
  if (a.children.length !== b.children.length) return b.children.length - a.children.length;
  for (const [at, child] of a.children.entries()) {
    const order = compare(child, b.children[at] as Node);
    if (order !== 0) return order;
  }
  return b.distance - a.distance;
}

const sorted = (kind: Node["kind"], children: readonly Node[]): readonly Node[] =>
  kind === "<>" ? children : children.toSorted(compare);

const deeplySorted = (node: Node): Node =>
  node.kind === "lexeme"
    ? node
    : { ...node, children: sorted(node.kind, node.children.map(deeplySorted)) };

function flattened(node: Node): Node {
  if (node.kind === "lexeme") return node;
  const { kind } = node;
  const children = node.children.map(flattened).flatMap((child): readonly Node[] => {
    const isSame = child.kind === kind && (kind === "&" || kind === "|");
    return isSame ? (child as Operation).children : [child];
  });
  return { ...node, children: sorted(kind, children) };
}

/** Undefined: nothing is left. */
type Replaced = Node | undefined;

function replacedHere(node: Node, sought: Node, substitute: Replaced): Replaced {
  const put: Replaced = substitute && { ...substitute, final: true };
  if (compare(node, sought) === 0) return put;
  if (node.kind === "lexeme" || sought.kind === "lexeme" || node.kind !== sought.kind) return node;
  if (node.children.length <= sought.children.length) return node;
  const left: Node[] = [];
  let matched = 0;
  for (const child of node.children) {
    const next = sought.children[matched];
    if (next && compare(child, next) === 0) matched++;
    else left.push(child);
  }
  if (matched < sought.children.length) return node;
  if (put) left.push(put);
  return deeplySorted({ ...node, children: left });
}

function replaced(node: Node, sought: Node, substitute: Replaced): Replaced {
  const here = replacedHere(node, sought, substitute);
  if (!here || here.final || here.kind === "lexeme") return here;
  const children = here.children.flatMap((child) =>
    child.final ? [child] : (replaced(child, sought, substitute) ?? []),
  );
  const [only] = children;
  if (children.length < 2 && (only === undefined || here.kind !== "!")) return only;
  return { ...here, children };
}

/** By each row of a query: what is sought, and what takes its place. */
function rewrittenBy(source: string, { columns, rows }: QueryRows): string {
  if (columns.length !== 2 || columns.some(({ type }) => type !== T.tsquery)) {
    throw new SqlError("22023", "ts_rewrite query must return two tsquery columns");
  }
  const query = readQuery(source);
  let tree: Replaced = query && flattened(nodeOf(query));
  for (const [target = null, substitute = null] of rows) {
    if (!tree) break;
    if (target === null || substitute === null) continue;
    const sought = readQuery(asText(target));
    const put = readQuery(asText(substitute));
    if (!sought) continue;
    tree = replaced(tree, flattened(nodeOf(sought)), put && nodeOf(put));
    tree = tree && flattened(opened(tree));
  }
  return tree ? formatWhole(queryOf(tree)) : "";
}

/** What was put in may be looked into again. */
function opened(node: Node): Node {
  if (node.kind === "lexeme") return { kind: "lexeme", lexeme: node.lexeme };
  const { kind, distance, children } = node;
  return { kind, distance, children: children.map(opened) };
}

function rewritten(source: string, target: string, substitute: string): string {
  const [query, sought, put] = [source, target, substitute].map((text) => readQuery(text));
  if (!query || !sought) return source;
  const tree = replaced(flattened(nodeOf(query)), flattened(nodeOf(sought)), put && nodeOf(put));
  return tree ? formatWhole(queryOf(tree)) : "";
}

export const textSearchRewriteFunctions: readonly FunctionDefinition[] = [
  define("ts_rewrite(tsquery, tsquery, tsquery)", (_c, query, target, substitute) =>
    rewritten(asText(query), asText(target), asText(substitute)),
  ),
  {
    ...defineInSession("ts_rewrite(tsquery, text)", (effects, query, text) =>
      query === "" ? "" : rewrittenBy(asText(query), effects.query(asText(text))),
    ),
    runsQueries: always,
  },
];
