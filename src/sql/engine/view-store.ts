/** Queries of views between DDL and the binder: bound once, kept as trees, views in them by oid. */
import type { StoredQuery } from "../../catalog/ddl/context.ts";
import type { RawExpression } from "../../catalog/statement.ts";
import { decodeQuery, encodeTree } from "../bind/codec.ts";
import type { BindContext } from "../bind/context.ts";
import { Names } from "../bind/names.ts";
import { bindGivenQuery, bindViewQuery, type GivenQuery } from "../bind/query.ts";
import { collectReferences } from "../bind/references.ts";
import type { Query, Target } from "../bind/tree.ts";
import { whyNotUpdatable } from "../bind/updatable.ts";

/** The query with its first columns under these names. */
function named(query: Query, names: readonly string[]): Query {
  const given = [...names];
  const targets = query.targets.map((target): Target => {
    const name = target.junk ? undefined : given.shift();
    return name === undefined ? target : { ...target, name };
  });
  return { ...query, targets } as Query;
}

const isGiven = (node: unknown): node is { readonly given: GivenQuery } =>
  Object.hasOwn(node as object, "given");

/** Throws SqlErrors as PostgreSQL's parse analysis of CREATE VIEW does. */
export function storedQuery(
  { node }: RawExpression,
  columns: readonly string[],
  context: BindContext,
): StoredQuery {
  const bound = isGiven(node) ? bindGivenQuery(node.given, context) : bindViewQuery(node, context);
  const query = named(bound, columns);
  const names = new Names(context.builtin, context.catalog, context.searchPath);
  const shown = query.targets.filter(({ junk }) => !junk);
  return {
    tree: encodeTree(query),
    references: collectReferences(query, names),
    columns: shown.map(({ name, expression: { type, typmod, collation } }) => {
      const collatable = names.type(type).collation !== 0;
      return { name, type, typmod, collation, collatable };
    }),
    notUpdatable: () => whyNotUpdatable(query),
  };
}

export const whyStoredNotUpdatable = (tree: string): string | undefined =>
  whyNotUpdatable(decodeQuery(tree));
