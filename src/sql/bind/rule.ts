/**
 * WHAT CREATE RULE SAYS, bound: a condition over the rows OLD (entry 1) and NEW (2), and statements
 * that have these two around them.
 * https://www.postgresql.org/docs/15/sql-createrule.html
 */
import type { Node } from "@pgsql/types";
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { RuleDefinition, RuleEvent } from "../../catalog/rule-statement.ts";
import { coerceToBoolean } from "./coerce.ts";
import { assignCollations } from "./collation.ts";
import type { BindContext } from "./context.ts";
import type { BoundRule, OnConflict, RuleAction, RuleNotify } from "./modify.ts";
import { bindingOf, bindModifying, bindViewQuery } from "./query.ts";
import { visibleItem } from "./range-table.ts";
import { relationEntry } from "./relation.ts";
import { replaceAround } from "./replace-columns.ts";
import { entriesUsed, innermost, NEW, namedAround, OLD } from "./rule-action.ts";
import { type Binding, Parameters, Scope } from "./scope.ts";
import type { Query } from "./tree.ts";

const NAMES = ["old", "new"] as const;
/** Those that a condition may name. */
const VISIBLE: Readonly<Record<RuleEvent, readonly (typeof NAMES)[number][]>> = {
  select: ["old"],
  update: ["old", "new"],
  insert: ["new"],
  delete: ["old"],
};

/** Throws 0A000 for statements that do not run behind rules, and what parse analysis throws. */
export function bindRule(rule: RuleDefinition, relation: Oid, context: BindContext): BoundRule {
  const binding = bindingOf(context, new Parameters([], false));
  const scope = ruleScope(binding, relation, (name) => VISIBLE[rule.event].includes(name), true);
  const condition = rule.where
    ? coerceToBoolean(scope, scope.bind(rule.where.node as Node, "WHERE"), "WHERE")
    : undefined;
  if (condition) assignCollations(scope.names, condition);
  if (rule.event === "select") {
    for (const { node } of rule.actions) bindViewQuery(node, context);
    return { condition, actions: [] };
  }
  const around = ruleScope(binding, relation, () => true, false);
  const actions = rule.actions.map(({ node }) => bindAction(around, node as Node, rule));
  return { condition, actions };
}

function ruleScope(
  binding: Binding,
  relation: Oid,
  isVisible: (name: (typeof NAMES)[number]) => boolean,
  columnsVisible: boolean,
): Scope {
  const scope = new Scope(binding, undefined);
  const facts = scope.names.findRelation(relation);
  if (!facts) throw new SqlError("42P01", `relation with OID ${relation} does not exist`);
  for (const name of NAMES) {
    const entry = relationEntry(scope, facts, { name, columns: [] }, true);
    const item = { ...visibleItem(entry, scope.addEntry(entry)), columnsVisible };
    if (isVisible(name)) scope.namespace.push(item);
  }
  return scope;
}

function bindAction(
  around: Scope,
  node: Node,
  { event, where }: RuleDefinition,
): RuleAction | RuleNotify {
  if ("NotifyStmt" in node) {
    if (where) {
      const which = "SELECT, INSERT, UPDATE, or DELETE actions";
      throw new SqlError("42P17", `rules with WHERE conditions can only have ${which}`);
    }
    const { conditionname = "", payload = "" } = node.NotifyStmt;
    return { kind: "notify", channel: conditionname, payload };
  }
  if ("SelectStmt" in node) throw notSupported("SELECT in a rule");
  refuseForms(node, "a rule");
  const bound = bindModifying(new Scope({ ...around.binding, isStored: true }, around), node);
  if (bound.kind === "merge") throw notSupported("MERGE in a rule");
  const { query, depth } = innermost(bound);
  const used = entriesUsed(bound);
  if (query.kind === "set") refuseInArms(query, depth + 1);
  if (query.kind === "set" && (where || used.size > 0)) {
    const message = "conditional UNION/INTERSECT/EXCEPT statements are not implemented";
    throw new SqlError("0A000", message);
  }
  if (event === "insert" && used.has(OLD)) {
    throw new SqlError("42P17", "ON INSERT rule cannot use OLD");
  }
  if (event === "delete" && used.has(NEW)) {
    throw new SqlError("42P17", "ON DELETE rule cannot use NEW");
  }
  checkWith(bound, query, depth);
  refuseElsewhere(bound);
  return asStored(bound);
}

/**
 * What is bound as one thing, and would have to be kept as another. Throws 0A000. `where`: what the
 * statement is kept in.
 */
export function refuseForms(node: Node, where: "a rule" | "a body of SQL"): void {
  const stmt = Object.values(node)[0] as {
    readonly onConflictClause?: {
      readonly infer?: unknown;
      readonly targetList?: readonly Node[];
    };
    /** Of INSERT, and of UPDATE. */
    readonly cols?: readonly Node[];
    readonly targetList?: readonly Node[];
    readonly withClause?: { readonly ctes?: readonly Node[] };
    readonly selectStmt?: { readonly SelectStmt?: { readonly valuesLists?: readonly unknown[] } };
  };
  const { infer, targetList: conflicts = [] } = stmt.onConflictClause ?? {};
  if (JSON.stringify(infer ?? {}).includes('"opclass"')) {
    throw notSupported(`an operator class in ON CONFLICT in ${where}`);
  }
  // They are kept as what the whole column becomes.
  const targets = [...(stmt.cols ?? []), ...(stmt.targetList ?? []), ...conflicts];
  if (targets.some((each) => "ResTarget" in each && each.ResTarget.indirection)) {
    throw notSupported(`assignment to a part of a column in ${where}`);
  }
  const rows = stmt.selectStmt?.SelectStmt?.valuesLists ?? [];
  if (rows.length > 1 && JSON.stringify(rows).includes('"SetToDefault"')) {
    throw notSupported(`DEFAULT among VALUES of several rows in ${where}`);
  }
  for (const each of stmt.withClause?.ctes ?? []) {
    const { ctequery } = (each as { CommonTableExpr: { ctequery?: Node } }).CommonTableExpr;
    if (ctequery && !("SelectStmt" in ctequery)) {
      throw notSupported(`a statement in WITH that changes rows in ${where}`);
    }
  }
  const sets = JSON.stringify("UpdateStmt" in node ? node.UpdateStmt.targetList : conflicts);
  if (sets.includes('"SetToDefault"')) throw notSupported(`SET to DEFAULT in ${where}`);
}

function refuseInArms(query: Query, around: number): void {
  replaceAround(query, around, ({ position }) => {
    const who = "UNION/INTERSECT/EXCEPT member statement";
    const message = `${who} cannot refer to other relations of same query level`;
    throw new SqlError("42P10", message).at(position);
  });
}

function checkWith(action: RuleAction, query: Query, depth: number): void {
  const outer = action.kind === "insert" ? action.source : action.query;
  const used = new Set([
    ...namedAround(outer.commonTables, 1),
    ...namedAround(query.commonTables, depth + 1),
  ]);
  for (const entry of used) {
    const name = NAMES[entry - 1]?.toUpperCase();
    throw new SqlError("0A000", `cannot refer to ${name} within WITH query`);
  }
}

function refuseElsewhere(action: RuleAction): void {
  if (action.kind === "insert" && namedAround(action.returning, 1).size > 0) {
    throw notSupported("OLD or NEW in RETURNING of an INSERT in a rule");
  }
  if (action.kind === "insert" && namedAround(action.onConflict, 1).size > 0) {
    throw notSupported("OLD or NEW in ON CONFLICT of a rule");
  }
}

export function asStored(bound: RuleAction): RuleAction {
  if (bound.kind === "insert") {
    const { arbiter: _, ...conflict } = bound.onConflict ?? {};
    const onConflict = bound.onConflict && { onConflict: conflict as OnConflict };
    return { ...bound, ...onConflict, defaults: [] };
  }
  const news = bound.kind === "update" ? bound.query.targets.slice(-bound.columns.length) : [];
  return { ...bound, query: { ...bound.query, targets: news } };
}
