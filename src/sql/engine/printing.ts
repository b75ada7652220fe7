/**
 * Printing of what is stored, for the catalog functions: pg_get_expr and its kind read no trees
 * themselves.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { addressOf, Describer } from "../../catalog/describe.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import type { BuiltinCatalog } from "../bind/builtin.ts";
import { decodeTree, decodeTrees } from "../bind/codec.ts";
import type { PartitionBound } from "../bind/partition-bound.ts";
import { columnsIn } from "../bind/table-expression.ts";
import type { Printers } from "../functions/printers.ts";
import type { FunctionContext } from "../functions/registry.ts";
import {
  looksLikeCall,
  type PrintContext,
  printExpression,
  printOperator,
} from "../print/print.ts";
import { printSqlBody } from "../print/sql-body.ts";
import type { TypeContext } from "../types/codec.ts";
import { builtinTexts } from "./builtin-texts.ts";
import {
  printBound,
  printPartitionBy,
  printPartitionConstraint,
  printPartitionKey,
} from "./partition-printing.ts";
import { viewPrinters } from "./view-printing.ts";

const printContext = (
  builtin: BuiltinCatalog,
  relation: Oid,
  pretty: boolean,
  types: FunctionContext,
): PrintContext => ({
  builtin,
  types,
  pretty,
  ...(relation === 0 ? {} : { relation }),
});

const NO_RELATION = 0 as Oid;

/** What a rule without a condition has as one. */
const NO_TREE = "<>";

interface Printed {
  readonly searchPath: readonly Oid[];
  readonly texts: Map<string, string>;
}

/** What one step of a query has printed: trees without columns, of which many columns have one. */
const printedIn = new WeakMap<FunctionContext, Printed>();
const PRINTED_MAX = 256;

function textsPrinted(context: FunctionContext): Map<string, string> {
  const { searchPath } = context;
  const printed = printedIn.get(context);
  if (printed?.searchPath === searchPath && printed.texts.size < PRINTED_MAX) return printed.texts;
  const texts = new Map<string, string>();
  printedIn.set(context, { searchPath, texts });
  return texts;
}

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
  const key = pretty ? `pretty ${tree}` : tree;
  const printed = textsPrinted(context);
  const known = printed.get(key);
  if (known !== undefined) return known;
  const trees = decodeTrees(tree);
  const [bound] = trees as unknown as readonly (PartitionBound | undefined)[];
  if (bound?.kind === "partitionBound") return printBound(builtin, bound, context);
  if (trees.some((each) => "targets" in each)) {
    throw new SqlError("22023", "input is a query, not an expression");
  }
  const hasColumns = trees.some((each) => columnsIn(each).length > 0);
  if (relation === 0 && hasColumns) throw new SqlError("22023", "expression contains variables");
  const of = printContext(builtin, relation, pretty, context);
  const text = trees.map((each) => printExpression(each, of)).join(", ");
  if (!hasColumns) printed.set(key, text);
  return text;
}

export const printersOf = (builtin: BuiltinCatalog): Printers => ({
  expression: (tree, relation, pretty, context) =>
    printStored(builtin, tree, relation, pretty, context),
  operator: (operator, type, context) =>
    printOperator(operator, type, printContext(builtin, NO_RELATION, false, context)),
  triggerCondition: (tree, relation, pretty, context) =>
    printExpression(decodeTree(tree), {
      ...printContext(builtin, relation, pretty, context),
      rows: ["old", "new"],
      indent: 8,
    }),
  indexExpressions: (tree, relation, pretty, context) =>
    decodeTrees(tree).map((each) => ({
      text: printExpression(each, printContext(builtin, relation, pretty, context)),
      isCall: looksLikeCall(each),
      type: each.type,
      collation: each.collation,
    })),
  statisticsExpressions: (tree, relation, context) =>
    decodeTrees(tree).map((each) => ({
      text: printExpression(each, {
        ...printContext(builtin, relation, true, context),
        oneLine: true,
      }),
      isCall: looksLikeCall(each),
    })),
  expressions: (tree, relation, context) =>
    decodeTrees(tree).map((each) =>
      printExpression(each, printContext(builtin, relation, false, context)),
    ),
  ...viewPrinters(builtin),
  partitionBy: (relation, context) => printPartitionBy(builtin, relation, context),
  partitionConstraint: (relation, context) => printPartitionConstraint(builtin, relation, context),
  argumentDefaults: (tree, context) =>
    builtinTexts(tree) ??
    decodeTrees(tree).map((each) =>
      printExpression(each, printContext(builtin, NO_RELATION, false, context)),
    ),
  sqlBody: ({ proname: name, proargnames, prosqlbody }, context) => {
    const texts = builtinTexts(prosqlbody);
    if (texts) return texts.join("");
    const routine = { name, parameters: proargnames ?? [] };
    const printing = { ...printContext(builtin, NO_RELATION, false, context), routine };
    return printSqlBody(prosqlbody, printing);
  },
  describeObject: (classOid, oid, subId, { catalog, searchPath }) =>
    new Describer(catalog, searchPath, quoteIdentifier).describe(addressOf(classOid, oid, subId)),
});

/** A key of an index, or of a partitioned table, as messages show it. */
export function printIndexKey(
  builtin: BuiltinCatalog,
  index: Oid,
  key: number,
  types: TypeContext,
): string {
  const row = types.catalog.find(pgIndex, "key", [index]);
  if (!row) return printPartitionKey(builtin, index, true, types)[key - 1] ?? "";
  if (row.indexprs === null) return "";
  const expressions = decodeTrees(row.indexprs);
  const at = row.indkey.slice(0, key - 1).filter((attribute) => attribute === 0).length;
  const tree = expressions[at];
  if (!tree) return "";
  const text = printExpression(tree, { builtin, types, pretty: true, relation: row.indrelid });
  return looksLikeCall(tree) ? text : `(${text})`;
}
