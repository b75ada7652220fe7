/**
 * pg_sleep blocks nobody here: a query that calls it in its target list alone is answered after the session has waited.
 * Anywhere else it would have to stop the thread, and has no translation.
 */
import { type Oid, oid } from "../../base/ids.ts";
import type { BoundQuery, Expression, SelectQuery } from "../bind/tree.ts";

const PG_SLEEP = 2626;
const PG_SLEEP_FOR = 3935;
const DATE_PART_OF_INTERVAL = 1172;
const FLOAT8 = oid(701);
const TEXT = oid(25);

type Call = Extract<Expression, { kind: "function" }>;

/** Targets that are calls of pg_sleep or pg_sleep_for, in a query of one row. */
export function sleepCalls(bound: BoundQuery): readonly Call[] {
  const { query } = bound;
  if (query.kind !== "select" || query.from.length > 0 || query.where || query.having) return [];
  if (query.hasAggregates || query.limit || query.offset) return [];
  return query.targets.flatMap(({ expression }) =>
    expression.kind === "function" && isSleep(expression.function) ? [expression] : [],
  );
}

const isSleep = (id: Oid): boolean => id === PG_SLEEP || id === PG_SLEEP_FOR;

/**
 * A query of one row whose columns are the seconds (float8) to wait, one after the other, before `bound` is answered;
 * undefined when it does not sleep. NULL is no wait.
 */
export function sleepQuery(bound: BoundQuery): BoundQuery | undefined {
  const calls = sleepCalls(bound);
  if (calls.length === 0) return undefined;
  const targets = calls.map((call) => ({
    expression: secondsOf(call),
    name: "seconds",
    junk: false,
    originTable: oid(0),
    originColumn: 0,
  }));
  const query = { ...(bound.query as SelectQuery), targets, orderBy: [], distinct: false };
  return { ...bound, query };
}

function secondsOf(call: Call): Expression {
  const [arg] = call.args as [Expression];
  if (call.function === PG_SLEEP) return arg;
  const epoch: Expression = {
    kind: "constant",
    value: "epoch",
    type: TEXT,
    typmod: -1,
    collation: oid(0),
  };
  return {
    ...call,
    function: oid(DATE_PART_OF_INTERVAL),
    args: [epoch, arg],
    type: FLOAT8,
    typmod: -1,
  };
}
