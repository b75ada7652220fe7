/**
 * WHICH VIEWS ROWS CAN BE CHANGED THROUGH: those that show rows of one table or view, unchanged.
 * https://www.postgresql.org/docs/15/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS
 */
import type { Oid } from "../../base/ids.ts";
import { someTarget } from "./locking.ts";
import type { Expression, Query, RangeTableEntry, SelectQuery } from "./tree.ts";

type RelationEntry = RangeTableEntry & { readonly kind: "relation" };

/**
 * The one relation whose rows the query shows, by its range table number too, or why it does not
 * show any such.
 */
type Base =
  | { readonly entry: RelationEntry; readonly table: number }
  | { readonly entry?: undefined; readonly why: string };

const containing = (what: string): Base => ({
  why: `Views containing ${what} are not automatically updatable.`,
});
const returning = (what: string): Base => ({
  why: `Views that return ${what} are not automatically updatable.`,
});
const NOT_SINGLE: Base = {
  why: "Views that do not select from a single table or view are not automatically updatable.",
};
/** Tables, foreign tables, views, partitioned tables. */
const UPDATABLE_KINDS = "rfvp";

export function baseOf(query: Query): Base {
  if (query.kind === "set") return containing("UNION, INTERSECT, or EXCEPT");
  if (query.kind === "select") {
    if (query.distinct !== false) return containing("DISTINCT");
    if (query.groupBy.length > 0 || query.groupingSets) return containing("GROUP BY");
    if (query.having) return containing("HAVING");
  }
  if (query.commonTables.length > 0) return containing("WITH");
  if (query.limit || query.offset) return containing("LIMIT or OFFSET");
  return query.kind === "values" ? NOT_SINGLE : baseOfSelect(query);
}

function baseOfSelect(query: SelectQuery): Base {
  if (query.hasAggregates) return returning("aggregate functions");
  if (someTarget(query, ({ kind }) => kind === "window")) return returning("window functions");
  if (someTarget(query, (node) => "returnsSet" in node && node.returnsSet)) {
    return returning("set-returning functions");
  }
  const [item, ...more] = query.from;
  if (item?.kind !== "table" || more.length > 0) return NOT_SINGLE;
  const entry = query.rangeTable[item.table - 1];
  if (entry?.kind !== "relation") return NOT_SINGLE;
  if (!UPDATABLE_KINDS.includes(entry.relkind)) return NOT_SINGLE;
  return entry.sample ? containing("TABLESAMPLE") : { entry, table: item.table };
}

/** For each output column the attribute of the base that it is; 0 = it is none. */
export const baseAttributes = ({ targets }: Query): number[] =>
  targets
    .filter(({ junk }) => !junk)
    .map(({ expression }) => (isOwnColumn(expression) ? Math.max(expression.attribute, 0) : 0));

const isOwnColumn = (node: Expression): node is Expression & { readonly kind: "column" } =>
  node.kind === "column" && node.levelsUp === 0;

/** Why a column of a view, which `baseAttributes` finds none for, cannot be changed. */
export function whyNotUpdatableColumn(column: Expression): string {
  if (!isOwnColumn(column)) {
    return "View columns that are not columns of their base relation are not updatable.";
  }
  return column.attribute === 0
    ? "View columns that return whole-row references are not updatable."
    : "View columns that refer to system columns are not updatable.";
}

/** As a hint for who wants WITH CHECK OPTION; undefined = rows can be changed. */
export function whyNotUpdatable(query: Query): string | undefined {
  const base = baseOf(query);
  if (!base.entry) return base.why;
  if (baseAttributes(query).some((attribute) => attribute > 0)) return undefined;
  return "Views that have no updatable columns are not automatically updatable.";
}

/** Bits of PostgreSQL's command types. */
const EVENTS = { update: 4, insert: 8, delete: 16, all: 28 } as const;

export interface RelationLookup {
  readonly relkind: (relation: Oid) => string | undefined;
  /** The query of a view; undefined when it is not known. */
  readonly query: (view: Oid) => Query | undefined;
  /** Of rules that always replace what is asked for; as pg_rewrite.ev_type has them. */
  readonly replaced: (view: Oid) => readonly string[];
  /** Whether an INSTEAD OF trigger is there for it; no event has any where they do not count. */
  readonly triggered: (view: Oid, event: "insert" | "update" | "delete") => boolean;
}

/**
 * What can be done to a relation, as pg_relation_is_updatable answers; `columns`: by way of these
 * columns only.
 */
export function updatableEvents(
  lookup: RelationLookup,
  relation: Oid,
  columns?: readonly number[],
  path: readonly Oid[] = [],
): number {
  if (path.includes(relation)) return 0;
  const relkind = lookup.relkind(relation);
  if (relkind === "r" || relkind === "p") return EVENTS.all;
  const triggered = (["update", "insert", "delete"] as const)
    .filter((event) => relkind === "v" && lookup.triggered(relation, event))
    .reduce((bits, event) => bits | EVENTS[event], 0);
  const byRules = lookup
    .replaced(relation)
    .reduce((bits, type) => bits | (1 << Number(type)), triggered);
  const query = relkind === "v" ? lookup.query(relation) : undefined;
  const base = query && baseOf(query);
  if (byRules === EVENTS.all || !query || !base?.entry) return byRules;
  const attributes = baseAttributes(query).filter(
    (attribute, at) => attribute > 0 && (columns?.includes(at + 1) ?? true),
  );
  const events = attributes.length === 0 ? EVENTS.delete : EVENTS.all;
  const below = updatableEvents(lookup, base.entry.relation, attributes, [...path, relation]);
  return byRules | (events & below);
}
