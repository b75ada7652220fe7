/**
 * WHAT IS COMPUTED BEHIND ORDER BY: targets that call volatile functions, so that nextval() numbers
 * the rows as they are sorted, and none that LIMIT leaves out; and set-returning functions behind
 * DISTINCT ON. All else is a sub-select, sorted and limited.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/optimizer/plan/planner.c#L5886
 */
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { plainTarget } from "../bind/plain-select.ts";
import type { Expression, SelectQuery, Target } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import { emitLimit } from "./limits.ts";
import { newScope, type Scope } from "./scope.ts";
import { emitSetCalls } from "./set-calls.ts";
import { largestParts } from "./stages.ts";
import type { TranslateContext } from "./translation.ts";
import { containsSetCall, isSetCall, walk } from "./walk.ts";

/** These are finished before, with all that is in them. */
const finished: ReadonlySet<unknown> = new Set(["aggregate", "window", "subLink"]);

function waits(context: TranslateContext, expression: Expression, sets: boolean): boolean {
  let found = false;
  walk(expression, (node) => {
    if (found || finished.has(node.kind)) return false;
    const id = node["function"];
    found =
      (sets && isSetCall(node)) ||
      (typeof id === "number" &&
        context.catalog.find(pgProc, "key", [id as Expression["type"]])?.provolatile === "v");
    return !found;
  });
  return found;
}

/** Targets that wait, none where all are computed with the rows. */
export function postponedTargets(
  context: TranslateContext,
  query: SelectQuery,
): ReadonlySet<Target> {
  const { targets, orderBy, distinct } = query;
  const none = new Set<Target>();
  if (orderBy.length === 0 || distinct === true || query.locking.length > 0) return none;
  const named = typeof distinct === "boolean" ? [] : distinct;
  const sorted = new Set(orderBy.map(({ target }) => target && targets[target - 1]));
  const isFree = (target: Target) => !sorted.has(target) && !named.includes(target.expression);
  const [sets, others] = [targets.filter(isFree), targets.filter((each) => !isFree(each))];
  // A set that is sorted by, or that makes rows which are, has all sets computed with the rows.
  const keys = orderBy.map(({ expression }) => expression);
  const early = [...others.map(({ expression }) => expression), ...keys].some(containsSetCall);
  const late = !early && typeof distinct !== "boolean";
  const found = sets.filter(
    ({ expression, junk }) =>
      !junk && (late || !containsSetCall(expression)) && waits(context, expression, late),
  );
  return new Set(found);
}

/** `inner` translates what the others, and the parts of those that wait, are columns of. */
export function emitPostponed(
  emitter: Emitter,
  parent: Scope | undefined,
  query: SelectQuery,
  late: ReadonlySet<Target>,
  inner: (query: SelectQuery) => string,
): string {
  const visible = query.targets.filter(({ junk }) => !junk);
  const shown = visible.map(({ expression }) => expression);
  const above = new Set(
    visible.filter((target) => late.has(target)).map((each) => each.expression),
  );
  const sets = [...above].some(containsSetCall);
  const parts = [
    ...shown.filter((each) => !above.has(each)),
    ...largestParts([...above], (each) => waits(emitter.context, each, sets)),
  ];
  const keys = query.orderBy.map(({ target, ...key }) => ({
    ...key,
    expression: target ? (query.targets[target - 1]?.expression ?? key.expression) : key.expression,
  }));
  const { limit, offset, withTies, ...rest } = query;
  const limits = { ...(limit ? { limit } : {}), ...(offset ? { offset } : {}) };
  const below = {
    ...{ ...rest, targets: parts.map((part) => plainTarget(part)), orderBy: keys },
    ...(sets ? {} : { ...limits, ...(withTies ? { withTies } : {}) }),
  };
  const rows = emitter.scoped(() => inner(below));
  const [table, alias] = [emitter.alias("w"), emitter.alias("q")];
  const scope = newScope(parent, query.rangeTable, query.windows);
  for (const [at, part] of parts.entries()) emitter.replace(part, `${alias}.c${at + 1}`);
  const from = [`${table} AS ${alias}`, ...emitSetCalls(emitter, scope, shown)];
  const list = shown.map((each, at) => `${emitter.expression(scope, each)} AS c${at + 1}`);
  const end = sets ? emitLimit(emitter, scope, query) : "";
  return (
    `WITH ${table} AS MATERIALIZED (${rows}) ` +
    `SELECT ${list.join(", ")} FROM ${from.join(" CROSS JOIN ")}${end}`
  );
}
