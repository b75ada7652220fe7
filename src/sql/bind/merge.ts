/** MERGE. https://www.postgresql.org/docs/15/sql-merge.html */
import type { MergeStmt, MergeWhenClause, Node } from "@pgsql/types";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { assign } from "./assignment.ts";
import { coerceToBoolean } from "./coerce.ts";
import { bindFromItem } from "./from.ts";
import { bindRow, defaultsOf, isIgnored, overridingOf, refusedInsert } from "./insert.ts";
import { givenColumns, isLast } from "./insert-targets.ts";
import { type BoundFrom, finishJoin } from "./join.ts";
import type { BoundMerge, MergeAction } from "./modify.ts";
import { required } from "./node.ts";
import type { NamespaceItem, Scope } from "./scope.ts";
import { bindWithClause } from "./select.ts";
import { bindTargetTable, defaultOf, type Target, type TargetColumn } from "./target-table.ts";
import type { Expression } from "./tree.ts";
import { bindSets, oldRow, selectOf } from "./update.ts";
import { walk } from "./walk.ts";

type Omitted = "parameterTypes";

export function bindMerge(scope: Scope, stmt: MergeStmt): Omit<BoundMerge, Omitted> {
  if (stmt.withClause?.recursive) {
    throw new SqlError("42601", "WITH RECURSIVE is not supported for MERGE statement");
  }
  const commonTables = stmt.withClause ? bindWithClause(scope, stmt.withClause) : [];
  const clauses = (stmt.mergeWhenClauses ?? []).flatMap((node) =>
    "MergeWhenClause" in node ? [node.MergeWhenClause] : [],
  );
  checkReachable(clauses);
  const target = bindTargetTable(scope, required(stmt.relation, "a table"), "MERGE");
  const source = bindFromItem(scope, required(stmt.sourceRelation, "a source"));
  checkName(target, source);
  const joined: BoundFrom = {
    item: { kind: "table", table: target.item.table },
    namespace: [target.item],
    columns: target.item.columns,
  };
  const jointype = clauses.every(isMatched) ? "JOIN_INNER" : "JOIN_LEFT";
  const quals = required(stmt.joinCondition, "a condition");
  const { item } = finishJoin(scope, { jointype, quals }, source, joined);
  const bound = clauses.map((clause) => bindClause(scope, target, source, clause));
  const refused = bound.find((one) => one.refused)?.refused;
  if (refused) throw refused;
  const actions = bound.map(({ action }) => action);
  return {
    kind: "merge",
    table: { relation: target.relation.oid, name: target.relation.name },
    query: { ...selectOf(scope.rangeTable, [item], oldRow(target)), commonTables },
    actions,
  };
}

const isMatched = ({ matchKind }: MergeWhenClause): boolean => matchKind === "MERGE_WHEN_MATCHED";

function checkReachable(clauses: readonly MergeWhenClause[]): void {
  const ended = new Set<boolean>();
  for (const clause of clauses) {
    if (ended.has(isMatched(clause))) {
      const message = "unreachable WHEN clause specified after unconditional WHEN clause";
      throw new SqlError("42601", message);
    }
    if (!clause.condition) ended.add(isMatched(clause));
  }
}

function checkName(target: Target, source: BoundFrom): void {
  const { name } = target.item;
  const twice = source.namespace.some(
    (item) => item.relationVisible && item.name === name && isSame(item, target.item),
  );
  if (!twice) return;
  const detail = "The name is used both as MERGE target table and data source.";
  throw new SqlError("42712", `name "${name}" specified more than once`, { detail });
}

/** Tables of one name in two schemas are told apart. */
const isSame = (a: NamespaceItem, b: NamespaceItem): boolean =>
  a.qualified === undefined ||
  b.qualified === undefined ||
  a.qualified.relation === b.qualified.relation;

interface BoundClause {
  readonly action: MergeAction;
  /** 428C9 of a column that takes no value: said when all clauses are right. */
  readonly refused?: SqlError | undefined;
}

function bindClause(
  scope: Scope,
  target: Target,
  source: BoundFrom,
  clause: MergeWhenClause,
): BoundClause {
  const matched = isMatched(clause);
  scope.namespace = matched ? [target.item, ...source.namespace] : [...source.namespace];
  const when = clause.condition && bindCondition(scope, clause.condition);
  const base = { matched, ...(when ? { condition: when } : {}) };
  switch (clause.commandType) {
    case "CMD_UPDATE": {
      const { columns, values, refused } = bindSets(scope, target, clause.targetList ?? []);
      return { action: { ...base, kind: "update", columns, values }, refused };
    }
    case "CMD_DELETE":
      return { action: { ...base, kind: "delete" } };
    case "CMD_INSERT": {
      const { refused, ...inserted } = bindInserted(scope, target, clause);
      return { action: { ...base, kind: "insert", ...inserted }, refused };
    }
    case "CMD_NOTHING":
      return { action: { ...base, kind: "nothing" } };
    default:
      throw notSupported("this action of MERGE");
  }
}

function bindCondition(scope: Scope, node: Node): Expression {
  const condition = coerceToBoolean(scope, scope.bind(node, "MERGE WHEN"), "WHEN");
  walk(condition, (each) => {
    if (each.kind !== "column" || each.attribute >= 0 || each.attribute === TABLEOID) return;
    const name = SYSTEM_COLUMNS.get(each.attribute) ?? "";
    const message = `cannot use system column "${name}" in MERGE WHEN condition`;
    throw new SqlError("42P10", message).at(each.position);
  });
  return condition;
}

const TABLEOID = -6;
const SYSTEM_COLUMNS: ReadonlyMap<number, string> = new Map([
  [-1, "ctid"],
  [-2, "xmin"],
  [-3, "cmin"],
  [-4, "xmax"],
  [-5, "cmax"],
]);

function bindInserted(scope: Scope, target: Target, clause: MergeWhenClause) {
  const overriding = overridingOf(clause);
  const list = clause.values ?? [];
  const stmt = { cols: clause.targetList ?? [] };
  const given = givenColumns(scope, target, stmt);
  const row = list.length === 0 ? [] : bindRow(scope, given, list, list.length, MERGE_ROW, stmt);
  const columns: TargetColumn[] = [];
  const values: Expression[] = [];
  let refused: SqlError | undefined;
  for (const [at, value] of row.entries()) {
    const column = given[at]?.column;
    if (!column) continue;
    if (value) refused ??= refusedInsert(column, overriding);
    if (isIgnored(column, overriding) || !isLast(given, at)) continue;
    columns.push(column);
    values.push(value ?? assign(scope, column, defaultOf(scope, target, column)));
  }
  return {
    columns: columns.map((column) => column.number),
    values,
    defaults: defaultsOf(scope, target, columns),
    refused,
  };
}

const MERGE_ROW = "VALUES alone";

/** All that an action computes. */
export function expressionsOf(action: MergeAction): Expression[] {
  const when = action.condition ? [action.condition] : [];
  switch (action.kind) {
    case "update":
      return [...when, ...action.values];
    case "insert":
      return [...when, ...action.values, ...action.defaults.map(({ value }) => value)];
    default:
      return when;
  }
}
