/** QUERIES: SELECT, set operations, VALUES, each with its WITH, ORDER BY and LIMIT. */
import type { Node, SelectStmt, WithClause } from "@pgsql/types";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { intoOf } from "../parse/table-as.ts";
import { bindDistinctOn, bindLimit, bindOrderBy, checkDistinct } from "./clause.ts";
import { coerceToBoolean } from "./coerce.ts";
import { assignQueryCollations } from "./collation.ts";
import { columnsOfItem } from "./expand.ts";
import { bindFrom } from "./from.ts";
import { GroupCheck } from "./group-check.ts";
import { bindGroupBy, type Grouped, type PlainSet } from "./grouping-sets.ts";
import { bindLocking, refuseLocking } from "./locking.ts";
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
} from "./tree.ts";
import { bindValues, valuesEntry } from "./values.ts";
import { someExpression } from "./walk.ts";
import { bindWindows, nameWindows } from "./window.ts";
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
  refuseInto(scope, stmt);
  const isSet = stmt.op && stmt.op !== "SETOP_NONE";
  if (isSet) refuseLocking(stmt, "UNION/INTERSECT/EXCEPT");
  const commonTables = stmt.withClause ? bindWithClause(scope, stmt.withClause) : [];
  if (isSet) return bindSetStatement(scope, stmt, commonTables);
  if (stmt.valuesLists) return bindValuesStatement(scope, stmt, commonTables);
  return bindPlain(scope, stmt, commonTables, resolve);
}

function refuseInto(scope: Scope, stmt: SelectStmt): void {
  const fail = (message: string, into: SelectStmt["intoClause"]) =>
    new SqlError("42601", message).at(scope.at(into?.rel?.location ?? -1));
  if (stmt.rarg) {
    const into = intoOf(stmt.rarg);
    const message = "INTO is only allowed on first SELECT of UNION/INTERSECT/EXCEPT";
    if (into) throw fail(message, into);
  }
  const into = intoOf(stmt);
  if (into) throw fail("SELECT ... INTO is not allowed here", into);
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
  const left = bindBranch(scope, stmt.larg, false);
  const right = bindBranch(scope, stmt.rarg, false);
  const query = combine(scope, operationOf(stmt), left, right);
  if (stmt.sortClause) describeBranches(scope, query);
  const orderBy = orderByColumns(scope, stmt.sortClause ?? [], query.targets);
  const whole: SetQuery = { ...query, commonTables, orderBy, ...limits(scope, stmt) };
  assignQueryCollations(scope.names, whole);
  return whole;
}

function bindBranch(scope: Scope, stmt: SelectStmt | undefined, resolve: boolean): Query {
  const branch = required(stmt, "a branch");
  refuseLocking(branch, "UNION/INTERSECT/EXCEPT");
  return bindSelect(scope.binding, scope, branch, resolve);
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
  const left = bindBranch(scope, stmt.larg, true);
  announce(left);
  const right = bindBranch(scope, stmt.rarg, false);
  return { ...combine(scope, operationOf(stmt), left, right), commonTables };
}

function limits(scope: Scope, stmt: SelectStmt) {
  const offset = bindLimit(scope, stmt.limitOffset, "OFFSET");
  const limit = bindLimit(scope, stmt.limitCount, "LIMIT");
  const withTies = stmt.limitOption === "LIMIT_OPTION_WITH_TIES";
  if (
    withTies &&
    stmt.limitCount &&
    "A_Const" in stmt.limitCount &&
    stmt.limitCount.A_Const.isnull
  ) {
    const message = "row count cannot be null in FETCH FIRST ... WITH TIES clause";
    throw new SqlError("2201W", message);
  }
  return {
    ...(limit ? { limit } : {}),
    ...(offset ? { offset } : {}),
    ...(withTies ? { withTies: true as const } : {}),
  };
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
  readonly windows?: SelectQuery["windows"];
}

function selectQuery(scope: Scope, stmt: SelectStmt, parts: Parts): SelectQuery {
  const { commonTables, from, targets, orderBy, where, having, grouped, distinct, windows } = parts;
  return {
    kind: "select",
    commonTables,
    rangeTable: scope.rangeTable,
    from,
    ...(where ? { where } : {}),
    targets,
    groupBy: grouped?.expressions ?? [],
    ...(grouped?.sets ? { groupingSets: grouped.sets } : {}),
    ...(stmt.groupDistinct ? { groupDistinct: true } : {}),
    ...(having ? { having } : {}),
    windows: windows ?? [],
    distinct: distinct ?? false,
    orderBy,
    ...limits(scope, stmt),
    hasAggregates: scope.hasAggregates,
    locking: [],
  };
}

function bindPlain(
  scope: Scope,
  stmt: SelectStmt,
  commonTables: readonly CommonTable[],
  resolve: boolean,
): Query {
  const from = bindFrom(scope, stmt.fromClause ?? []);
  nameWindows(scope, stmt.windowClause ?? []);
  const targets = bindTargets(scope, stmt.targetList ?? []);
  const where = condition(scope, stmt.whereClause, "WHERE");
  const having = condition(scope, stmt.havingClause, "HAVING");
  const orderBy = bindOrderBy(scope, stmt.sortClause ?? [], targets);
  const grouped = bindGroupBy(scope, stmt.groupClause ?? [], targets, stmt.groupDistinct ?? false);
  const distinct = bindDistinct(scope, stmt, targets, orderBy);
  const windows = bindWindows(scope);
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
    windows,
  });
  const locking = stmt.lockingClause ? bindLocking(scope, stmt, query) : [];
  assignQueryCollations(scope.names, query);
  const isGrouped = scope.hasAggregates || having || stmt.groupClause;
  const keys = isGrouped ? checkGroups(scope, query, grouped.plain) : [];
  if (scope.hasAggregates) checkRecursiveTerm(scope, query);
  return { ...query, ...(keys.length > 0 ? { keys } : {}), locking };
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

/** No aggregate beside the table that the recursive query is about to make. */
function checkRecursiveTerm(scope: Scope, query: SelectQuery): void {
  if (!scope.rangeTable.some((entry) => entry.kind === "cte" && entry.self)) return;
  const outputs = [...query.targets, ...query.orderBy].map(({ expression }) => expression);
  const found = [...outputs, ...(query.having ? [query.having] : [])].flatMap((expression) => {
    const aggregates: Expression[] = [];
    someExpression(expression, (node) => {
      if (node.kind === "aggregate") aggregates.push(node);
      return false;
    });
    return aggregates;
  });
  const message = "aggregate functions are not allowed in a recursive query's recursive term";
  throw new SqlError("42P19", message).at(found[0]?.position);
}

/** Answers the primary keys that the query relies on. */
function checkGroups(scope: Scope, query: SelectQuery, sets: readonly PlainSet[]): readonly Oid[] {
  const common = query.groupBy.filter((_, at) => sets.every((set) => set.includes(at)));
  const check = new GroupCheck(scope, query.groupBy, common);
  check.check([
    ...[...query.targets, ...query.orderBy].map(({ expression }) => expression),
    ...(typeof query.distinct === "boolean" ? [] : query.distinct),
    ...query.windows.flatMap(({ orderBy, partitionBy }) => [
      ...orderBy.map(({ expression }) => expression),
      ...partitionBy,
    ]),
    ...(query.having ? [query.having] : []),
  ]);
  return check.keys;
}
