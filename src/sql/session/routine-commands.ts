/**
 * CALL, AND A ROUTINE IN SQL AS IT RUNS: its statements one after the other, each seeing what those
 * before it did, with the routine's arguments as their parameters.
 * https://www.postgresql.org/docs/15/sql-call.html, https://www.postgresql.org/docs/15/xfunc-sql.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { BodyPlace } from "../bind/body-statement.ts";
import { refuseTimes } from "../parse/parse.ts";
import type { CallStatement, InlineCodeStatement, Statement } from "../parse/statement.ts";
import type { Ending } from "../plpgsql/port.ts";
import { Told, TransactionEnd } from "../plpgsql/replay.ts";
import type { Scalar } from "../types/scalar.ts";
import { after } from "./after.ts";
import { enterRoutine, rowsGiven, runsWith } from "./called-routine.ts";
import { type Command, done, type Outcome, type RowSource, rowsOutcome } from "./command.ts";
import type {
  ProcedurePlan,
  QueryPlan,
  ResultRow,
  RunOptions,
  StatementContext,
} from "./engine.ts";
import { modify, planModify } from "./modify-commands.ts";
import { checkMayRead, planQuery, runPlan } from "./query-plans.ts";
import type { PlannedRoutine, RoutineCode } from "./routine-code.ts";
import { firstRow, isAtHand, pull } from "./rows.ts";
import type { SessionState } from "./state.ts";
import { endWithin } from "./transaction-commands.ts";

interface Call {
  readonly call: CallStatement;
  readonly types: readonly Oid[];
  /** Types of parameters that are not given follow from their use. */
  readonly infer: boolean;
  readonly parameters: readonly Scalar[];
  /** It stands in the body of a routine. */
  readonly place?: BodyPlace;
}

export function planCall(
  state: SessionState,
  { call, types, infer, place }: Omit<Call, "parameters">,
): ProcedurePlan | Promise<ProcedurePlan> {
  const { block, context } = state;
  block.noteQuery();
  const request = { call, parameterTypes: types, inferParameters: infer, context, place };
  return state.attempt(() => block.transaction.planProcedure(request));
}

export const callCommand = (state: SessionState, call: Call): Command | Promise<Command> =>
  after(planCall(state, call), (plan) => ({
    columns: plan.columns,
    describedLate: true,
    run: () => runCall(state, plan, call.parameters, !call.place && !state.isInBlock),
  }));

async function runCall(
  state: SessionState,
  plan: ProcedurePlan,
  parameters: readonly Scalar[],
  mayEnd: boolean,
): Promise<Outcome> {
  if (plan.denied !== undefined) throw new SqlError("42501", plan.denied);
  const code = plan.code();
  const source = await runQuery(state, plan.arguments, parameters);
  const values = await argumentsIn(state, plan, source);
  const [row] = await runRoutine(state, code, values, mayEnd);
  if (!plan.columns) return done("CALL");
  if (!row) throw new SqlError("XX000", "procedure returned null record");
  return rowsOutcome([row], "CALL", false);
}

/** DO, which may end transactions where CALL may. */
export async function runInlineCode(
  state: SessionState,
  statement: InlineCodeStatement,
): Promise<Outcome> {
  const { block, context } = state;
  const mayEnd = !state.isInBlock && state.routineDepth === 0;
  block.noteQuery();
  const code = await state.attempt(() => block.transaction.routines.inlineCode(statement, context));
  await runRoutine(state, code, [], mayEnd);
  return done("DO");
}

/** Rows of the plan, those of its routines computed before. */
export function runQuery(
  state: SessionState,
  plan: QueryPlan,
  parameters: readonly Scalar[],
  options: RunOptions = {},
): RowSource | Promise<RowSource> {
  if (plan.routines.length === 0) return runPlan(state, plan, parameters, options);
  return runBehindRoutines(state, plan, parameters, options);
}

/** The query sees what was there before its routines ran. */
async function runBehindRoutines(
  state: SessionState,
  plan: QueryPlan,
  parameters: readonly Scalar[],
  options: RunOptions,
): Promise<RowSource> {
  checkMayRead(plan);
  const { transaction } = state.block;
  const own = options.snapshot ? undefined : transaction.takeSnapshot();
  const relations = plan.relations.map(([relation]) => relation);
  try {
    const routineRows: (readonly ResultRow[])[] = [];
    for (const routine of plan.routines) {
      const run = () => rowsOf(state, routine, parameters, routineRows);
      routineRows.push(await transaction.during(relations, run));
    }
    const snapshot = options.snapshot ?? own;
    return await runPlan(state, plan, parameters, { ...options, snapshot, routineRows });
  } finally {
    own?.release();
  }
}

/** A row that SQLite returns has a value also where a query has no columns. */
async function argumentsIn(
  state: SessionState,
  called: { readonly arguments: QueryPlan },
  source: RowSource,
): Promise<readonly Scalar[]> {
  const row = (await firstRow(state, source)) ?? [];
  return row.slice(0, called.arguments.columns.length);
}

/** What is read of a routine. */
async function rowsOf(
  state: SessionState,
  routine: PlannedRoutine,
  parameters: readonly Scalar[],
  routineRows: readonly (readonly ResultRow[])[],
): Promise<readonly ResultRow[]> {
  const source = await runPlan(state, routine.arguments, parameters, { routineRows });
  const values = await argumentsIn(state, routine, source);
  const rows = runsWith(routine, values) ? await runRoutine(state, routine.code, values) : [];
  return rowsGiven(routine, rows);
}

/** The rows of its last statement, fitted to what it returns. Throws 54001 and what they throw. */
async function runRoutine(
  state: SessionState,
  code: RoutineCode,
  values: readonly Scalar[],
  mayEnd = false,
): Promise<readonly ResultRow[]> {
  const leave = enterRoutine(state, code);
  try {
    return await runBody(state, code, values, mayEnd);
  } finally {
    leave();
  }
}

/** A procedure in PL/pgSQL that may end transactions. */
async function runEnding(
  state: SessionState,
  code: RoutineCode,
  values: readonly Scalar[],
): Promise<readonly ResultRow[]> {
  const { block, context } = state;
  const told = new Told();
  for (;;) {
    context.nextStatement();
    try {
      return await state.attempt(() => {
        told.rewind();
        return block.transaction.routines.run(code, values, context, told);
      });
    } catch (error) {
      if (!(error instanceof TransactionEnd)) throw error;
      told.keep(await endFailure(state, error.end));
    }
  }
}

async function endFailure(state: SessionState, end: Ending): Promise<SqlError | undefined> {
  try {
    await endWithin(state, end);
    return undefined;
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
}

async function runBody(
  state: SessionState,
  code: RoutineCode,
  values: readonly Scalar[],
  mayEnd: boolean,
): Promise<readonly ResultRow[]> {
  const { shape, statements, procedural } = code;
  if (procedural) {
    if (mayEnd && !code.definer && code.settings.length === 0)
      return runEnding(state, code, values);
    const { block, context } = state;
    context.nextStatement();
    return state.attempt(() => block.transaction.routines.run(code, values, context));
  }
  const placeOf = (at: number): BodyPlace => ({ shape, isLast: at === statements.length - 1 });
  // PostgreSQL looks at all of them before the first one runs.
  for (const [at, statement] of statements.entries()) {
    await within(state.context, code, "during startup", () =>
      look(state, code, statement, placeOf(at)),
    );
  }
  let last: readonly ResultRow[] = [];
  for (const [at, statement] of statements.entries()) {
    state.context.nextStatement();
    last = await within(state.context, code, `statement ${at + 1}`, () =>
      runOne(state, statement, placeOf(at), values),
    );
  }
  return last;
}

async function within<T>(
  { places }: StatementContext,
  { shape, source }: RoutineCode,
  what: string,
  work: () => T | Promise<T>,
): Promise<T> {
  const place = `SQL function "${shape.name}" ${what}`;
  places.push(() => place);
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { position, ...fields } = error.fields;
    const internal = fields.internal ?? (position && { position, query: source });
    const all = internal ? { ...fields, internal } : fields;
    const inside = new SqlError(error.code, error.message, all, error.severity);
    throw inside.within(place);
  } finally {
    places.pop();
  }
}

/** Ends of transactions, for which there is none in a routine. */
const ENDING: ReadonlySet<string> = new Set([
  ...["begin", "commit", "rollback", "savepoint", "release", "rollbackTo"],
  ...["prepareTransaction", "endPrepared"],
]);

const callOf = (call: Call["call"], place: BodyPlace, parameters: readonly Scalar[]): Call => ({
  ...{ call, types: place.shape.args, infer: false, parameters, place },
});

/** Throws what is wrong with the statement before it runs. */
async function look(
  state: SessionState,
  { readOnly }: RoutineCode,
  statement: Statement,
  place: BodyPlace,
): Promise<void> {
  const { body, tag } = statement;
  const types = place.shape.args;
  if (body.kind === "refused") throw body.error;
  if (ENDING.has(body.kind)) {
    throw new SqlError("0A000", `${tag} is not allowed in an SQL function`);
  }
  if (body.kind === "copy" && body.file === undefined) {
    throw new SqlError("0A000", "cannot COPY to/from client in an SQL function");
  }
  if (readOnly && body.kind !== "query") {
    throw new SqlError("0A000", `${tag} is not allowed in a non-volatile function`);
  }
  if (body.kind === "query") {
    refuseTimes(body);
    await planQuery(state, statement, body, types, false, { place });
  }
  if (body.kind === "modify") await planModify(state, statement, body, types, false, place);
  if (body.kind === "call") await planCall(state, callOf(body, place, []));
}

async function runOne(
  state: SessionState,
  statement: Statement,
  place: BodyPlace,
  values: readonly Scalar[],
): Promise<readonly ResultRow[]> {
  const { body } = statement;
  const types = place.shape.args;
  if (body.kind === "query") {
    const plan = await planQuery(state, statement, body, types, false, { place });
    checkMayRead(plan);
    return allRows(state, await runQuery(state, plan, values));
  }
  if (body.kind === "modify") {
    const plan = await planModify(state, statement, body, types, false, place);
    checkMayRead(plan);
    return (await modify(state, statement, plan, values)).rows;
  }
  const command =
    body.kind === "call"
      ? await callCommand(state, callOf(body, place, values))
      : await state.commandOf(statement);
  const outcome = await command.run();
  if (outcome.kind === "rows") await allRows(state, outcome.source);
  return [];
}

async function allRows(state: SessionState, source: RowSource): Promise<readonly ResultRow[]> {
  if (isAtHand(source)) return source;
  const rows: ResultRow[] = [];
  await pull(state, source, (batch) => {
    for (const row of batch) rows.push(row);
  });
  return rows;
}
