/**
 * What the catalog functions need from above: stored expressions and queries, printed and judged,
 * and object addresses in words.
 */
import type { Oid } from "../../base/ids.ts";
import type { FunctionContext } from "./registry.ts";

export interface Printers {
  /** A stored expression as SQL; `relation` 0 when it has no columns. */
  expression(tree: string, relation: Oid, pretty: boolean, context: FunctionContext): string;
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
  updatable(relation: Oid, column: number | undefined, context: FunctionContext): number;
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
