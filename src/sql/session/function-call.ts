/**
 * FunctionCall: one function by its oid.
 * https://www.postgresql.org/docs/15/protocol-flow.html#id-1.10.6.7.6
 */
import { SqlError } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import { after } from "./after.ts";
import type { FunctionCallRequest, WireValue } from "./api.ts";
import type { QueryPlan } from "./engine.ts";
import { checkMayRead } from "./query-plans.ts";
import { runQuery } from "./routine-commands.ts";
import { firstRow } from "./rows.ts";
import { decodeValues, formatCode, leftOver } from "./sent-values.ts";
import type { SessionState } from "./state.ts";
import { commitBlock, failedBlock } from "./transaction-commands.ts";

export function callFunction(
  state: SessionState,
  request: FunctionCallRequest,
): WireValue | Promise<WireValue> {
  const { block, context } = state;
  if (block.state === "failed") throw failedBlock();
  block.noteQuery();
  const planned = state.attempt(() => block.transaction.planCall(request.function, context));
  const answered = after(planned, (plan) => answer(state, request, plan));
  return after(answered, (value) => {
    if (block.state !== "implicit") return value;
    return after(commitBlock(state), () => value);
  });
}

function answer(
  state: SessionState,
  request: FunctionCallRequest,
  plan: QueryPlan,
): WireValue | Promise<WireValue> {
  checkMayRead(plan);
  const values = decodeArguments(state, request, plan);
  const rows = after(runQuery(state, plan, values), (source) => firstRow(state, source));
  return after(rows, (row) => {
    const { columns } = plan;
    const formats = columns.map(() => formatCode(request.resultFormat));
    const encode = state.block.transaction.encoder(columns, formats, state.context);
    return row === undefined ? null : (encode(row)[0] ?? null);
  });
}

function decodeArguments(
  state: SessionState,
  request: FunctionCallRequest,
  { parameterTypes: types }: QueryPlan,
): readonly Scalar[] {
  const { arguments: values, argumentFormats: formats } = request;
  if (values.length !== types.length) {
    throw new SqlError(
      "08P01",
      `function call message contains ${values.length} arguments but function requires ${types.length}`,
    );
  }
  if (formats.length > 1 && formats.length !== values.length) {
    throw new SqlError(
      "08P01",
      `function call message contains ${formats.length} argument formats but ${values.length} arguments`,
    );
  }
  const sent = { types, formats, values };
  return decodeValues(state, sent, (error, index) =>
    leftOver(error, `function argument ${index + 1}`),
  );
}
