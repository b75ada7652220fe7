/**
 * HOW A MATERIALIZED VIEW IS KEPT when its tables have changed between two epochs:
 *
 *   rows     of one table: what the query makes of rows that came, and of those that went
 *   join     the same of each table in turn, those before it as they are, those behind it as they
 *            were: the sum of these changes is the change of the join
 *   groups   of either: the groups that such rows belong to are computed anew. Their keys are
 *            columns of the view, so that it is known which of its rows they replace. A DISTINCT
 *            query is one of groups whose keys are all its columns.
 *   sums     groups whose results are sums of what their rows have: that of such rows is added
 *   recompute   everything else: the whole query, and what differs
 *
 * The queries that this needs are the view's own, made to read other versions of its tables
 * (VersionsRead), or the groups of some keys alone.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { isInherited } from "../../catalog/inheritance.ts";
import { isMutable } from "../bind/fold.ts";
import type { Names } from "../bind/names.ts";
import { plainSelect, plainTarget } from "../bind/plain-select.ts";
import { sameExpression } from "../bind/same-expression.ts";
import type {
  BoundQuery,
  Expression,
  FromItem,
  Query,
  RangeTableEntry,
  SelectQuery,
  Target,
  VersionsRead,
} from "../bind/tree.ts";
import { TEXT } from "../bind/type-oids.ts";
import { typeText } from "../bind/type-text.ts";
import { walk } from "../bind/walk.ts";
import type { TypeFacts } from "../translate/translation.ts";
import { type GroupSums, sumsOf } from "./group-sums.ts";

export type Upkeep =
  | { readonly kind: "rows" | "join"; readonly query: SelectQuery; readonly tables: readonly Oid[] }
  | {
      readonly kind: "groups" | "sums";
      readonly query: SelectQuery;
      /** One for each time that FROM names a table, in the order in which it does. */
      readonly tables: readonly Oid[];
      /** None: it is one group. */
      readonly keys: readonly GroupKey[];
      /** Of the kind "sums". */
      readonly sums: GroupSums | undefined;
    }
  | { readonly kind: "recompute"; readonly why: string };

export interface GroupKey {
  readonly expression: Expression;
  /** The column of the view that holds it, from 0. */
  readonly column: number;
}

type TableEntry = RangeTableEntry & { readonly kind: "relation" };

/** `query`: with its views expanded. */
export function upkeepOf(query: Query, names: Names, types: TypeFacts): Upkeep {
  const why = whyNotRows(query, names, true);
  if (why !== undefined) return { kind: "recompute", why };
  const select = flattened(withoutOrder(query as SelectQuery));
  const tables: Oid[] = [];
  mapTables(select, (entry) => {
    tables.push(entry.relation);
    return entry;
  });
  if (!isGrouped(select) && select.distinct === false) {
    return { kind: tables.length > 1 ? "join" : "rows", query: select, tables };
  }
  const keys = keysOf(select, names, types);
  if (typeof keys === "string") return { kind: "recompute", why: keys };
  const expressions = keys.map(({ expression }) => expression);
  const sums = isGrouped(select) ? sumsOf(select, expressions) : undefined;
  return { kind: sums ? "sums" : "groups", query: select, tables, keys, sums };
}

/** For EXPLAIN. */
export function describeUpkeep(upkeep: Upkeep): string {
  if (upkeep.kind === "recompute") return `by recomputation: ${upkeep.why}`;
  return `incrementally (${upkeep.kind})`;
}

const isGrouped = ({ groupBy, hasAggregates, having }: SelectQuery): boolean =>
  groupBy.length > 0 || hasAggregates || having !== undefined;

/** The first thing in it for which rows cannot be followed from the tables to the result. */
function whyNotRows(query: Query, names: Names, isTop: boolean): string | undefined {
  if (query.kind === "set") return query.operation.toUpperCase();
  if (query.kind === "values") return "VALUES";
  const parts: readonly (readonly [boolean, string])[] = [
    [query.commonTables.length > 0, "WITH"],
    [query.windows.length > 0, "window functions"],
    [query.limit !== undefined, "LIMIT"],
    [query.offset !== undefined, "OFFSET"],
    [query.locking.length > 0, "FOR UPDATE or SHARE"],
    [typeof query.distinct !== "boolean", "DISTINCT ON"],
    [query.groupingSets !== undefined, "GROUPING SETS"],
    [isGrouped(query) && query.distinct !== false, "DISTINCT of groups"],
    [!isTop && isGrouped(query), "groups in a sub-select"],
    [!isTop && query.distinct !== false, "DISTINCT in a sub-select"],
  ];
  const found = parts.find(([is]) => is)?.[1];
  if (found !== undefined) return found;
  for (const item of query.from) {
    const join = outerJoin(item);
    if (join !== undefined) return join;
  }
  for (const entry of query.rangeTable) {
    const why = whyNotEntry(entry, names);
    if (why !== undefined) return why;
  }
  return isTop ? whyNotExpressions(query, names) : undefined;
}

function outerJoin(item: FromItem): string | undefined {
  if (item.kind === "table") return undefined;
  if (item.join !== "inner" && item.join !== "cross") return `${item.join.toUpperCase()} JOIN`;
  return outerJoin(item.left) ?? outerJoin(item.right);
}

function whyNotEntry(entry: RangeTableEntry, names: Names): string | undefined {
  switch (entry.kind) {
    case "relation":
      if (entry.sample) return "TABLESAMPLE";
      if (entry.relation < FIRST_USER_OID) return "system catalogs";
      if (isInherited(names.catalog, entry)) return "inheritance";
      return "rmx".includes(entry.relkind) ? undefined : "a sequence";
    case "subquery":
      return entry.lateral ? "LATERAL" : whyNotRows(entry.query, names, false);
    case "join":
      return undefined;
    case "function":
      return "a function in FROM";
    case "values":
      return "VALUES";
    case "cte":
      return "WITH";
  }
}

const TABLEOID = -6;

function whyNotExpressions(query: SelectQuery, names: Names): string | undefined {
  let why: string | undefined;
  walk(query, (node) => {
    if (why !== undefined) return;
    if (node.kind === "subLink") why = "a sub-select in an expression";
    else if ("returnsSet" in node && node.returnsSet) why = "a set-returning function";
    else if (node.kind === "column" && node.levelsUp > 0) why = "LATERAL";
    else if (node.kind === "column" && node.attribute < 0 && node.attribute !== TABLEOID) {
      why = "system columns";
    } else if (isMutable({ names }, node)) why = "a function that is not immutable";
  });
  return why;
}

/** Nothing of the order is stored. */
function withoutOrder(query: SelectQuery): SelectQuery {
  return { ...query, orderBy: [], targets: query.targets.filter(({ junk }) => !junk) };
}

/** Inner joins as a list of tables: indexes are found by what WHERE compares. */
function flattened(query: SelectQuery): SelectQuery {
  const tables: FromItem[] = [];
  const conditions: Expression[] = [];
  const open = (item: FromItem): void => {
    if (item.kind === "table") return void tables.push(item);
    open(item.left);
    open(item.right);
    if (item.on) conditions.push(item.on);
  };
  for (const item of query.from) open(item);
  const rangeTable = query.rangeTable.map((entry) =>
    entry.kind === "subquery" && entry.query.kind === "select"
      ? { ...entry, query: flattened(entry.query) }
      : entry,
  );
  const flat = { ...query, rangeTable, from: tables };
  const all = [...conditions, ...(query.where ? [query.where] : [])];
  return all.length === 0 ? flat : { ...flat, where: allOf(all) };
}

const BOOL = { type: 16 as Oid, typmod: -1, collation: 0 as Oid };
const allOf = (args: readonly Expression[]): Expression => ({
  kind: "boolean",
  operator: "and",
  args,
  ...BOOL,
});

/** A text says why groups cannot be told from the view's rows. */
function keysOf(query: SelectQuery, names: Names, types: TypeFacts): readonly GroupKey[] | string {
  const expressions = isGrouped(query)
    ? query.groupBy
    : query.targets.map(({ expression }) => expression);
  const keys: GroupKey[] = [];
  for (const expression of expressions) {
    const column = query.targets.findIndex((target) =>
      sameExpression(target.expression, expression),
    );
    if (column < 0) return "a key of GROUP BY that is no column of the view";
    if (names.collation(expression.collation)?.icu?.deterministic === false) {
      return "groups by values of a nondeterministic collation";
    }
    if (types.order(expression.type) === "none") {
      return `groups by values of type ${typeText(names, expression.type)}`;
    }
    keys.push({ expression, column });
  }
  return keys;
}

/** The query with each entry that names a table replaced; `at` counts them from 0. */
function mapTables(
  query: SelectQuery,
  replace: (entry: TableEntry, at: number) => TableEntry,
): SelectQuery {
  let at = 0;
  const map = (select: SelectQuery): SelectQuery => ({
    ...select,
    rangeTable: select.rangeTable.map((entry) => {
      if (entry.kind === "relation") return replace(entry, at++);
      if (entry.kind !== "subquery" || entry.query.kind !== "select") return entry;
      return { ...entry, query: map(entry.query) };
    }),
  });
  return map(query);
}

/**
 * What the query gives for the versions of one of its tables that came or went; tables before it
 * are as they are, tables behind it as they were.
 */
export function changeOf(query: SelectQuery, table: number, versions: VersionsRead): BoundQuery {
  const changed = mapTables(query, (entry, at) => {
    if (at < table) return entry;
    return { ...entry, versions: at === table ? versions : { part: "since" } };
  });
  return { query: changed, parameterTypes: [] };
}

/** The keys of the rows that the query groups, each once. */
export function keysQuery(query: SelectQuery, keys: readonly GroupKey[]): SelectQuery {
  const { having: _having, keys: _keys, ...rest } = query;
  const targets = keys.map(({ expression }): Target => plainTarget(expression));
  return { ...rest, targets, groupBy: [], distinct: keys.length > 0, hasAggregates: false };
}

export interface Equality {
  readonly operator: Oid;
  readonly function: Oid;
}

const KEYS = "keys";
/**
 * The groups of some keys alone, which $1 gives (given-rows.ts): those of `keys` that are not in
 * `nulls`, whose keys are all NULL.
 */
export function groupsQuery(
  query: SelectQuery,
  keys: readonly GroupKey[],
  nulls: ReadonlySet<number>,
  equality: (type: Oid) => Equality,
): BoundQuery {
  const given = keys.filter((_, at) => !nulls.has(at)).map(({ expression }) => expression);
  const table = query.rangeTable.length + 1;
  const equal = given.map((expression, at): Expression => {
    const { type, typmod, collation } = expression;
    const key: Expression = {
      kind: "column",
      ...{ table, attribute: at + 1, levelsUp: 0, type, typmod, collation },
    };
    const args = [expression, key];
    return { kind: "operator", ...equality(type), args, returnsSet: false, ...BOOL };
  });
  const missing = keys.flatMap(({ expression }, at): Expression[] =>
    nulls.has(at) ? [{ kind: "nullTest", isNull: true, arg: expression, row: false, ...BOOL }] : [],
  );
  const all = [...(query.where ? [query.where] : []), ...equal, ...missing];
  const narrowed = { ...query, where: allOf(all) };
  if (given.length === 0) return { query: narrowed, parameterTypes: [TEXT] };
  const columns = given.map((_, at) => `k${at + 1}`);
  const types = given.map(({ type }) => type);
  const keyTable: RangeTableEntry = {
    kind: "cte",
    ...{ name: KEYS, cte: KEYS, levelsUp: 0, self: false, lateral: false, names: columns, types },
    typmods: given.map(({ typmod }) => typmod),
    collations: given.map(({ collation }) => collation),
  };
  return {
    query: {
      ...narrowed,
      commonTables: [
        {
          name: KEYS,
          columns,
          aliases: [],
          query: plainSelect(given.map((expression) => plainTarget(expression))),
          recursive: false,
          mayRecurse: false,
          materialized: "always",
          given: { parameter: 1, types },
        },
      ],
      rangeTable: [...query.rangeTable, keyTable],
      from: [...query.from, { kind: "table", table }],
    },
    parameterTypes: [TEXT],
  };
}
