/** ONE DDL STATEMENT: what it stages, the work on rows that follows, event triggers around both. */
import type { Oid } from "../../base/ids.ts";
import type { Notice } from "../../base/sql-error.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import type { DdlContext, FireTruncate } from "../../catalog/ddl/context.ts";
import { executeDdl } from "../../catalog/ddl/execute.ts";
import type { MissingValue, RowWork } from "../../catalog/ddl/row-work.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import type { Mark } from "../../txn/transaction.ts";
import type { Variables } from "../bind/context.ts";
import { Names } from "../bind/names.ts";
import type { Expression } from "../bind/tree.ts";
import { isVolatile } from "../bind/volatility.ts";
import { Spending, type TimeShare } from "../execute/query-runner.ts";
import { fireTruncate } from "../rows/firing.ts";
import { formatMissing, missingValues } from "../rows/missing.ts";
import { stepOf } from "../rows/row-step.ts";
import { runTableWork, runTableWorkAtOnce } from "../rows/table-work.ts";
import { WorkQueue } from "../rows/work-queue.ts";
import type { RowsDone, StatementContext } from "../session/engine.ts";
import type { Scalar } from "../types/scalar.ts";
import { type DdlEvents, ddlEventsOf } from "./event-triggers.ts";
import type { EngineParts } from "./parts.ts";
import type { TakenOids } from "./taken-oids.ts";
import { toldOf } from "./told-events.ts";
import type { Writing } from "./writing.ts";

export interface DdlHost {
  readonly parts: EngineParts;
  readonly catalog: Catalog;
  readonly writing: () => Writing;
  isStored(storage: Oid): boolean;
  ddlContext(
    context: StatementContext,
    rows: RowWork,
    fireTruncate?: FireTruncate,
    variables?: Variables,
  ): DdlContext;
  /** Before rows are worked on. */
  beginPass(context: StatementContext): void;
  /** Of what a body makes. */
  readonly oids: TakenOids;
}

/** Of a statement in the body of a routine: it is done at once. */
export interface InBody {
  readonly share: TimeShare;
  readonly notice: (said: Notice) => void;
  /** That its query sees. */
  readonly variables?: Variables | undefined;
}

/** `tag`: of a statement for which event triggers fire. */
export function runDdl(
  host: DdlHost,
  statement: DdlStatement,
  context: StatementContext,
  marks: readonly unknown[],
  tag: string | undefined,
): undefined | Promise<RowsDone | undefined> {
  const { rows, end } = begin(host, statement, context, tag);
  const worked = workOnRows(host, rows, context, marks);
  if (worked !== undefined) return end ? worked.then(end) : worked;
  end?.(undefined);
  return undefined;
}

/** The same within a call. Throws 0A000 for the work of jobs. */
export function runDdlAtOnce(
  host: DdlHost,
  statement: DdlStatement,
  context: StatementContext,
  tag: string,
  inBody: InBody,
): RowsDone | undefined {
  const { rows, end } = begin(host, statement, context, tag, inBody);
  const { share } = inBody;
  const spending = new Spending(share);
  const done = rows.isEmpty
    ? undefined
    : runTableWorkAtOnce(rows, host.writing().access(context, [], undefined, share));
  spending.end();
  return end ? end(done) : done;
}

/** Stages what it does. `end` is to be called when its work on rows is done. */
function begin(
  host: DdlHost,
  statement: DdlStatement,
  context: StatementContext,
  tag: string | undefined,
  inBody?: InBody,
) {
  const notice = inBody?.notice ?? ((said: Notice) => context.notice(said));
  const events = tag === undefined ? undefined : eventsOf(host, tag, statement, context, notice);
  if (events) events.fire("ddl_command_start", NOTHING);
  const rows = workQueueOf(host, context);
  const fire: FireTruncate = (when, tables) =>
    fireTruncate(host.writing().access(context, []), when, tables);
  const made = host.ddlContext(context, rows, fire, inBody?.variables);
  const ddl = { ...made, notice, ...(inBody && { allocateOid: host.oids.next }) };
  const told = events && toldOf(ddl, statement, tag ?? "", context);
  executeDdl(told?.context ?? ddl, statement);
  if (!events || !told) return { rows, end: undefined };
  const end = (done: RowsDone | undefined) => {
    const facts = told.facts();
    if (facts.dropped.length > 0) events.fire("sql_drop", facts);
    events.fire("ddl_command_end", facts);
    return done;
  };
  return { rows, end };
}

/** undefined: there is nothing to do. */
export function workOnRows(
  { writing, beginPass }: DdlHost,
  rows: WorkQueue,
  context: StatementContext,
  marks: readonly unknown[],
): undefined | Promise<RowsDone | undefined> {
  if (rows.isEmpty) return undefined;
  const points = marks.map((mark) => (mark as Mark).rows);
  beginPass(context);
  return runTableWork(rows, writing().access(context, points));
}

/** Before it has begun. */
const NOTHING = { commands: [], dropped: [] };

function eventsOf(
  { parts, catalog, writing }: DdlHost,
  tag: string,
  statement: DdlStatement,
  context: StatementContext,
  notice: (said: Notice) => void,
): DdlEvents | undefined {
  const known = () => parts.eventTriggers.of(catalog);
  const port = () => writing().port(context, notice);
  return ddlEventsOf(known, tag, statement, context, port);
}

/** Of an expression without columns. */
export function computed(access: ReturnType<Writing["access"]>, tree: Expression): Scalar {
  const step = stepOf((bound) => access.translate(bound), [tree], []);
  return access.evaluate(step, [])[0] ?? null;
}

/** Work on rows that a DDL statement leads to. */
export function workQueueOf(host: DdlHost, context: StatementContext): WorkQueue {
  const { parts, catalog, writing } = host;
  const evaluate = (tree: Expression, target: { type: Oid; typmod: number }) => {
    const names = new Names(parts.builtin, catalog, context.searchPath);
    if (isVolatile(names, tree)) return undefined;
    const value = computed(writing().access(context, []), tree);
    return value === null ? null : formatMissing(value, target, context);
  };
  const { rows } = parts.storage.store;
  const storages = {
    isStored: (storage: Oid) => host.isStored(storage),
    estimate: (storage: Oid) => rows.estimate(storage),
    lastVersion: (storage: Oid) => rows.lastVersion(storage),
  };
  const parse = (missing: readonly MissingValue[]) => missingValues(missing, context);
  return new WorkQueue(storages, { evaluate, parse });
}
