/**
 * VIEWS ARE READ BY THEIR QUERIES. Binding leaves them in FROM as relations; here each becomes the
 * sub-select that its rule _RETURN holds, and so do the views in that. So stored queries name
 * views, not what they meant when the query was stored.
 * https://www.postgresql.org/docs/15/rules-views.html
 */
import type { SelectStmt } from "@pgsql/types";
import { AssertionError } from "../../base/assert.ts";
import { FIRST_USER_OID, INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgRewrite } from "../../catalog/relations/pg-rewrite.ts";
import { splitIdentifiers } from "../settings/lists.ts";
import type { BuiltinCatalog } from "./builtin.ts";
import { decodeQuery } from "./codec.ts";
import type { ReadLock } from "./context.ts";
import { isInner, mapFields, mapItems } from "./map-tree.ts";
import type { Names } from "./names.ts";
import { atOtherEpoch } from "./other-epoch.ts";
import { columnsFrom } from "./range-table.ts";
import { type Binding, Scope, type TypedColumn } from "./scope.ts";
import type { Query, RangeTableEntry, SelectQuery } from "./tree.ts";

type RelationEntry = RangeTableEntry & { readonly kind: "relation" };
type FunctionEntry = RangeTableEntry & { readonly kind: "function" };

/** Locks what the views read; 42P17 for a view that reads itself. */
export function expandViews<T extends object>(binding: Binding, tree: T): T {
  if (binding.views.size === 0) return tree;
  return mapRelations(tree, "AccessShare", (entry, lock) =>
    entry.relkind === "v" ? viewEntry(binding, entry, lock, []) : entry,
  ) as T;
}

type Replace = (entry: RelationEntry, lock: ReadLock) => RangeTableEntry;

/**
 * The tree with every relation entry replaced; parts without one are shared. `lock`: what the query
 * around asks of the entries; FOR UPDATE asks for more.
 */
function mapRelations(node: unknown, lock: ReadLock, replace: Replace): unknown {
  if (!isInner(node)) return node;
  if (Array.isArray(node)) return mapItems(node, (each) => mapRelations(each, lock, replace));
  if ("relkind" in node) return replace(node as RelationEntry, lock);
  return mapFields(node as Record<string, unknown>, (value, key) => {
    if (key !== "rangeTable") {
      return mapRelations(value, key === "query" ? lock : "AccessShare", replace);
    }
    const lockOf = lockOfEntry(node as SelectQuery, lock);
    return mapItems(value as unknown[], (each, at) => mapRelations(each, lockOf(at), replace));
  });
}

/** The relations that the query names, in its sub-selects too. */
export function relationsIn(query: Query): readonly RelationEntry[] {
  const found: RelationEntry[] = [];
  mapRelations(query, "AccessShare", (entry) => {
    found.push(entry);
    return entry;
  });
  return found;
}

const lockOfEntry =
  ({ locking }: SelectQuery, lock: ReadLock) =>
  (at: number): ReadLock =>
    locking.some(({ table }) => table === at + 1) ? "RowShare" : lock;

function viewEntry(
  binding: Binding,
  entry: RelationEntry,
  lock: ReadLock,
  path: readonly Oid[],
): RangeTableEntry {
  const {
    kind: _,
    relation,
    relkind: _kind,
    attributes: _attributes,
    only: _only,
    versions,
    ...rest
  } = entry;
  const own = viewQuery(binding, relation, lock, path);
  const { at = 0 } = versions ?? {};
  const atOther = (entry: RangeTableEntry) => atOtherEpoch(entry, at);
  const query = versions ? (mapRelations(own, lock, atOther) as Query) : own;
  return { ...rest, kind: "subquery", query, view: relation };
}

/** `lock`: what is asked of the relations that the view itself names. */
function viewQuery(binding: Binding, view: Oid, lock: ReadLock, path: readonly Oid[]): Query {
  checkRecursion(binding.names, view, path);
  countExpansion(binding);
  if (view < FIRST_USER_OID) return systemView(binding, view);
  checkUnrestricted(binding, view);
  return expandStored(binding, storedQuery(binding, view), lock, [...path, view]);
}

/** A view of two views of two views … is not much to write down. */
const EXPANSIONS_MAX = 2000;

function countExpansion({ expansions }: Binding): void {
  if (++expansions.count <= EXPANSIONS_MAX) return;
  throw new SqlError("54001", "statement too complex", {
    detail: `At most ${EXPANSIONS_MAX} views can be read by a statement, each as often as it is named.`,
  });
}

/** Dumps keep others' views from running: 55000. */
export function checkUnrestricted({ names, context }: Binding, view: Oid): void {
  const kinds = context.types.setting("restrict_nonsystem_relation_kind");
  if (!kinds || !splitIdentifiers(kinds)?.includes("view")) return;
  const name = names.findRelation(view)?.name;
  throw new SqlError("55000", `access to non-system view "${name}" is restricted`);
}

/** 42P17 for a view that is reached through itself. */
export function checkRecursion(names: Names, view: Oid, path: readonly Oid[]): void {
  if (!path.includes(view)) return;
  const name = names.findRelation(view)?.name;
  throw new SqlError("42P17", `infinite recursion detected in rules for relation "${name}"`);
}

/** The query of a view as its rule holds it: views in it stand as relations. */
export function storedQuery(binding: Binding, view: Oid): Query {
  if (view < FIRST_USER_OID) return bindSystemText(binding, view, []).query;
  const [rule] = binding.names.catalog.list(pgRewrite, "rel_rulename", [view, "_RETURN"]);
  if (!rule) throw new AssertionError(`view ${view} has no rule`);
  return decodeQuery(rule.ev_action);
}

/** What a rule holds as it can run: its relations as they are now, and locked. */
export function expandStored<T extends object>(
  binding: Binding,
  tree: T,
  lock: ReadLock,
  path: readonly Oid[],
): T {
  return mapRelations(functionsAsNow(binding.names, tree), lock, (stored, inView) => {
    binding.context.lockRelation?.(stored.relation, inView);
    const entry = asNow(binding.names, stored);
    return entry.relkind === "v" ? viewEntry(binding, entry, inView, path) : entry;
  }) as T;
}

/** What a rule holds with its relations as they are now, and locked; views stay. */
export const refreshStored = <T extends object>(binding: Binding, tree: T): T =>
  mapRelations(functionsAsNow(binding.names, tree), "AccessShare", (stored, lock) => {
    binding.context.lockRelation?.(stored.relation, lock);
    if (stored.relkind === "v") binding.views.add(stored.relation);
    return asNow(binding.names, stored);
  }) as T;

/** With the columns that the relation has now; an alias has named those that it had then. */
export function asNow(names: Names, entry: RelationEntry): RelationEntry {
  const columns = names.columns(entry.relation);
  return {
    ...entry,
    ...columnsFrom(columns),
    names: columns.map(({ name }, at) => (entry.alias && name && entry.names[at]) || name),
    attributes: columns.map((column) => column.number),
  };
}

/** What functions in FROM return may have got other columns, too. */
function functionsAsNow(names: Names, node: unknown): unknown {
  if (!isInner(node)) return node;
  if (Array.isArray(node)) return mapItems(node, (each) => functionsAsNow(names, each));
  const mapped = mapFields(node as Record<string, unknown>, (each) => functionsAsNow(names, each));
  return "ordinality" in mapped ? functionEntryAsNow(names, mapped as FunctionEntry) : mapped;
}

/** New columns are in a whole row alone, and others must not follow them. */
function functionEntryAsNow(names: Names, entry: FunctionEntry): FunctionEntry {
  const isAlone = entry.functions.length === 1 && !entry.ordinality;
  const columns = columnsOfEntry(entry);
  let from = 0;
  for (const { call, columnCount, definitions } of entry.functions) {
    const relation = definitions ? INVALID_OID : names.rowRelation(call.type);
    const now = relation === INVALID_OID ? [] : names.columns(relation);
    for (const [at, column] of now.entries()) {
      if (at < columnCount ? column.name === "" : isAlone) columns[from + at] = column;
    }
    from += columnCount;
  }
  const functions = isAlone
    ? entry.functions.map((one) => ({ ...one, columnCount: columns.length }))
    : entry.functions;
  return { ...entry, ...columnsFrom(columns), functions };
}

const columnsOfEntry = ({ names, types, typmods, collations }: FunctionEntry): TypedColumn[] =>
  names.map((name, at) => ({
    name,
    type: types[at] as Oid,
    typmod: typmods[at] as number,
    collation: collations[at] as Oid,
  }));

interface BoundView {
  readonly query: Query;
  /** What it reads, views in it included. */
  readonly relations: readonly Oid[];
}
/** System views name pinned rows only, so each is bound once. */
const boundViews = new WeakMap<BuiltinCatalog, Map<Oid, BoundView>>();

function systemView(binding: Binding, view: Oid): Query {
  const { builtin } = binding.names;
  const known = boundViews.get(builtin) ?? new Map<Oid, BoundView>();
  boundViews.set(builtin, known);
  const bound = known.get(view) ?? bindSystemView(binding, view);
  known.set(view, bound);
  const { lockRelation } = binding.context;
  if (lockRelation) for (const each of bound.relations) lockRelation(each);
  return bound.query;
}

function bindSystemView(outer: Binding, view: Oid): BoundView {
  const relations: Oid[] = [];
  const { binding, query } = bindSystemText(outer, view, relations);
  return { query: uncheckedDomains(expandViews(binding, query)) as Query, relations };
}

/** What these views cast to the domains of information_schema is nothing that those refuse. */
function uncheckedDomains(node: unknown): unknown {
  if (!isInner(node)) return node;
  if (Array.isArray(node)) return mapItems(node, uncheckedDomains);
  const mapped = mapFields(node as Record<string, unknown>, uncheckedDomains);
  return mapped["kind"] === "coerceToDomain" ? { ...mapped, kind: "relabel" } : mapped;
}

/** `relations`: what the text names is added to it. */
function bindSystemText(outer: Binding, view: Oid, relations: Oid[]) {
  const relation = outer.names.findRelation(view);
  if (!relation) throw new AssertionError(`view ${view} is not in pg_class`);
  const text = outer.names.builtin.viewQueries.get(view);
  if (text === undefined) throw new AssertionError(`view ${relation.name} has no query`);
  const context = {
    ...outer.context,
    positionOf: () => undefined,
    lockRelation: (each: Oid) => {
      relations.push(each);
    },
  };
  const views = new Set<Oid>();
  const binding = { ...outer, context, views, names: outer.names.systemNames() };
  const inside = new Scope(binding, undefined);
  const stmt = context.parseQuery(text) as SelectStmt;
  return { binding, query: binding.bindSubquery(inside, { SelectStmt: stmt }, true) };
}
