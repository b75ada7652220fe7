/**
 * UPDATE and DELETE. https://www.postgresql.org/docs/15/sql-update.html,
 * https://www.postgresql.org/docs/15/sql-delete.html
 */

import type { DeleteStmt, MultiAssignRef, Node, ResTarget, UpdateStmt } from "@pgsql/types";
import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { isSystemColumn } from "../../catalog/system-columns.ts";
import { assign, assignElement, bindValue, isDefault, noDefault } from "./assignment.ts";
import { coerceToBoolean } from "./coerce.ts";
import { starColumns } from "./expand.ts";
import { bindFrom } from "./from.ts";
import type { BoundDelete, BoundUpdate } from "./modify.ts";
import { required } from "./node.ts";
import { plainSelect } from "./plain-select.ts";
import { rawPosition } from "./position.ts";
import { asLateral, columnsOfQuery } from "./range-table.ts";
import { bindReturning } from "./returning.ts";
import { Scope } from "./scope.ts";
import { bindWithClause } from "./select.ts";
import { bindTargetTable, type Target, type TargetColumn, targetColumn } from "./target-table.ts";
import type {
  CommonTable,
  Expression,
  FromItem,
  Target as Output,
  Query,
  SelectQuery,
  SubLink,
  Typed,
} from "./tree.ts";
import { INT8 } from "./type-oids.ts";

/** What no text can name: the version of a row. */
export const VERSION_ATTRIBUTE = -7;
/** The same, and whoever reads the row next is told that the statement has changed it. */
export const TAKEN_ATTRIBUTE = -8;
/** The epoch or bulk that has ended the version. */
export const ENDED_ATTRIBUTE = -9;
/** Of a table that others inherit from: row-place.ts. */
export const PLACE_ATTRIBUTE = -10;
/** What its version bears as xmin. */
export const MADE_ATTRIBUTE = -11;

export function bindUpdate(scope: Scope, stmt: UpdateStmt): Omit<BoundUpdate, "parameterTypes"> {
  const commonTables = stmt.withClause ? bindWithClause(scope, stmt.withClause) : [];
  const target = bindTargetTable(scope, required(stmt.relation, "a table"), "UPDATE");
  const from = fromOf(scope, target, stmt.fromClause);
  const { where, ...current } = whereOf(scope, stmt.whereClause);
  const returning = bindReturning(scope, stmt.returningList);
  const { columns, values, refused } = bindSets(scope, target, stmt.targetList ?? []);
  if (refused) throw refused;
  const news = values.map((value) => output(value));
  return {
    kind: "update",
    table: { relation: target.relation.oid, name: target.relation.name },
    query: queryOf(scope, target, commonTables, from, where, news),
    columns,
    ...current,
    ...(returning ? { returning } : {}),
  };
}

export function bindDelete(scope: Scope, stmt: DeleteStmt): Omit<BoundDelete, "parameterTypes"> {
  const commonTables = stmt.withClause ? bindWithClause(scope, stmt.withClause) : [];
  const target = bindTargetTable(scope, required(stmt.relation, "a table"), "DELETE");
  const from = fromOf(scope, target, stmt.usingClause);
  const { where, ...current } = whereOf(scope, stmt.whereClause);
  const returning = bindReturning(scope, stmt.returningList);
  return {
    kind: "delete",
    ...current,
    table: { relation: target.relation.oid, name: target.relation.name },
    query: queryOf(scope, target, commonTables, from, where, []),
    ...(returning ? { returning } : {}),
  };
}

/** The table first, then what FROM or USING adds, all in one namespace. */
function fromOf(scope: Scope, target: Target, nodes: readonly Node[] | undefined): FromItem[] {
  // Sub-selects beside it do not see it, not even by LATERAL.
  scope.namespace = asLateral([{ ...target.item, isTarget: true }], false);
  const more = bindFrom(scope, nodes ?? []);
  return [{ kind: "table", table: target.item.table }, ...more];
}

/** A condition, or the cursor whose row is meant. */
interface Where {
  readonly where?: Expression;
  readonly currentOf?: string;
}

function whereOf(scope: Scope, node: Node | undefined): Where {
  if (!node) return {};
  if ("CurrentOfExpr" in node) return { currentOf: node.CurrentOfExpr.cursor_name ?? "" };
  return { where: coerceToBoolean(scope, scope.bind(node, "WHERE"), "WHERE") };
}

function queryOf(
  scope: Scope,
  target: Target,
  commonTables: readonly CommonTable[],
  from: readonly FromItem[],
  where: Expression | undefined,
  more: readonly Output[],
): SelectQuery {
  return {
    ...selectOf(scope.rangeTable, from, [...oldRow(target), ...more]),
    commonTables,
    ...(where ? { where } : {}),
  };
}

/** The version of the target's row and its columns. */
export function oldRow({ item: { table }, columns }: Target): Output[] {
  const column = (attribute: number, typed: Pick<TargetColumn, "type" | "typmod" | "collation">) =>
    output({ kind: "column", table, attribute, levelsUp: 0, ...pick(typed) });
  const version = { type: INT8, typmod: -1, collation: INVALID_OID };
  const old = columns.map((each) => column(each.number, each));
  return [column(VERSION_ATTRIBUTE, version), ...old];
}

const pick = ({
  type,
  typmod,
  collation,
}: Pick<TargetColumn, "type" | "typmod" | "collation">) => ({
  type,
  typmod,
  collation,
});

const output = (expression: Expression): Output => ({
  expression,
  name: "?column?",
  junk: false,
  originTable: INVALID_OID,
  originColumn: 0,
});

export interface Sets {
  readonly columns: readonly number[];
  readonly values: readonly Expression[];
  /** 428C9 of the first column that takes no value: said when all else is right. */
  readonly refused: SqlError | undefined;
}

/** SET: a value for each column that is named, once. */
export function bindSets(scope: Scope, target: Target, nodes: readonly Node[]): Sets {
  const columns: number[] = [];
  const values: Expression[] = [];
  const elements = new Set<TargetColumn>();
  let refused: SqlError | undefined;
  for (const node of nodes) {
    if (!("ResTarget" in node) || !node.ResTarget.val) continue;
    const { name = "", val, location, indirection } = node.ResTarget;
    const column = updatedColumn(scope, target, name, location);
    if (!isSetToDefault(scope, val)) refused ??= refusedUpdate(column);
    const before = columns.indexOf(column.number);
    if (indirection && indirection.length > 0) {
      if (before >= 0 && !elements.has(column)) throw assignedTwice(name);
      const held = values[before] ?? columnOf(target, column, scope.at(location));
      const value = bindSet(scope, val, partTaker(scope, column, held, node.ResTarget));
      elements.add(column);
      if (before < 0) columns.push(column.number);
      values[before < 0 ? values.length : before] = value;
      continue;
    }
    if (before >= 0) throw assignedTwice(name);
    columns.push(column.number);
    values.push(bindSet(scope, val, columnTaker(scope, target, column)));
  }
  return { columns, values, refused };
}

/** DEFAULT by itself, or in a row of values. */
function isSetToDefault(scope: Scope, node: Node): boolean {
  if (!("MultiAssignRef" in node)) return isDefault(node);
  const { source, colno = 1 } = node.MultiAssignRef;
  if (!source || !("RowExpr" in source)) return false;
  const value = (source.RowExpr.args ?? []).flatMap((arg) => starColumns(scope, arg))[colno - 1];
  return value !== undefined && isDefault(value);
}

export const assignedTwice = (name: string): SqlError =>
  new SqlError("42601", `multiple assignments to same column "${name}"`);

const columnOf = (
  { item }: Target,
  column: TargetColumn,
  position: number | undefined,
): Expression => {
  const { number: attribute } = column;
  const { table } = item;
  const place = { table, attribute, levelsUp: 0, isKept: true } as const;
  return { kind: "column", ...place, ...pick(column), position };
};

function updatedColumn(
  scope: Scope,
  target: Target,
  name: string,
  location: number | undefined,
): TargetColumn {
  if (isSystemColumn(name) && !target.columns.some((column) => column.name === name)) {
    const message = `cannot assign to system column "${name}"`;
    throw new SqlError("0A000", message).at(scope.at(location));
  }
  return targetColumn(scope, target, name, location);
}

/** What takes a value: a column, or a part of one. */
interface Taker {
  /** What is given as text, DEFAULT too. */
  readonly written: (node: Node) => Expression;
  readonly assigned: (bound: Expression) => Expression;
}

const columnTaker = (scope: Scope, target: Target, column: TargetColumn): Taker => ({
  written: (node) => bindValue(scope, target, column, node, "UPDATE"),
  assigned: (bound) => assign(scope, column, bound),
});

function partTaker(scope: Scope, column: TargetColumn, held: Expression, place: ResTarget): Taker {
  const assigned = (bound: Expression) =>
    assignElement(scope, column, held, place, bound, "UPDATE");
  const written = (node: Node) => {
    if (isDefault(node)) throw noDefault(scope, place);
    return assigned(scope.bind(node, "UPDATE"));
  };
  return { written, assigned };
}

function bindSet(scope: Scope, node: Node, taker: Taker): Expression {
  if ("MultiAssignRef" in node) return bindMultiple(scope, node.MultiAssignRef, taker);
  return taker.written(node);
}

/** 428C9 for a column that takes no value but its own. */
export function checkUpdatable(column: TargetColumn): void {
  const refused = refusedUpdate(column);
  if (refused) throw refused;
}

function refusedUpdate(column: TargetColumn): SqlError | undefined {
  const message = `column "${column.name}" can only be updated to DEFAULT`;
  if (column.isGenerated) {
    const detail = `Column "${column.name}" is a generated column.`;
    return new SqlError("428C9", message, { detail });
  }
  if (column.identity !== "a") return undefined;
  const detail = `Column "${column.name}" is an identity column defined as GENERATED ALWAYS.`;
  return new SqlError("428C9", message, { detail });
}

/** SET (a, b) = ROW (…) or a sub-select: the value that is this taker's. */
function bindMultiple(
  scope: Scope,
  { source, colno = 1, ncolumns = 1 }: MultiAssignRef,
  { written, assigned }: Taker,
): Expression {
  const node = required(source, "a source");
  if ("RowExpr" in node) {
    const args = (node.RowExpr.args ?? []).flatMap((arg) => starColumns(scope, arg));
    checkMultiple(scope, args.length, ncolumns, node.RowExpr.location);
    return written(required(args[colno - 1], "a value"));
  }
  if ("SubLink" in node && node.SubLink.subLinkType === "EXPR_SUBLINK") {
    const select = required(node.SubLink.subselect, "a sub-select");
    const around = new Scope(scope.binding, scope);
    const query = scope.binding.bindSubquery(around, select, true);
    const width = query.targets.filter((each) => !each.junk).length;
    checkMultiple(scope, width, ncolumns, node.SubLink.location);
    const one = columnOfSubselect(around, query, colno);
    return assigned(colno === 1 ? { ...one, sets: ncolumns } : one);
  }
  const message =
    "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression";
  throw new SqlError("0A000", message).at(rawPosition(scope, node));
}

function checkMultiple(
  scope: Scope,
  given: number,
  wanted: number,
  location: number | undefined,
): void {
  if (given === wanted) return;
  const message = "number of columns does not match number of values";
  throw new SqlError("42601", message).at(scope.at(location));
}

/** One column of a sub-select as a scalar sub-select of its own, `around` it. */
function columnOfSubselect(around: Scope, query: Query, number: number): SubLink & Typed {
  const shown = query.targets.filter((each) => !each.junk);
  const { type, typmod, collation, position } = (shown[number - 1] as Output).expression;
  const typed = { type, typmod, collation, position };
  const columns = columnsOfQuery(query);
  const entry = { kind: "subquery" as const, name: "*SELECT*", ...columns, lateral: false, query };
  const table = around.addEntry(entry);
  const column: Expression = {
    kind: "column",
    table,
    attribute: number,
    levelsUp: 0,
    ...typed,
  };
  return {
    kind: "subLink",
    link: "expression",
    query: selectOf(around.rangeTable, [{ kind: "table", table }], [output(column)]),
    ...typed,
  };
}

/** A SELECT without clauses. */
export const selectOf = (
  rangeTable: SelectQuery["rangeTable"],
  from: readonly FromItem[],
  targets: readonly Output[],
): SelectQuery => ({ ...plainSelect(targets), rangeTable, from });
