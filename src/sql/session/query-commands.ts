/** SELECT, and PREPARE, EXECUTE, DEALLOCATE. */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type {
  PreparedStatement as PreparedBody,
  QueryStatement,
  Statement,
} from "../parse/statement.ts";
import type { Scalar } from "../types/scalar.ts";
import { after } from "./after.ts";
import {
  type Command,
  done,
  type Outcome,
  plainCommand,
  type RowSource,
  rowsOutcome,
} from "./command.ts";
import type { QueryPlan } from "./engine.ts";
import { checkSameColumns, type PreparedStatement } from "./prepared-statements.ts";
import type { SessionState } from "./state.ts";

/** Binds a query. `infer`: types of parameters that are not given follow from their use. */
export function planQuery(
  state: SessionState,
  statement: Statement,
  query: QueryStatement,
  parameterTypes: readonly Oid[],
  infer: boolean,
): QueryPlan | Promise<QueryPlan> {
  const { block, context } = state;
  block.noteQuery();
  return state.attempt(() =>
    block.transaction.plan({ statement, query, parameterTypes, inferParameters: infer, context }),
  );
}

export function runQuery(
  state: SessionState,
  plan: QueryPlan,
  parameters: readonly Scalar[],
): RowSource | Promise<RowSource> {
  const { block, context } = state;
  return state.attempt<RowSource>(() => block.transaction.run(plan, parameters, context));
}

interface Query {
  readonly statement: Statement;
  readonly query: QueryStatement;
  readonly types: readonly Oid[];
  readonly infer: boolean;
  readonly parameters: readonly Scalar[];
  /** Of a prepared statement. */
  readonly promised?: PreparedStatement["columns"];
}

export function queryCommand(state: SessionState, query: Query): Command | Promise<Command> {
  const { statement, types, infer, parameters } = query;
  refuseLocking(state, query.query);
  return after(planQuery(state, statement, query.query, types, infer), (plan) => {
    const { columns } = plan;
    checkSameColumns(query.promised, columns);
    const run = () =>
      after(runQuery(state, plan, parameters), (source) => rowsOutcome(source, "SELECT", true));
    if (!plan.immutable) return { columns, run };
    // PostgreSQL computes constants when it plans: their errors come before any answer.
    return after(run(), (outcome) => ({ columns, run: () => outcome }));
  });
}

const lockingNames: { readonly [strength: string]: string } = {
  LCS_FORUPDATE: "FOR UPDATE",
  LCS_FORNOKEYUPDATE: "FOR NO KEY UPDATE",
  LCS_FORSHARE: "FOR SHARE",
  LCS_FORKEYSHARE: "FOR KEY SHARE",
};

function refuseLocking(state: SessionState, query: QueryStatement): void {
  if (!state.block.modes.readOnly) return;
  const { lockingClause } = query.node as {
    lockingClause?: { LockingClause?: { strength?: string } }[];
  };
  const strength = lockingClause?.[0]?.LockingClause?.strength;
  if (strength === undefined) return;
  throw new SqlError(
    "25006",
    `cannot execute SELECT ${lockingNames[strength] ?? ""} in a read-only transaction`,
  );
}

export function preparedCommand(
  state: SessionState,
  statement: Statement,
  body: PreparedBody,
): Command | Promise<Command> {
  switch (body.kind) {
    case "prepare":
      return plainCommand(() => prepare(state, statement, body));
    case "execute":
      return executeCommand(state, body);
    case "deallocate":
      return plainCommand(() => deallocate(state, body.name));
  }
}

function prepare(
  state: SessionState,
  statement: Statement,
  body: Extract<PreparedBody, { kind: "prepare" }>,
): Outcome | Promise<Outcome> {
  if (body.name === "") {
    throw new SqlError("26000", "invalid statement name: must not be empty");
  }
  const { block, context } = state;
  const types = body.types.map((type) => block.transaction.resolveType(type, context));
  return after(describeStatement(state, body.statement, types), ({ parameterTypes, columns }) => {
    state.prepared.add({
      name: body.name,
      statement: body.statement,
      text: statement.text,
      parameterTypes,
      columns,
      fromSql: true,
      preparedAt: state.messageTime,
      uses: 0,
    });
    return done("PREPARE");
  });
}

/** What a statement takes and answers, for PREPARE and Parse. */
export function describeStatement(
  state: SessionState,
  statement: Statement,
  types: readonly Oid[],
):
  | Pick<PreparedStatement, "parameterTypes" | "columns">
  | Promise<Pick<PreparedStatement, "parameterTypes" | "columns">> {
  const { body } = statement;
  if (body.kind === "refused") throw body.error;
  if (body.kind === "unsupported") throw notSupported(body.what);
  if (body.kind !== "query") return { parameterTypes: types, columns: undefined };
  return after(planQuery(state, statement, body, types, true), (plan) => ({
    parameterTypes: plan.parameterTypes,
    columns: plan.columns,
  }));
}

function executeCommand(
  state: SessionState,
  body: Extract<PreparedBody, { kind: "execute" }>,
): Command | Promise<Command> {
  const prepared = state.prepared.get(body.name);
  const given = body.parameters.length;
  const expected = prepared.parameterTypes.length;
  // PostgreSQL looks at them only where some are expected.
  if (given !== expected && expected > 0) {
    throw new SqlError(
      "42601",
      `wrong number of parameters for prepared statement "${body.name}"`,
      {
        detail: `Expected ${expected} parameters but got ${given}.`,
      },
    );
  }
  const values =
    expected === 0
      ? []
      : state.attempt(() =>
          state.block.transaction.evaluate(body.parameters, prepared.parameterTypes, state.context),
        );
  return after(values, (parameters) => preparedStatementCommand(state, prepared, parameters));
}

/** The plan of a prepared query. Throws 0A000 when it would answer otherwise than it promised. */
export function planPrepared(
  state: SessionState,
  prepared: PreparedStatement,
  statement: Statement,
  query: QueryStatement,
): QueryPlan | Promise<QueryPlan> {
  return after(planQuery(state, statement, query, prepared.parameterTypes, true), (plan) => {
    checkSameColumns(prepared.columns, plan.columns);
    return plan;
  });
}

/** The command of EXECUTE and of Bind. */
export function preparedStatementCommand(
  state: SessionState,
  prepared: PreparedStatement,
  parameters: readonly Scalar[],
): Command | Promise<Command> {
  const { statement } = prepared;
  if (statement === undefined) throw new SqlError("26000", "the prepared statement is empty");
  if (statement.body.kind !== "query") return state.commandOf(statement);
  prepared.uses += 1;
  return queryCommand(state, {
    statement,
    query: statement.body,
    types: prepared.parameterTypes,
    infer: true,
    parameters,
    promised: prepared.columns,
  });
}

function deallocate(state: SessionState, name: string | undefined): Outcome {
  if (name === undefined) {
    state.prepared.clear();
    return done("DEALLOCATE ALL");
  }
  state.prepared.get(name);
  state.prepared.delete(name);
  return done("DEALLOCATE");
}
