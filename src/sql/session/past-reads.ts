/**
 * QUERIES THAT READ THE PAST: at a time that they name (FOR SYSTEM_TIME AS OF), or, outside of
 * transaction blocks and under visibility_mode = checkpoint, at the last checkpoint.
 */
import { FIRST_USER_OID } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { AsOf } from "../parse/statement.ts";
import { T } from "../types/type-oids.ts";
import { after } from "./after.ts";
import type { QueryPlan, QuerySnapshot } from "./engine.ts";
import { JobWait } from "./jobs.ts";
import type { SessionState } from "./state.ts";

/**
 * What the query is to see; undefined = the rows of now. Throws 72000, 55000, and what is wrong
 * with the times.
 */
export function pastSnapshot(
  state: SessionState,
  plan: QueryPlan,
  asOf: AsOf | undefined,
): QuerySnapshot | undefined | Promise<QuerySnapshot | undefined> {
  if (asOf !== undefined) return snapshotAsOf(state, plan, asOf);
  const { settings, isInBlock, block } = state;
  if (settings.kept("visibility_mode") !== "checkpoint" || isInBlock) return undefined;
  if (plan.locks !== undefined || !block.transaction.isEmpty || !readsRows(plan)) return undefined;
  return state.attempt(() => snapshotOfCheckpoint(state, plan));
}

/** What every database has is read as it is. */
const readsRows = ({ relations }: QueryPlan): boolean =>
  relations.some(([relation]) => relation >= FIRST_USER_OID);

/** What the last one has not, or what is gone, the next one has: it is waited for. */
function snapshotOfCheckpoint(state: SessionState, plan: QueryPlan): QuerySnapshot {
  const { jobs, block } = state;
  const epoch = jobs.checkpoint();
  const snapshot = epoch === undefined ? undefined : block.transaction.past.snapshot(plan, epoch);
  if (snapshot === undefined || snapshot instanceof SqlError) {
    throw new JobWait("a checkpoint", "Barrier", () => jobs.barrier());
  }
  return snapshot;
}

function snapshotAsOf(
  state: SessionState,
  plan: QueryPlan,
  { times, isBesideNow }: AsOf,
): QuerySnapshot | Promise<QuerySnapshot> {
  const { block, context } = state;
  const { locks } = plan;
  if (locks !== undefined) throw notSupported(`FOR ${locks} with FOR SYSTEM_TIME AS OF`);
  // What is staged is laid over stored rows, whatever their epoch.
  if (isBesideNow && !block.transaction.isEmpty) {
    throw notSupported("FOR SYSTEM_TIME AS OF beside rows that the transaction has changed");
  }
  const types = times.map(() => T.timestamptz);
  const evaluate = () => block.transaction.evaluate(times, types, context);
  return after(state.attempt(evaluate), (values) => {
    const { past } = block.transaction;
    const epochs = values.map((time) => {
      if (typeof time !== "bigint") throw new SqlError("22004", "the time of a query is null");
      if (time > context.now()) throw new SqlError("22023", "a query cannot read the future");
      return past.epochAt(time);
    });
    const first = isBesideNow ? undefined : epochs.shift();
    const snapshot = past.snapshotOfSome(plan, first, epochs);
    if (snapshot instanceof SqlError) throw snapshot;
    return snapshot;
  });
}
