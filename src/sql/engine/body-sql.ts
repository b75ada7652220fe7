/**
 * SQL IN BODIES IN PL/pgSQL: bound over their variables, planned as clients' statements are, run at
 * once on this thread, at the newest rows and those that the transaction has staged until now.
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { type Notice, SqlError, withoutPosition } from "../../base/sql-error.ts";
import { isOwnTemporary } from "../../catalog/names.ts";
import type { BodyPlace } from "../bind/body-statement.ts";
import { coerceToTarget } from "../bind/coerce.ts";
import type { BindContext, Variables } from "../bind/context.ts";
import { plainSelect, plainTarget } from "../bind/plain-select.ts";
import { bindingOf } from "../bind/query.ts";
import { Parameters, Scope } from "../bind/scope.ts";
import type { BoundQuery, Expression } from "../bind/tree.ts";
import type { AssignedPart } from "../bind/variable-part.ts";
import { refuseTimes } from "../parse/parse.ts";
import type { ModifyStatement, QueryStatement, Statement } from "../parse/statement.ts";
import type {
  MadeSql,
  Opening,
  PlacedSql,
  ProcedureCall,
  Rows,
  TypeTarget,
} from "../plpgsql/port.ts";
import type { Told, ToldPort } from "../plpgsql/replay.ts";
import { BoundVariables, constantsOf, type Frame, heldIn, shapeOf } from "../plpgsql/variables.ts";
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
import { fieldOf } from "./body-fields.ts";
import { BodyNames, onlyStatement } from "./body-names.ts";
import { checkMayStand, type OthersHost, runOther } from "./body-others.ts";

/** What it needs of the transaction. */
export interface BodyHost extends OthersHost {
  readonly transaction: { mark(): unknown; rollbackTo(mark: never, keepLocks: boolean): void };
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
  runProcedure(code: RoutineCode, values: readonly Scalar[], told?: Told): Rows["rows"];
  findTranslation(key: string, make: () => BoundQuery): Translation;
  evaluate(translation: Translation, values: readonly Scalar[]): readonly Scalar[];
  checkInterrupts(): void;
}

const TEXT = 25 as Oid;
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
  readonly shown: Shown;
  readonly part?: PlacedSql["part"];
}

/** How errors show a text. */
interface Shown {
  readonly query: string;
  /** Characters before it that are not shown. */
  readonly skipped: number;
  readonly noun: PlacedSql["noun"];
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
    const { sql, before, shown, noun, id, conflict, part } = placed;
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
    const constants = () =>
      constantsOf(conflict, (names) => {
        const found = frame.find(names);
        return found && { ...shapeOf(found), number: 0, value: heldIn(found) };
      });
    const given = { parameterTypes: [], values, constants, isMade: false };
    return { sql: text, variables, ...given, shown: place, part };
  }

  execute(made: string, values: MadeSql["values"], frame: Frame): Rows {
    return this.#statement(this.#made({ made, values }, frame), frame);
  }

  #made({ made: text, values: given }: MadeSql, frame: Frame): BodyStatement {
    const types = given.map(({ type }) => type);
    const tables = frame.tablesKey;
    const open = () => new BoundVariables(frame, "use_column", given.length);
    const variables = tables === "" ? undefined : { key: `\0${tables}\0${text}`, open };
    const values = (uses: QueryPlan["uses"] = []) => [
      ...given.map(({ value }) => value),
      ...uses.map((names) => frame.valueOf(names)),
    ];
    const shown = { query: text, skipped: 0, noun: "SQL statement" } as const;
    const constants = () =>
      constantsOf("use_column", ([name = ""]) => {
        const found = name.startsWith("$") ? given[Number(name.slice(1)) - 1] : undefined;
        return found && { ...found, number: 0 };
      });
    return { sql: text, variables, parameterTypes: types, values, constants, isMade: true, shown };
  }

  /** Its query runs to its end when it is opened. */
  openCursor(query: PlacedSql | MadeSql, frame: Frame, { name, scroll }: Opening): string {
    const from = "made" in query ? this.#made(query, frame) : this.#placed(query, frame);
    const { sql, variables, parameterTypes, values, shown } = from;
    const keyed = variables && { ...variables, key: `\0cursor${variables.key}` };
    const [{ tag }, plan, run] = inside(shown, true, () => {
      const parsed = onlyStatement(sql);
      const made = this.#plan(parsed, keyed, parameterTypes, undefined, true);
      return [parsed, made, () => this.#run(parsed, made, values(made.uses), frame)] as const;
    });
    const { columns } = plan;
    if (!columns) throw new SqlError("42P11", `cannot open ${tag} query as cursor`);
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
    });
  }

  /** The body of a routine in SQL: the rows of its last statement. */
  routine({ shape, statements }: RoutineCode, values: readonly Scalar[]): Rows["rows"] {
    let rows: Rows["rows"] = [];
    for (const [at, statement] of statements.entries()) {
      const place = { shape, isLast: at === statements.length - 1 };
      rows = withoutPlace(`SQL function "${shape.name}" statement ${at + 1}`, () => {
        const plan = this.#plan(statement, undefined, shape.args, place);
        return this.#run(statement, plan, values).rows;
      });
    }
    return rows;
  }

  procedure(sql: PlacedSql, frame: Frame): ProcedureCall {
    const from = this.#placed(sql, frame);
    const { context } = this.#host;
    return inside(from.shown, true, () => {
      const { body } = onlyStatement(from.sql);
      if (body.kind === "refused") throw body.error;
      if (body.kind !== "call" || !from.variables) throw new SqlError("42601", "it is no CALL");
      const plan = this.#host.planProcedure({
        ...{ call: body, context, parameterTypes: [], inferParameters: false },
        variables: from.variables,
      });
      if (plan.denied !== undefined) throw new SqlError("42501", plan.denied);
      const [values = []] = this.#host.read(plan.arguments, from.values(plan.arguments.uses));
      const columns = plan.columns?.map(fieldOf) ?? [];
      const { outputs } = plan;
      return { code: plan.code(), values, columns, outputs, text: from.shown.query };
    });
  }

  mayEnd({ code }: ProcedureCall): boolean {
    const { definer, settings, procedural } = code as RoutineCode;
    return procedural !== undefined && definer === undefined && settings.length === 0;
  }

  runProcedure(call: ProcedureCall, isGuarded: boolean, told?: Told): Rows["rows"] {
    const { code, values, text } = call;
    const shown: Shown = { query: text, skipped: 0, noun: "SQL statement" };
    const given = isGuarded ? undefined : told;
    return inside(shown, false, () => {
      if (this.#host.readOnly) {
        throw new SqlError("0A000", "CALL is not allowed in a non-volatile function");
      }
      return this.#host.runProcedure(code as RoutineCode, values, given);
    });
  }

  #statement(source: BodyStatement, frame: Frame): Rows {
    const { sql, shown, part, isMade } = source;
    const parsed = inside(shown, true, () => onlyStatement(sql));
    checkMayStand(parsed, isMade);
    return this.#parsed(source, part ? assigning(parsed, part) : parsed, frame);
  }

  #parsed(source: BodyStatement, statement: Statement, frame: Frame): Rows {
    const { variables, parameterTypes, values, constants, shown } = source;
    const text = shown.query;
    const { tag, body } = statement;
    if (body.kind !== "query" && body.kind !== "modify") {
      const done = inside(shown, true, () => runOther(this.#host, statement, constants));
      return { ...done, text, tag };
    }
    const plan = inside(shown, true, () => this.#plan(statement, variables, parameterTypes));
    const run = () => ({ ...this.#run(statement, plan, values(plan.uses), frame), text, tag });
    // Of an expression PostgreSQL does not say which it was.
    return shown.noun === "SQL statement" ? inside(shown, false, run) : run();
  }

  #plan(
    statement: Statement,
    variables: BodyVariables | undefined,
    parameterTypes: readonly Oid[],
    place?: BodyPlace,
    forCursor = false,
  ) {
    const { context } = this.#host;
    const { body } = statement;
    const request = {
      statement,
      parameterTypes,
      inferParameters: false,
      context,
      ...(variables ? { variables } : {}),
      place,
    };
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
    if (!("targets" in plan)) {
      if (plan.locks !== undefined) this.#checkMayWrite(`SELECT FOR ${plan.locks}`, plan);
      const rows = this.#host.read(plan, values);
      return { columns, rows, count: rows.length, writes: false };
    }
    this.#checkMayWrite(plan.byRule ? "SELECT" : statement.tag, plan);
    const current = plan.currentOf.map((asked) => this.#currentOf(asked, frame));
    const { count, rows } = this.#host.modify(plan, values, current);
    if (plan.byRule) return { columns: undefined, rows: [], count, writes: true };
    return { columns, rows, count, writes: true };
  }

  /** A variable of cursors' type is meant before a cursor of that name. */
  #currentOf(asked: CurrentOf, frame: Frame | undefined): CursorRow {
    const variable = frame?.variable(asked.cursor);
    const isName = variable?.kind === "scalar" && variable.type === REFCURSOR;
    const cursor = isName ? String(variable.value ?? "") : asked.cursor;
    return { ...this.cursors.current({ ...asked, cursor }), cursor: asked.cursor };
  }

  /** Throws 0A000 and 25006. */
  #checkMayWrite(tag: string, plan: QueryPlan | ModifyQueryPlan): void {
    if (this.#host.readOnly) {
      throw new SqlError("0A000", `${tag} is not allowed in a non-volatile function`);
    }
    const { catalog, readOnly } = this.#host.context;
    if (!readOnly) return;
    const relations =
      "targets" in plan
        ? [...plan.targets]
        : plan.relations.flatMap(([relation, mode]) => (mode === "RowShare" ? relation : []));
    if (relations.every((each) => isOwnTemporary(catalog, each))) return;
    throw new SqlError("25006", `cannot execute ${tag} in a read-only transaction`);
  }

  cast(value: Scalar, from: Oid, to: TypeTarget): Scalar {
    if (from === to.type && to.typmod < 0) return value;
    const key = `cast/${from}/${to.type}/${to.typmod}`;
    const translation = this.#host.findTranslation(key, () => this.#castQuery(from, to));
    return this.#host.evaluate(translation, [value])[0] ?? null;
  }

  /** By assignment; where no cast is, by the text. */
  #castQuery(from: Oid, { type, typmod }: TypeTarget): BoundQuery {
    const scope = new Scope(
      bindingOf(this.#host.bindContext(), new Parameters([from], false)),
      undefined,
    );
    const { collation } = scope.names.type(from);
    const given: Expression = { kind: "parameter", number: 1, type: from, typmod: -1, collation };
    const assigned = coerceToTarget(scope, given, type, typmod, "assignment", "implicit");
    const text = assigned
      ? undefined
      : coerceToTarget(scope, given, TEXT, -1, "explicit", "explicit");
    const made =
      assigned ?? (text && coerceToTarget(scope, text, type, typmod, "explicit", "explicit"));
    if (!made) throw new SqlError("42846", "cannot cast a value to the type of the variable");
    return { query: plainSelect([plainTarget(made)]), parameterTypes: [from] };
  }

  mark() {
    const { transaction, context } = this.#host;
    const session = context.effects.statements.mark();
    return { staged: transaction.mark(), session, cursors: this.cursors.mark };
  }
  rollbackTo(mark: unknown): void {
    const { staged, session, cursors } = mark as ReturnType<BodySql["mark"]>;
    const { transaction, context } = this.#host;
    transaction.rollbackTo(staged as never, false);
    context.effects.statements.rollbackTo(session);
    context.catalogChanged();
    this.cursors.closeSince(cursors);
  }
  notice(said: Notice): void {
    this.#host.notice(said);
  }
  checkInterrupts(): void {
    this.#host.checkInterrupts();
  }
}

/** Texts of the same shape with other literals are told apart by where they stand. */
function unshaped<T extends QueryStatement | ModifyStatement>(body: T): T {
  return { ...body, shape: undefined };
}

/** The whole that the variable holds then. */
function assigning(
  statement: Statement,
  { place, variable }: NonNullable<PlacedSql["part"]>,
): Statement {
  const { body } = statement;
  const target = onlyStatement(`SELECT ${place}`).body;
  if (body.kind !== "query" || target.kind !== "query") return statement;
  const assigned: AssignedPart = { target: target.node, variable };
  return { ...statement, body: { ...body, node: { ...(body.node as object), assigned } } };
}

function withoutPlace<T>(where: string, work: () => T): T {
  try {
    return withoutPosition(work);
  } catch (error) {
    throw error instanceof SqlError ? error.within(where) : error;
  }
}

/** Errors have their place in the query; those without one say which it was. */
function inside<T>({ query, skipped, noun }: Shown, isPlanning: boolean, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { position, ...fields } = error.fields;
    if (position === undefined || !isPlanning) {
      throw new SqlError(error.code, error.message, fields).within(`${noun} "${query}"`);
    }
    const internal = { internal: { position: position - skipped, query } };
    throw new SqlError(error.code, error.message, { ...fields, ...internal });
  }
}
