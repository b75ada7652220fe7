/**
 * UNION, INTERSECT, EXCEPT: branches brought to common column types. A set query is a level of its
 * own.
 */
import type { Node } from "@pgsql/types";
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { assignCollations, commonCollation } from "./collation.ts";
import { missingColumn } from "./column-ref.ts";
import { coerceToCommon, commonType, commonTypmod } from "./common.ts";
import { strings } from "./node.ts";
import { positionOf, rawPosition } from "./position.ts";
import { columnsFrom, columnsOfQuery } from "./range-table.ts";
import type { NamespaceItem, Scope } from "./scope.ts";
import { equalityOperator, makeSortKey } from "./sort.ts";
import type {
  Expression,
  Query,
  RangeTableEntry,
  SelectQuery,
  SetQuery,
  SortKey,
  Target,
  ValuesQuery,
} from "./tree.ts";
import { UNKNOWN } from "./type-oids.ts";
import { valuesEntry } from "./values.ts";

export type SetOperation = Pick<SetQuery, "operation" | "all">;

/** The query without WITH, ORDER BY and LIMIT. */
export function combine(
  scope: Scope,
  { operation, all }: SetOperation,
  left: Query,
  right: Query,
): SetQuery {
  const words = operation.toUpperCase();
  const columns = [left, right].map((query) => query.targets.filter((target) => !target.junk));
  const [lefts = [], rights = []] = columns;
  if (lefts.length !== rights.length) {
    const message = `each ${words} query must have the same number of columns`;
    const first = rights[0];
    throw new SqlError("42601", message).at(first && positionOf(first.expression));
  }
  const unsorted = operation === "union" && all;
  const targets = lefts.map((left, at) => {
    const target = combineColumn(scope, words, left, rights[at] as Target, at, unsorted);
    const { type, position } = target.expression;
    if (!unsorted) equalityOperator(scope.names, type, position);
    return target;
  });
  const types = targets.map((target) => target.expression.type);
  return {
    kind: "set",
    commonTables: [],
    operation,
    all,
    left: coerceBranch(scope, left, types, words),
    right: coerceBranch(scope, right, types, words),
    targets,
    orderBy: [],
  };
}

function combineColumn(
  scope: Scope,
  construct: string,
  left: Target,
  right: Target,
  at: number,
  unsorted: boolean,
): Target {
  const both = [left.expression, right.expression];
  const type = commonType(scope, both, construct);
  const coerced = both.map((each) => {
    const expression = coerceToCommon(scope, each, type, construct);
    // A literal that gets its type here gets a collation with it.
    if (expression !== each) assignCollations(scope.names, expression);
    return expression;
  });
  const expression: Expression = {
    kind: "column",
    table: 0,
    attribute: at + 1,
    levelsUp: 0,
    type,
    typmod: commonTypmod(both, type),
    collation: commonCollation(scope.names, coerced, unsorted),
    position: positionOf(left.expression),
  };
  return { expression, name: left.name, junk: false, originTable: INVALID_OID, originColumn: 0 };
}

/**
 * The branch with its columns coerced where its targets are computed. What was written is kept
 * beside, but for literals that have their type from here.
 */
function coerceBranch(scope: Scope, query: Query, types: readonly Oid[], construct: string): Query {
  const same = query.targets.every((target, at) => target.expression.type === types[at]);
  if (same) return query;
  if (query.kind === "set") {
    const left = coerceBranch(scope, query.left, types, construct);
    const right = coerceBranch(scope, query.right, types, construct);
    return { ...query, left, right, targets: retype(query.targets, types) };
  }
  if (query.kind === "values") return coerceBranch(scope, selectOf(query), types, construct);
  const targets = query.targets.map((target, at): Target => {
    const before = target.expression;
    const expression = coerceToCommon(scope, before, types[at] as Oid, construct);
    if (expression === before) return target;
    assignCollations(scope.names, expression);
    if (isBareLiteral(before)) return { ...target, expression };
    return { ...target, expression, written: target.written ?? before };
  });
  // Rows are ordered before they are coerced.
  const orderBy = query.orderBy.map((key) => {
    if (key.target === undefined) return key;
    const changed = targets[key.target - 1] !== query.targets[key.target - 1];
    const { target: _, ...own } = key;
    return changed ? own : key;
  });
  return { ...query, targets, orderBy };
}

/** A literal or parameter without a type; what has one around it stays as it was written. */
const isBareLiteral = ({ type, kind }: Expression): boolean =>
  type === UNKNOWN && (kind === "constant" || kind === "parameter");

/** VALUES as a SELECT of all its columns. */
function selectOf({ kind: _, rows, targets, ...rest }: ValuesQuery): SelectQuery {
  const columns = targets.map(({ expression, ...target }) => ({
    ...target,
    expression: { ...expression, table: 1 },
  }));
  return {
    ...rest,
    kind: "select",
    rangeTable: [valuesEntry({ rows, targets })],
    from: [{ kind: "table", table: 1 }],
    targets: columns,
    groupBy: [],
    windows: [],
    distinct: false,
    hasAggregates: false,
    locking: [],
  };
}

const retype = (targets: readonly Target[], types: readonly Oid[]): Target[] =>
  targets.map((target, at) => {
    const type = types[at] as Oid;
    if (type === target.expression.type) return target;
    return { ...target, expression: { ...target.expression, type, typmod: -1 } };
  });

/** ORDER BY of a set operation: result columns only, by name or number. */
export function orderByColumns(
  scope: Scope,
  nodes: readonly Node[],
  targets: readonly Target[],
): SortKey[] {
  const keys: SortKey[] = [];
  for (const node of nodes) {
    if (!("SortBy" in node) || !node.SortBy.node) continue;
    const target = columnNumber(scope, node.SortBy.node, targets);
    if (keys.some((key) => key.target === target)) continue;
    const { expression } = targets[target - 1] as Target;
    const position = rawPosition(scope, node.SortBy.node);
    keys.push(makeSortKey(scope, node.SortBy, { expression, target, position }));
  }
  return keys;
}

function columnNumber(scope: Scope, node: Node, targets: readonly Target[]): number {
  if ("A_Const" in node) {
    const position = scope.at(node.A_Const.location);
    const { ival } = node.A_Const;
    if (!ival) throw new SqlError("42601", "non-integer constant in ORDER BY").at(position);
    const number = ival.ival ?? 0;
    if (number >= 1 && number <= targets.length) return number;
    throw new SqlError("42P10", `ORDER BY position ${number} is not in select list`).at(position);
  }
  if ("ColumnRef" in node && node.ColumnRef.fields?.length === 1) {
    const [name = ""] = strings(node.ColumnRef.fields);
    const found = targets.findIndex((target) => target.name === name) + 1;
    if (found > 0) return found;
    throw missingColumn(scope, undefined, name, scope.at(node.ColumnRef.location));
  }
  const detail = "Only result column names can be used, not expressions or functions.";
  const hint = "Add the expression/function to every SELECT, or move the UNION into a FROM clause.";
  const message = "invalid UNION/INTERSECT/EXCEPT ORDER BY clause";
  scope.namespace = [resultItem(targets)];
  const position = positionOf(scope.bind(node, "ORDER BY"));
  throw new SqlError("0A000", message, { detail, hint }).at(position);
}

/** The result's columns, by which an expression in ORDER BY is at least understood. */
function resultItem(targets: readonly Target[]): NamespaceItem {
  const columns = targets.map(({ name, expression }, at) => {
    const { type, typmod, collation } = expression;
    return { name, table: 0, attribute: at + 1, type, typmod, collation };
  });
  const entry: RangeTableEntry = {
    kind: "values",
    name: "unnamed_join",
    ...columnsFrom(columns),
    lateral: false,
    rows: [],
  };
  const visible = { columnsVisible: true, relationVisible: false, lateralOnly: false };
  return { entry, table: 0, name: entry.name, columns, ...visible, lateralOk: true };
}

/** Branches as messages call them: what names of other branches are suggested from. */
export function describeBranches(scope: Scope, query: SetQuery): void {
  const add = (branch: Query) => {
    if (branch.kind === "set") {
      add(branch.left);
      add(branch.right);
      return;
    }
    const name = `*SELECT* ${scope.rangeTable.length + 1}`;
    const columns = columnsOfQuery(branch);
    scope.addEntry({ kind: "subquery", name, ...columns, lateral: false, query: branch });
  };
  add(query.left);
  add(query.right);
}
