/** INSERT. https://www.postgresql.org/docs/15/sql-insert.html */

import type { InsertStmt, Node, SelectStmt } from "@pgsql/types";
import { INVALID_OID } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { hasInsteadTrigger } from "../../catalog/view-triggers.ts";
import { assign, isDefault } from "./assignment.ts";
import { coerceToBoolean } from "./coerce.ts";
import { starColumns } from "./expand.ts";
import {
  assignEach,
  type Given,
  givenColumns,
  isLast,
  type NamedColumns,
} from "./insert-targets.ts";
import type { BoundInsert, ColumnDefault, Overriding } from "./modify.ts";
import { listItems, required } from "./node.ts";
import { bindOnConflict } from "./on-conflict.ts";
import { plainSelect } from "./plain-select.ts";
import { positionOf } from "./position.ts";
import { columnsOfQuery } from "./range-table.ts";
import { bindReturning } from "./returning.ts";
import { type ExpressionKind, Scope } from "./scope.ts";
import { bindWithClause } from "./select.ts";
import { looksAtSequences } from "./sequence-reads.ts";
import { bindTargetTable, defaultOf, type Target, type TargetColumn } from "./target-table.ts";
import type { CommonTable, Expression, Target as Output, Query, SelectQuery } from "./tree.ts";
import { INT4, UNKNOWN } from "./type-oids.ts";
import { defaultBelow } from "./view-base.ts";
import { walk } from "./walk.ts";

/** `copyWhere`: what COPY demands of the rows that it adds. */
export function bindInsert(
  scope: Scope,
  stmt: InsertStmt,
  copyWhere?: Node,
): Omit<BoundInsert, "parameterTypes"> {
  const commonTables = stmt.withClause ? bindWithClause(scope, stmt.withClause) : [];
  const target = bindTargetTable(scope, required(stmt.relation, "a table"), "INSERT");
  const given = givenColumns(scope, target, stmt);
  const overriding = overridingOf(stmt);
  const source = bindSource(scope, target, given, overriding, stmt, commonTables);
  const onConflict = stmt.onConflictClause
    ? bindOnConflict(scope, target, stmt.onConflictClause)
    : undefined;
  scope.namespace = [target.item];
  const returning = bindReturning(scope, stmt.returningList);
  const where = copyWhere && bindCopyWhere(scope, target, copyWhere);
  for (const column of source.valued) checkWritable(column, overriding);
  if (onConflict?.refused && !scope.binding.isStored) throw onConflict.refused;
  return {
    kind: "insert",
    table: {
      relation: target.relation.oid,
      name: target.relation.name,
      ...(target.item.entry.alias ? { alias: target.item.entry.alias.name } : {}),
    },
    source: source.query,
    columns: source.columns.map((column) => column.number),
    named: source.named.map(({ column }) => column.number),
    defaults: defaultsOf(scope, target, source.columns),
    overriding,
    ...(where ? { where } : {}),
    ...(onConflict ? { onConflict: onConflict.bound } : {}),
    ...(returning ? { returning } : {}),
  };
}

function bindCopyWhere(scope: Scope, target: Target, node: Node): Expression {
  const where = coerceToBoolean(scope, scope.bind(node, "COPY FROM WHERE"), "WHERE");
  walk(where, (each) => {
    if (each.kind !== "column") return;
    const column = target.columns.find(({ number }) => number === each.attribute);
    if (!column?.isGenerated) return;
    const message = "generated columns are not supported in COPY FROM WHERE conditions";
    const detail = `Column "${column.name}" is a generated column.`;
    throw new SqlError("42P10", message, { detail });
  });
  return where;
}

export const overridingOf = (stmt: Pick<InsertStmt, "override">): Overriding =>
  stmt.override === "OVERRIDING_USER_VALUE"
    ? "user"
    : stmt.override === "OVERRIDING_SYSTEM_VALUE"
      ? "system"
      : "none";

/** A query, and the columns that its values are of. */
interface Source {
  readonly query: Query;
  readonly columns: readonly TargetColumn[];
  /** Those that are given something: a value, DEFAULT, or what is ignored. */
  readonly named: readonly Given[];
  /** Those that are given a value, which some take none of. */
  readonly valued: readonly TargetColumn[];
}

/** Of columns that are given no value; generated ones are computed from the others. */
export function defaultsOf(
  scope: Scope,
  target: Pick<Target, "relation" | "columns">,
  given: readonly TargetColumn[],
): ColumnDefault[] {
  const defaults: ColumnDefault[] = [];
  for (const column of target.columns) {
    if (column.isGenerated || given.includes(column)) continue;
    const value = assign(scope, column, defaultOf(scope, target, column));
    if (value.kind === "constant" && value.value === null) continue;
    defaults.push({ column: column.number, value });
  }
  return defaults;
}

function bindSource(
  scope: Scope,
  target: Target,
  given: readonly Given[],
  overriding: Overriding,
  stmt: InsertStmt,
  commonTables: readonly CommonTable[],
): Source {
  if (!stmt.selectStmt) {
    return { query: select1(commonTables, []), columns: [], named: [], valued: [] };
  }
  const select = selectOf(stmt.selectStmt);
  const isBareValues =
    select.valuesLists !== undefined &&
    !select.sortClause &&
    !select.limitCount &&
    !select.limitOffset &&
    !select.withClause &&
    !select.lockingClause;
  return isBareValues
    ? bindRows(scope, target, given, overriding, select, stmt, commonTables)
    : bindSelected(scope, given, overriding, stmt, commonTables);
}

const selectOf = (node: Node): SelectStmt => {
  if ("SelectStmt" in node) return node.SelectStmt;
  throw notSupported("this source of INSERT");
};

/** VALUES: each value is coerced where it stands, and DEFAULT may be one. */
function bindRows(
  scope: Scope,
  target: Target,
  given: readonly Given[],
  overriding: Overriding,
  select: SelectStmt,
  stmt: InsertStmt,
  commonTables: readonly CommonTable[],
): Source {
  const lists = (select.valuesLists ?? []).map((list) =>
    listItems(list).flatMap((node) => starColumns(scope, node)),
  );
  const width = lists[0]?.length ?? 0;
  const used = given.slice(0, width);
  const kind = lists.length === 1 ? "VALUES alone" : "VALUES";
  const bound = lists.map((list) => bindRow(scope, given, list, width, kind, stmt));
  const filled = used.flatMap((_, at) => (bound.some((row) => row[at]) ? [at] : []));
  const columnAt = (at: number) => (used[at] as Given).column;
  // What looks at sequences must come behind the defaults that are before it.
  const inOrder = bound.some((row) =>
    row.some((value) => value && looksAtSequences(scope.names, value)),
  );
  const kept = (inOrder ? used.map((_, at) => at) : filled).filter(
    (at) => !isIgnored(columnAt(at), overriding) && isLast(used, at),
  );
  const columns = kept.map(columnAt);
  const rows = bound.map((row) =>
    kept.map((at, index) => {
      const column = columns[index] as TargetColumn;
      return row[at] ?? assign(scope, column, defaultFor(scope, target, column));
    }),
  );
  const valued = filled.map(columnAt);
  const [first = [], ...more] = rows;
  if (more.length === 0 || kept.length === 0) {
    const query = repeated(commonTables, columns, first, rows.length);
    return { query, columns, named: used, valued };
  }
  const targets = outputs(columns, first).map((output, at) => ({
    ...output,
    expression: columnOfValues(output.expression, at + 1),
  }));
  const query: Query = { kind: "values", commonTables, rows, targets, orderBy: [] };
  return { query, columns, named: used, valued };
}

/** DEFAULT for a column of a view without one is what the table has, unless triggers insert. */
function defaultFor(scope: Scope, target: Target, column: TargetColumn): Expression {
  const { oid, relkind } = target.relation;
  return relkind === "v" && !hasInsteadTrigger(scope.binding.context.catalog, oid, "insert")
    ? defaultBelow(scope, target, column)
    : defaultOf(scope, target, column);
}

/** One list of VALUES, each value of its column's type; undefined stands for DEFAULT. */
export function bindRow(
  scope: Scope,
  given: readonly Given[],
  list: readonly Node[],
  width: number,
  kind: ExpressionKind,
  stmt: NamedColumns,
): (Expression | undefined)[] {
  const values = list.map((node) => (isDefault(node) ? undefined : scope.bind(node, kind)));
  const position = (at: number): number | undefined => {
    const value = values[at];
    return value ? positionOf(value) : positionOfNode(scope, list[at]);
  };
  if (list.length !== width) {
    const message = "VALUES lists must all be the same length";
    throw new SqlError("42601", message).at(position(0));
  }
  checkCounts(scope, given, width, stmt, position);
  return assignEach(scope, given, values);
}

/** OVERRIDING USER VALUE leaves identities to their sequences; generated columns are nobody's. */
export const isIgnored = (column: TargetColumn, overriding: Overriding): boolean =>
  column.isGenerated || (overriding === "user" && column.identity !== "");

/** One row; where no column is given a value, as many as the statement has. */
function repeated(
  commonTables: readonly CommonTable[],
  columns: readonly TargetColumn[],
  row: readonly Expression[],
  count: number,
): Query {
  const one = select1(commonTables, outputs(columns, row));
  if (count === 1) return one;
  const dummy: Expression = { kind: "constant", value: 1n, ...INT4_TYPED };
  const rows = Array.from({ length: count }, () => [dummy]);
  const targets = [{ ...output(dummy, "column1"), expression: columnOfValues(dummy, 1) }];
  return { kind: "values", commonTables, rows, targets, orderBy: [] };
}

const INT4_TYPED = { type: INT4, typmod: -1, collation: INVALID_OID };

const columnOfValues = (
  { type, typmod, collation }: Expression,
  attribute: number,
): Expression => ({
  kind: "column",
  table: 0,
  attribute,
  levelsUp: 0,
  type,
  typmod,
  collation,
});

/** SELECT: its columns are coerced on top of it. */
function bindSelected(
  scope: Scope,
  given: readonly Given[],
  overriding: Overriding,
  stmt: InsertStmt,
  commonTables: readonly CommonTable[],
): Source {
  const query = scope.binding.bindSubquery(scope, required(stmt.selectStmt, "a source"), false);
  const shown = query.targets.filter((each) => !each.junk);
  checkCounts(scope, given, shown.length, stmt, (at) => {
    const extra = shown[at];
    return extra && positionOf(extra.expression);
  });
  const entry = {
    kind: "subquery" as const,
    name: "*SELECT*",
    ...columnsOfQuery(query),
    lateral: false,
    query,
  };
  const inner = new Scope(scope.binding, scope.parent);
  const table = inner.addEntry(entry);
  const named = given.slice(0, shown.length);
  const used = [...named.entries()].filter(([, { column }]) => !isIgnored(column, overriding));
  const assigned = assignEach(
    inner,
    used.map(([, each]) => each),
    used.map(([at]) => selected((shown[at] as Output).expression, table, at + 1)),
  );
  const kept = used.flatMap(([at, { column }], index) =>
    isLast(named, at) ? [{ column, value: assigned[index] as Expression }] : [],
  );
  const columns = kept.map(({ column }) => column);
  const outer = select1(
    commonTables,
    outputs(
      columns,
      kept.map(({ value }) => value),
    ),
  );
  return {
    query: { ...outer, rangeTable: inner.rangeTable, from: [{ kind: "table", table }] },
    columns,
    named,
    valued: named.map(({ column }) => column),
  };
}

/** A literal whose type is open becomes the column's, so it stands as it is. */
function selected(expression: Expression, table: number, attribute: number): Expression {
  const { kind, type, typmod, collation, position } = expression;
  if (type === UNKNOWN && (kind === "constant" || kind === "parameter")) return expression;
  return { kind: "column", table, attribute, levelsUp: 0, type, typmod, collation, position };
}

function checkCounts(
  scope: Scope,
  given: readonly Given[],
  width: number,
  stmt: NamedColumns,
  positionOfExtra: (at: number) => number | undefined,
): void {
  if (width > given.length) {
    const message = "INSERT has more expressions than target columns";
    throw new SqlError("42601", message).at(positionOfExtra(given.length));
  }
  if (width < given.length && stmt.cols && stmt.cols.length > 0) {
    const message = "INSERT has more target columns than expressions";
    throw new SqlError("42601", message).at(scope.at(given[width]?.location));
  }
}

/** 428C9 for a value of a column that takes none. */
export function checkWritable(column: TargetColumn, overriding: Overriding): void {
  const refused = refusedInsert(column, overriding);
  if (refused) throw refused;
}

export function refusedInsert(column: TargetColumn, overriding: Overriding): SqlError | undefined {
  const message = `cannot insert a non-DEFAULT value into column "${column.name}"`;
  if (column.isGenerated) {
    const detail = `Column "${column.name}" is a generated column.`;
    return new SqlError("428C9", message, { detail });
  }
  if (column.identity !== "a" || overriding !== "none") return undefined;
  return new SqlError("428C9", message, {
    detail: `Column "${column.name}" is an identity column defined as GENERATED ALWAYS.`,
    hint: "Use OVERRIDING SYSTEM VALUE to override.",
  });
}

const outputs = (columns: readonly TargetColumn[], row: readonly Expression[]): Output[] =>
  columns.map(({ name }, at) => output(row[at] as Expression, name));

const output = (expression: Expression, name: string): Output => ({
  expression,
  name,
  junk: false,
  originTable: INVALID_OID,
  originColumn: 0,
});

/** A SELECT without FROM. */
const select1 = (
  commonTables: readonly CommonTable[],
  targets: readonly Output[],
): SelectQuery => ({ ...plainSelect(targets), commonTables });

function positionOfNode(scope: Scope, node: Node | undefined): number | undefined {
  if (!node) return undefined;
  for (const inner of Object.values(node) as { location?: number }[]) {
    if (typeof inner === "object" && inner !== null) return scope.at(inner.location);
  }
  return undefined;
}
