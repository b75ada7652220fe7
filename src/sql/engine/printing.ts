/**
 * Printing of what is stored, for the catalog functions: pg_get_expr and its kind read no trees
 * themselves.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { addressOf, Describer } from "../../catalog/describe.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import type { BuiltinCatalog } from "../bind/builtin.ts";
import { decodeTree } from "../bind/codec.ts";
import { columnsIn } from "../bind/table-expression.ts";
import type { Printers } from "../functions/printers.ts";
import type { FunctionContext } from "../functions/registry.ts";
import { printExpression } from "../print/print.ts";
import { viewPrinters } from "./view-printing.ts";

/** Built-in rows keep their trees as SQL texts; see catalog/bootstrap.ts. */
function builtinTexts(tree: string): readonly string[] | undefined {
  if (!tree.startsWith('{"v":1,"sql":')) return undefined;
  return (JSON.parse(tree) as { readonly sql: readonly string[] }).sql;
}

/** What a rule without a condition has as one. */
const NO_TREE = "<>";

function printStored(
  builtin: BuiltinCatalog,
  tree: string,
  relation: Oid,
  pretty: boolean,
  context: FunctionContext,
): string {
  if (tree === NO_TREE) return "";
  const texts = builtinTexts(tree);
  if (texts) return texts.join(", ");
  const stored = decodeTree(tree);
  if ("targets" in stored) {
    throw new SqlError("22023", "input is a query, not an expression");
  }
  if (relation === 0 && columnsIn(stored).length > 0) {
    throw new SqlError("22023", "expression contains variables");
  }
  const columns = relation === 0 ? {} : { relation };
  return printExpression(stored, { builtin, types: context, pretty, ...columns });
}

export const printersOf = (builtin: BuiltinCatalog): Printers => ({
  expression: (tree, relation, pretty, context) =>
    printStored(builtin, tree, relation, pretty, context),
  ...viewPrinters(builtin),
  argumentDefaults: (tree) => builtinTexts(tree) ?? [],
  describeObject: (classOid, oid, subId, { catalog, searchPath }) =>
    new Describer(catalog, searchPath, quoteIdentifier).describe(addressOf(classOid, oid, subId)),
});
