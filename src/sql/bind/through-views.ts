/**
 * WRITING THROUGH VIEWS. A statement is bound on the view that it names; here it becomes one on the
 * table, view by view: columns of the view stand as what the view's query says of them, its
 * condition finds the rows of UPDATE and DELETE, and is what new rows are checked for.
 * https://www.postgresql.org/docs/15/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { isOptionOn, optionValueOf } from "../../catalog/relation-options.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgRewrite } from "../../catalog/relations/pg-rewrite.ts";
import { hasInsteadTrigger } from "../../catalog/view-triggers.ts";
import { findArbiters, noIndex } from "./conflict-arbiter.ts";
import {
  asNow,
  checkRecursion,
  checkUnrestricted,
  expandStored,
  storedQuery,
} from "./expand-views.ts";
import type { RelationFacts } from "./facts.ts";
import { checkWritable, defaultsOf, isIgnored } from "./insert.ts";
import { doneByTriggers, noCurrentRow } from "./instead.ts";
import type { CheckOption, OnConflict, RuleAction, Through, UntypedModify } from "./modify.ts";
import { visibleItem } from "./range-table.ts";
import { replaceColumns } from "./replace-columns.ts";
import { type Binding, Scope } from "./scope.ts";
import { checkKind, columnsOf, type Target, type TargetColumn } from "./target-table.ts";
import type { Column, Expression, Query, SelectQuery, Typed } from "./tree.ts";
import { BOOL } from "./type-oids.ts";
import { baseAttributes, baseOf, whyNotUpdatable, whyNotUpdatableColumn } from "./updatable.ts";
import { assignedTwice, checkUpdatable, oldRow } from "./update.ts";

/** MERGE writes to tables alone. */
type ViewModify = RuleAction;
type Kind = ViewModify["kind"];
type OfKind<K extends Kind> = Extract<ViewModify, { readonly kind: K }>;

/**
 * The statement on the table below the views, or on the first with rules or INSTEAD OF triggers.
 * Locks all between.
 */
export function throughViews<T extends UntypedModify>(binding: Binding, written: T): T {
  return written.kind === "merge" ? written : (belowViews(binding, written) as UntypedModify as T);
}

function belowViews(binding: Binding, written: ViewModify): ViewModify {
  const views: Through["views"][number][] = [];
  let bound: ViewModify = written;
  for (;;) {
    const view = binding.names.findRelation(bound.table.relation);
    if (view?.relkind !== "v") break;
    if (hasInsteadTrigger(binding.context.catalog, view.oid, bound.kind)) {
      bound = doneByTriggers(binding, bound);
      break;
    }
    const path = views.map((each) => each.view);
    checkRecursion(binding.names, view.oid, path);
    checkUnrestricted(binding, view.oid);
    const step = stepOf(binding, bound, view, path);
    bound = stepped(step, bound);
    const { stored: query, table } = step;
    views.push({ view: view.oid, base: bound.table.relation, table, query });
    if (hasRules(binding, bound)) break;
  }
  if (views.length === 0) return bound;
  if (written.kind !== "insert" && written.currentOf !== undefined) throw noCurrentRow();
  const before = written.through;
  const through = before ? { ...before, views: [...before.views, ...views] } : { written, views };
  return { ...bound, through };
}

/** One view, and the relation below it. */
interface Step {
  readonly scope: Scope;
  readonly view: RelationFacts;
  readonly stored: Query;
  /** Of the base in the view's query. */
  readonly table: number;
  /** For each column of the view the attribute of the base, or 0. */
  readonly attributes: readonly number[];
  /** What the columns and the condition of the view are, over the base as entry 1. */
  readonly columns: readonly Expression[];
  readonly where: Expression | undefined;
  readonly base: Target;
  /** The base is no view. */
  readonly isTable: boolean;
}

function stepOf(
  binding: Binding,
  bound: ViewModify,
  view: RelationFacts,
  path: readonly Oid[],
): Step {
  const scope = new Scope(binding, undefined);
  const stored = storedQuery(binding, view.oid);
  const found = baseOf(stored);
  if (stored.kind !== "select" || !found.entry) throw notUpdatable(bound.kind, view, stored);
  const attributes = baseAttributes(stored);
  if (bound.kind !== "delete" && attributes.every((attribute) => attribute === 0)) {
    throw notUpdatable(bound.kind, view, stored);
  }
  checkColumns(bound, view, stored, attributes);
  const relation = scope.names.findRelation(found.entry.relation) as RelationFacts;
  const isTable = relation.relkind !== "v";
  if (isTable) checkKind(binding.context.catalog, relation, bound.kind.toUpperCase());
  binding.context.lockTarget?.(relation.oid);
  const { table } = found;
  const item = visibleItem(asNow(scope.names, found.entry), scope.addEntry(found.entry));
  const base = { relation, columns: columnsOf(scope, relation.oid), item };
  const shown = stored.targets.flatMap(({ junk, expression }) => (junk ? [] : [expression]));
  const parts = expandStored(binding, { shown, where: stored.where }, "AccessShare", [
    ...path,
    view.oid,
  ]);
  const { shown: columns, where } = replaceColumns(parts, (column) => ({ ...column, table: 1 }));
  return { scope, view, stored, table, attributes, columns, where, base, isTable };
}

/** The letter of pg_rewrite, and the words of messages. */
const VERBS = {
  insert: {
    event: "3",
    cannot: "insert into view",
    column: "insert into column",
    enable: "inserting into the view",
  },
  update: {
    event: "2",
    cannot: "update view",
    column: "update column",
    enable: "updating the view",
  },
  delete: {
    event: "4",
    cannot: "delete from view",
    column: "",
    enable: "deleting from the view",
  },
} as const satisfies Record<Kind, unknown>;

/** Of what a view shows; those of the view itself have been applied. */
const hasRules = (binding: Binding, { kind, table }: ViewModify): boolean =>
  binding.context.catalog
    .list(pgRewrite, "rel_rulename", [table.relation])
    .some(({ ev_type }) => ev_type === VERBS[kind].event);

export const eventLetter = (kind: Kind): string => VERBS[kind].event;

/** 55000 for a view that no rule and no query lets be changed. */
export function cannotChange(kind: Kind, name: string, detail: string | undefined): SqlError {
  const { cannot, enable } = VERBS[kind];
  const event = kind.toUpperCase();
  return new SqlError("55000", `cannot ${cannot} "${name}"`, {
    ...(detail === undefined ? {} : { detail }),
    hint: `To enable ${enable}, provide an INSTEAD OF ${event} trigger or an unconditional ON ${event} DO INSTEAD rule.`,
  });
}

const notUpdatable = (kind: Kind, { name }: RelationFacts, query: Query): SqlError =>
  cannotChange(kind, name, whyNotUpdatable(query));

/** 0A000 for the first column that is given a value and is none of the base. */
function checkColumns(
  bound: ViewModify,
  view: RelationFacts,
  query: Query,
  attributes: readonly number[],
): void {
  const changed = new Set(changedColumns(bound));
  const shown = query.targets.filter(({ junk }) => !junk);
  const at = attributes.findIndex((attribute, index) => attribute === 0 && changed.has(index + 1));
  const column = shown[at];
  if (!column) return;
  const message = `cannot ${VERBS[bound.kind].column} "${column.name}" of view "${view.name}"`;
  throw new SqlError("0A000", message, { detail: whyNotUpdatableColumn(column.expression) });
}

function changedColumns(bound: ViewModify): readonly number[] {
  if (bound.kind === "delete") return [];
  if (bound.kind === "update") return bound.columns;
  const action = bound.onConflict?.action;
  return [
    ...bound.named,
    ...bound.defaults.map(({ column }) => column),
    ...(action?.kind === "update" ? action.columns : []),
  ];
}

function stepped(step: Step, bound: ViewModify): ViewModify {
  switch (bound.kind) {
    case "insert":
      return insertBelow(step, bound);
    case "update":
      return updateBelow(step, bound);
    case "delete":
      return deleteBelow(step, bound);
  }
}

function insertBelow(step: Step, bound: OfKind<"insert">): ViewModify {
  const { scope, base } = step;
  const { overriding } = bound;
  const all = [...bound.columns, ...bound.defaults.map(({ column }) => column)];
  const given = columnsBelow(step, all);
  const used = given.map((column) => {
    if (!column || !step.isTable) return column;
    checkWritable(column, overriding);
    return isIgnored(column, overriding) ? undefined : column;
  });
  const defaults = bound.defaults.flatMap(({ value }, at) => {
    const column = used[bound.columns.length + at];
    return column ? [{ column: column.number, value }] : [];
  });
  const known = used.filter((column) => column !== undefined);
  const { onConflict } = bound;
  return {
    ...bound,
    ...common(step, bound),
    columns: used.slice(0, bound.columns.length).map((column) => column?.number ?? 0),
    named: bound.named.flatMap((number) => step.attributes[number - 1] || []),
    defaults: [...defaults, ...defaultsOf(scope, base, known)],
    ...(onConflict ? { onConflict: conflictBelow(step, onConflict) } : {}),
    checkOptions: checksBelow(step, bound.checkOptions ?? []),
  };
}

/** Its entry. */
const EXCLUDED = 2;

function conflictBelow(step: Step, onConflict: OnConflict): OnConflict {
  const { action, inference: written, arbiter } = onConflict;
  const inference = written && below(step, written);
  const found =
    inference && step.isTable
      ? { arbiter: findArbiters(step.scope, step.base.relation.oid, inference) }
      : { ...(inference ? { inference } : {}), ...(arbiter ? { arbiter } : {}) };
  const refused = step.isTable ? noIndex(found.arbiter) : undefined;
  if (refused) throw refused;
  if (action.kind === "nothing") return { ...found, action };
  const { columns, values, where } = action;
  return {
    ...found,
    action: {
      kind: "update",
      columns: updatedBelow(step, columns),
      values: below(step, values, EXCLUDED),
      ...(where ? { where: below(step, where, EXCLUDED) } : {}),
    },
  };
}

function updateBelow(step: Step, bound: OfKind<"update">): ViewModify {
  const { columns, query } = bound;
  const news = columns.length === 0 ? [] : query.targets.slice(-columns.length);
  return {
    ...bound,
    ...common(step, bound),
    columns: updatedBelow(step, columns),
    query: queryBelow(step, query, news),
    checkOptions: checksBelow(step, bound.checkOptions ?? []),
  };
}

function deleteBelow(step: Step, bound: OfKind<"delete">): ViewModify {
  return { ...bound, ...common(step, bound), query: queryBelow(step, bound.query, []) };
}

function common(step: Step, { returning }: ViewModify) {
  const { oid: relation, name } = step.base.relation;
  return {
    table: { relation, name },
    ...(returning ? { returning: below(step, returning) } : {}),
  };
}

/** The columns of the base; each once. 0 stays nobody's. */
function columnsBelow(
  { base, attributes }: Step,
  numbers: readonly number[],
): (TargetColumn | undefined)[] {
  const found = numbers.map((number) =>
    base.columns.find((column) => column.number === attributes[number - 1]),
  );
  for (const [at, column] of found.entries()) {
    if (column && found.indexOf(column) < at) throw assignedTwice(column.name);
  }
  return found;
}

function updatedBelow(step: Step, numbers: readonly number[]): number[] {
  return columnsBelow(step, numbers).map((column) => {
    if (column && step.isTable) checkUpdatable(column);
    return column?.number ?? 0;
  });
}

/** The condition of a security barrier is asked first, else that of the statement. */
function queryBelow(step: Step, query: SelectQuery, news: SelectQuery["targets"]): SelectQuery {
  const [, ...others] = query.rangeTable;
  const made = below(step, { ...query, targets: news, rangeTable: others });
  const ours = step.where;
  const where = isOptionOn(optionsOf(step), "security_barrier")
    ? conjunction([ours, made.where])
    : conjunction([made.where, ours]);
  return {
    ...made,
    ...(where ? { where } : {}),
    rangeTable: [step.base.item.entry, ...made.rangeTable],
    targets: [...oldRow(step.base), ...made.targets],
  };
}

export function conjunction(
  conditions: readonly (Expression | undefined)[],
): Expression | undefined {
  const args = conditions.filter((each) => each !== undefined);
  if (args.length < 2) return args[0];
  return { kind: "boolean", operator: "and", args, type: BOOL, typmod: -1, collation: 0 as Oid };
}

/** WITH CHECK OPTION: innermost view first. CASCADED asks the same of the views below. */
function checksBelow(step: Step, checks: readonly CheckOption[]): CheckOption[] {
  const [outer] = checks;
  const option = optionValueOf(optionsOf(step), "check_option")?.toLowerCase();
  const cascaded = option === "cascaded" || (outer && "view" in outer && outer.cascaded) === true;
  const { where: condition, view } = step;
  const others = checks.map((check) => below(step, check));
  if (!cascaded && (option === undefined || !condition)) return others;
  return [{ view: view.name, cascaded, ...(condition ? { condition } : {}) }, ...others];
}

const optionsOf = ({ scope, view }: Step): readonly string[] =>
  scope.binding.context.catalog.find(pgClass, "key", [view.oid])?.reloptions ?? [];

/** Entry 1 is the row as the view shows it; so is what ON CONFLICT calls excluded. */
function below<T>(step: Step, tree: T, excluded?: number): T {
  return replaceColumns(tree, (column) =>
    column.table === 1 || column.table === excluded ? shownAs(step, column) : undefined,
  );
}

function shownAs({ columns, view, scope }: Step, column: Column & Typed): Expression {
  const { table, attribute, type, typmod, collation } = column;
  const at = (expression: Expression): Expression =>
    table === 1 ? expression : replaceColumns(expression, (each) => ({ ...each, table }));
  if (attribute > 0) return at(columns[attribute - 1] as Expression);
  const names = columnsOf(scope, view.oid).map(({ name }) => name);
  return { kind: "row", args: columns.map(at), names, form: "implicit", type, typmod, collation };
}
