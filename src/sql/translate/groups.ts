/**
 * GROUPING SETS, ROLLUP, CUBE, groups by set-returning functions, and aggregates that stand in a
 * sub-select of the query whose rows they are over, which SQLite knows only here and there. The
 * rows are kept once (`w`), with what is grouped by and what goes into aggregates as columns; each
 * grouping set is a SELECT over them, and their union is what everything behind sees:
 *
 *   WITH w AS (SELECT a, b, x FROM …)
 *   SELECT a AS g1, b AS g2, sum(x) AS a1, 0 AS p1 FROM w GROUP BY a, b
 *   UNION ALL SELECT a, NULL, sum(x), 1 FROM w GROUP BY a
 *
 * https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-GROUPING-SETS
 */
import { expandGroupingSets } from "../bind/grouping-sets.ts";
import { sameExpression, seenFrom } from "../bind/same-expression.ts";
import type { Expression, SelectQuery } from "../bind/tree.ts";
import { openedArray } from "./arrays.ts";
import { withoutRelabel } from "./cardinality.ts";
import type { Emitter } from "./emitter.ts";
import { equalityKey } from "./order-keys.ts";
import { newScope, type Scope } from "./scope.ts";
import { emitSetCalls } from "./set-calls.ts";
import { Columns, outputs, type Source, tail } from "./stages.ts";
import type { TranslateContext } from "./translation.ts";
import { unionAll } from "./unions.ts";
import { callsVolatileRoutine, containsSetCall, walk } from "./walk.ts";

type Aggregate = Extract<Expression, { kind: "aggregate" }>;
type Grouping = Extract<Expression, { kind: "grouping" }>;
type Column = Extract<Expression, { kind: "column" }>;

export const needsGroupStage = ({ catalog }: TranslateContext, query: SelectQuery): boolean =>
  query.groupingSets !== undefined ||
  query.groupBy.some((key) => containsSetCall(key) || callsVolatileRoutine(catalog, key)) ||
  (query.hasAggregates && hasAggregateBelow(query));

function hasAggregateBelow(query: SelectQuery): boolean {
  let found = false;
  const see = (root: unknown, from: number, isBelow: boolean) =>
    walk(
      root,
      (node, depth) => {
        const isOwn = node.kind === "aggregate" && node["levelsUp"] === depth;
        if (isOwn && (isBelow || depth > 0)) found = true;
        const parts = openedParts(node as unknown as Expression, query.windows.length > 0);
        if (!found && !isBelow) see(parts, depth, true);
        return !found;
      },
      from,
    );
  see(above(query), 0, false);
  return found;
}

/** What is written into a sub-select; beside windows, SQLite knows no aggregate in any. */
function openedParts(node: Expression, besideWindows: boolean): readonly Expression[] {
  const array = openedArray(node);
  if (array) return [array];
  if (!besideWindows) return [];
  if (node.kind === "minMax") return node.args;
  if (node.kind === "coerceToDomain") return [node.arg];
  return node.kind === "subLink" ? (node.test?.left ?? []) : [];
}

/** What is computed from finished groups. */
const above = (query: SelectQuery): readonly Expression[] => [
  ...outputs(query),
  ...(query.having ? [query.having] : []),
  ...query.windows.flatMap((window) => [
    ...window.partitionBy,
    ...window.orderBy.map((key) => key.expression),
  ]),
];

/** What the finished groups have to know. */
interface Parts {
  readonly groups: { readonly node: Expression; readonly group: number }[];
  readonly aggregates: { readonly node: Aggregate; readonly depth: number }[];
  readonly groupings: { readonly node: Grouping; readonly depth: number }[];
  /** Columns that depend on a primary key which every set groups by. */
  readonly dependents: Column[];
}

export function emitGroups(
  emitter: Emitter,
  scope: Scope,
  query: SelectQuery,
  source: Source,
): Source {
  const parts = findParts(query);
  const alias = emitter.alias("q");
  const text = emitter.scoped(() => emitSets(emitter, scope, query, source, parts));
  const having = query.having;
  replaceParts(emitter, alias, parts);
  return {
    tables: source.tables,
    from: `(${text}) AS ${alias}`,
    conditions: having ? [emitter.condition(scope, having)] : [],
    group: "",
  };
}

function findParts(query: SelectQuery): Parts {
  const parts: Parts = { groups: [], aggregates: [], groupings: [], dependents: [] };
  const finder = new GroupFinder(query.groupBy);
  // DISTINCT ON shares its expressions with the targets.
  const seen = new Set<Expression>();
  walk(above(query), (each, depth) => {
    const node = each as unknown as Expression;
    if (seen.has(node)) return false;
    seen.add(node);
    if (node.kind === "aggregate" && node.levelsUp === depth) {
      parts.aggregates.push({ node, depth });
      return false;
    }
    if (node.kind === "grouping" && node.levelsUp === depth) {
      parts.groupings.push({ node, depth });
      return false;
    }
    const group = finder.find(node, depth);
    if (group !== undefined) {
      parts.groups.push({ node, group });
      return false;
    }
    if (node.kind === "column" && node.levelsUp === depth) parts.dependents.push(node);
    return true;
  });
  return parts;
}

/** Finds the group that an expression is, if any. Below the query's own level only columns are. */
class GroupFinder {
  private readonly groups: readonly Expression[];

  constructor(groups: readonly Expression[]) {
    this.groups = groups;
  }

  find(node: Expression, depth: number): number | undefined {
    // Two groups may be alike: of those, the one that was written for this.
    const own = this.groups.indexOf(node);
    const found =
      own >= 0 ? own : this.groups.findIndex((group) => this.matches(group, node, depth));
    return found < 0 ? undefined : found;
  }

  private matches(group: Expression, node: Expression, depth: number): boolean {
    if (node.kind === "constant" || node.kind === "parameter") return false;
    if (node.kind === "column" && depth > 0) {
      const inner = withoutRelabel(group);
      return inner.kind === "column" && isSameColumn(inner, node, depth);
    }
    if (depth > 0) return false;
    return sameExpression(group, node) || sameExpression(withoutRelabel(group), node);
  }
}

/** `node` is seen from `depth` levels further in. */
const isSameColumn = (column: Column, node: Column, depth: number): boolean =>
  column.table === node.table &&
  column.attribute === node.attribute &&
  column.levelsUp === node.levelsUp - depth;

function emitSets(
  emitter: Emitter,
  scope: Scope,
  query: SelectQuery,
  source: Source,
  parts: Parts,
): string {
  const calls = emitSetCalls(emitter, scope, query.groupBy);
  const from = [source.from, ...calls].filter((text) => text !== "").join(", ");
  const [rows, alias] = [emitter.alias("w"), emitter.alias("t")];
  const columns = new Columns(alias, "s");
  const groups = query.groupBy.map((group) => columns.add(emitter.expression(scope, group)));
  const dependents = parts.dependents.map((node) => {
    const local: Column = { ...node, levelsUp: 0 };
    return columns.add(emitter.expression(scope, local));
  });
  for (const { node, depth } of parts.aggregates) {
    keepArguments(emitter, levelBelow(scope, depth), node, columns);
  }
  const kept = `SELECT ${columns.list.join(", ") || "1"}${tail({ ...source, from })}`;
  const branches = expandGroupingSets(query).map((set) => {
    const shown = groups.map((text, at) => (set.includes(at) ? text : "NULL"));
    const list = [
      ...shown.map((text, at) => `${text} AS g${at + 1}`),
      ...emitAggregates(emitter, scope, parts, query.groupBy, shown),
      ...parts.groupings.map(
        ({ node, depth }, at) => `${bitsOf(node, depth, query.groupBy, set)} AS p${at + 1}`,
      ),
      ...dependents.map((text, at) => `${text} AS d${at + 1}`),
      "count(*) AS n",
    ];
    const keys = set.map((at) =>
      equalityKey(emitter, groups[at] ?? "", query.groupBy[at] as Expression),
    );
    const group = keys.length > 0 ? ` GROUP BY ${keys.join(", ")}` : "";
    return `SELECT ${list.join(", ")} FROM ${rows} AS ${alias}${group}`;
  });
  return `WITH ${rows} AS MATERIALIZED (${kept}) ${unionAll(branches)}`;
}

/** A level this far below: where an aggregate in a sub-select stands. */
function levelBelow(scope: Scope, depth: number): Scope {
  let level = scope;
  for (let at = 0; at < depth; at++) level = newScope(level, []);
  return level;
}

/** What an aggregate takes of each row becomes columns of the kept rows. */
function keepArguments(emitter: Emitter, scope: Scope, node: Aggregate, columns: Columns): void {
  const keys = node.orderBy.map((key) => key.expression);
  const taken = [...node.args, ...keys].filter(
    (each) => each.kind !== "constant" && each.kind !== "parameter",
  );
  const texts = taken.map((each) => columns.add(emitter.expression(scope, each)));
  const filter = node.filter && columns.add(emitter.condition(scope, node.filter));
  taken.forEach((each, at) => {
    emitter.replace(each, texts[at] ?? "");
  });
  if (node.filter && filter !== undefined) emitter.replace(node.filter, filter);
}

function emitAggregates(
  emitter: Emitter,
  scope: Scope,
  { aggregates }: Parts,
  groupBy: readonly Expression[],
  shown: readonly string[],
): string[] {
  const finder = new GroupFinder(groupBy);
  return aggregates.map(({ node, depth }, at) =>
    emitter.scoped(() => {
      walk(node.directArgs ?? [], (each, below) => {
        const arg = each as unknown as Expression;
        const group = finder.find(arg, depth + below);
        if (group !== undefined) emitter.replace(arg, shown[group] ?? "NULL");
        return group === undefined;
      });
      return `${emitter.expression(levelBelow(scope, depth), node)} AS a${at + 1}`;
    }),
  );
}

/** GROUPING(a, b): a bit for each argument, the last one lowest; 1 = it is not in the set. */
function bitsOf(
  node: Grouping,
  depth: number,
  groupBy: readonly Expression[],
  set: readonly number[],
): number {
  let bits = 0;
  for (const arg of node.args) {
    const own = seenFrom(arg, depth);
    const group = groupBy.findIndex(
      (each) => sameExpression(each, own) || sameExpression(withoutRelabel(each), own),
    );
    bits = bits * 2 + (set.includes(group) ? 0 : 1);
  }
  return bits;
}

function replaceParts(emitter: Emitter, alias: string, parts: Parts): void {
  for (const { node, group } of parts.groups) emitter.replace(node, `${alias}.g${group + 1}`);
  const numbered = (nodes: readonly { readonly node: Expression }[], prefix: string) => {
    nodes.forEach(({ node }, at) => {
      emitter.replace(node, `${alias}.${prefix}${at + 1}`);
    });
  };
  numbered(parts.aggregates, "a");
  numbered(parts.groupings, "p");
  numbered(
    parts.dependents.map((node) => ({ node })),
    "d",
  );
}
