/** Queries as the engine plans and runs them; what their routines do is done by whoever asks. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { isOwnTemporary } from "../../catalog/names.ts";
import type { QueryStatement, Statement } from "../parse/statement.ts";
import type { Scalar } from "../types/scalar.ts";
import type { RowSource } from "./command.ts";
import type { PlanRequest, QueryPlan, RunOptions } from "./engine.ts";
import type { SessionState } from "./state.ts";

/** `infer`: types of parameters that are not given follow from their use. */
export function planQuery(
  state: SessionState,
  statement: Statement,
  query: QueryStatement,
  parameterTypes: readonly Oid[],
  infer: boolean,
  use: Pick<PlanRequest, "forCursor" | "place"> = {},
): QueryPlan | Promise<QueryPlan> {
  const { block, context } = state;
  block.noteQuery();
  const request = { statement, query, parameterTypes, inferParameters: infer, context, ...use };
  return state.attempt(() => block.transaction.plan(request));
}

/** What the plan's routines give is among the options. */
export function runPlan(
  state: SessionState,
  plan: QueryPlan,
  parameters: readonly Scalar[],
  options: RunOptions = {},
): RowSource | Promise<RowSource> {
  const { block, context } = state;
  refuseLocking(state, plan);
  checkMayRead(plan);
  return state.attempt<RowSource>(() => block.transaction.run(plan, parameters, context, options));
}

/** Throws 42501 when the role may not read what the query reads. */
export function checkMayRead({ denied }: Pick<QueryPlan, "denied">): void {
  if (denied !== undefined) throw new SqlError("42501", denied);
}

export function refuseLocking(state: SessionState, { locks, relations }: QueryPlan): void {
  if (locks === undefined || !state.block.modes.readOnly) return;
  const { catalog } = state.context;
  const locked = relations.filter(([, mode]) => mode === "RowShare");
  if (locked.every(([relation]) => isOwnTemporary(catalog, relation))) return;
  const message = `cannot execute SELECT FOR ${locks} in a read-only transaction`;
  throw new SqlError("25006", message);
}
