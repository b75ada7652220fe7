/**
 * SQL IN BODIES IN PL/pgSQL: bound over their variables, planned as clients' statements are, run at
 * once on this thread, at the newest rows and those that the transaction has staged until now.
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { type Notice, SqlError } from "../../base/sql-error.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import type { BodyPlace } from "../bind/body-statement.ts";
import type { BindContext, Variables } from "../bind/context.ts";
import type { BoundQuery } from "../bind/tree.ts";
import { parse, refuseTimes } from "../parse/parse.ts";
import type {
  ExplainStatement,
  ModifyStatement,
  QueryStatement,
  Statement,
} from "../parse/statement.ts";
import type {
  MadeSql,
  Opening,
  PlacedSql,
  ProcedureCall,
  Rows,
  TypeTarget,
} from "../plpgsql/port.ts";
import type { Told, ToldPort } from "../plpgsql/replay.ts";
import {
  BoundVariables,
  ConstantVariables,
  constantsOf,
  type Frame,
} from "../plpgsql/variables.ts";
import { placesOf } from "../session/body-effects.ts";
import type {
  BodyVariables,
  CallRequest,
  CurrentOf,
  CursorRow,
  ModifyQueryPlan,
  ModifyRequest,
  PlanRequest,
  ProcedurePlan,
  QueryPlan,
} from "../session/engine.ts";
import type { RoutineCode } from "../session/routine-code.ts";
import type { Translation } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import { castQuery } from "./body-casts.ts";
import { type ExplainHost, explained } from "./body-explain.ts";
import { fieldOf, relationsOf } from "./body-fields.ts";
import { assigning, BodyNames, onlyStatement } from "./body-names.ts";
import {
  cannotOpen,
  checkMayStand,
  checkMayWrite,
  checkWrites,
  NOTHING,
  type OthersHost,
  runOther,
} from "./body-others.ts";
import { inside, placeOf, type Shown, withoutPlace } from "./body-places.ts";
import { resultOf } from "./routines.ts";

/** What it needs of the transaction. */
export interface BodyHost extends OthersHost, ExplainHost {
  readonly transaction: CatalogTransaction;
  /** Keeps it until the call is over. */
  notice(said: Notice): void;
  bindContext(): BindContext;
  plan(request: PlanRequest): QueryPlan;
  planModify(request: ModifyRequest): ModifyQueryPlan;
  read(plan: QueryPlan, parameters: readonly Scalar[]): readonly (readonly Scalar[])[];
  modify(
    plan: ModifyQueryPlan,
    parameters: readonly Scalar[],
    current: readonly CursorRow[],
  ): { readonly count: number; readonly rows: readonly (readonly Scalar[])[] };
  planProcedure(request: CallRequest): ProcedurePlan;
  findTranslation(key: string, make: () => BoundQuery): Translation;
  evaluate(translation: Translation, values: readonly Scalar[]): readonly Scalar[];
  checkInterrupts(): void;
}

const REFCURSOR = 1790 as Oid;

/** A statement of a body before it is planned. */
interface BodyStatement {
  readonly sql: string;
  readonly variables: BodyVariables | undefined;
  readonly parameterTypes: readonly Oid[];
  readonly values: (uses: QueryPlan["uses"]) => Scalar[];
  /** What a statement that is stored sees of them. */
  readonly constants: () => Variables;
  readonly isMade: boolean;
  readonly isFetched?: boolean | undefined;
  readonly shown: Shown;
  readonly part?: PlacedSql["part"];
}

export class BodySql extends BodyNames implements ToldPort {
  readonly #host: BodyHost;

  constructor(host: BodyHost) {
    super(host);
    this.#host = host;
  }

  get types() {
    return this.#host.context;
  }

  get cursors() {
    return this.#host.context.effects.cursors;
  }

  run(sql: PlacedSql, frame: Frame): Rows {
    return this.#statement(this.#placed(sql, frame), frame);
  }

  #placed(placed: PlacedSql, frame: Frame): BodyStatement {
    const { sql, before, shown, noun, id, conflict, part, isFetched } = placed;
    const text = before + sql.text;
    const opened: BoundVariables[] = [];
    const variables: BodyVariables = {
      key: `\0${id}/${sql.start}/${sql.text.length}/${frame.key}`,
      open: () => {
        const made = new BoundVariables(frame, conflict);
        opened.push(made);
        return made;
      },
    };
    const values = (uses: QueryPlan["uses"] = []): Scalar[] =>
      uses.map((names) => frame.valueOf(names));
    const skipped = before.length - shown.length;
    const place = { query: shown + sql.text, skipped, noun };
    const constants = () => new ConstantVariables(frame, conflict);
    const given = { parameterTypes: [], values, constants, isMade: false };
    return { sql: text, variables, ...given, shown: place, part, isFetched };
  }

  execute(sql: MadeSql, frame: Frame): Rows {
    return this.#statement(this.#made(sql, frame), frame);
  }

  #made({ made: text, values: given, isFetched }: MadeSql, frame: Frame): BodyStatement {
    const types = given.map(({ type }) => type);
    const tables = frame.tablesKey;
    const open = () => new BoundVariables(frame, "use_column", given.length);
    const variables = tables === "" ? undefined : { key: `\0${tables}\0${text}`, open };
    const values = (uses: QueryPlan["uses"] = []) => [
      ...given.map(({ value }) => value),
      ...uses.map((names) => frame.valueOf(names)),
    ];
    const shown = { query: text, skipped: 0, noun: "SQL statement" } as const;
    const constants = () => constantsOf(given);
    const from = { sql: text, variables, parameterTypes: types, values, constants };
    return { ...from, isMade: true, shown, isFetched };
  }

  /** Its query runs to its end when it is opened. */
  openCursor(query: PlacedSql | MadeSql, frame: Frame, { name, scroll }: Opening): string {
    const from = "made" in query ? this.#made(query, frame) : this.#placed(query, frame);
    const { sql, variables, parameterTypes, values, shown } = from;
    const keyed = variables && { ...variables, key: `\0cursor${variables.key}` };
    const parsed = inside(shown, true, () => onlyStatement(sql));
    const { tag, body } = parsed;
    if (body.kind !== "query" && body.kind !== "modify") throw cannotOpen(tag);
    const [plan, run] = inside(shown, true, () => {
      const made = this.#plan(parsed, keyed, parameterTypes, undefined, true);
      return [made, () => this.#run(parsed, made, values(made.uses), frame)] as const;
    });
    const { columns } = plan;
    if (!columns) throw cannotOpen(tag);
    const isQuery = !("targets" in plan);
    if (isQuery && plan.locks !== undefined && scroll === true) {
      const message = `DECLARE SCROLL CURSOR ... FOR ${plan.locks} is not supported`;
      const detail = "Scrollable cursors must be READ ONLY.";
      throw new SqlError("0A000", message, { detail });
    }
    const { rows } = inside(shown, false, run);
    return this.cursors.open({
      ...{ name, text: shown.query, columns, rows },
      scroll: scroll ?? (isQuery && plan.locks === undefined && plan.readsBackwards),
      tables: isQuery ? plan.cursorTables : undefined,
      relations: relationsOf(plan),
    });
  }

  /** The body of a routine in SQL: the rows of its last statement. */
  routine(code: RoutineCode, values: readonly Scalar[]): Rows["rows"] {
    const { shape, statements } = code;
    let last: Pick<Rows, "columns" | "rows"> = { columns: undefined, rows: [] };
    for (const [at, statement] of statements.entries()) {
      const place = { shape, isLast: at === statements.length - 1 };
      const where = `SQL function "${shape.name}" statement ${at + 1}`;
      const { kind } = statement.body;
      const run = () => {
        if (kind !== "query" && kind !== "modify") {
          return runOther(this.#host, statement, () => constantsOf([]));
        }
        const plan = this.#plan(statement, undefined, shape.args, place);
        return this.#run(statement, plan, values);
      };
      const told = () => withoutPlace(where, run);
      last = this.at(() => where, told);
    }
    return resultOf(code, last);
  }

  procedure(sql: PlacedSql, frame: Frame): ProcedureCall {
    const from = this.#placed(sql, frame);
    return inside(from.shown, true, () => this.#procedure(from, onlyStatement(from.sql)));
  }

  #procedure(from: BodyStatement, { body }: Statement): ProcedureCall {
    const { context } = this.#host;
    const { variables, parameterTypes, shown } = from;
    if (body.kind === "refused") throw body.error;
    if (body.kind === "inlineCode") {
      const code = this.#host.inlineCode(body);
      return { text: shown.query, code, values: [], columns: undefined, outputs: [] };
    }
    if (body.kind !== "call") throw new SqlError("42601", "it is no CALL");
    const plan = this.#host.planProcedure({
      ...{ call: body, context, parameterTypes, inferParameters: false },
      ...(variables && { variables }),
    });
    if (plan.denied !== undefined) throw new SqlError("42501", plan.denied);
    const [values = []] = this.#host.read(plan.arguments, from.values(plan.arguments.uses));
    const columns = plan.columns?.map(fieldOf);
    return { text: shown.query, code: plan.code(), values, columns, outputs: plan.outputs };
  }

  mayEnd({ code }: ProcedureCall): boolean {
    const { definer, settings, procedural } = code as RoutineCode;
    return procedural !== undefined && definer === undefined && settings.length === 0;
  }

  runProcedure(call: ProcedureCall, isGuarded: boolean, told?: Told): Rows["rows"] {
    const { code, values, text } = call;
    const shown: Shown = { query: text, skipped: 0, noun: "SQL statement" };
    const run = () => {
      checkMayWrite(this.#host, "CALL");
      return this.#host.runProcedure(code as RoutineCode, values, isGuarded ? undefined : told);
    };
    return this.at(
      () => placeOf(shown),
      () => inside(shown, false, run),
    );
  }

  #statement(source: BodyStatement, frame: Frame): Rows {
    const { sql, shown, part, isMade, variables } = source;
    const all = inside(shown, true, () => (isMade ? parse(sql) : [onlyStatement(sql)]));
    for (const each of all) checkMayStand(each, isMade);
    const run = (each: Statement, at: number): Rows => {
      const key = at > 0 && variables ? `${variables.key}\0${at}` : undefined;
      const own = key === undefined ? source : { ...source, variables: { ...variables, key } };
      return this.#parsed(own as BodyStatement, part ? assigning(each, part) : each, frame);
    };
    const runAll = () => {
      const none: Rows = { ...NOTHING, text: shown.query, tag: "" };
      return all.reduce((_, each, at) => run(each, at), none);
    };
    if (shown.noun !== "SQL statement" || source.isFetched) return runAll();
    return this.at(() => placeOf(shown), runAll);
  }

  #parsed(source: BodyStatement, statement: Statement, frame: Frame): Rows {
    const { variables, parameterTypes, values, constants, shown } = source;
    const text = shown.query;
    const { tag, body } = statement;
    if (body.kind === "explain") {
      return { ...inside(shown, true, () => this.#explain(source, body, frame)), text, tag };
    }
    if (body.kind === "call") {
      return { ...inside(shown, true, () => this.#called(source, statement)), text, tag };
    }
    if (body.kind !== "query" && body.kind !== "modify") {
      const done = inside(shown, true, () => runOther(this.#host, statement, constants));
      return { ...done, text, tag };
    }
    const plan = inside(shown, true, () => this.#plan(statement, variables, parameterTypes));
    const run = () => ({ ...this.#run(statement, plan, values(plan.uses), frame), text, tag });
    // Of an expression PostgreSQL does not say which it was.
    // What PostgreSQL computes when it plans it shows.
    const isConstant = "immutable" in plan && plan.immutable && !plan.uses?.length;
    const isSaid = isConstant || (shown.noun === "SQL statement" && !source.isFetched);
    return isSaid ? inside(shown, false, run) : run();
  }

  /** CALL as a text: it ends no transaction. */
  #called(source: BodyStatement, statement: Statement) {
    const { code, values, columns } = this.#procedure(source, statement);
    checkMayWrite(this.#host, "CALL");
    const rows = this.#host.runProcedure(code as RoutineCode, values);
    return { ...NOTHING, columns, rows, count: 0 };
  }

  #explain(source: BodyStatement, body: ExplainStatement, frame: Frame) {
    const { variables, parameterTypes, values } = source;
    const { statement } = body;
    const request = this.#request(statement, variables, parameterTypes);
    return explained(this.#host, body, request, (plan) => {
      return this.#run(statement, plan, values(plan.uses), frame).rows.length;
    });
  }

  #request(
    statement: Statement,
    variables: BodyVariables | undefined,
    parameterTypes: readonly Oid[],
  ) {
    const { context } = this.#host;
    const given = { statement, parameterTypes, inferParameters: false, context };
    return variables ? { ...given, variables } : given;
  }

  #plan(
    statement: Statement,
    variables: BodyVariables | undefined,
    parameterTypes: readonly Oid[],
    place?: BodyPlace,
    forCursor = false,
  ) {
    const { body } = statement;
    const request = { ...this.#request(statement, variables, parameterTypes), place };
    if (body.kind === "query") {
      refuseTimes(body);
      return this.#host.plan({ ...request, query: unshaped(body), forCursor });
    }
    assert(body.kind === "modify", "it is planned");
    return this.#host.planModify({ ...request, modify: unshaped(body) });
  }

  #run(
    statement: Statement,
    plan: QueryPlan | ModifyQueryPlan,
    values: readonly Scalar[],
    frame?: Frame,
  ): Omit<Rows, "text" | "tag"> {
    if (plan.denied !== undefined) throw new SqlError("42501", plan.denied);
    const columns = plan.columns?.map(fieldOf);
    const relations = relationsOf(plan);
    if (!("targets" in plan)) {
      if (plan.locks !== undefined) checkWrites(this.#host, `SELECT FOR ${plan.locks}`, plan);
      const rows = this.#host.read(plan, values);
      return { columns, rows, count: rows.length, writes: false, relations };
    }
    checkWrites(this.#host, plan.byRule ? "SELECT" : statement.tag, plan);
    const current = plan.currentOf.map((asked) => this.#currentOf(asked, frame));
    const { count, rows } = this.#host.modify(plan, values, current);
    if (plan.byRule) return { columns: undefined, rows: [], count, writes: true, relations };
    return { columns, rows, count, writes: true, relations };
  }

  /** A variable of cursors' type is meant before a cursor of that name. */
  #currentOf(asked: CurrentOf, frame: Frame | undefined): CursorRow {
    const variable = frame?.variable(asked.cursor);
    const isName = variable?.kind === "scalar" && variable.type === REFCURSOR;
    const cursor = isName ? String(variable.value ?? "") : asked.cursor;
    return { ...this.cursors.current({ ...asked, cursor }), cursor: asked.cursor };
  }

  cast(value: Scalar, from: Oid, to: TypeTarget): Scalar {
    if (from === to.type && to.typmod < 0) return value;
    const key = `cast/${from}/${to.type}/${to.typmod}`;
    const translation = this.#host.findTranslation(key, () =>
      castQuery(this.#host.bindContext(), from, to),
    );
    return this.#host.evaluate(translation, [value])[0] ?? null;
  }

  mark() {
    const { transaction, context } = this.#host;
    const session = context.effects.statements.mark();
    return { staged: transaction.mark(), session, cursors: this.cursors.mark };
  }
  rollbackTo(mark: unknown): void {
    const { staged, session, cursors } = mark as ReturnType<BodySql["mark"]>;
    const { transaction, context } = this.#host;
    transaction.rollbackTo(staged, false);
    context.effects.statements.rollbackTo(session);
    context.catalogChanged();
    this.cursors.closeSince(cursors);
  }
  notice(said: Notice): void {
    this.#host.notice(said);
  }
  at<T>(place: () => string, work: () => T): T {
    const { places } = this.#host.context;
    places.push(place);
    try {
      return work();
    } finally {
      places.pop();
    }
  }
  during<T>(relations: readonly Oid[], work: () => T): T {
    return this.#host.transaction.inUse.during(relations, work);
  }
  places(): readonly string[] {
    return placesOf(this.#host.context);
  }
  checkInterrupts(): void {
    this.#host.checkInterrupts();
  }
}

/** Texts of the same shape with other literals are told apart by where they stand. */
function unshaped<T extends QueryStatement | ModifyStatement>(body: T): T {
  return { ...body, shape: undefined };
}
