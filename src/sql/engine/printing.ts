/**
 * Printing of what is stored, for the catalog functions: pg_get_expr and its kind read no trees
 * themselves.
 */
import { notSupported } from "../../base/sql-error.ts";
import { addressOf, Describer } from "../../catalog/describe.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import type { BuiltinCatalog } from "../bind/builtin.ts";
import { decodeTree } from "../bind/codec.ts";
import type { Printers } from "../functions/printers.ts";
import { printExpression } from "../print/print.ts";

/** Built-in rows keep their trees as SQL texts; see catalog/bootstrap.ts. */
function builtinTexts(tree: string): readonly string[] | undefined {
  if (!tree.startsWith('{"v":1,"sql":')) return undefined;
  return (JSON.parse(tree) as { readonly sql: readonly string[] }).sql;
}

export const printersOf = (builtin: BuiltinCatalog): Printers => ({
  expression: (tree, relation, pretty, context) =>
    builtinTexts(tree)?.join(", ") ??
    printExpression(decodeTree(tree), {
      builtin,
      types: context,
      pretty,
      ...(relation === 0 ? {} : { relation }),
    }),
  view: () => {
    throw notSupported("pg_get_viewdef");
  },
  argumentDefaults: (tree) => builtinTexts(tree) ?? [],
  describeObject: (classOid, oid, subId, { catalog, searchPath }) =>
    new Describer(catalog, searchPath, quoteIdentifier).describe(addressOf(classOid, oid, subId)),
});
