/** TARGETS: the output columns of SELECT, their names and where they come from. */
import type { Node } from "@pgsql/types";
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { asText } from "./aggregate.ts";
import { columnNameOf } from "./column-name.ts";
import { expandStar } from "./expand.ts";
import type { Scope } from "./scope.ts";
import type { Expression, Query, Target } from "./tree.ts";

export function bindTargets(
  scope: Scope,
  nodes: readonly Node[],
  kind: "SELECT" | "RETURNING" = "SELECT",
): Target[] {
  const targets: Target[] = [];
  for (const node of nodes) {
    if (!("ResTarget" in node) || !node.ResTarget.val) continue;
    const { val, name } = node.ResTarget;
    scope.kind = kind;
    const star = expandStar(scope, val);
    if (star) {
      for (const each of star) targets.push(makeTarget(scope, each.expression, each.name));
      continue;
    }
    const expression = scope.bind(val, kind);
    targets.push(makeTarget(scope, expression, name ?? columnNameOf(val, expression)));
  }
  return targets;
}

export function makeTarget(scope: Scope, expression: Expression, name: string): Target {
  const origin = originOf(scope, expression);
  return {
    expression,
    name,
    junk: false,
    originTable: origin?.table ?? INVALID_OID,
    originColumn: origin?.column ?? 0,
  };
}

/** Literals that nothing gave a type are text. */
export const resolveUnknown = (scope: Scope, targets: readonly Target[]): Target[] =>
  targets.map((target) => {
    const expression = asText(scope, target.expression);
    return expression === target.expression ? target : { ...target, expression };
  });

interface Origin {
  readonly table: Oid;
  readonly column: number;
}

/**
 * The relation's column that a plain reference names, through sub-selects, joins and common tables.
 */
function originOf(scope: Scope, expression: Expression): Origin | undefined {
  if (expression.kind !== "column") return undefined;
  const level = scope.up(expression.levelsUp);
  const entry = level.rangeTable[expression.table - 1];
  const { attribute } = expression;
  if (!entry) return undefined;
  if (attribute === 0 && entry.kind !== "relation") return undefined;
  switch (entry.kind) {
    case "relation":
      return { table: entry.relation, column: attribute };
    case "subquery":
      return entry.view === undefined
        ? originInQuery(entry.query, attribute)
        : { table: entry.view, column: attribute };
    case "join": {
      const merged = entry.columns[attribute - 1];
      return merged && originOf(level, merged);
    }
    case "cte": {
      const home = level.up(entry.levelsUp);
      const table = home.commonTables.find((each) => each.name === entry.cte);
      return table?.query && originInQuery(table.query, attribute);
    }
    default:
      return undefined;
  }
}

function originInQuery(query: Query, attribute: number): Origin | undefined {
  const target = query.targets.filter((each) => !each.junk)[attribute - 1];
  if (!target || target.originTable === INVALID_OID) return undefined;
  return { table: target.originTable, column: target.originColumn };
}
