/** AGGREGATES: their nodes, the query level that they belong to, and where they may stand. */
import type { SortBy } from "@pgsql/types";
import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { coerceToBoolean, coerceType } from "./coerce.ts";
import { coerceToCommon, commonType } from "./common.ts";
import { withoutImplicitCasts } from "./conversion.ts";
import type { PreparedCall } from "./function.ts";
import { positionOf } from "./position.ts";
import { sameExpression } from "./same-expression.ts";
import type { ExpressionKind, Scope } from "./scope.ts";
import { checkSortable, makeSortKey } from "./sort.ts";
import type { Expression, Query, SortKey } from "./tree.ts";
import { TEXT, UNKNOWN } from "./type-oids.ts";
import { typeText } from "./type-text.ts";
import { someExpression, visitChildren, visitQuery } from "./walk.ts";

/** In messages: "aggregate functions are not allowed in …". */
const forbidden: ReadonlyMap<ExpressionKind, string> = new Map([
  ["WHERE", "WHERE"],
  ["FILTER", "FILTER"],
  ["GROUP BY", "GROUP BY"],
  ["LIMIT", "LIMIT"],
  ["OFFSET", "OFFSET"],
  ["VALUES", "VALUES"],
  ["VALUES alone", "VALUES"],
  ["JOIN/ON", "JOIN conditions"],
  ["JOIN/USING", "JOIN conditions"],
  ["sub-SELECT in FROM", "FROM clause of their own query level"],
  ["function in FROM", "functions in FROM"],
  ["window RANGE", "window RANGE"],
  ["window ROWS", "window ROWS"],
  ["window GROUPS", "window GROUPS"],
  ["DEFAULT", "DEFAULT expressions"],
  ["parameter DEFAULT", "DEFAULT expressions"],
  ["CHECK", "check constraints"],
  ["POLICY", "policy expressions"],
  ["GENERATED", "column generation expressions"],
  ["index expression", "index expressions"],
  ["partition bound", "partition bound"],
  ["partition key", "partition key expressions"],
  ["statistics expression", "statistics expressions"],
  ["index predicate", "index predicates"],
  ["transform expression", "transform expressions"],
  ["COPY FROM WHERE", "COPY FROM WHERE conditions"],
  ["TRIGGER WHEN", "trigger WHEN conditions"],
  ["MERGE WHEN", "MERGE WHEN conditions"],
  ["EXECUTE", "EXECUTE parameters"],
  ["CALL", "CALL arguments"],
  ["INSERT", "INSERT"],
  ["UPDATE", "UPDATE"],
  ["RETURNING", "RETURNING"],
]);

export function makeAggregate(scope: Scope, prepared: PreparedCall): Expression {
  const { call, candidate, position, display } = prepared;
  const withinGroup = call.agg_within_group ?? false;
  checkAggregateForm(scope, prepared);
  const all = withinGroup ? orderedSetArguments(scope, prepared) : prepared.args;
  const directCount = withinGroup ? (call.args?.length ?? 0) : 0;
  const direct = all.slice(0, directCount);
  const args = all.slice(directCount);
  rejectSets(args, position, "aggregate");
  const { filter } = call;
  const orderBy = withinGroup ? sortGiven(scope, call.agg_order, args) : sortOf(scope, prepared);
  if (call.agg_distinct) checkDistinct(scope, display, args, orderBy);
  const levelsUp = checkLevel(scope, args, orderBy, filter, position);
  checkDirect(direct, levelsUp, position);
  return {
    kind: "aggregate",
    function: candidate.facts.oid,
    args,
    star: call.agg_star ?? false,
    distinct: call.agg_distinct ?? false,
    orderBy,
    variadic: prepared.variadic,
    levelsUp,
    ...(filter ? { filter } : {}),
    ...(withinGroup ? { directArgs: direct } : {}),
    type: prepared.result,
    typmod: -1,
    collation: INVALID_OID,
    position,
  };
}

/** Whether WITHIN GROUP, and a window, stand where the aggregate takes them. */
export function checkAggregateForm(scope: Scope, prepared: PreparedCall): void {
  const { call, args, position, display, candidate } = prepared;
  const kind = scope.names.aggregate(candidate.facts.oid)?.kind ?? "n";
  const withinGroup = call.agg_within_group ?? false;
  const fail = (message: string, code = "42809") => new SqlError(code, message).at(position);
  if (!withinGroup && kind !== "n") {
    throw fail(`WITHIN GROUP is required for ordered-set aggregate ${display}`);
  }
  if (call.over && kind !== "n") {
    throw fail(`OVER is not supported for ordered-set aggregate ${display}`, "0A000");
  }
  if (withinGroup && kind === "n") {
    throw fail(`${display} is not an ordered-set aggregate, so it cannot have WITHIN GROUP`);
  }
  if (args.length === 0 && !call.agg_star && !withinGroup) {
    throw fail(`${display}(*) must be used to call a parameterless aggregate function`);
  }
}

/** Direct and sorted arguments, as many as the aggregate takes of each and of types that fit. */
function orderedSetArguments(scope: Scope, prepared: PreparedCall): readonly Expression[] {
  const { call, candidate, args, display, position } = prepared;
  const facts = scope.names.aggregate(candidate.facts.oid);
  const sorted = call.agg_order?.length ?? 0;
  const direct = args.length - sorted;
  const missing = (hint: string) => {
    const types = args.map((arg) => typeText(scope.names, arg.type)).join(", ");
    const message = `function ${display}(${types}) does not exist`;
    return new SqlError("42883", message, { hint }).at(position);
  };
  if (facts?.kind !== "h") {
    const wanted = facts?.directArgs ?? 0;
    if (direct === wanted) return args;
    const words = `${wanted} direct argument${wanted === 1 ? "" : "s"}`;
    throw missing(
      `There is an ordered-set aggregate ${display}, but it requires ${words}, not ${direct}.`,
    );
  }
  if (direct !== sorted) {
    throw missing(
      `To use the hypothetical-set aggregate ${display}, the number of hypothetical direct arguments (here ${direct}) must match the number of ordering columns (here ${sorted}).`,
    );
  }
  const unified = [...args];
  for (let at = 0; at < direct; at++) {
    const [given, column] = [args[at] as Expression, args[direct + at] as Expression];
    // The column's type is preferred: one value is easier to convert than all.
    const type = commonType(scope, [column, given], "WITHIN GROUP");
    unified[at] = coerceToCommon(scope, given, type, "WITHIN GROUP");
    unified[direct + at] = coerceToCommon(scope, column, type, "WITHIN GROUP");
  }
  return unified;
}

export function rejectSets(
  args: readonly Expression[],
  position: number | undefined,
  what: "aggregate" | "window",
): void {
  const isSet = (e: Expression) => (e.kind === "function" || e.kind === "operator") && e.returnsSet;
  const found = args.find((arg) => someExpression(arg, isSet));
  if (!found) return;
  const hint = "You might be able to move the set-returning function into a LATERAL FROM item.";
  const message = `${what} function calls cannot contain set-returning function calls`;
  throw new SqlError("0A000", message, { hint }).at(positionOf(found) ?? position);
}

export function bindFilter(scope: Scope, node: Parameters<Scope["bind"]>[0]): Expression {
  return coerceToBoolean(scope, scope.bind(node, "FILTER"), "FILTER");
}

function sortOf(scope: Scope, { call, args }: PreparedCall): SortKey[] {
  return (call.agg_order ?? []).flatMap((node) => {
    if (!("SortBy" in node) || !node.SortBy.node) return [];
    // A literal without a type is none of the arguments, which have theirs.
    const bound = scope.bind(node.SortBy.node, "ORDER BY");
    const same = (arg: Expression) => sameExpression(withoutImplicitCasts(arg), bound);
    const at = args.findIndex(same);
    const expression = asText(scope, args[at] ?? bound);
    const key = { expression, target: at + 1 || undefined, position: positionOf(bound) };
    return [makeSortKey(scope, node.SortBy, key)];
  });
}

function sortGiven(
  scope: Scope,
  order: PreparedCall["call"]["agg_order"],
  args: readonly Expression[],
): SortKey[] {
  const sorts: SortBy[] = (order ?? []).flatMap((n) => ("SortBy" in n ? [n.SortBy] : []));
  return sorts.flatMap((sort, at) => {
    const arg = args[at];
    return arg
      ? [makeSortKey(scope, sort, { expression: asText(scope, arg), target: at + 1 })]
      : [];
  });
}

/** A literal that is sorted or grouped by is text. */
export const asText = (scope: Scope, node: Expression): Expression =>
  node.type === UNKNOWN ? coerceType(scope, node, TEXT, -1, "implicit", "implicit") : node;

function checkDistinct(
  scope: Scope,
  display: string,
  args: readonly Expression[],
  orderBy: readonly SortKey[],
): void {
  if (args.length === 0) throw new SqlError("42601", `DISTINCT specified, but ${display} has none`);
  for (const arg of args) checkSortable(scope.names, asText(scope, arg).type, positionOf(arg));
  for (const key of orderBy) {
    if (key.target !== undefined) continue;
    const message =
      "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list";
    throw new SqlError("42P10", message).at(positionOf(key.expression));
  }
}

/** The innermost level that the arguments name columns of; it must allow aggregates. */
export function checkLevel(
  scope: Scope,
  args: readonly Expression[],
  orderBy: readonly SortKey[],
  filter: Expression | undefined,
  position: number | undefined,
  what = "aggregate functions",
): number {
  const all = [...args, ...orderBy.map((key) => key.expression), ...(filter ? [filter] : [])];
  const levels = new LevelFinder();
  for (const node of all) levels.see(node, 0);
  const { column = Infinity, aggregate = Infinity } = levels;
  const least = Math.min(column, aggregate);
  const level = least === Infinity ? 0 : least;
  if (aggregate === level) {
    const message = "aggregate function calls cannot be nested";
    throw new SqlError("42803", message).at(levels.aggregatePosition ?? position);
  }
  const { common } = levels;
  if (common && common.level < level) {
    throw new SqlError("0A000", "outer-level aggregate cannot use a nested CTE", {
      detail: `CTE "${common.name}" is below the aggregate's semantic level.`,
    }).at(position);
  }
  if (level === 0 && levels.windowPosition !== undefined) {
    const message = "aggregate function calls cannot contain window function calls";
    throw new SqlError("42803", message).at(levels.windowPosition);
  }
  const owner = scope.up(level);
  const place = forbidden.get(owner.kind);
  if (place !== undefined && !(owner.kind === "sub-SELECT in FROM" && level === 0)) {
    throw new SqlError("42803", `${what} are not allowed in ${place}`).at(position);
  }
  owner.hasAggregates = true;
  return level;
}

/** Direct arguments are computed where the aggregate belongs: of that level, or further out. */
function checkDirect(
  direct: readonly Expression[],
  level: number,
  position: number | undefined,
): void {
  const levels = new LevelFinder();
  for (const node of direct) levels.see(node, 0);
  const { column = Infinity, aggregate = Infinity } = levels;
  if (column < level) {
    const message =
      "outer-level aggregate cannot contain a lower-level variable in its direct arguments";
    throw new SqlError("42803", message).at(levels.columnPosition ?? position);
  }
  if (aggregate <= level) {
    const message = "aggregate function calls cannot be nested";
    throw new SqlError("42803", message).at(levels.aggregatePosition ?? position);
  }
}

/** Least levels of what is under an expression, counted from its own query. */
class LevelFinder {
  column: number | undefined;
  columnPosition: number | undefined;
  aggregate: number | undefined;
  aggregatePosition: number | undefined;
  windowPosition: number | undefined;
  common: { readonly level: number; readonly name: string } | undefined;

  see(node: Expression, depth: number): void {
    if (node.kind === "column") {
      const level = node.levelsUp - depth;
      if (level < 0 || level >= (this.column ?? Number.POSITIVE_INFINITY)) return;
      this.column = level;
      this.columnPosition = node.position;
    } else if (node.kind === "aggregate" || node.kind === "grouping") {
      const level = node.levelsUp - depth;
      if (level >= 0 && level < (this.aggregate ?? Number.POSITIVE_INFINITY)) {
        this.aggregate = level;
        this.aggregatePosition = node.position;
      }
    } else if (node.kind === "window" && depth === 0) this.windowPosition ??= node.position;
    visitChildren(node, {
      expression: (child) => this.see(child, depth),
      query: (query) => this.seeQuery(query, depth + 1),
    });
  }

  seeQuery(query: Query, depth: number): void {
    for (const entry of query.kind === "select" ? query.rangeTable : []) {
      if (entry.kind !== "cte") continue;
      const level = entry.levelsUp - depth;
      if (level < 0 || level >= (this.common?.level ?? Number.POSITIVE_INFINITY)) continue;
      this.common = { level, name: entry.alias?.name ?? entry.name };
    }
    visitQuery(query, {
      expression: (child) => this.see(child, depth),
      query: (inner) => this.seeQuery(inner, depth + 1),
    });
  }
}
