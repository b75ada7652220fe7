/** CREATE INDEX. */
import type { IndexElem, IndexStmt, Node } from "libpg-query";
import { assert } from "../../base/assert.ts";
import type { CreateIndex, IndexElement } from "../../catalog/index-statement.ts";
import { qualifiedName, relationName, stringsOf } from "./names.ts";
import { relationOptions } from "./options.ts";

export function createIndex(tree: IndexStmt): CreateIndex {
  return {
    kind: "createIndex",
    ...(tree.idxname === undefined ? {} : { name: tree.idxname }),
    table: relationName(tree.relation),
    method: tree.accessMethod ?? "btree",
    keys: (tree.indexParams ?? []).map(indexElement),
    included: (tree.indexIncludingParams ?? []).map(indexElement),
    ...(tree.whereClause === undefined ? {} : { where: { node: tree.whereClause } }),
    options: relationOptions(tree.options),
    ...(tree.tableSpace === undefined ? {} : { tablespace: tree.tableSpace }),
    unique: tree.unique ?? false,
    nullsNotDistinct: tree.nulls_not_distinct ?? false,
    concurrently: tree.concurrent ?? false,
    ifNotExists: tree.if_not_exists ?? false,
  };
}

const orderings = { SORTBY_ASC: "asc", SORTBY_DESC: "desc" } as const;
const nullOrderings = { SORTBY_NULLS_FIRST: "first", SORTBY_NULLS_LAST: "last" } as const;

export function indexElement(node: Node): IndexElement {
  assert("IndexElem" in node, "an index is over elements");
  const { name, expr, collation, opclass, opclassopts, ordering, nulls_ordering } = node.IndexElem;
  return {
    ...(name === undefined ? { expression: { node: expr } } : { column: name }),
    ...named("collation", collation),
    ...named("opclass", opclass),
    opclassOptions: relationOptions(opclassopts),
    ordering: orderings[ordering as keyof typeof orderings] ?? "default",
    nulls: nullOrderings[nulls_ordering as keyof typeof nullOrderings] ?? "default",
  };
}

const named = (what: "collation" | "opclass", parts: IndexElem["collation"]) =>
  parts === undefined ? {} : { [what]: qualifiedName(stringsOf(parts)) };
