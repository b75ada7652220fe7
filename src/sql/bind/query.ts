/**
 * PARSE ANALYSIS: the parser's trees in, bound trees out. What depends on what:
 *   query → select → from, target, clause, set-operation, values, with → expression → function,
 *   operator → coerce
 * https://www.postgresql.org/docs/15/parser-stage.html
 */
import type { DeleteStmt, InsertStmt, MergeStmt, Node, SelectStmt, UpdateStmt } from "@pgsql/types";
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { intoOf, withoutInto } from "../parse/table-as.ts";
import type { Scalar } from "../types/scalar.ts";
import { applyRules, currentAction, refuseRules } from "./apply-rules.ts";
import { bindCall, checkNoOutputs } from "./call.ts";
import { coerceToTarget } from "./coerce.ts";
import { assignCollations, assignQueryCollations } from "./collation.ts";
import type { BindContext } from "./context.ts";
import { expandRoutines } from "./expand-routines.ts";
import { expandStored, expandViews, refreshStored } from "./expand-views.ts";
import { bindExpressionNode } from "./expression.ts";
import type { Folding } from "./fold.ts";
import { inlineRoutine } from "./inline-routine.ts";
import { bindInsert } from "./insert.ts";
import { bindMerge, expressionsOf } from "./merge.ts";
import type {
  BoundModify,
  BoundPart,
  BoundRuled,
  BoundStep,
  BoundWriting,
  Returning,
  RuleAction,
  StoredNode,
  Unparameterized,
  UntypedModify,
} from "./modify.ts";
import { Names } from "./names.ts";
import { finishParameters } from "./parameter.ts";
import { plainSelect } from "./plain-select.ts";
import { positionOf } from "./position.ts";
import { replaceParameters } from "./replace-columns.ts";
import { type BindBody, type BoundBody, columnsOf } from "./routine-body.ts";
import { type BoundReading, liftRoutineCalls } from "./routine-calls.ts";
import { type Binding, type ExpressionKind, Parameters, Scope } from "./scope.ts";
import { bindSelect } from "./select.ts";
import { readingOfSettings } from "./settings-rule.ts";
import { makeTarget } from "./target.ts";
import { throughViews } from "./through-views.ts";
import type { BoundQuery, Expression, Query } from "./tree.ts";
import { TEXT } from "./type-oids.ts";
import { typeText } from "./type-text.ts";
import { bindDelete, bindUpdate } from "./update.ts";
import { type AssignedPart, assignedPart } from "./variable-part.ts";
import { withoutUnread } from "./with-modifying.ts";

export function bindingOf(context: BindContext, parameters: Parameters): Binding {
  const binding: Binding = {
    context,
    names: new Names(context.builtin, context.catalog, context.searchPath, context.types.user.oid),
    parameters,
    views: new Set(),
    expansions: { count: 0 },
    bindExpression: bindExpressionNode,
    bindModifying: bindStep,
    bindSubquery: (scope, node, resolve) =>
      bindSelect(scope.binding, scope, selectOf(node), resolve),
  };
  return binding;
}

/** $1 … as the client, or the routine around, has them. */
export const parametersOf = ({ parameterTypes, inferParameters }: BindContext): Parameters =>
  new Parameters(parameterTypes, inferParameters ?? true);

const selectOf = (node: unknown): SelectStmt =>
  (node as { readonly SelectStmt?: SelectStmt }).SelectStmt ?? (node as SelectStmt);

/**
 * A query that can run: views stand as their queries. `node`: the parser's SelectStmt. Throws
 * SqlErrors as PostgreSQL's parse analysis does.
 */
export function bindQuery(node: unknown, context: BindContext): BoundReading {
  const parameters = parametersOf(context);
  const binding = bindingOf(context, parameters);
  const { assigned } = node as { readonly assigned?: AssignedPart };
  const read = isStoredQuery(node)
    ? refreshStored(binding, node.stored.query)
    : bindSelect(binding, undefined, selectOf(node), !assigned);
  const query = assigned ? assignedPart(binding, read, assigned) : read;
  const parameterTypes = finishParameters(binding, query);
  if (!context.runsRoutines) return { query: runnable(binding, query), parameterTypes };
  const lifted = liftRoutineCalls(binding, expandViews(binding, query), parameterTypes.length);
  return { query: bodiesIn(binding, lifted.query), parameterTypes, routines: lifted.routines };
}

const isStoredQuery = (node: unknown): node is { readonly stored: { readonly query: Query } } =>
  Object.hasOwn(node as object, "stored");

/** Views as their queries, functions in SQL as their bodies. */
const runnable = <T extends object>(binding: Binding, tree: T, written?: readonly Oid[]): T =>
  bodiesIn(binding, expandViews(binding, tree), written);

function bodiesIn<T extends object>(binding: Binding, made: T, written?: readonly Oid[]): T {
  // What a body calls is looked at where the body is called.
  return binding.context.routine ? made : expandRoutines(() => binding, made, bindBody, written);
}

/** The last statement of a routine's body, all of them bound over its parameters. */
export const bindBody: BindBody = (statements, { name, args, argNames }, context) => {
  const routine = { name, parameters: argNames };
  const reading = { runsRoutines: false, inferParameters: false };
  // Variables around the call are not the body's.
  const { variables: _, ...around } = context;
  const inside = { ...around, ...reading, parameterTypes: args, routine };
  let last: BoundBody = { query: undefined, targets: undefined };
  for (const { kind, node } of statements) {
    if (kind === "query") {
      const { query } = bindQuery(node, inside);
      last = { query, targets: columnsOf(query) };
    } else if (kind === "modify") {
      const { main } = bindModify(node as ModifyNode, inside);
      const targets = main.kind === "select" ? columnsOf(main.query) : returningOf(main)?.targets;
      last = { query: undefined, targets };
    } else {
      if (kind === "call") checkNoOutputs(bindCall(bindingOf(inside, parametersOf(inside)), node));
      last = { query: undefined, targets: undefined };
    }
  }
  return last;
};

/** An expression that is run by itself: functions in SQL as their bodies. */
export const runnableTree = <T extends object>(context: () => BindContext, tree: T): T =>
  expandRoutines(() => bindingOf(context(), new Parameters([], false)), tree, bindBody);

/** A statement of a body in SQL that is to run: what it calls is looked at now. */
export const runnableWriting = (context: BindContext, bound: BoundWriting): BoundWriting =>
  expandRoutines(
    () => bindingOf(context, new Parameters([], false)),
    bound,
    bindBody,
    tablesWritten(bound),
  );

/** How the planner would simplify an expression before a definition is judged by it. */
export const foldingOf = (binding: Binding): Folding => ({
  names: binding.names,
  ...(binding.context.compute ? { compute: binding.context.compute } : {}),
  inline: (call) => inlineRoutine(binding, bindBody, call),
});

/** A view's query: views in it stand as relations, and there are no parameters. */
export function bindViewQuery(node: unknown, context: BindContext): Query {
  const binding = { ...bindingOf(context, new Parameters([], false)), definesView: true };
  const stmt = selectOf(node);
  const query = bindSelect(binding, undefined, withoutInto(stmt), true);
  if (intoOf(stmt)) throw new SqlError("0A000", "views must not contain SELECT INTO");
  return query;
}

/** The query of a prepared statement, and its parameters. */
export interface GivenQuery {
  readonly query: unknown;
  readonly types: readonly Oid[];
  readonly values: readonly Scalar[];
}

/** As a view's, with constants in place of its parameters. */
export function bindGivenQuery({ query: node, types, values }: GivenQuery, context: BindContext) {
  const binding = { ...bindingOf(context, new Parameters(types, false)), definesView: true };
  const query = bindSelect(binding, undefined, selectOf(node), true);
  const constants = types.map((type, at): Expression => {
    const { collation } = binding.names.type(type);
    return { kind: "constant", value: values[at] ?? null, type, typmod: -1, collation };
  });
  return replaceParameters(query, constants);
}

/** A stored query that can run: its relations as they are now, locked; views as their queries. */
export function executable(query: Query, context: BindContext): BoundQuery {
  const binding = bindingOf(context, new Parameters([], false));
  const made = expandStored(binding, query, "AccessShare", []);
  return { query: expandRoutines(() => binding, made, bindBody), parameterTypes: [] };
}

/**
 * `node`: the parser's InsertStmt, UpdateStmt, DeleteStmt or MergeStmt, or a SelectStmt with one
 * of them in its WITH.
 */
export function bindModify(node: ModifyNode, context: BindContext): BoundWriting {
  const parameters = parametersOf(context);
  const steps: BoundStep[] = [];
  const binding = { ...bindingOf(context, parameters), steps };
  const read = "SelectStmt" in node ? node.SelectStmt : undefined;
  const written: Unparameterized<BoundPart> = read
    ? { kind: "select", query: bindSelect(binding, undefined, read, true) }
    : "stored" in node
      ? currentAction(binding, node.stored)
      : bindModifying(new Scope(binding, undefined), node);
  const settings = written.kind === "select" ? undefined : readingOfSettings(binding, written);
  const bound = settings
    ? { kind: "select" as const, query: settings, byRule: true as const }
    : written;
  const main = steps.length > 0 ? withoutUnread(bound) : bound;
  for (const { part } of steps) finishParameters(binding, sourceOf(part));
  const parameterTypes = finishParameters(binding, sourceOf(main));
  steps.forEach(({ given }, at) => {
    given.parameter = parameterTypes.length + at + 1;
  });
  const all = [...parameterTypes, ...steps.map(() => TEXT)];
  const whole = <Part extends Unparameterized<BoundPart>>(part: Part) => ({
    ...(part.kind === "select" ? part : throughViews(binding, part)),
    parameterTypes: all,
  });
  for (const { part } of steps) if (part.kind !== "select") refuseRules(binding, part);
  const parts = steps.map((step) => ({ ...step, part: whole(step.part) }));
  const ignoresRules = "InsertStmt" in node && node.ignoresRules === true;
  const ruled = main.kind === "select" || ignoresRules ? undefined : applyRules(binding, main);
  if (ruled && steps.length > 0) {
    throw notSupported("WITH that is run by itself, of a statement with rules,");
  }
  const made = ruled
    ? {
        kind: "ruled" as const,
        parts: ruled.parts.map(({ part, asked }) => ({ part: { ...part, parameterTypes }, asked })),
        answer: ruled.answer,
        told: ruled.told,
        parameterTypes,
      }
    : whole(main);
  const writing = { steps: parts, main: made, parameterTypes } as BoundWriting;
  return runnable(binding, writing, tablesWritten(writing));
}

function tablesWritten({ steps, main }: BoundWriting): Oid[] {
  const parts = main.kind === "ruled" ? main.parts.map(({ part }) => part) : [main];
  const all = [...steps.map(({ part }) => part), ...parts];
  return all.flatMap((part) => (part.kind === "select" ? [] : [part.table.relation]));
}

/** What the statement returns; of one that rules have replaced, what they return for it. */
export const returningOf = (main: BoundModify | BoundRuled): Returning | undefined =>
  main.kind === "ruled" ? main.parts[main.answer ?? -1]?.part.returning : main.returning;

const sourceOf = (part: Unparameterized<BoundPart>): Query =>
  part.kind === "insert" ? part.source : part.query;

export function bindModifying(scope: Scope, node: Node): UntypedModify {
  const bound = bindOne(scope, node);
  assignModifyCollations(scope.names, bound);
  return bound;
}

function bindOne(scope: Scope, node: Node): UntypedModify {
  if ("InsertStmt" in node) {
    const { copyWhere } = node as { readonly copyWhere?: Node };
    return bindInsert(scope, node.InsertStmt, copyWhere);
  }
  if ("UpdateStmt" in node) return bindUpdate(scope, node.UpdateStmt);
  if ("MergeStmt" in node) return bindMerge(scope, node.MergeStmt);
  assert("DeleteStmt" in node, "a statement that writes");
  return bindDelete(scope, node.DeleteStmt);
}

/** A statement in WITH: it names the tables before it, and writes nothing in a WITH of its own. */
function bindStep({ binding, commonTables, laterTables }: Scope, node: Node) {
  const { steps: _, ...rest } = binding;
  const scope = new Scope({ ...rest, isStep: true }, undefined);
  scope.commonTables.push(...commonTables);
  scope.laterTables = laterTables;
  return bindModifying(scope, node);
}

/** Of all that the statement computes; sub-selects have theirs already. */
function assignModifyCollations(names: Names, bound: UntypedModify): void {
  const trees = (bound.returning?.targets ?? []).map(({ expression }) => expression);
  if (bound.kind === "insert") {
    const { source, defaults, onConflict, where } = bound;
    if (where) trees.push(where);
    if (source.kind === "values") trees.push(...source.rows.flat());
    else assignQueryCollations(names, source);
    trees.push(...defaults.map(({ value }) => value));
    const action = onConflict?.action;
    if (action?.kind === "update") {
      trees.push(...action.values);
      if (action.where) trees.push(action.where);
    }
  } else assignQueryCollations(names, bound.query);
  if (bound.kind === "merge") trees.push(...bound.actions.flatMap(expressionsOf));
  for (const tree of trees) assignCollations(names, tree);
}

export type ModifyNode =
  | { readonly SelectStmt: SelectStmt }
  | {
      readonly InsertStmt: InsertStmt;
      /** It is COPY. */
      readonly copyWhere?: Node;
      readonly ignoresRules?: true;
    }
  | { readonly UpdateStmt: UpdateStmt }
  | { readonly DeleteStmt: DeleteStmt }
  | { readonly MergeStmt: MergeStmt }
  | StoredNode<RuleAction>;

/** What an expression of a DDL statement is for. */
export interface ExpressionUse {
  readonly kind: "column default";
  readonly column: string;
  readonly target: { readonly type: Oid; readonly typmod: number };
}

/** Coerced to the target by assignment: 42804 where that is not possible. */
export function bindExpression(
  node: unknown,
  context: BindContext,
  { column, target }: ExpressionUse,
): Expression {
  const scope = new Scope(bindingOf(context, new Parameters([], false)), undefined);
  return coerceToColumn(scope, scope.bind(node as Node, "DEFAULT"), { name: column, ...target });
}

/** The default of a routine's parameter, coerced to its type by implicit casts alone. */
export function bindParameterDefault(node: unknown, context: BindContext, type: Oid): Expression {
  const scope = new Scope(bindingOf(context, new Parameters([], false)), undefined);
  const bound = scope.bind(node as Node, "parameter DEFAULT");
  const made = coerceToTarget(scope, bound, type, -1, "assignment", "implicit");
  if (made) {
    assignCollations(scope.names, made);
    return made;
  }
  const [wanted, given] = [type, bound.type].map((each) => typeText(scope.names, each));
  const message = `argument of DEFAULT must be type ${wanted}, not type ${given}`;
  throw new SqlError("42804", message).at(positionOf(bound));
}

/** By assignment, as the column's default or generation expression; 42804 where it cannot be. */
export function coerceToColumn(
  scope: Scope,
  bound: Expression,
  column: { readonly name: string; readonly type: Oid; readonly typmod: number },
): Expression {
  const { name, type, typmod } = column;
  const made = coerceToTarget(scope, bound, type, typmod, "assignment", "implicit");
  if (made) {
    assignCollations(scope.names, made);
    return made;
  }
  const is = typeText(scope.names, type);
  const given = typeText(scope.names, bound.type);
  const message = `column "${name}" is of type ${is} but default expression is of type ${given}`;
  const hint = "You will need to rewrite or cast the expression.";
  throw new SqlError("42804", message, { hint });
}

/** The arguments of EXECUTE as a query of one row, each of its parameter's type. */
export function bindExecuteParameters(
  expressions: readonly unknown[],
  types: readonly Oid[],
  context: BindContext,
): BoundQuery {
  const binding = bindingOf(context, new Parameters([], false));
  const scope = new Scope(binding, undefined);
  const targets = expressions.map((node, at) => {
    const kind: ExpressionKind = "EXECUTE";
    const bound = scope.bind(node as Node, kind);
    const type = types[at] ?? bound.type;
    const made = coerceToTarget(scope, bound, type, -1, "assignment", "implicit");
    if (made) {
      assignCollations(scope.names, made);
      return makeTarget(scope, made, `$${at + 1}`);
    }
    const given = typeText(scope.names, bound.type);
    const message = `parameter $${at + 1} of type ${given} cannot be coerced to the expected type ${typeText(scope.names, type)}`;
    const hint = "You will need to rewrite or cast the expression.";
    throw new SqlError("42804", message, { hint }).at(positionOf(bound));
  });
  return { query: plainSelect(targets), parameterTypes: [] };
}
