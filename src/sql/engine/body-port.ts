/** What a body that is called by a statement runs its SQL with: the statement's transaction. */
import { assert } from "../../base/assert.ts";
import type { Notice } from "../../base/sql-error.ts";
import type { TimeShare } from "../execute/query-runner.ts";
import type { Snapshot } from "../execute/snapshot-reader.ts";
import { replaying, type Told } from "../plpgsql/replay.ts";
import { givenRows } from "../rows/given-rows.ts";
import type { ModifyPlan } from "../rows/modify-plan.ts";
import { ModifyRun } from "../rows/modify-run.ts";
import { readsTables } from "../rows/writing-plan.ts";
import { type Read, runPartsAtOnce } from "../rows/writing-run.ts";
import { placesOf } from "../session/body-effects.ts";
import { rowsGiven, runsWith } from "../session/called-routine.ts";
import type { ModifyResult, ResultRow, StatementContext } from "../session/engine.ts";
import type { PlannedRoutine, RoutineCode } from "../session/routine-code.ts";
import type { Translation } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import { checkMayWrite } from "./body-others.ts";
import { BodySql } from "./body-sql.ts";
import { CurrentRows } from "./current-rows.ts";
import type { InBody } from "./ddl-run.ts";
import { codeInline } from "./inline-code.ts";
import type { ModifyAccess } from "./modify-access.ts";
import type { Plan } from "./plan.ts";
import { runProcedural } from "./procedural.ts";
import { planProcedure } from "./procedures.ts";
import type { LockingPlan } from "./row-locking.ts";
import type { Writing } from "./writing.ts";
import type { WritingHost } from "./writing-host.ts";
import type { KeptModify } from "./writing-plans.ts";

/** Of the queries of one call: while they run, no other session does. */
export const CALL_MS_MAX = 500;
/** Of what DDL in it does with rows. */
const WORK_MS_MAX = 2000;

type Plans = Pick<Writing, "plan" | "explain" | "access" | "finder">;

interface BodyOptions {
  /** The routine is not volatile. */
  readonly readOnly?: boolean;
  /** Of the call that the body is run by. */
  readonly share?: TimeShare;
  /** What the query sees that calls a routine that is not volatile; else what there is by now. */
  readonly snapshot?: Snapshot | undefined;
  /** What is run may give another value each time. */
  readonly noteVolatile?: () => void;
}

/** For the body of a routine that a query calls. */
export function routinePort(
  host: WritingHost,
  writing: Plans,
  context: StatementContext,
  { readOnly }: RoutineCode,
  share: TimeShare,
  more: Pick<BodyOptions, "snapshot" | "noteVolatile"> = {},
): BodySql {
  const notice = (said: Notice) => context.notice(said);
  return bodyPort(host, writing, context, notice, { readOnly, share, ...more });
}

/** For a query that a function is given. */
export function readingPort(
  host: WritingHost,
  writing: Plans,
  context: StatementContext,
  share: TimeShare,
): BodySql {
  const notice = (said: Notice) => context.notice(said);
  return bodyPort(host, writing, context, notice, { readOnly: true, share });
}

/** Runs a routine at once. Whoever calls has entered it. */
export function runRoutine(
  port: BodySql,
  code: RoutineCode,
  values: readonly Scalar[],
  told?: Told,
): readonly ResultRow[] {
  const { procedural } = code;
  if (!procedural) return port.routine(code, values);
  return runProcedural(code, procedural, values, told ? replaying(port, told) : port);
}

export function bodyPort(
  host: WritingHost,
  writing: Plans,
  context: StatementContext,
  tell: (said: Notice) => void,
  { readOnly = false, share = { ms: CALL_MS_MAX, left: CALL_MS_MAX }, ...more }: BodyOptions = {},
): BodySql {
  const { snapshot, noteVolatile } = more;
  const begun = () => snapshot ?? host.begun();
  const notice = (said: Notice) => {
    const where = said.where ?? placesOf(context).join("\n");
    tell(where === "" ? said : { ...said, where });
  };
  const { accessNow, accessFor } = accessing(writing, context, noteVolatile);
  const runCode = (code: RoutineCode, values: readonly Scalar[], told?: Told) => {
    const leave = context.effects.enterRoutine(code);
    try {
      return runRoutine(routinePort(host, writing, context, code, share), code, values, told);
    } finally {
      leave();
    }
  };
  /** What the query reads of a routine, as a parameter behind the others. */
  const rowsOf = (routine: PlannedRoutine, parameters: readonly Scalar[]): string => {
    const { translation } = routine.arguments as Plan;
    const [values = []] = accessNow().readNow(translation, parameters, begun(), share);
    const rows = runsWith(routine, values) ? runCode(routine.code, values) : [];
    return givenRows(rowsGiven(routine, rows));
  };
  const working = (): InBody => {
    share.work ??= { ms: WORK_MS_MAX, left: WORK_MS_MAX };
    return { share: share.work, notice };
  };
  return new BodySql({
    ...{ transaction: host.transaction, context, notice, readOnly },
    bindContext: () => host.planner.bindContext(context),
    plan: (request) => host.planner.plan(request),
    planModify: (request) => writing.plan(request),
    explain: (request) => host.planner.explain(request, begun()),
    explainModify: (request) => writing.explain(request),
    read: (plan, given) => {
      const { translation, locking, steps, routines, parameterTypes } = plan as Plan;
      const seen = begun();
      const all = parameterTypes.map((_, at) => given[at] ?? null);
      for (const routine of routines) all.push(rowsOf(routine, all));
      const locked = (query: Translation, locks: LockingPlan | undefined) => {
        const rows = accessFor(query).readNow(query, all, seen, share);
        return locks ? host.lockNow(locks, rows, all, context) : rows;
      };
      for (const step of steps) all.push(givenRows(locked(step.translation, step.locking)));
      return locked(translation, locking);
    },
    modify: (plan, parameters, current) => {
      const rows = new CurrentRows(host, current);
      return runNow(host, writing, plan as KeptModify, parameters, rows, context, share);
    },
    runDdl: (statement, tag, variables) => {
      const done = host.runDdl(statement, context, tag, { ...working(), variables });
      context.catalogChanged();
      return done;
    },
    analyze: (request) => {
      host.analyze(request, context, working());
      context.catalogChanged();
    },
    planProcedure: (request) => planProcedure(host.planner, host.catalog, request),
    inlineCode: (statement) => {
      checkMayWrite({ readOnly }, "DO");
      return codeInline(host.catalog, context.user, statement);
    },
    runProcedure: runCode,
    findTranslation: (key, make) => writing.finder(key, make, context),
    evaluate: (translation, values) =>
      accessFor(translation).evaluate({ translation, rows: [] }, values),
    checkInterrupts: () => accessNow().checkInterrupts(),
  });
}

/** What it keeps is of the catalog as it is. */
function accessing(writing: Plans, context: StatementContext, noteVolatile?: () => void) {
  let known: { readonly access: ModifyAccess; readonly changes: number } | undefined;
  const accessNow = (): ModifyAccess => {
    const { catalogChanges: changes } = context;
    if (known?.changes !== changes) known = { access: writing.access(context, []), changes };
    return known.access;
  };
  const accessFor = ({ flags }: Translation): ModifyAccess => {
    if (flags.volatile) noteVolatile?.();
    return accessNow();
  };
  return { accessNow, accessFor };
}

/** Of queries alone is counted how long they take. */
const ALONE: TimeShare = { ms: Number.POSITIVE_INFINITY, left: Number.POSITIVE_INFINITY };

const NOTHING_DONE: ModifyResult = { count: 0, rows: [] };

/** Within a statement that is running: nobody else runs in between. */
function runNow(
  host: WritingHost,
  writing: Pick<Plans, "access">,
  { plan, locking }: KeptModify,
  parameters: readonly Scalar[],
  current: CurrentRows,
  context: StatementContext,
  share: TimeShare,
): ModifyResult {
  const { main, steps } = plan;
  const readIn = (
    { begun, access }: { begun: Snapshot; access: ModifyAccess },
    source: Translation,
    given: readonly Scalar[],
  ) => {
    const rows = access.readNow(source, given, begun, share);
    const locks = locking.get(source);
    return locks ? host.lockNow(locks, rows, given, context) : rows;
  };
  if (steps.length > 0 || main.kind === "read") {
    const begun = host.begun();
    const access = writing.access(context, [], begun, ALONE);
    const read: Read = (source, values, currentOf) =>
      readIn({ begun, access }, source, current.withVersion(values, currentOf));
    return runPartsAtOnce(plan, access, parameters, read);
  }
  const runPart = (part: ModifyPlan): ModifyResult => {
    const begun = host.begun();
    const access = writing.access(context, [], readsTables(part) ? begun : undefined, ALONE);
    const run = new ModifyRun(part, access, parameters);
    const values = current.withVersion(parameters, part.currentOf);
    const done = run.run(readIn({ begun, access }, part.source, values));
    assert(!(done instanceof Promise), "it runs at once");
    return done;
  };
  if (main.kind !== "ruled") return runPart(main.plan);
  const answered = main.parts.map(runPart)[main.answer ?? -1] ?? NOTHING_DONE;
  for (const { channel, payload } of main.told) context.effects.notify(channel, payload);
  return answered;
}
