/**
 * What the catalog functions need from above: stored expressions and queries, printed and judged,
 * and object addresses in words.
 */
import type { Oid } from "../../base/ids.ts";
import type { FunctionContext } from "./registry.ts";

export interface Printers {
  /** A stored expression as SQL; `relation` 0 when it has no columns. */
  expression(tree: string, relation: Oid, pretty: boolean, context: FunctionContext): string;
  /** WHEN of a trigger of the relation. */
  triggerCondition(tree: string, relation: Oid, pretty: boolean, context: FunctionContext): string;
  /** The expressions of an index, in the order of its columns. */
  indexExpressions(
    tree: string,
    relation: Oid,
    pretty: boolean,
    context: FunctionContext,
  ): readonly PrintedExpression[];
  /** An operator on two values of the type, by the name that finds it. */
  operator(operator: Oid, type: Oid, context: FunctionContext): string;
  /** Those of a statistics object, each in a line and as if pretty. */
  statisticsExpressions(
    tree: string,
    relation: Oid,
    context: FunctionContext,
  ): readonly Pick<PrintedExpression, "text" | "isCall">[];
  /** Stored expressions as pg_get_expr prints each. */
  expressions(tree: string, relation: Oid, context: FunctionContext): readonly string[];
  /**
   * The query of a view, with its semicolon; undefined for what is no view. `wrapColumn` as in
   * pg_get_viewdef(oid, int).
   */
  view(
    relation: Oid,
    pretty: boolean,
    wrapColumn: number,
    context: FunctionContext,
  ): string | undefined;
  /** CREATE RULE; undefined when there is no such rule. */
  rule(rule: Oid, pretty: boolean, context: FunctionContext): string | undefined;
  /** Bits of what can be done to a relation, by way of one column only if it is given. */
  updatable(
    relation: Oid,
    column: number | undefined,
    withTriggers: boolean,
    context: FunctionContext,
  ): number;
  /** PARTITION BY; undefined when the table is not partitioned. */
  partitionBy(relation: Oid, context: FunctionContext): string | undefined;
  /** What rows of a partition satisfy; undefined: there is no such condition. */
  partitionConstraint(relation: Oid, context: FunctionContext): string | undefined;
  /** pg_proc.prosqlbody: RETURN …, or BEGIN ATOMIC … END. */
  sqlBody(proc: PrintedRoutine, context: FunctionContext): string;
  /** pg_proc.proargdefaults: the default of each of the last arguments. */
  argumentDefaults(tree: string, context: FunctionContext): readonly string[];
  /** pg_describe_object; undefined when there is no such object. */
  describeObject(
    classOid: Oid,
    objectOid: Oid,
    subId: number,
    context: FunctionContext,
  ): string | undefined;
}

/** How a definition is printed. */
export interface DefinitionStyle {
  /** Fewer parentheses, and a table in the search path without its schema. */
  readonly pretty: boolean;
  /** With tablespace and parameters, so that it makes the very same index or constraint. */
  readonly complete?: boolean;
}

export interface PrintedExpression {
  readonly text: string;
  /** It reads as a call, which needs no parentheses around it. */
  readonly isCall: boolean;
  readonly type: Oid;
  readonly collation: Oid;
}

/** What of pg_proc printing a body needs. */
export interface PrintedRoutine {
  readonly proname: string;
  readonly proargnames: readonly string[] | null;
  readonly prosqlbody: string;
}
