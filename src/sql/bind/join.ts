/** JOIN: USING, NATURAL, ON, and the columns that the joined table shows. */
import type { JoinExpr } from "@pgsql/types";
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { coerceToBoolean, coerceType, relabel } from "./coerce.ts";
import { assignCollations } from "./collation.ts";
import { commonType, commonTypmod } from "./common.ts";
import { strings } from "./node.ts";
import { makeOperator } from "./operator.ts";
import { aliasOf, checkNames, columnsFrom, renamed } from "./range-table.ts";
import type { NamespaceColumn, NamespaceItem, Scope } from "./scope.ts";
import type { Expression, FromItem, JoinType, RangeTableEntry } from "./tree.ts";
import { BOOL } from "./type-oids.ts";

/** A FROM item and what names see of it. */
export interface BoundFrom {
  readonly item: FromItem;
  readonly namespace: readonly NamespaceItem[];
  /** What a join around it sees: its own columns in order. */
  readonly columns: readonly NamespaceColumn[];
}

const joinTypes: Readonly<Record<string, JoinType>> = {
  JOIN_INNER: "inner",
  JOIN_LEFT: "left",
  JOIN_RIGHT: "right",
  JOIN_FULL: "full",
};

const columnExpression = (column: NamespaceColumn): Expression => ({
  kind: "column",
  table: column.table,
  attribute: column.attribute,
  levelsUp: 0,
  type: column.type,
  typmod: column.typmod,
  collation: column.collation,
  ...(column.through ? { through: column.through } : {}),
});

export function finishJoin(
  scope: Scope,
  node: JoinExpr,
  left: BoundFrom,
  right: BoundFrom,
): BoundFrom {
  const join = joinTypes[node.jointype ?? "JOIN_INNER"] ?? "inner";
  const natural = node.isNatural ?? false;
  const using = natural ? sharedNames(left.columns, right.columns) : strings(node.usingClause);
  const merged = mergeColumns(scope, join, using, left.columns, right.columns);
  const on = joinCondition(scope, node, using, left, right, merged);
  const alias = aliasOf(node.alias);
  const shown = [...merged.columns, ...keptColumns(merged, left, right)];
  const plain = columnsFrom(shown.map(({ column }) => column));
  checkAliasLength(alias, plain.names.length);
  const names = renamed(plain, alias, alias?.name ?? "");
  const entry: RangeTableEntry = {
    kind: "join",
    name: alias?.name ?? "unnamed_join",
    ...(alias ? { alias } : {}),
    ...names,
    lateral: false,
    join: node.quals || using.length > 0 || join !== "inner" ? join : "cross",
    columns: shown.map(({ expression }) => expression),
    using,
    ...usingAliasOf(node),
    left: shown.map((column) => column.left),
    right: shown.map((column) => column.right),
  };
  const table = scope.addEntry(entry);
  const columns = shown.map(({ column }, at) => ({
    ...column,
    ...(column.table === 0 ? { table, attribute: at + 1 } : {}),
    ...(alias ? { through: { table, attribute: at + 1 } } : {}),
    name: names.names[at] ?? column.name,
  }));
  const item: FromItem = {
    kind: "join",
    join: entry.kind === "join" ? entry.join : join,
    table,
    left: left.item,
    right: right.item,
    ...(on ? { on } : {}),
    natural,
  };
  const namespace = namespaceOf(node, entry, table, columns, left, right, using.length);
  return { item, namespace, columns };
}

/** An output column, and its number on either side; 0 = it is not of that side. */
interface JoinColumn {
  readonly column: NamespaceColumn;
  readonly expression: Expression;
  readonly left: number;
  readonly right: number;
}

/** What USING has not merged, the left side's columns first. */
function keptColumns(merged: Merged, left: BoundFrom, right: BoundFrom): JoinColumn[] {
  const kept = (side: BoundFrom, isLeft: boolean) =>
    side.columns.flatMap((column, at): JoinColumn[] => {
      if (column.name === "" || merged.consumed.has(column)) return [];
      const place = isLeft ? { left: at + 1, right: 0 } : { left: 0, right: at + 1 };
      return [{ column, expression: columnExpression(column), ...place }];
    });
  return [...kept(left, true), ...kept(right, false)];
}

function usingAliasOf(node: JoinExpr): { readonly usingAlias?: string } {
  const name = node.join_using_alias?.aliasname;
  return name === undefined ? {} : { usingAlias: name };
}

function checkAliasLength(alias: ReturnType<typeof aliasOf>, available: number): void {
  if (!alias || alias.columns.length <= available) return;
  const message = `join expression "${alias.name}" has ${available} columns available but ${alias.columns.length} columns specified`;
  throw new SqlError("42P10", message);
}

function namespaceOf(
  node: JoinExpr,
  entry: RangeTableEntry,
  table: number,
  columns: readonly NamespaceColumn[],
  left: BoundFrom,
  right: BoundFrom,
  usingCount: number,
): NamespaceItem[] {
  const visible = { entry, table, name: entry.name, lateralOnly: false, lateralOk: true };
  const own: NamespaceItem = {
    ...visible,
    columns,
    columnsVisible: true,
    relationVisible: node.alias !== undefined,
  };
  const inner: NamespaceItem[] = node.alias
    ? []
    : [...left.namespace, ...right.namespace].map((item) => ({ ...item, columnsVisible: false }));
  const { usingAlias } = usingAliasOf(node);
  // A name for the whole join hides that of its merged columns, too.
  if (usingAlias === undefined || node.alias) return [...inner, own];
  const shared: NamespaceItem = {
    ...visible,
    name: usingAlias,
    columns: columns.slice(0, usingCount),
    columnsVisible: false,
    relationVisible: true,
  };
  checkNames(inner, [shared]);
  return [...inner, shared, own];
}

const sharedNames = (
  left: readonly NamespaceColumn[],
  right: readonly NamespaceColumn[],
): string[] =>
  left
    .map((column) => column.name)
    .filter((name) => name !== "" && right.some((column) => column.name === name));

interface Merged {
  readonly columns: readonly JoinColumn[];
  readonly consumed: ReadonlySet<NamespaceColumn>;
  readonly pairs: readonly (readonly [NamespaceColumn, NamespaceColumn])[];
}

function mergeColumns(
  scope: Scope,
  join: JoinType,
  using: readonly string[],
  left: readonly NamespaceColumn[],
  right: readonly NamespaceColumn[],
): Merged {
  const merged = using.map((name, at) => {
    if (using.indexOf(name) !== at) {
      const message = `column name "${name}" appears more than once in USING clause`;
      throw new SqlError("42701", message);
    }
    const [a, b] = [usingColumn(name, left, "left"), usingColumn(name, right, "right")] as const;
    const places = { left: left.indexOf(a) + 1, right: right.indexOf(b) + 1 };
    return { pair: [a, b] as const, column: { ...mergeColumn(scope, join, a, b), ...places } };
  });
  const pairs = merged.map(({ pair }) => pair);
  return {
    columns: merged.map(({ column }) => column),
    consumed: new Set(pairs.flat()),
    pairs,
  };
}

function usingColumn(
  name: string,
  columns: readonly NamespaceColumn[],
  side: "left" | "right",
): NamespaceColumn {
  const [found, second] = columns.filter((column) => column.name === name);
  if (second) {
    const message = `common column name "${name}" appears more than once in ${side} table`;
    throw new SqlError("42702", message);
  }
  if (found) return found;
  const message = `column "${name}" specified in USING clause does not exist in ${side} table`;
  throw new SqlError("42703", message);
}

/**
 * The one column that USING makes of two: whichever side cannot be null by the join, or the first
 * that is not.
 */
function mergeColumn(scope: Scope, join: JoinType, a: NamespaceColumn, b: NamespaceColumn) {
  const sides = [columnExpression(a), columnExpression(b)] as const;
  const type = commonType(scope, sides, "JOIN/USING");
  const typmod = commonTypmod(sides, type);
  const [left, right] = sides.map((side) => {
    if (side.type === type) {
      return side.typmod === typmod ? side : relabel(side, type, typmod, "implicit");
    }
    return coerceType(scope, side, type, typmod, "implicit", "implicit");
  }) as [Expression, Expression];
  const pick: Expression =
    join === "full"
      ? { kind: "coalesce", args: [left, right], type, typmod, collation: INVALID_OID }
      : join === "right"
        ? right
        : join === "left" || left.kind === "column" || right.kind !== "column"
          ? left
          : right;
  assignCollations(scope.names, pick);
  const source = pick.kind === "column" ? (pick === left ? a : b) : undefined;
  const column: NamespaceColumn = {
    name: a.name,
    table: source?.table ?? 0,
    attribute: source?.attribute ?? 0,
    type: pick.type as Oid,
    typmod: pick.typmod,
    collation: pick.collation,
    ...(source?.through ? { through: source.through } : {}),
  };
  return { column, expression: pick };
}

function joinCondition(
  scope: Scope,
  node: JoinExpr,
  using: readonly string[],
  left: BoundFrom,
  right: BoundFrom,
  merged: Merged,
): Expression | undefined {
  if (using.length > 0) {
    const tests = merged.pairs.map(([a, b]) => {
      const test = makeOperator(
        scope,
        { name: "=" },
        columnExpression(a),
        columnExpression(b),
        undefined,
      );
      return coerceToBoolean(scope, test, "JOIN/USING");
    });
    const [only] = tests;
    if (tests.length === 1) return only;
    const typed = { type: BOOL, typmod: -1, collation: INVALID_OID };
    return { kind: "boolean", operator: "and", args: tests, ...typed };
  }
  if (!node.quals) return undefined;
  const saved = scope.namespace;
  scope.namespace = [...left.namespace, ...right.namespace].map((item) => ({
    ...item,
    lateralOnly: false,
    lateralOk: true,
  }));
  const on = coerceToBoolean(scope, scope.bind(node.quals, "JOIN/ON"), "JOIN/ON");
  scope.namespace = saved;
  return on;
}
