/** PREPARE, EXECUTE, DEALLOCATE, and the statements that Parse has prepared. */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { CreateTableAs } from "../../catalog/statement.ts";
import type {
  ExplainStatement,
  PreparedStatement as PreparedBody,
  QueryStatement,
  Statement,
} from "../parse/statement.ts";
import type { Scalar } from "../types/scalar.ts";
import { after } from "./after.ts";
import { type Command, done, type Outcome, plainCommand } from "./command.ts";
import { cursorCommand } from "./cursor-commands.ts";
import { checkMayRun, runDdl } from "./ddl-commands.ts";
import type { QueryPlan } from "./engine.ts";
import { explainColumns, explainCommand, explainedTypes } from "./explain-commands.ts";
import { ID_COLUMNS } from "./job-commands.ts";
import { modifyCommand, planModify } from "./modify-commands.ts";
import { checkSameColumns, type PreparedStatement } from "./prepared-statements.ts";
import { executionParameters, type Query, queryCommand } from "./query-commands.ts";
import { planQuery } from "./query-plans.ts";
import { callCommand, planCall } from "./routine-commands.ts";
import type { SessionState } from "./state.ts";

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
    case "executeInto":
      return plainCommand(() => executeInto(state, statement, body));
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
      text: statement.source,
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
  const inner = statement.parameterCount > 0 ? innerQuery(body) : undefined;
  if (inner) {
    return after(planQuery(state, statement, inner, types, true), ({ parameterTypes }) => ({
      parameterTypes,
      columns: undefined,
    }));
  }
  if (body.kind === "explain") return describeExplain(state, statement, body, types);
  if (body.kind === "cancelJobs" || body.kind === "backup") {
    return { parameterTypes: types, columns: ID_COLUMNS };
  }
  if (body.kind === "modify") return planModify(state, statement, body, types, true);
  if (body.kind === "call") {
    return after(planCall(state, { call: body, types, infer: true }), (plan) => ({
      parameterTypes: plan.arguments.parameterTypes,
      columns: plan.columns,
    }));
  }
  if (body.kind !== "query") return { parameterTypes: types, columns: undefined };
  return after(planQuery(state, statement, body, types, true), (plan) => ({
    parameterTypes: plan.parameterTypes,
    columns: plan.columns,
  }));
}

/** Of a cursor, or what fills a table. Throws 0A000. */
function innerQuery(body: Statement["body"]): QueryStatement | undefined {
  if (body.kind === "declareCursor") return body.query;
  if (body.kind !== "createTableAs") return undefined;
  if (body.relkind === "r") return { kind: "query", node: body.query.node };
  const message = "materialized views may not be defined using bound parameters";
  throw new SqlError("0A000", message);
}

function describeExplain(
  state: SessionState,
  statement: Statement,
  body: ExplainStatement,
  types: readonly Oid[],
) {
  const columns = explainColumns(body);
  if (statement.parameterCount === 0) return { parameterTypes: types, columns };
  return after(explainedTypes(state, statement, body, types), (parameterTypes) => ({
    parameterTypes,
    columns,
  }));
}

function executeCommand(
  state: SessionState,
  body: Extract<PreparedBody, { kind: "execute" }>,
): Command | Promise<Command> {
  const prepared = state.prepared.get(body.name);
  const values = executionParameters(state, prepared, body.parameters);
  return after(values, (parameters) =>
    after(preparedStatementCommand(state, prepared, parameters, undefined), (command) => ({
      ...command,
      describedLate: true,
    })),
  );
}

/** Its parameters become constants of the query that fills the table. */
function executeInto(
  state: SessionState,
  statement: Statement,
  { name, parameters, into }: Extract<PreparedBody, { kind: "executeInto" }>,
): Outcome | Promise<Outcome> {
  checkMayRun(state, statement, into);
  const prepared = state.prepared.get(name);
  return after(executionParameters(state, prepared, parameters), (values) => {
    const query = prepared.statement?.body;
    if (query?.kind !== "query") throw new SqlError("42809", "prepared statement is not a SELECT");
    if (query.asOf) throw notSupported("CREATE TABLE AS EXECUTE of a query of the past");
    const body = withGiven(into, query.node, prepared.parameterTypes, values);
    // PostgreSQL runs the query here, too, and takes none of its rows.
    const isEmpty = !into.withData && !into.ifNotExists;
    return after(runDdl(state, { ...statement, body }, body), (outcome) =>
      isEmpty ? done("SELECT 0") : outcome,
    );
  });
}

function withGiven(
  into: CreateTableAs,
  query: unknown,
  types: readonly Oid[],
  values: readonly Scalar[],
): CreateTableAs {
  return { ...into, query: { node: { given: { query, types, values } } } };
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

/** The command of EXECUTE and of Bind. `inPortal`: a portal with a name may be used as a cursor. */
export function preparedStatementCommand(
  state: SessionState,
  prepared: PreparedStatement,
  parameters: readonly Scalar[],
  inPortal: Query["inPortal"],
): Command | Promise<Command> {
  const { statement } = prepared;
  if (statement === undefined) throw new SqlError("26000", "the prepared statement is empty");
  const { body } = statement;
  if (body.kind === "declareCursor") {
    const given = { types: prepared.parameterTypes, values: parameters };
    return cursorCommand(state, statement, body, given);
  }
  if (body.kind === "explain") {
    const given = { types: prepared.parameterTypes, values: parameters };
    return explainCommand(state, body, given);
  }
  if (body.kind === "call") {
    const types = prepared.parameterTypes;
    return callCommand(state, { call: body, types, infer: true, parameters });
  }
  if (body.kind === "createTableAs" && statement.parameterCount > 0) {
    const filled = withGiven(body, body.query.node, prepared.parameterTypes, parameters);
    return state.commandOf({ ...statement, body: filled });
  }
  if (body.kind !== "query" && body.kind !== "modify") return state.commandOf(statement);
  prepared.uses += 1;
  if (body.kind === "modify") {
    const { parameterTypes: types, columns: promised } = prepared;
    const given = { statement, body, types, infer: true, parameters, promised };
    return modifyCommand(state, { ...given, inPortal: inPortal !== undefined });
  }
  return queryCommand(state, {
    statement,
    query: body,
    types: prepared.parameterTypes,
    infer: true,
    parameters,
    promised: prepared.columns,
    inPortal,
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
