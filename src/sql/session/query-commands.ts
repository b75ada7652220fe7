/** Queries: bound, planned, run. */

import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { QueryStatement, Statement } from "../parse/statement.ts";
import type { Scalar } from "../types/scalar.ts";
import { after } from "./after.ts";
import { type Command, rowsOutcome } from "./command.ts";
import type { QueryPlan, RunOptions } from "./engine.ts";
import { pastSnapshot } from "./past-reads.ts";
import { checkSameColumns, type PreparedStatement } from "./prepared-statements.ts";
import { checkMayRead, planQuery, refuseLocking } from "./query-plans.ts";
import { runQuery } from "./routine-commands.ts";
import type { SessionState } from "./state.ts";

export interface Query {
  readonly statement: Statement;
  readonly query: QueryStatement;
  readonly types: readonly Oid[];
  readonly infer: boolean;
  readonly parameters: readonly Scalar[];
  /** Of a prepared statement. */
  readonly promised?: PreparedStatement["columns"];
  /** It runs in a portal, perhaps later, and answers what it would answer now. */
  readonly inPortal?: "portal" | "cursor" | undefined;
}

export function queryCommand(state: SessionState, query: Query): Command | Promise<Command> {
  const { statement, types, infer, parameters, inPortal } = query;
  const forCursor = inPortal === "cursor";
  return after(planQuery(state, statement, query.query, types, infer, { forCursor }), (plan) => {
    checkSameColumns(query.promised, plan.columns);
    return plannedCommand(state, plan, parameters, query.query, inPortal !== undefined);
  });
}

export function plannedCommand(
  state: SessionState,
  plan: QueryPlan,
  parameters: readonly Scalar[],
  { asOf, tag }: QueryStatement,
  inPortal: boolean,
): Command | Promise<Command> {
  const { columns, immutable, cursorTables } = plan;
  refuseLocking(state, plan);
  checkMayRead(plan);
  const run = (options: RunOptions = {}) =>
    after(runQuery(state, plan, parameters, options), (source) =>
      rowsOutcome(source, tag ?? "SELECT", tag === undefined),
    );
  // PostgreSQL computes constants when it plans: their errors come before any answer.
  if (immutable) return after(run(), (outcome) => ({ columns, cursorTables, run: () => outcome }));
  return after(pastSnapshot(state, plan, asOf), (past) => {
    if (!inPortal && past === undefined) return { columns, run: () => run() };
    const snapshot = past ?? state.block.transaction.takeSnapshot();
    const release = () => snapshot.release();
    return {
      ...{ columns, cursorTables, release },
      relations: plan.relations.map(([relation]) => relation),
      run: (kept = false) => always(() => run({ snapshot, rowsBeforeError: kept }), release),
    };
  });
}

/** Does `last` behind the work, whether it fails or not. */
function always<T>(work: () => T | Promise<T>, last: () => void): T | Promise<T> {
  let result: T | Promise<T>;
  try {
    result = work();
  } catch (error) {
    last();
    throw error;
  }
  if (result instanceof Promise) return result.finally(last);
  last();
  return result;
}

const lockingNames: { readonly [strength: string]: string } = {
  LCS_FORUPDATE: "FOR UPDATE",
  LCS_FORNOKEYUPDATE: "FOR NO KEY UPDATE",
  LCS_FORSHARE: "FOR SHARE",
  LCS_FORKEYSHARE: "FOR KEY SHARE",
};

/** FOR UPDATE or one of its kin, if the query has it. */
export function lockingOf({ node }: QueryStatement): string | undefined {
  const { lockingClause } = node as {
    lockingClause?: { LockingClause?: { strength?: string } }[];
  };
  const strength = lockingClause?.[0]?.LockingClause?.strength;
  return strength === undefined ? undefined : lockingNames[strength];
}

/** What EXECUTE gives for $1 … Throws 42601 for another number of them than there is. */
export function executionParameters(
  state: SessionState,
  { name, parameterTypes }: PreparedStatement,
  expressions: readonly unknown[],
): readonly Scalar[] | Promise<readonly Scalar[]> {
  const given = expressions.length;
  const expected = parameterTypes.length;
  // PostgreSQL looks at them only where some are expected.
  if (expected === 0) return [];
  if (given !== expected) {
    throw new SqlError("42601", `wrong number of parameters for prepared statement "${name}"`, {
      detail: `Expected ${expected} parameters but got ${given}.`,
    });
  }
  return state.attempt(() =>
    state.block.transaction.evaluate(expressions, parameterTypes, state.context),
  );
}
