/** ORDER BY, DISTINCT ON, LIMIT, and what in a clause may name a target by name or number. */
import type { Node } from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
import { asText } from "./aggregate.ts";
import { coerceToSpecific } from "./coerce.ts";
import { positionOf, rawPosition } from "./position.ts";
import { sameExpression } from "./same-expression.ts";
import type { Scope } from "./scope.ts";
import { equalityOperator, makeSortKey } from "./sort.ts";
import type { Expression, SortKey, Target } from "./tree.ts";
import { INT8 } from "./type-oids.ts";
import { namesOwnColumn, someExpression } from "./walk.ts";

type Clause = "GROUP BY" | "ORDER BY" | "DISTINCT ON";

export interface ClauseItem {
  readonly expression: Expression;
  /** 1-based, when it is a target. */
  readonly target?: number | undefined;
  /** Where it stands in the clause. */
  readonly position: number | undefined;
}

/** Items are one when they are the same target, or the same expression beside the targets. */
export const sameItem = (
  a: Pick<ClauseItem, "expression" | "target">,
  b: Pick<ClauseItem, "expression" | "target">,
): boolean =>
  a.target === b.target && (a.target !== undefined || sameExpression(a.expression, b.expression));

/** A target that GROUP BY names holds no aggregate and no window function. */
function checkGroupable(expression: Expression): void {
  const fail = (code: string, what: string, found: Expression) =>
    new SqlError(code, `${what} functions are not allowed in GROUP BY`).at(found.position);
  someExpression(expression, (each) => {
    if (each.kind === "aggregate" && each.levelsUp === 0) throw fail("42803", "aggregate", each);
    if (each.kind === "window") throw fail("42P20", "window", each);
    return false;
  });
}

/**
 * SQL92's rules first (a target's name or number), then any expression. Unknown literals become
 * text in `targets`.
 */
export function clauseItem(
  scope: Scope,
  node: Node,
  targets: Target[],
  clause: Clause,
): ClauseItem {
  const position = rawPosition(scope, node);
  const named =
    targetNamed(scope, node, targets, clause) ?? targetNumbered(scope, node, targets, clause);
  if (named !== undefined) {
    const expression = textAt(scope, targets, named);
    if (clause === "GROUP BY") checkGroupable(expression);
    return { expression, target: named, position };
  }
  const bound = asText(scope, scope.bind(node, clause));
  const at = targets.findIndex((target) => sameExpression(target.expression, bound));
  return { expression: bound, target: at < 0 ? undefined : at + 1, position };
}

function textAt(scope: Scope, targets: Target[], number: number): Expression {
  const target = targets[number - 1] as Target;
  const expression = asText(scope, target.expression);
  if (expression !== target.expression) targets[number - 1] = { ...target, expression };
  return expression;
}

function targetNamed(
  scope: Scope,
  node: Node,
  targets: readonly Target[],
  clause: Clause,
): number | undefined {
  if (!("ColumnRef" in node) || node.ColumnRef.fields?.length !== 1) return undefined;
  const [field] = node.ColumnRef.fields;
  if (!field || !("String" in field)) return undefined;
  const name = field.String.sval ?? "";
  if (clause === "GROUP BY" && isInputColumn(scope, name)) return undefined;
  let found: number | undefined;
  for (const [at, target] of targets.entries()) {
    if (target.junk || target.name !== name) continue;
    const before = found === undefined ? undefined : targets[found - 1];
    if (before && !sameExpression(before.expression, target.expression)) {
      const position = scope.at(node.ColumnRef.location);
      throw new SqlError("42702", `${clause} "${name}" is ambiguous`).at(position);
    }
    found ??= at + 1;
  }
  return found;
}

/** In GROUP BY a column of FROM goes before an output column of the same name. */
const isInputColumn = (scope: Scope, name: string): boolean =>
  scope.namespace.some(
    (item) => item.columnsVisible && item.columns.some((column) => column.name === name),
  );

function targetNumbered(
  scope: Scope,
  node: Node,
  targets: readonly Target[],
  clause: Clause,
): number | undefined {
  if (!("A_Const" in node)) return undefined;
  const { ival, location } = node.A_Const;
  const position = scope.at(location);
  if (!ival) throw new SqlError("42601", `non-integer constant in ${clause}`).at(position);
  const number = ival.ival ?? 0;
  if (number >= 1 && number <= targets.length) return number;
  const message = `${clause} position ${number} is not in select list`;
  throw new SqlError("42P10", message).at(position);
}

export function bindOrderBy(scope: Scope, nodes: readonly Node[], targets: Target[]): SortKey[] {
  const keys: SortKey[] = [];
  for (const node of nodes) {
    if (!("SortBy" in node) || !node.SortBy.node) continue;
    const item = clauseItem(scope, node.SortBy.node, targets, "ORDER BY");
    const key = makeSortKey(scope, node.SortBy, item);
    if (!keys.some((each) => sameItem(each, key))) keys.push(key);
  }
  return keys;
}

/** DISTINCT: sort keys may only be targets. */
export function checkDistinct(
  scope: Scope,
  targets: readonly Target[],
  orderBy: readonly SortKey[],
): void {
  for (const key of orderBy) {
    if (key.target !== undefined) continue;
    const message = "for SELECT DISTINCT, ORDER BY expressions must appear in select list";
    throw new SqlError("42P10", message).at(positionOf(key.expression));
  }
  // Those that are sort keys are told apart by what sorts them.
  const sorted = new Set(orderBy.map((key) => key.target));
  for (const [at, { expression }] of targets.entries()) {
    if (sorted.has(at + 1)) continue;
    equalityOperator(scope.names, expression.type, positionOf(expression));
  }
}

/** DISTINCT ON: its expressions are the first sort keys, in any order. */
export function bindDistinctOn(
  scope: Scope,
  nodes: readonly Node[],
  targets: Target[],
  orderBy: readonly SortKey[],
): Expression[] {
  const items = nodes.map((node) => clauseItem(scope, node, targets, "DISTINCT ON"));
  const fail = (item: ClauseItem | undefined) => {
    const message = "SELECT DISTINCT ON expressions must match initial ORDER BY expressions";
    return new SqlError("42P10", message).at(item?.position);
  };
  const itemOf = (key: SortKey) => items.find((item) => sameItem(item, key));
  const first = orderBy.findIndex((key) => !itemOf(key));
  const leading = first < 0 ? orderBy : orderBy.slice(0, first);
  const late = orderBy.slice(leading.length).find(itemOf);
  if (late) throw fail(itemOf(late));
  // In the order of ORDER BY, as far as it has them.
  const chosen: Pick<ClauseItem, "expression" | "target">[] = [...leading];
  for (const item of items) {
    if (chosen.some((each) => sameItem(each, item))) continue;
    if (first >= 0) throw fail(item);
    equalityOperator(scope.names, item.expression.type, item.position);
    chosen.push(item);
  }
  return chosen.map(({ expression }) => expression);
}

export function bindLimit(
  scope: Scope,
  node: Node | undefined,
  clause: "LIMIT" | "OFFSET",
): Expression | undefined {
  if (!node) return undefined;
  const bound = coerceToSpecific(scope, scope.bind(node, clause), INT8, "bigint", clause);
  if (namesOwnColumn(bound)) {
    const message = `argument of ${clause} must not contain variables`;
    throw new SqlError("42P10", message).at(positionOf(bound));
  }
  return bound;
}
