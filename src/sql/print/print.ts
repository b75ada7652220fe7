/** BOUND TREES AS SQL: what pg_get_expr, pg_get_constraintdef, pg_get_viewdef, … answer. */
import type { Oid } from "../../base/ids.ts";
import type { BuiltinCatalog } from "../bind/builtin.ts";
import { Names } from "../bind/names.ts";
import type { Expression, Query } from "../bind/tree.ts";
import type { TypeContext } from "../types/codec.ts";
import { print } from "./expression.ts";
import { printQuery } from "./query.ts";
import { Writer } from "./writer.ts";

export interface PrintContext {
  readonly builtin: BuiltinCatalog;
  /** Catalog, search path and settings of the reader. */
  readonly types: TypeContext;
  /** Leaves out needless parentheses. */
  readonly pretty?: boolean;
  /** The relation whose columns the expression names. */
  readonly relation?: Oid;
}

const writerOf = ({ builtin, types, pretty, relation }: PrintContext, prefixed: boolean): Writer =>
  new Writer(
    {
      names: new Names(builtin, types.catalog, types.searchPath),
      types,
      pretty: pretty ?? false,
      prefixed,
    },
    relation,
    printQuery,
  );

/** As pg_get_expr. */
export function printExpression(tree: Expression, context: PrintContext): string {
  const writer = writerOf(context, false);
  print(writer, tree, false);
  return writer.text;
}

/** As pg_get_viewdef, without the semicolon: columns always carry their table's name. */
export function printQueryText(query: Query, context: PrintContext): string {
  const writer = writerOf(context, true);
  printQuery(writer, query, true);
  return writer.text;
}

const CALLS: ReadonlySet<Expression["kind"]> = new Set([
  ...(["aggregate", "window", "grouping", "coalesce", "minMax", "nullIf", "sqlValue"] as const),
]);

/** Whether it prints as f(…), so that an index needs no parentheses around it. */
export const looksLikeCall = (tree: Expression): boolean =>
  tree.kind === "function" ? tree.form === "call" || tree.form === "sql" : CALLS.has(tree.kind);
