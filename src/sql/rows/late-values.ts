/**
 * LATE VALUES: what calls a volatile function of a user is computed when its row is written, and so
 * sees the rows that the statement has written before, as in PostgreSQL. In the source of the
 * statement NULL stands for it.
 *
 *   UPDATE t SET n = next()      values and conditions over the row as it was found
 *   INSERT … SELECT a, next()    values over columns of the query, which are added to it; those of
 *                                a query below that is only read rise to it
 *   INSERT … VALUES (…), (…)     of each row its own
 *
 * A sub-select in the list of a query is computed by the source, with all that is beside it.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { INTERNAL_LANGUAGE } from "../../catalog/class-oids.ts";
import { languageOf } from "../../catalog/languages.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { isInner, mapFields, mapItems } from "../bind/map-tree.ts";
import type { BoundModify } from "../bind/modify.ts";
import { plainTarget } from "../bind/plain-select.ts";
import { replaceColumns } from "../bind/replace-columns.ts";
import { isUsersCall } from "../bind/routine-facts.ts";
import { sameExpression } from "../bind/same-expression.ts";
import type { Expression, SelectQuery } from "../bind/tree.ts";
import { someExpression } from "../bind/walk.ts";
import { nothing, numbered, type Values } from "./sequence-values.ts";

export interface LateValue {
  /** Its place among the values that the statement gives. */
  readonly at: number;
  readonly expression: Expression;
}

export interface Late {
  /** Without what is late. */
  readonly bound: BoundModify;
  /** Conditions that a row must meet. */
  readonly where: readonly Expression[];
  readonly values: readonly LateValue[];
  /** Of each row of VALUES, whose number stands behind its columns. */
  readonly rows: readonly (readonly LateValue[])[] | undefined;
}

export function lateOf(bound: BoundModify, catalog: CatalogReader): Late {
  const isLate = (value: Expression) =>
    someExpression(value, (node) => isUsersCall(node) && mayLook(catalog, node.function));
  const none: Late = { bound, where: [], values: [], rows: undefined };
  if (bound.kind === "merge" || bound.instead) return none;
  if (bound.kind === "insert") {
    const { source } = bound;
    if (source.kind === "values") return { ...none, ...lateRows(source, isLate, bound) };
    return source.kind === "select" ? { ...none, ...lateSelect(source, isLate, bound) } : none;
  }
  const where = lateConditions(bound, isLate);
  // What excludes a row comes before all that is computed for it.
  const isDue = where.length > 0 ? (value: Expression) => !isPlain(value) : isLate;
  const values = bound.kind === "update" ? lateTargets(bound, isDue) : [];
  if (values.length + where.length === 0) return none;
  const { targets, where: all, ...query } = bound.query;
  const first = targets.length - ("columns" in bound ? bound.columns.length : 0);
  const late = new Set(values.map(({ at }) => first + at));
  const kept = all && conjuncts(all).filter((each) => !where.includes(each));
  const made: SelectQuery = {
    ...query,
    targets: targets.map((each, at) => (late.has(at) ? without(each) : each)),
    ...(kept && kept.length > 0 ? { where: conjunction(kept) } : {}),
  };
  return { bound: { ...bound, query: made }, where, values, rows: undefined };
}

/** A function that names no statement and calls no other function of a user cannot look at rows. */
function mayLook(catalog: CatalogReader, called: Oid): boolean {
  const row = catalog.find(pgProc, "key", [called]);
  if (row?.provolatile !== "v" || row.prolang === INTERNAL_LANGUAGE) return false;
  const language = languageOf(catalog, row.prolang);
  if (language === "c") return false;
  if (language !== "plpgsql" || STATEMENTS.test(row.prosrc)) return true;
  const names = new Set([...row.prosrc.matchAll(CALLS)].map(([, name = ""]) => name.toLowerCase()));
  const isUsers = ({ oid }: { readonly oid: number }) => oid >= FIRST_USER_OID;
  return [...names].some((name) => catalog.list(pgProc, "proname_args_nsp", [name]).some(isUsers));
}
const STATEMENTS =
  /\b(select|insert|update|delete|merge|truncate|perform|execute|call|query|fetch|open|table|values)\b|"/i;
const CALLS = /(\w+)\s*\(/g;

type Test = (value: Expression) => boolean;
type Update = BoundModify & { readonly kind: "update" };
type Delete = BoundModify & { readonly kind: "delete" };
type Insert = BoundModify & { readonly kind: "insert" };

const without = <Target extends { readonly expression: Expression }>(target: Target): Target => ({
  ...target,
  expression: nothing(target.expression),
});

function lateTargets({ query, columns }: Update, isLate: Test): LateValue[] {
  const given = query.targets.slice(query.targets.length - columns.length);
  return given.flatMap(({ expression }, at) => (isLate(expression) ? [{ at, expression }] : []));
}

/**
 * Where the table is joined with others, its rows are found before the first one is written.
 * Conditions of views and policies come before those of the statement, and stay where they are.
 */
function lateConditions(bound: Update | Delete, isLate: Test): Expression[] {
  const { from, where, targets } = bound.query;
  const [only, ...more] = from;
  if (!where || only?.kind !== "table" || more.length > 0) return [];
  if (bound.through || bound.secured) return [];
  if (targets.some(({ expression }) => someExpression(expression, isSubLink))) return [];
  return conjuncts(where).filter(isLate);
}

const isSubLink = ({ kind }: Expression): boolean => kind === "subLink";
const isPlain = ({ kind }: Expression): boolean =>
  kind === "column" || kind === "constant" || kind === "parameter";

const conjuncts = (where: Expression): readonly Expression[] =>
  where.kind === "boolean" && where.operator === "and" ? where.args.flatMap(conjuncts) : [where];

function conjunction(args: readonly Expression[]): Expression {
  const [first, ...more] = args as readonly [Expression, ...Expression[]];
  if (more.length === 0) return first;
  const { type, typmod, collation } = first;
  return { kind: "boolean", operator: "and", args, type, typmod, collation };
}

function lateSelect(source: SelectQuery, isLate: Test, bound: Insert): Partial<Late> {
  const { query, values } = risen(source, isLate);
  if (values.size === 0) return {};
  return {
    bound: { ...bound, source: query },
    values: [...values].map(([attribute, expression]) => ({ at: attribute - 1, expression })),
  };
}

interface Risen {
  /** With NULL for what is late. */
  readonly query: SelectQuery;
  /** By the numbers of its columns, over its range table. */
  readonly values: ReadonlyMap<number, Expression>;
}

/** What is late in a query, and in the one below it whose rows it only reads. */
function risen(query: SelectQuery, isLate: Test): Risen {
  const none = { query, values: new Map() };
  if (query.distinct !== false) return none;
  if (query.groupBy.some(({ kind }) => kind !== "column")) return none;
  if (query.targets.some(({ expression }) => givesSet(expression))) return none;
  const { query: above, values: below } = risenBelow(query, isLate);
  const isSorted = (value: Expression) =>
    query.orderBy.some(({ expression }) => sameExpression(expression, value));
  const values = new Map<number, Expression>();
  for (const [at, { junk, expression }] of query.targets.entries()) {
    const now = replaceColumns(expression, ({ attribute }) => below.get(attribute));
    const isEarly = now === expression && (!isLate(expression) || isSorted(expression));
    if (junk || isEarly || someExpression(now, isSubLink)) continue;
    values.set(at + 1, now);
  }
  if (values.size === 0) return none;
  const targets = above.targets.map((each, at) => (values.has(at + 1) ? without(each) : each));
  return { query: { ...above, targets }, values };
}

/** The query over what is left of the one below; its late values are over columns of that. */
function risenBelow(query: SelectQuery, isLate: Test): Risen {
  const none = { query, values: new Map() };
  const [entry, ...others] = query.rangeTable;
  if (entry?.kind !== "subquery" || entry.query.kind !== "select" || others.length > 0) return none;
  const { orderBy, groupBy, windows, where, limit, offset, having } = query;
  // What is more than to read the rows comes behind what they are computed from.
  const isMore = orderBy.length + groupBy.length + windows.length > 0 || query.hasAggregates;
  if (isMore || where || limit || offset || having) return none;
  const { query: inner, values } = risen(entry.query, isLate);
  if (values.size === 0 || !readsOnce(query, values)) return none;
  const shown = inner.targets.filter(({ junk }) => !junk);
  const added = new Map<string, { readonly place: number; readonly of: Expression }>();
  const above = (of: Expression): Expression => {
    const name = of.kind === "column" ? `${of.table}.${of.attribute}` : `${added.size}`;
    const known = added.get(name) ?? { place: shown.length + added.size + 1, of };
    added.set(name, known);
    const { type, typmod, collation } = of;
    return {
      kind: "column",
      table: 1,
      attribute: known.place,
      levelsUp: 0,
      type,
      typmod,
      collation,
    };
  };
  const risenTo = new Map([...values].map(([at, value]) => [at, carried(value, above)]));
  const columns = [...added.values()].map(({ of }) => of);
  const junk = inner.targets.filter((each) => each.junk);
  const targets = [...shown, ...columns.map((column) => plainTarget(column)), ...junk];
  const made = {
    ...entry,
    query: { ...inner, targets },
    names: [...entry.names, ...columns.map(() => "?column?")],
    types: [...entry.types, ...columns.map(({ type }) => type)],
    typmods: [...entry.typmods, ...columns.map(({ typmod }) => typmod)],
    collations: [...entry.collations, ...columns.map(({ collation }) => collation)],
  };
  return { query: { ...query, rangeTable: [made] }, values: risenTo };
}

/** Each value is computed once: it stands once in the list, and not in a sub-select. */
function readsOnce({ targets }: SelectQuery, values: ReadonlyMap<number, Expression>): boolean {
  const uses = new Map<number, number>();
  let isHidden = false;
  for (const { expression } of targets) {
    const hides = someExpression(expression, isSubLink);
    replaceColumns(expression, ({ attribute }) => {
      if (values.has(attribute)) isHidden ||= hides;
      uses.set(attribute, (uses.get(attribute) ?? 0) + 1);
      return undefined;
    });
  }
  return !isHidden && [...values.keys()].every((at) => uses.get(at) === 1);
}

/** Over the columns that the query below is given for its own, and for what only it can compute. */
function carried<T>(tree: T, above: (of: Expression) => Expression): T {
  if (!isInner(tree)) return tree;
  if (Array.isArray(tree)) return mapItems(tree, (each) => carried(each, above)) as T;
  const node = tree as unknown as Expression;
  if (OF_QUERY.has(node.kind) || (node.kind === "column" && node.levelsUp === 0)) {
    return above(node) as T;
  }
  return mapFields(tree as Record<string, unknown>, (each) => carried(each, above)) as T;
}
const OF_QUERY: ReadonlySet<unknown> = new Set(["aggregate", "window", "grouping"]);

const givesSet = (value: Expression): boolean =>
  someExpression(value, (node) => "returnsSet" in node && node.returnsSet);

function lateRows(source: Values, isLate: Test, bound: Insert): Partial<Late> {
  const rows = source.rows.map((row) =>
    row.flatMap((expression, at) => (isLate(expression) ? [{ at, expression }] : [])),
  );
  if (rows.every((late) => late.length === 0)) return {};
  const early = source.rows.map((row) => row.map((each) => (isLate(each) ? nothing(each) : each)));
  return { bound: { ...bound, source: numbered(source, early) }, rows };
}
