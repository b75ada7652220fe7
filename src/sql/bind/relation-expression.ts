/** EXPRESSIONS OVER THE COLUMNS OF ONE RELATION: of indexes, and of a column's change of type. */
import type { Node } from "@pgsql/types";
import { AssertionError } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { coerceToBoolean, coerceToTarget } from "./coerce.ts";
import { assignCollations } from "./collation.ts";
import { indexColumnNameOf } from "./column-name.ts";
import type { BindContext } from "./context.ts";
import { fold, isConstant } from "./fold.ts";
import { bindingOf, foldingOf } from "./query.ts";
import { Parameters, Scope } from "./scope.ts";
import { tableScope } from "./table-expression.ts";
import type { Expression } from "./tree.ts";
import { isMutableAsIs } from "./volatility.ts";
import { walk } from "./walk.ts";

export interface BoundIndexExpression {
  /** Without a COLLATE around all of it, which is the column's of an index. */
  readonly tree: Expression;
  readonly collation: Oid;
  /** When it is nothing but a column: its number, else 0. */
  readonly column: number;
  /** What its column in the index would be called; undefined = nothing in it says. */
  readonly name: string | undefined;
  /** As the planner leaves it. */
  readonly mutable: boolean;
  readonly constant: boolean;
  /** It names a column that no table keeps: ctid, xmin, …; of statistics, a whole row, too. */
  readonly usesSystemColumn: boolean;
}

/** `node`: the parser's expression. Throws SqlErrors as parse analysis does. */
export function bindIndexExpression(
  node: unknown,
  relation: Oid,
  context: BindContext,
  kind: "index expression" | "partition key" | "statistics expression" = "index expression",
): BoundIndexExpression {
  const scope = tableScope(context, relation);
  const bound = scope.bind(node as Node, kind);
  assignCollations(scope.names, bound);
  let tree = bound;
  while (kind !== "statistics expression" && tree.kind === "collate") tree = tree.arg;
  return {
    tree,
    collation: bound.collation,
    column: tree.kind === "column" ? tree.attribute : 0,
    name: indexColumnNameOf(node as Node),
    // Of an expression of statistics nothing is asked.
    ...(kind === "statistics expression"
      ? { mutable: false, constant: false, usesSystemColumn: usesColumn(tree, 0) }
      : judged(scope, tree)),
  };
}

/** Throws what the constant parts of an expression that is run for rows throw. */
export function checkConstants(tree: Expression, context: BindContext): void {
  fold(foldingOf(bindingOf(context, new Parameters([], false))), tree);
}

export function bindIndexPredicate(
  node: unknown,
  relation: Oid,
  context: BindContext,
): Pick<BoundIndexExpression, "tree" | keyof Judged> {
  const scope = tableScope(context, relation);
  const bound = scope.bind(node as Node, "index predicate");
  const tree = coerceToBoolean(scope, bound, "WHERE");
  assignCollations(scope.names, tree);
  return {
    tree,
    ...judged(scope, tree),
  };
}

type Judged = Pick<BoundIndexExpression, "mutable" | "constant" | "usesSystemColumn">;

function judged({ names, binding }: Scope, tree: Expression): Judged {
  const left = fold(foldingOf(binding), tree);
  return {
    mutable: isMutableAsIs(names, left),
    constant: isConstant(left),
    usesSystemColumn: usesColumn(tree, -1),
  };
}

/** One of this number, or of a lower one. */
function usesColumn(tree: Expression, highest: number): boolean {
  let found = false;
  walk(tree, (node) => {
    found ||= node.kind === "column" && node.attribute <= highest;
  });
  return found;
}

export interface ConversionTarget {
  readonly type: Oid;
  readonly typmod: number;
}

/** USING of a column's new type, before it is coerced. */
export function bindUsing(node: unknown, relation: Oid, context: BindContext): Expression {
  const scope = tableScope(context, relation);
  const bound = scope.bind(node as Node, "transform expression");
  assignCollations(scope.names, bound);
  return bound;
}

/** A column of the relation. */
export function columnExpression(attnum: number, relation: Oid, context: BindContext): Expression {
  const [item] = tableScope(context, relation).namespace;
  const column = item?.columns.find((each) => each.attribute === attnum);
  if (!column) throw new AssertionError(`relation ${relation} has no column ${attnum}`);
  const { table, attribute, type, typmod, collation } = column;
  return { kind: "column", table, attribute, levelsUp: 0, type, typmod, collation };
}

/** The expression as the target, by assignment; undefined when there is no way. */
export function convert(
  tree: Expression,
  { type, typmod }: ConversionTarget,
  context: BindContext,
): Expression | undefined {
  const scope = new Scope(bindingOf(context, new Parameters([], false)), undefined);
  const made = coerceToTarget(scope, tree, type, typmod, "assignment", "implicit");
  if (made) assignCollations(scope.names, made);
  return made;
}
