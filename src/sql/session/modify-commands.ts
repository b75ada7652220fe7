/** INSERT, UPDATE, DELETE: bound, planned, run. */

import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { isOwnTemporary } from "../../catalog/names.ts";
import type { ModifyStatement, Statement } from "../parse/statement.ts";
import type { Scalar } from "../types/scalar.ts";
import { after } from "./after.ts";
import { type Command, done, type Outcome, rowsOutcome } from "./command.ts";
import { cursorRows } from "./current-of.ts";
import type { ModifyQueryPlan, ModifyRequest, ModifyResult } from "./engine.ts";
import { checkSameColumns, type PreparedStatement } from "./prepared-statements.ts";
import { checkMayRead } from "./query-plans.ts";
import type { SessionState } from "./state.ts";

interface Modify {
  readonly statement: Statement;
  readonly body: ModifyStatement;
  readonly types: readonly Oid[];
  readonly infer: boolean;
  readonly parameters: readonly Scalar[];
  /** Of a prepared statement. */
  readonly promised?: PreparedStatement["columns"];
  readonly inPortal?: boolean;
}

/** `infer`: types of parameters that are not given follow from their use. */
export function planModify(
  state: SessionState,
  statement: Statement,
  modify: ModifyStatement,
  parameterTypes: readonly Oid[],
  infer: boolean,
  place?: ModifyRequest["place"],
): ModifyQueryPlan | Promise<ModifyQueryPlan> {
  const { block, context } = state;
  block.noteQuery();
  const request = { statement, modify, parameterTypes, inferParameters: infer, context, place };
  return state.attempt(() => block.transaction.planModify(request));
}

export function modifyCommand(state: SessionState, modify: Modify): Command | Promise<Command> {
  const { statement, body, types, infer, parameters, promised, inPortal } = modify;
  return after(planModify(state, statement, body, types, infer), (made) => {
    const plan = made.byRule && inPortal ? { ...made, columns: undefined } : made;
    if (body.returns) checkSameColumns(promised, plan.columns ?? []);
    checkMayRead(plan);
    return { columns: plan.columns, run: () => runModify(state, statement, plan, parameters) };
  });
}

function runModify(
  state: SessionState,
  statement: Statement,
  plan: ModifyQueryPlan,
  parameters: readonly Scalar[],
): Outcome | Promise<Outcome> {
  return after(modify(state, statement, plan, parameters), ({ count, rows }) => {
    const tag = modifyTag(statement);
    if (plan.byRule && plan.columns) return rowsOutcome(rows, `${tag} 0`, false);
    return plan.columns ? rowsOutcome(rows, tag, true) : done(`${tag} ${count}`);
  });
}

/** Stages what the plan does. 25006 in a read-only transaction; 34000, 24000 for a cursor. */
export function modify(
  state: SessionState,
  statement: Statement,
  plan: ModifyQueryPlan,
  parameters: readonly Scalar[],
): ModifyResult | Promise<ModifyResult> {
  const { block, context } = state;
  const isOwn = () => [...plan.targets].every((each) => isOwnTemporary(context.catalog, each));
  if (block.modes.readOnly && !isOwn()) {
    const tag = plan.byRule ? "SELECT" : statement.tag;
    const message = `cannot execute ${tag} in a read-only transaction`;
    throw new SqlError("25006", message);
  }
  block.noteRows();
  return after(cursorRows(state, plan.currentOf), (current) =>
    state.attempt(() => {
      return block.transaction.modify(plan, parameters, context, block.marks, current);
    }),
  );
}

/** The tag without the number of rows: INSERT says the oid of the row, which there is none of. */
export const modifyTag = ({ tag }: Statement): string => (tag === "INSERT" ? "INSERT 0" : tag);
