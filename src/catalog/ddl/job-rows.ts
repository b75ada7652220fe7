/** Rows of rw_job and rw_materialized: made, locked, moved on and ended. */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { objectTag, relationTag } from "../../txn/lock-tag.ts";
import { isUnfinished, type JobTuple, jobOn } from "../jobs.ts";
import { rwConnector } from "../relations/rw-connector.ts";
import { rwJob } from "../relations/rw-job.ts";
import { inputsIn, rwMaterialized } from "../relations/rw-materialized.ts";
import type { DdlContext, QueryInputs } from "./context.ts";
import { noteEvent } from "./events.ts";

type JobChanges = Parameters<typeof rwJob.row>[0];

/** Finished jobs of a database that are remembered. */
const HISTORY_MAX = 1_000;

interface StartedJob {
  readonly relid: Oid;
  readonly kind: string;
  readonly phase?: string;
  /** The last version that it is about. */
  readonly last?: number;
  readonly query?: string;
}

/** Has a job make what the statement has staged. */
export function startJob(
  context: DdlContext,
  { relid, kind, phase = "backfill", last = 0, query = "" }: StartedJob,
): void {
  const { request, user } = context;
  assert(request, "somebody asked for it");
  const id = context.allocateOid();
  context.catalog.insert(rwJob, {
    id,
    relid,
    kind,
    statement: request.statement,
    owner: user.oid,
    session: request.session,
    background: request.livesOn,
    state: "creating",
    phase,
    created: context.now(),
    rate_limit: BigInt(request.rateLimit),
    timeout_ms: BigInt(request.timeoutMs),
    last: BigInt(last),
    query,
  });
}

/** Jobs that are finished, beyond HISTORY_MAX. */
export function forgetJobs({ catalog, transaction }: DdlContext): void {
  transaction.lock(relationTag(catalog.database, rwJob.oid), "ShareRowExclusive");
  const finished = [...catalog.all(rwJob)].filter((job) => !isUnfinished(job));
  finished.sort((a, b) => Number((b.finished ?? 0n) - (a.finished ?? 0n)));
  for (const job of finished.slice(HISTORY_MAX)) catalog.delete(rwJob, job);
}

/** Others who would change the job wait; answers it as it is then, if it is still unfinished. */
export function lockJob({ transaction, catalog }: DdlContext, id: Oid): JobTuple | undefined {
  transaction.lock(objectTag(catalog.database, rwJob.oid, id), "AccessExclusive");
  const job = catalog.find(rwJob, "key", [id]);
  return job && isUnfinished(job) ? job : undefined;
}

/** The job is not wanted any more: its step must not stay. */
export const unwanted = (): SqlError => new SqlError("57014", "canceling job due to user request");

export function moveOn(context: DdlContext, id: Oid, changes: JobChanges): void {
  const job = lockJob(context, id);
  if (!job) throw unwanted();
  const { meter } = context;
  const now = context.now();
  const rows = BigInt(meter?.rows ?? 0);
  context.catalog.update(rwJob, job, {
    rows_done: rows > job.rows_done ? rows : job.rows_done,
    rows_kept: meter ? rows : job.rows_kept,
    started: job.started ?? now,
    updated: now,
    waiting_for: null,
    ...changes,
  });
}

/** The object is gone, or about to go: so is whatever was making it. */
export function endJobsOf(context: DdlContext, relid: Oid): void {
  const { catalog, user } = context;
  const job = jobOn(catalog, relid);
  const locked = job && lockJob(context, job.id);
  if (locked) endJob(context, locked, { state: "cancelled", ended_by: user.name });
  forgetMaterialized(context, relid);
  const connector = catalog.find(rwConnector, "key", [relid]);
  if (connector) catalog.delete(rwConnector, connector);
}

export function endJob(context: DdlContext, job: JobTuple, changes: JobChanges): void {
  const now = context.now();
  const { state, error = null, ended_by: by = null } = changes;
  const { id, kind, statement } = job;
  if (state === "failed") noteEvent(context, "JOB_FAILED", { id, kind, statement, error });
  if (state === "cancelled") noteEvent(context, "JOB_CANCELLED", { id, kind, statement, by });
  context.catalog.update(rwJob, job, {
    ...changes,
    query: "",
    waiting_for: null,
    updated: now,
    finished: now,
  });
}

/** What the view's query read when its rows were last noted as those of an epoch. */
export function inputsOf({ catalog }: DdlContext, view: Oid): readonly Oid[] {
  const inputs = catalog.find(rwMaterialized, "key", [view])?.inputs ?? "";
  return inputsIn(inputs).toSorted((a, b) => a - b);
}

/** What a materialized view holds is what its query gave at this epoch. */
export function noteMaterialized(
  { catalog }: DdlContext,
  relid: Oid,
  epoch: number,
  { relations, clock }: QueryInputs,
): void {
  const known = catalog.find(rwMaterialized, "key", [relid]);
  const row = { epoch: BigInt(epoch), inputs: [...relations].join(" "), clock };
  if (known) catalog.update(rwMaterialized, known, row);
  else catalog.insert(rwMaterialized, { relid, ...row });
}

export function forgetMaterialized({ catalog }: DdlContext, relid: Oid): void {
  const known = catalog.find(rwMaterialized, "key", [relid]);
  if (known) catalog.delete(rwMaterialized, known);
}
