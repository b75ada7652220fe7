/**
 * COLLATIONS of expressions: what they derive from their inputs, set in one pass over a finished
 * tree. Until then only leaves, COLLATE and fields have theirs.
 * https://www.postgresql.org/docs/15/collation.html#COLLATION-MANAGING
 *
 * Each node hands up a collation and how strongly it holds:
 *   none < implicit < conflict < explicit
 * Of two inputs the stronger one decides. Two explicit ones that differ are an error; two implicit
 * ones are a conflict, unless one is the default, and a conflict leaves the node without a
 * collation.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { needOf, needsCollation } from "./collation-needs.ts";
import {
  collationUse,
  isExtreme,
  isRowComparison,
  isRowEquality,
  nondeterministic,
  rowsByIcu,
  usesCollation,
} from "./collation-uses.ts";
import type { CollationFacts } from "./facts.ts";
import { DEFAULT_COLLATION, type Names, NO_COLLATION } from "./names.ts";
import { positionOf } from "./position.ts";
import { sameExpression } from "./same-expression.ts";
import type { Aggregate, Expression, Query, SelectQuery, SortKey, SubLink } from "./tree.ts";
import { visitChildren } from "./walk.ts";

const strengths = ["none", "implicit", "conflict", "explicit"] as const;
type Strength = (typeof strengths)[number];

interface State {
  readonly strength: Strength;
  readonly collation: Oid;
  readonly position: number | undefined;
  /** Of a conflict: what the collation conflicts with, and where that comes from. */
  readonly other?: { readonly collation: Oid; readonly position: number | undefined };
}

const nothing: State = { strength: "none", collation: NO_COLLATION, position: undefined };

/**
 * Sets the collation of the expression and of every one in it. 42P21 for explicit ones that differ.
 */
export function assignCollations(names: Names, node: Expression): void {
  new Pass(names).visit(node);
}

/**
 * The one collation of expressions that become one column. 42P21 when they have no common one,
 * unless `mayConflict`: then there is none.
 */
export function commonCollation(
  names: Names,
  nodes: readonly Expression[],
  mayConflict: boolean,
): Oid {
  const pass = new Pass(names);
  const state = pass.merge(nodes);
  if (state.strength !== "conflict") return state.collation;
  if (mayConflict) return NO_COLLATION;
  throw pass.mismatch(state);
}

/** All expressions of one query level, each by itself; its sub-selects have theirs already. */
export function assignQueryCollations(names: Names, query: Query): void {
  const pass = new Pass(names);
  if (query.kind === "select") assignSelect(pass, query);
  if (query.limit) pass.visit(query.limit);
  if (query.offset) pass.visit(query.offset);
}

function assignSelect(pass: Pass, query: SelectQuery): void {
  const sorted = new Set<Expression>(query.orderBy.map((key) => key.expression));
  for (const each of query.groupBy) sorted.add(each);
  if (typeof query.distinct !== "boolean") for (const each of query.distinct) sorted.add(each);
  for (const window of query.windows) {
    for (const each of window.partitionBy) sorted.add(each);
    for (const key of window.orderBy) sorted.add(key.expression);
  }
  for (const { expression } of query.targets) {
    if (query.distinct === true) sorted.add(expression);
    else if (!sorted.has(expression)) pass.visit(expression);
  }
  const shown = query.targets.map((target) => target.expression);
  for (const each of sorted) pass.sort(each, shown);
  for (const item of query.from) visitConditions(pass, item);
  if (query.where) pass.visit(query.where);
  if (query.having) pass.visit(query.having);
  for (const { frame } of query.windows) {
    for (const bound of frame ? [frame.start, frame.end] : []) {
      if ("offset" in bound) pass.visit(bound.offset);
    }
  }
}

function visitConditions(pass: Pass, item: SelectQuery["from"][number]): void {
  if (item.kind !== "join") return;
  visitConditions(pass, item.left);
  visitConditions(pass, item.right);
  if (item.on) pass.visit(item.on);
}

class Pass {
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  /** What the node hands up, its own collation being set. */
  visit(node: Expression): State {
    switch (node.kind) {
      case "column":
      case "constant":
      case "parameter":
      case "caseTest":
      case "sqlValue":
      case "default":
        return implicit(node, node.collation);
      case "collate": {
        this.visit(node.arg);
        const { collationOid: collation, position } = node;
        return { strength: "explicit", collation, position };
      }
      case "field":
        this.visit(node.arg);
        return implicit(node, node.collation);
      case "row":
        for (const arg of node.args) this.visit(arg);
        return nothing;
      case "rowCompare":
        this.#compareFields(
          node,
          node.left,
          node.left.map((left, at) => this.merge([left, node.right[at] as Expression])),
        );
        return nothing;
      case "coerceToDomain":
        return this.#domain(node, this.visit(node.arg));
      default:
        return this.#derive(node, this.#inputs(node));
    }
  }

  /** The state of several inputs together. */
  merge(nodes: readonly Expression[]): State {
    let state = nothing;
    for (const node of nodes) state = this.#stronger(state, this.visit(node));
    return state;
  }

  /** Something that is sorted or grouped by must know its collation. */
  sort(node: Expression, shown: readonly Expression[]): void {
    const state = this.visit(node);
    if (state.strength !== "conflict") return;
    // Where it is written as a column, too, that is what is sorted by.
    const column = shown.find((each) => this.visit(each) && sameExpression(each, node));
    throw this.mismatch(column ? this.visit(column) : state);
  }

  mismatch({ collation, other }: State): SqlError {
    const hint =
      "You can choose the collation by applying the COLLATE clause to one or both expressions.";
    const pair = this.#pair(collation, other?.collation ?? NO_COLLATION);
    const message = `collation mismatch between implicit collations ${pair}`;
    return new SqlError("42P21", message, { hint }).at(other?.position);
  }

  #pair(a: Oid, b: Oid): string {
    const [first, second] = [a, b].map((id) => this.#names.collation(id)?.name ?? "");
    return `"${first}" and "${second}"`;
  }

  #stronger(a: State, b: State): State {
    const difference = strengths.indexOf(b.strength) - strengths.indexOf(a.strength);
    if (difference !== 0) return difference > 0 ? b : a;
    if (a.collation === b.collation) return a;
    if (a.strength === "implicit") {
      if (a.collation === DEFAULT_COLLATION) return b;
      if (b.collation === DEFAULT_COLLATION) return a;
      return { ...a, strength: "conflict", other: b };
    }
    if (a.strength !== "explicit") return a;
    const pair = this.#pair(a.collation, b.collation);
    const message = `collation mismatch between explicit collations ${pair}`;
    throw new SqlError("42P21", message).at(b.position);
  }

  /** The state of the children that matter; the others are visited by themselves. */
  #inputs(node: Expression): State {
    switch (node.kind) {
      case "case":
        // The subject has its collations, and does not matter for the result.
        for (const { when } of node.whens) this.visit(when);
        return this.merge([...node.whens.map((branch) => branch.then), node.otherwise]);
      case "arrayCoerce": {
        // A function gives elements the collation of their type, not of what it is given.
        const input = this.visit(node.arg);
        const { element } = node;
        if (element.kind !== "function") return input;
        return this.#stronger(input, implicit(element, this.#names.type(element.type).collation));
      }
      case "subscript":
        for (const at of [...node.upper, ...(node.lower ?? [])]) if (at) this.visit(at);
        return this.merge(node.assigned ? [node.container, node.assigned] : [node.container]);
      case "aggregate":
        return this.#aggregate(node);
      case "window":
        if (node.filter) this.visit(node.filter);
        return this.merge(node.args);
      case "subLink":
        if (node.test) this.#compareColumns(node.test, node.query);
        return ofQuery(node.query.targets[0]?.expression);
      default: {
        const children: Expression[] = [];
        visitChildren(node, {
          expression: (child) => children.push(child),
          query: () => undefined,
        });
        return this.merge(children);
      }
    }
  }

  #aggregate({ directArgs, args, orderBy, distinct, filter, function: id }: Aggregate): State {
    if (filter) this.visit(filter);
    if (!directArgs) {
      for (const { expression } of unlisted(orderBy)) this.sort(expression, args);
      const state = this.merge(args);
      for (const key of orderBy) if (key.target) this.sort(key.expression, args);
      if (distinct) for (const arg of args) this.sort(arg, args);
      return state;
    }
    // Of an ordered-set aggregate the sorted input counts when there can only be one.
    const single = args.length === 1 && this.#names.findFunction(id)?.variadic === 0;
    if (single) return this.merge([...directArgs, ...args]);
    for (const arg of args) this.visit(arg);
    return this.merge(directArgs);
  }

  #derive(node: Expression, inputs: State): State {
    const used = this.#used(node, inputs);
    if (used !== undefined) {
      const writable: { inputCollation?: Oid } = node;
      writable.inputCollation = used;
    }
    const own = this.#names.type(node.type).collation;
    if (own === NO_COLLATION) return mark(node, nothing);
    return mark(node, inputs.strength === "none" ? implicit(node, own) : inputs);
  }

  /** What the node computes by, unless it is the bytes. */
  #used(node: Expression, inputs: State): Oid | undefined {
    if ("function" in node && isRowComparison(node.function)) this.#refuseRows(node);
    if (isUndetermined(inputs)) {
      return needsCollation(this.#names, node) === undefined ? undefined : NO_COLLATION;
    }
    const icu = this.#icu(inputs.collation);
    if (!icu) return undefined;
    if (!("function" in node)) return isExtreme(node) ? inputs.collation : undefined;
    refuseRoutine(this.#names, node.function, inputs.collation, node.position);
    const isUsed = isExtreme(node) || usesCollation(node.function, icu.deterministic);
    if (!isUsed) return undefined;
    const use = collationUse(node.function);
    const isSet = node.kind === "function" && node.returnsSet;
    if (isSet && use?.kind === "refuse") {
      if (!icu.deterministic) throw nondeterministic(use.what);
      throw notSupported("a set of what a regular expression finds in a collation of ICU's");
    }
    return inputs.collation;
  }

  #refuseRows(node: Expression & { readonly function: Oid }): void {
    const equality = isRowEquality(node.function);
    visitChildren(node, {
      query: () => undefined,
      expression: (row) => {
        const fields = row.kind === "row" ? row.args : this.#columnsOf(row.type);
        const found = fields.map(({ collation }) => this.#icu(collation));
        if (found.some((icu) => icu && !(equality && icu.deterministic))) {
          throw rowsByIcu(node.position);
        }
      },
    });
  }

  #columnsOf(type: Oid): readonly { readonly collation: Oid }[] {
    const relation = this.#names.rowRelation(type);
    return relation === NO_COLLATION ? [] : this.#names.columns(relation);
  }

  #icu(collation: Oid): CollationFacts["icu"] {
    if (collation <= LAST_BY_BYTES) return undefined;
    return this.#names.collation(collation)?.icu;
  }

  #compareColumns(test: NonNullable<SubLink["test"]>, query: Query): void {
    const columns = query.targets.filter(({ junk }) => !junk);
    const states = test.left.map((left, at) => {
      const column = columns[at]?.expression;
      const state = this.visit(left);
      return column ? this.#stronger(state, implicit(column, column.collation)) : state;
    });
    this.#compareFields(test, test.left, states);
  }

  #compareFields(
    node: { readonly functions: readonly Oid[]; inputCollations?: readonly (Oid | null)[] },
    left: readonly Expression[],
    states: readonly State[],
  ): void {
    const found = states.map((state, at) => {
      const [called, arg] = [node.functions[at], left[at]];
      if (!called || !arg) return null;
      if (isUndetermined(state)) {
        return needOf(this.#names, called, [arg]) === undefined ? null : NO_COLLATION;
      }
      const icu = this.#icu(state.collation);
      return icu && usesCollation(called, icu.deterministic) ? state.collation : null;
    });
    if (found.some((each) => each !== null)) node.inputCollations = found;
  }

  #domain(node: Expression, input: State): State {
    const own = this.#names.type(node.type).collation;
    if (own === NO_COLLATION) return mark(node, nothing);
    return mark(node, own === DEFAULT_COLLATION ? input : implicit(node, own));
  }
}

/** Functions of users' have the collations that their parameters' types have. */
export function refuseRoutine(
  names: Names,
  called: Oid,
  collation: Oid,
  position: number | undefined,
): void {
  if (called < FIRST_USER_OID) return;
  const facts = names.collation(collation);
  if (!facts?.icu) return;
  const what = `a call of function ${names.findFunction(called)?.name ?? called}`;
  throw notSupported(`${what} with strings of collation "${facts.name}"`, position);
}

/** default, C, POSIX */
const LAST_BY_BYTES = 951;

const isUndetermined = ({ strength, collation }: State): boolean =>
  strength === "conflict" || collation === NO_COLLATION;

const unlisted = (keys: readonly SortKey[]): SortKey[] => keys.filter((key) => !key.target);

const implicit = (node: Expression, collation: Oid): State =>
  collation === NO_COLLATION
    ? nothing
    : { strength: "implicit", collation, position: positionOf(node) };

/** A sub-select's column is an input even where its collation could not be determined. */
const ofQuery = (column: Expression | undefined): State => ({
  strength: "implicit",
  collation: column?.collation ?? NO_COLLATION,
  position: column && positionOf(column),
});

/** The one place that changes a tree: its maker hands it out only after this. */
function mark(node: Expression, state: State): State {
  const writable: { -readonly [K in keyof Expression]: Expression[K] } = node;
  writable.collation = state.strength === "conflict" ? NO_COLLATION : state.collation;
  return state;
}
