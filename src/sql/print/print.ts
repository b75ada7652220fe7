/** BOUND TREES AS SQL: what pg_get_expr, pg_get_constraintdef, pg_get_viewdef, … answer. */
import type { Oid } from "../../base/ids.ts";
import type { BuiltinCatalog } from "../bind/builtin.ts";
import { Names } from "../bind/names.ts";
import type { Constant, Expression, Query, Typed } from "../bind/tree.ts";
import type { TypeContext } from "../types/codec.ts";
import { printConstant } from "./constant.ts";
import { print } from "./expression.ts";
import { operatorName } from "./names.ts";
import { printQuery } from "./query.ts";
import { type PrinterSettings, Writer } from "./writer.ts";

export interface PrintContext {
  readonly builtin: BuiltinCatalog;
  /** Catalog, search path and settings of the reader. */
  readonly types: TypeContext;
  /** Leaves out needless parentheses. */
  readonly pretty?: boolean;
  readonly oneLine?: boolean;
  /** See PrinterSettings; 0 by default. */
  readonly wrapColumn?: number;
  /** The relation whose columns the expression names. */
  readonly relation?: Oid;
  /** Whose parameters the expression names. */
  readonly routine?: PrinterSettings["routine"];
  /** What its rows are called, where there are several. */
  readonly rows?: readonly string[];
  /** How far in its own lines begin. */
  readonly indent?: number;
}

export const writerOf = (context: PrintContext, prefixed: boolean): Writer =>
  new Writer(
    {
      names: new Names(context.builtin, context.types.catalog, context.types.searchPath),
      types: context.types,
      pretty: context.pretty ?? false,
      prefixed,
      wrapColumn: context.wrapColumn ?? 0,
      rows: context.rows,
      oneLine: context.oneLine,
      routine: context.routine,
    },
    context.relation,
    printQuery,
  );

/** As pg_get_expr. */
export function printExpression(tree: Expression, context: PrintContext): string {
  const writer = writerOf(context, false);
  writer.indent = context.indent ?? 0;
  print(writer, tree, false);
  return writer.text;
}

/** The name that finds an operator on two values of the type. */
export function printOperator(operator: Oid, type: Oid, context: PrintContext): string {
  const { catalog, searchPath } = context.types;
  return operatorName(new Names(context.builtin, catalog, searchPath), operator, type, type);
}

/** A value without its type, as in FOR VALUES. */
export function printValue(value: Constant & Typed, context: PrintContext): string {
  const writer = writerOf(context, false);
  printConstant(writer, value, "never");
  return writer.text;
}

/** Rules have entries of these names, so nothing in FROM goes by them. */
export const RULE_NAMES = ["old", "new"];

/**
 * As pg_get_viewdef, without the semicolon: columns always carry their table's name. `columns`:
 * what the output columns are called, where that is not what the query says.
 */
export function printViewQuery(
  query: Query,
  context: PrintContext,
  columns: readonly string[] = query.targets.flatMap(({ name, junk }) => (junk ? [] : name)),
): string {
  const writer = writerOf(context, true);
  printQuery(writer, query, { namesVisible: true, names: columns, reserved: RULE_NAMES });
  return writer.text;
}

const CALLS: ReadonlySet<Expression["kind"]> = new Set([
  ...([
    "aggregate",
    "window",
    "grouping",
    "coalesce",
    "minMax",
    "nullIf",
    "sqlValue",
    "xml",
  ] as const),
]);

/** Whether it prints as f(…), so that an index needs no parentheses around it. */
export const looksLikeCall = (tree: Expression): boolean =>
  tree.kind === "function" ? tree.form === "call" || tree.form === "sql" : CALLS.has(tree.kind);
