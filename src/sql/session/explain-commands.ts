/** EXPLAIN. https://www.postgresql.org/docs/15/sql-explain.html */
import { type Oid, oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import type { StatementOption } from "../../catalog/statement-option.ts";
import type {
  ExplainStatement,
  ModifyStatement,
  QueryStatement,
  Statement,
} from "../parse/statement.ts";
import type { Scalar } from "../types/scalar.ts";
import { after } from "./after.ts";
import type { ResultColumn } from "./api.ts";
import { textColumn } from "./columns.ts";
import { type Command, type RowSource, rowsOutcome } from "./command.ts";
import { checkMayRun, isDdl } from "./ddl-commands.ts";
import type { ModifyQueryPlan, QueryPlan } from "./engine.ts";
import { type ExplainOptions, explainOptions, hasJsonAnswer } from "./explain-options.ts";
import { ddlAnswer, type Measured, planAnswer } from "./explain-output.ts";
import type { ExplainedPlan } from "./explained.ts";
import { takeRate } from "./job-options.ts";
import { modify, planModify } from "./modify-commands.ts";
import { pastSnapshot } from "./past-reads.ts";
import { executionParameters } from "./query-commands.ts";
import { checkMayRead, planQuery } from "./query-plans.ts";
import { runQuery } from "./routine-commands.ts";
import { isAtHand, pull } from "./rows.ts";
import type { SessionState } from "./state.ts";

/** What Bind or EXECUTE gave for $1 … */
interface Given {
  readonly types: readonly Oid[];
  readonly values: readonly Scalar[];
}

const NOTHING_GIVEN: Given = { types: [], values: [] };
const JSON_TYPE = oid(114);

export function explainColumns({ options }: ExplainStatement): readonly ResultColumn[] {
  const column = textColumn("QUERY PLAN");
  return [hasJsonAnswer(options) ? { ...column, type: JSON_TYPE } : column];
}

/** The query whose parameters are those of the EXPLAIN. */
export function explainedQuery({ statement }: ExplainStatement): QueryStatement | undefined {
  if (statement.body.kind === "query") return statement.body;
  return statement.body.kind === "declareCursor" ? statement.body.query : undefined;
}

/** The types of the parameters of what is explained: given ones, and those that follow. */
export function explainedTypes(
  state: SessionState,
  statement: Statement,
  explained: ExplainStatement,
  types: readonly Oid[],
): readonly Oid[] | Promise<readonly Oid[]> {
  const { body } = explained.statement;
  const query = explainedQuery(explained);
  const plan: PlannedTypes | Promise<PlannedTypes> | undefined =
    body.kind === "modify"
      ? planModify(state, statement, body, types, true)
      : query && planQuery(state, statement, query, types, true);
  return plan === undefined ? types : after(plan, ({ parameterTypes }) => parameterTypes);
}

type PlannedTypes = { readonly parameterTypes: readonly Oid[] };

export function explainCommand(
  state: SessionState,
  body: ExplainStatement,
  given = NOTHING_GIVEN,
): Command {
  return {
    columns: explainColumns(body),
    describedLate: true,
    run: () =>
      after(explain(state, body, given), (lines) =>
        rowsOutcome(
          lines.map((line) => [line]),
          "EXPLAIN",
          false,
        ),
      ),
  };
}

type Lines = readonly string[] | Promise<readonly string[]>;

function explain(state: SessionState, explained: ExplainStatement, given: Given): Lines {
  const { options, statement } = explained;
  const { body } = statement;
  const query = explainedQuery(explained);
  if (query !== undefined) return explainQuery(state, options, statement, query, given);
  if (body.kind === "modify") return explainModify(state, options, statement, body, given);
  if (body.kind === "refused") throw body.error;
  if (body.kind === "unsupported") throw notSupported(body.what);
  if (body.kind === "execute") return explainExecute(state, options, body.name, body.parameters);
  if (body.kind === "executeInto") throw notSupported("EXPLAIN CREATE TABLE AS EXECUTE");
  if (isDdl(body)) return explainDdl(state, options, statement, takeRate(body).body);
  throw notSupported(`EXPLAIN ${statement.tag}`);
}

function explainExecute(
  state: SessionState,
  options: readonly StatementOption[],
  name: string,
  expressions: readonly unknown[],
): Lines {
  const prepared = state.prepared.get(name);
  const { parameterTypes: types, statement } = prepared;
  const evaluated = executionParameters(state, prepared, expressions);
  return after(evaluated, (values) => {
    if (statement?.body.kind === "modify") {
      return explainModify(state, options, statement, statement.body, { types, values });
    }
    if (statement?.body.kind !== "query") throw notSupported(`EXPLAIN EXECUTE of that statement`);
    return explainQuery(state, options, statement, statement.body, { types, values });
  });
}

function explainQuery(
  state: SessionState,
  options: readonly StatementOption[],
  statement: Statement,
  query: QueryStatement,
  { types, values }: Given,
): Lines {
  const { block, context } = state;
  const inferParameters = types.length > 0;
  const request = { statement, query, parameterTypes: types, inferParameters, context };
  return explainPlan(
    state,
    options,
    () => block.transaction.explain(request),
    // PostgreSQL computes constants when it plans.
    (explained, { analyze: asked }) =>
      asked || explained.plan.immutable ? analyze(state, explained, query, values) : undefined,
  );
}

/** With ANALYZE its rows are written. */
function explainModify(
  state: SessionState,
  options: readonly StatementOption[],
  statement: Statement,
  modify: ModifyStatement,
  { types, values }: Given,
): Lines {
  const { block, context } = state;
  const inferParameters = types.length > 0;
  const request = { statement, modify, parameterTypes: types, inferParameters, context };
  return explainPlan(
    state,
    options,
    () => block.transaction.explainModify(request),
    ({ plan }, { analyze: asked }) =>
      asked ? analyzeModify(state, statement, plan, values) : undefined,
  );
}

/** `run`: runs the plan, where the options or the plan ask for that. */
function explainPlan<Plan extends QueryPlan | ModifyQueryPlan>(
  state: SessionState,
  options: readonly StatementOption[],
  explain: () => ExplainedPlan<Plan>,
  run: (
    explained: ExplainedPlan<Plan>,
    options: ExplainOptions,
  ) => Measured | Promise<Measured> | undefined,
): Lines {
  state.block.noteQuery();
  const started = performance.now();
  return after(state.attempt(explain), (explained) => {
    const planningMs = performance.now() - started;
    const chosen = explainOptions(options);
    const { tree, sql, plan } = explained;
    checkMayRead(plan);
    const output = (plan.columns ?? []).map(({ name }) => name);
    return after(run(explained, chosen), (known) => {
      const measured = chosen.analyze ? known : undefined;
      return planAnswer({ tree, output, sql, planningMs, measured }, chosen);
    });
  });
}

/** In the body of a routine. `run`: runs the plan, and says how many rows it gave. */
export function explainAtOnce<Plan extends QueryPlan | ModifyQueryPlan>(
  options: readonly StatementOption[],
  explain: () => ExplainedPlan<Plan>,
  run: (plan: Plan) => number,
): readonly string[] {
  const started = performance.now();
  const { tree, sql, plan } = explain();
  const planned = performance.now();
  const chosen = explainOptions(options);
  checkMayRead(plan);
  const rows = chosen.analyze ? run(plan) : 0;
  const last = performance.now() - planned;
  const thread = "session" as const;
  const measured = chosen.analyze ? { rows, first: last, last, thread } : undefined;
  const output = (plan.columns ?? []).map(({ name }) => name);
  return planAnswer({ tree, output, sql, planningMs: planned - started, measured }, chosen);
}

/** Its rows are those of RETURNING. */
function analyzeModify(
  state: SessionState,
  statement: Statement,
  plan: ModifyQueryPlan,
  values: readonly Scalar[],
): Measured | Promise<Measured> {
  const started = performance.now();
  return after(modify(state, statement, plan, values), ({ rows }) => {
    const last = performance.now() - started;
    return { rows: rows.length, first: last, last, thread: "session" };
  });
}

/** Runs the query and counts its rows. */
function analyze(
  state: SessionState,
  { plan }: ExplainedPlan<QueryPlan>,
  { asOf }: QueryStatement,
  values: readonly Scalar[],
): Measured | Promise<Measured> {
  const started = performance.now();
  return after(pastSnapshot(state, plan, asOf), (snapshot) =>
    after(runQuery(state, plan, values, { snapshot }), (source) =>
      after(countRows(state, source), ({ rows, firstAt }) => ({
        rows,
        first: firstAt - started,
        last: performance.now() - started,
        thread: isAtHand(source) ? "session" : "reader",
      })),
    ),
  );
}

interface Counted {
  readonly rows: number;
  /** performance.now() when the first rows were there. */
  readonly firstAt: number;
}

function countRows(state: SessionState, source: RowSource): Counted | Promise<Counted> {
  if (isAtHand(source)) return { rows: source.length, firstAt: performance.now() };
  let rows = 0;
  let firstAt: number | undefined;
  const count = (batch: readonly unknown[]) => {
    rows += batch.length;
    firstAt ??= performance.now();
  };
  return pull(state, source, count).then(() => ({ rows, firstAt: firstAt ?? performance.now() }));
}

/** The statement runs, and everything that it did is taken back, its locks included. */
function explainDdl(
  state: SessionState,
  options: readonly StatementOption[],
  statement: Statement,
  body: DdlStatement,
): Lines {
  const { block, context } = state;
  checkMayRun(state, statement, body);
  const chosen = explainOptions(options);
  if (chosen.analyze) throw notSupported(`EXPLAIN ANALYZE ${statement.tag}`);
  block.noteQuery();
  const { transaction } = block;
  const mark = transaction.mark();
  const takeBack = () => transaction.rollbackTo(mark, false);
  try {
    const explained = state.attempt(() => transaction.explainDdl(body, context, mark));
    if (explained instanceof Promise) {
      return explained.finally(takeBack).then((known) => ddlAnswer(statement.tag, known, chosen));
    }
    takeBack();
    return ddlAnswer(statement.tag, explained, chosen);
  } catch (error) {
    takeBack();
    throw error;
  }
}
