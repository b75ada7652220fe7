/** QUERIES: SELECT, set operations, VALUES, each with its WITH, ORDER BY and LIMIT. */
import type { Node, SelectStmt, WithClause } from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
import {
  bindDistinctOn,
  bindGroupBy,
  bindLimit,
  bindOrderBy,
  checkDistinct,
  type Grouped,
} from "./clause.ts";
import { coerceToBoolean } from "./coerce.ts";
import { assignQueryCollations } from "./collation.ts";
import { columnsOfItem } from "./expand.ts";
import { bindFrom } from "./from.ts";
import { GroupCheck } from "./group-check.ts";
import { required } from "./node.ts";
import { visibleItem } from "./range-table.ts";
import { type Binding, type CommonTableInScope, Scope } from "./scope.ts";
import { combine, describeBranches, orderByColumns } from "./set-operation.ts";
import { bindTargets, makeTarget, resolveUnknown } from "./target.ts";
import type {
  CommonTable,
  Expression,
  FromItem,
  Query,
  SelectQuery,
  SetQuery,
  SortKey,
  Target,
  WindowDefinition,
} from "./tree.ts";
import { bindValues, valuesEntry } from "./values.ts";
import { bindWindowClause } from "./window.ts";
import { bindWith } from "./with.ts";

export const bindWithClause = (scope: Scope, clause: WithClause): CommonTable[] =>
  bindWith(scope, clause, bindRecursive);

/** `resolve`: what has no type is text; branches of set operations find theirs together. */
export function bindSelect(
  binding: Binding,
  parent: Scope | undefined,
  stmt: SelectStmt,
  resolve: boolean,
): Query {
  const scope = new Scope(binding, parent);
  const commonTables = stmt.withClause ? bindWithClause(scope, stmt.withClause) : [];
  if (stmt.op && stmt.op !== "SETOP_NONE") return bindSetStatement(scope, stmt, commonTables);
  if (stmt.valuesLists) return bindValuesStatement(scope, stmt, commonTables);
  return bindPlain(scope, stmt, commonTables, resolve);
}

const operations = {
  SETOP_NONE: "union",
  SETOP_UNION: "union",
  SETOP_INTERSECT: "intersect",
  SETOP_EXCEPT: "except",
} as const;

const operationOf = (stmt: SelectStmt) => ({
  operation: operations[stmt.op ?? "SETOP_NONE"],
  all: stmt.all ?? false,
});

function bindSetStatement(
  scope: Scope,
  stmt: SelectStmt,
  commonTables: readonly CommonTable[],
): Query {
  refuseLocking(stmt, "UNION/INTERSECT/EXCEPT");
  const { binding } = scope;
  const left = bindSelect(binding, scope, required(stmt.larg, "a left branch"), false);
  const right = bindSelect(binding, scope, required(stmt.rarg, "a right branch"), false);
  const query = combine(scope, operationOf(stmt), left, right);
  if (stmt.sortClause) describeBranches(scope, query);
  const orderBy = orderByColumns(scope, stmt.sortClause ?? [], query.targets);
  const whole: SetQuery = { ...query, commonTables, orderBy, ...limits(scope, stmt) };
  assignQueryCollations(scope.names, whole);
  return whole;
}

/** The second arm sees the table with the columns that the first one gives it. */
function bindRecursive(
  outer: Scope,
  stmt: SelectStmt,
  _table: CommonTableInScope,
  announce: (first: Query) => void,
): SetQuery {
  const { binding } = outer;
  const scope = new Scope(binding, outer);
  const commonTables = stmt.withClause ? bindWithClause(scope, stmt.withClause) : [];
  const left = bindSelect(binding, scope, required(stmt.larg, "a left branch"), true);
  announce(left);
  const right = bindSelect(binding, scope, required(stmt.rarg, "a right branch"), false);
  return { ...combine(scope, operationOf(stmt), left, right), commonTables };
}

function limits(scope: Scope, stmt: SelectStmt) {
  const offset = bindLimit(scope, stmt.limitOffset, "OFFSET");
  const limit = bindLimit(scope, stmt.limitCount, "LIMIT");
  return { ...(limit ? { limit } : {}), ...(offset ? { offset } : {}) };
}

function bindValuesStatement(
  scope: Scope,
  stmt: SelectStmt,
  commonTables: readonly CommonTable[],
): Query {
  refuseLocking(stmt, "VALUES");
  const values = bindValues(scope, stmt);
  if (!stmt.sortClause) {
    const { rows, targets } = values;
    const parts = { commonTables, rows, targets, orderBy: [], ...limits(scope, stmt) };
    const query: Query = { kind: "values", ...parts };
    assignQueryCollations(scope.names, query);
    return query;
  }
  const entry = valuesEntry(values);
  const table = scope.addEntry(entry);
  const item = visibleItem(entry, table);
  scope.namespace = [item];
  const targets = columnsOfItem(item, 0, undefined).map(({ expression, name }) =>
    makeTarget(scope, expression, name),
  );
  const orderBy = bindOrderBy(scope, stmt.sortClause, targets);
  const from: FromItem[] = [{ kind: "table", table }];
  const query = selectQuery(scope, stmt, { commonTables, from, targets, orderBy });
  assignQueryCollations(scope.names, query);
  return query;
}

interface Parts {
  readonly commonTables: readonly CommonTable[];
  readonly from: readonly FromItem[];
  readonly targets: readonly Target[];
  readonly orderBy: readonly SortKey[];
  readonly where?: Expression;
  readonly having?: Expression;
  readonly grouped?: Grouped;
  readonly distinct?: SelectQuery["distinct"];
}

function selectQuery(scope: Scope, stmt: SelectStmt, parts: Parts): SelectQuery {
  const { commonTables, from, targets, orderBy, where, having, grouped, distinct } = parts;
  const windows: WindowDefinition[] = scope.windows.map(({ position: _, ...window }) => window);
  return {
    kind: "select",
    commonTables,
    rangeTable: scope.rangeTable,
    from,
    ...(where ? { where } : {}),
    targets,
    groupBy: grouped?.expressions ?? [],
    ...(grouped?.sets ? { groupingSets: grouped.sets } : {}),
    ...(having ? { having } : {}),
    windows,
    distinct: distinct ?? false,
    orderBy,
    ...limits(scope, stmt),
    withTies: stmt.limitOption === "LIMIT_OPTION_WITH_TIES",
    hasAggregates: scope.hasAggregates,
    locking: lockingOf(stmt),
  };
}

function bindPlain(
  scope: Scope,
  stmt: SelectStmt,
  commonTables: readonly CommonTable[],
  resolve: boolean,
): Query {
  const from = bindFrom(scope, stmt.fromClause ?? []);
  bindWindowClause(scope, stmt.windowClause ?? []);
  const targets = bindTargets(scope, stmt.targetList ?? []);
  const where = condition(scope, stmt.whereClause, "WHERE");
  const having = condition(scope, stmt.havingClause, "HAVING");
  const orderBy = bindOrderBy(scope, stmt.sortClause ?? [], targets);
  const grouped = bindGroupBy(scope, stmt.groupClause ?? [], targets);
  const distinct = bindDistinct(scope, stmt, targets, orderBy);
  const resolved = resolve ? resolveUnknown(scope, targets) : targets;
  const query = selectQuery(scope, stmt, {
    commonTables,
    from,
    targets: resolved,
    orderBy,
    ...(where ? { where } : {}),
    ...(having ? { having } : {}),
    grouped,
    distinct,
  });
  assignQueryCollations(scope.names, query);
  if (scope.hasAggregates || having || stmt.groupClause) checkGroups(scope, query);
  checkLocking(scope, stmt, query);
  return query;
}

function condition(
  scope: Scope,
  node: Node | undefined,
  clause: "WHERE" | "HAVING",
): Expression | undefined {
  return node && coerceToBoolean(scope, scope.bind(node, clause), clause);
}

/** DISTINCT is a list with one empty node; DISTINCT ON has expressions. */
function bindDistinct(
  scope: Scope,
  stmt: SelectStmt,
  targets: Target[],
  orderBy: readonly SortKey[],
): SelectQuery["distinct"] {
  const nodes = stmt.distinctClause;
  if (!nodes) return false;
  const expressions = nodes.filter((node) => Object.keys(node).length > 0);
  if (expressions.length > 0) return bindDistinctOn(scope, expressions, targets, orderBy);
  targets.splice(0, targets.length, ...resolveUnknown(scope, targets));
  checkDistinct(scope, targets, orderBy);
  return true;
}

function checkGroups(scope: Scope, query: SelectQuery): void {
  const check = new GroupCheck(scope, query.groupBy);
  for (const target of query.targets) check.check(target.expression);
  for (const key of query.orderBy) check.check(key.expression);
  if (typeof query.distinct !== "boolean") for (const each of query.distinct) check.check(each);
  if (query.having) check.check(query.having);
  for (const window of query.windows) {
    for (const each of window.partitionBy) check.check(each);
    for (const key of window.orderBy) check.check(key.expression);
  }
}

const strengths: Readonly<Record<string, string>> = {
  LCS_FORUPDATE: "update",
  LCS_FORNOKEYUPDATE: "no key update",
  LCS_FORSHARE: "share",
  LCS_FORKEYSHARE: "key share",
};

const lockingOf = (stmt: SelectStmt): string[] =>
  (stmt.lockingClause ?? []).flatMap((node) =>
    "LockingClause" in node ? [strengths[node.LockingClause.strength ?? ""] ?? "update"] : [],
  );

function refuseLocking(stmt: SelectStmt, place: string): void {
  const [strength] = lockingOf(stmt);
  if (strength === undefined) return;
  const message =
    place === "VALUES" ? "cannot be applied to VALUES" : `is not allowed with ${place}`;
  throw new SqlError("0A000", `FOR ${strength.toUpperCase()} ${message}`);
}

function checkLocking(scope: Scope, stmt: SelectStmt, query: SelectQuery): void {
  const [strength] = lockingOf(stmt);
  if (strength === undefined) return;
  const words = `FOR ${strength.toUpperCase()}`;
  const place =
    query.distinct !== false
      ? "DISTINCT clause"
      : query.groupBy.length > 0
        ? "GROUP BY clause"
        : query.having
          ? "HAVING clause"
          : scope.hasAggregates
            ? "aggregate functions"
            : scope.hasWindowCalls
              ? "window functions"
              : undefined;
  if (place) throw new SqlError("0A000", `${words} is not allowed with ${place}`);
  for (const node of stmt.lockingClause ?? []) {
    if (!("LockingClause" in node)) continue;
    for (const table of node.LockingClause.lockedRels ?? []) {
      if (!("RangeVar" in table)) continue;
      const { relname = "", location } = table.RangeVar;
      if (scope.rangeTable.some((entry) => entry.name === relname)) continue;
      const message = `relation "${relname}" in ${words} clause not found in FROM clause`;
      throw new SqlError("42P01", message).at(scope.at(location));
    }
  }
}
