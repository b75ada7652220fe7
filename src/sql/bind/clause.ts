/** GROUP BY, ORDER BY, DISTINCT ON, LIMIT: clauses that may name targets by name or number. */
import type { Node } from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
import { asText } from "./aggregate.ts";
import { coerceToSpecific } from "./coerce.ts";
import { positionOf, rawPosition } from "./position.ts";
import { sameExpression } from "./same-expression.ts";
import type { Scope } from "./scope.ts";
import { equalityOperator, makeSortKey } from "./sort.ts";
import type { Expression, GroupingSet, SortKey, Target } from "./tree.ts";
import { INT8 } from "./type-oids.ts";
import { someExpression } from "./walk.ts";

type Clause = "GROUP BY" | "ORDER BY" | "DISTINCT ON";

export interface ClauseItem {
  readonly expression: Expression;
  /** 1-based, when it is a target. */
  readonly target: number | undefined;
  /** Where it stands in the clause. */
  readonly position: number | undefined;
}

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
function clauseItem(scope: Scope, node: Node, targets: Target[], clause: Clause): ClauseItem {
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
    const again = keys.some((key) => sameExpression(key.expression, item.expression));
    if (!again) keys.push(makeSortKey(scope, node.SortBy, item));
  }
  return keys;
}

const CUBE_ELEMENTS_MAX = 12;

export interface Grouped {
  readonly expressions: readonly Expression[];
  readonly sets?: readonly GroupingSet[];
}

export function bindGroupBy(scope: Scope, nodes: readonly Node[], targets: Target[]): Grouped {
  const expressions: Expression[] = [];
  const add = (node: Node): Expression[] => {
    if ("RowExpr" in node && node.RowExpr.row_format === "COERCE_IMPLICIT_CAST") {
      return (node.RowExpr.args ?? []).flatMap(add);
    }
    const { expression, position } = clauseItem(scope, node, targets, "GROUP BY");
    equalityOperator(scope.names, expression.type, position);
    if (!expressions.some((each) => sameExpression(each, expression))) expressions.push(expression);
    return [expression];
  };
  const set = (node: Node): GroupingSet => {
    if (!("GroupingSet" in node)) return { kind: "simple", expressions: add(node) };
    const { kind, content = [] } = node.GroupingSet;
    switch (kind) {
      case "GROUPING_SET_EMPTY":
        return { kind: "simple", expressions: [] };
      case "GROUPING_SET_ROLLUP":
        return { kind: "rollup", sets: content.map(set) };
      case "GROUPING_SET_CUBE":
        if (content.length > CUBE_ELEMENTS_MAX) {
          const message = `CUBE is limited to ${CUBE_ELEMENTS_MAX} elements`;
          throw new SqlError("54011", message).at(scope.at(node.GroupingSet.location));
        }
        return { kind: "cube", sets: content.map(set) };
      default:
        return { kind: "sets", sets: content.map(set) };
    }
  };
  const usesSets = nodes.some((node) => "GroupingSet" in node);
  const sets = nodes.map(set);
  return usesSets ? { expressions, sets } : { expressions };
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
  for (const { expression } of targets) {
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
  const items = nodes.map((node) => {
    const item = clauseItem(scope, node, targets, "DISTINCT ON");
    equalityOperator(scope.names, item.expression.type, item.position);
    return item;
  });
  const expressions = items.map((item) => item.expression);
  const isNamed = (key: SortKey) =>
    expressions.some((each) => sameExpression(each, key.expression));
  const firstOther = orderBy.findIndex((key) => !isNamed(key));
  const lateOne = firstOther < 0 ? undefined : orderBy.slice(firstOther).find(isNamed);
  const leading = firstOther < 0 ? orderBy.length : firstOther;
  const unsorted = expressions.find(
    (each) => !orderBy.some((key) => sameExpression(key.expression, each)),
  );
  if (lateOne || (unsorted && leading < orderBy.length)) {
    const message = "SELECT DISTINCT ON expressions must match initial ORDER BY expressions";
    const offender = lateOne?.expression ?? (unsorted as Expression);
    const item = items.find((each) => sameExpression(each.expression, offender));
    throw new SqlError("42P10", message).at(item?.position);
  }
  return expressions.filter(
    (each, at) => expressions.findIndex((other) => sameExpression(each, other)) === at,
  );
}

export function bindLimit(
  scope: Scope,
  node: Node | undefined,
  clause: "LIMIT" | "OFFSET",
): Expression | undefined {
  if (!node) return undefined;
  const bound = coerceToSpecific(scope, scope.bind(node, clause), INT8, "bigint", clause);
  if (someExpression(bound, (each) => each.kind === "column" && each.levelsUp === 0)) {
    const message = `argument of ${clause} must not contain variables`;
    throw new SqlError("42P10", message).at(positionOf(bound));
  }
  return bound;
}
