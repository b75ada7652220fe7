/**
 * JOBS: what is built beside the statement that asked for it. The statement makes the object, which
 * nobody can read yet, and a row of rw_job; the server then takes one step after the other, each a
 * transaction of its own that moves the row on, until the object is whole.
 *
 *   creating  materialized view   backfill: rows that come from a table's rows, some thousand
 *                                 versions at a time; if they do not, fill: the whole query;
 *                                 catch-up: what has changed since the epoch of that
 *             index               backfill: entries for some thousand versions at a time
 *             table               fill
 *             refresh of a view   fill: what differs from the rows that it has
 *             source, sink        see connector-steps.ts
 *   created | failed | cancelled  the object is there, or nothing of it
 *
 * A step locks the job before it moves it on, and finds out then whether it is still wanted: so
 * DROP and CANCEL JOBS need not wait for a step to end.
 */

import { assert } from "../../base/assert.ts";
import type { Epoch, Oid } from "../../base/ids.ts";
import { RELATION_CLASS } from "../class-oids.ts";
import { addressOf } from "../describe.ts";
import type { StepStatement } from "../job-statement.ts";
import { isUnfinished, type JobTuple, REFRESH } from "../jobs.ts";
import type { ClassTuple } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { rwJob } from "../relations/rw-job.ts";
import { forgetBackup, noteBackup } from "./backup-rows.ts";
import {
  connect,
  deliver,
  ingest,
  leaveBehind,
  noteConnector,
  noteLevel,
  rateConnector,
} from "./connector-steps.ts";
import type { DdlContext, QueryInputs } from "./context.ts";
import { dropObjects } from "./drop.ts";
import { forgetEvents, noteEvent } from "./events.ts";
import { endJob, forgetJobs, lockJob, moveOn, noteMaterialized, unwanted } from "./job-rows.ts";
import { lockRelation } from "./lookup.ts";
import { prepareQuery } from "./refresh.ts";
import type { Portion } from "./row-work.ts";
import { dropTemporary, endTemporary } from "./temporary.ts";

export function takeStep(context: DdlContext, statement: StepStatement): void {
  switch (statement.kind) {
    case "backfill":
      return backfill(context, statement.job);
    case "noteJob":
      return noteJob(context, statement);
    case "dropTemporary":
      return dropTemporary(context, statement);
    case "endTemporary":
      return endTemporary(context, statement.tables);
    case "forget":
      forgetJobs(context);
      return forgetEvents(context);
    case "noteBackup":
      return noteBackup(context, statement);
    case "forgetBackup":
      return forgetBackup(context, statement.id);
    case "recordEvent":
      return noteEvent(context, statement.type, statement.info);
    case "rateJob": {
      const job = lockJob(context, statement.job);
      if (job) context.catalog.update(rwJob, job, { rate_limit: BigInt(statement.rate) });
      return;
    }
    case "endJob": {
      const job = lockJob(context, statement.job);
      if (!job) return;
      const { state, error = null, by: ended_by = null } = statement;
      endJob(context, job, { state, error, ended_by });
      if (job.relid === 0 || job.kind === REFRESH || state === "created") return;
      if (context.catalog.find(pgClass, "key", [job.relid])) {
        dropObjects(context, [addressOf(RELATION_CLASS, job.relid)], true);
      }
      return;
    }
    case "connect":
      return connect(context, statement);
    case "deliver":
      return deliver(context, statement);
    case "ingest":
      return ingest(context, statement);
    case "leaveBehind":
      return leaveBehind(context, statement);
    case "noteLevel":
      return noteLevel(context, statement);
    case "noteConnector":
      return noteConnector(context, statement);
    case "rateConnector":
      return rateConnector(context, statement);
    case "recordJob": {
      const { kind: _, job: id, create, ...columns } = statement;
      const now = context.now();
      context.catalog.insert(rwJob, {
        ...columns,
        id,
        relid: 0 as Oid,
        kind: create,
        background: false,
        state: "initial",
        started: now,
        updated: now,
      });
      return;
    }
  }
}

function noteJob(
  context: DdlContext,
  { job: id, rowsDone, rowsTotal, waitingFor }: Extract<StepStatement, { kind: "noteJob" }>,
): void {
  const job = lockJob(context, id);
  if (!job) return;
  context.catalog.update(rwJob, job, {
    rows_done: BigInt(Math.max(rowsDone, Number(job.rows_done))),
    rows_total: BigInt(Math.max(rowsTotal, Number(job.rows_total))),
    waiting_for: waitingFor ?? null,
    started: job.started ?? (waitingFor === undefined ? context.now() : null),
    updated: context.now(),
  });
}

function backfill(context: DdlContext, id: Oid): void {
  const job = context.catalog.find(rwJob, "key", [id]);
  if (!job || !isUnfinished(job)) return;
  const relation = context.catalog.find(pgClass, "key", [job.relid]);
  assert(relation, `job ${id} makes a relation`);
  if (relation.relkind === "i") backfillIndex(context, job, relation);
  else if (job.phase === "backfill") addPortion(context, job, relation);
  else if (job.phase === "fill") fill(context, job, relation);
  else catchUp(context, job, relation);
}

/** Rows of a view that come from rows of a table each; where they do not, it is filled at once. */
function addPortion(context: DdlContext, job: JobTuple, view: ClassTuple): void {
  const { tree, inputs } = prepareQuery(context, view.oid);
  const total = rowsIn(context, inputs.relations);
  context.meter?.begin(Number(job.rows_kept), total);
  const [position, last] = [Number(job.position), Number(job.last)];
  const begun =
    job.epoch === 0n ? undefined : { epoch: Number(job.epoch) as Epoch, position, last };
  const done = (portion: Portion | undefined) => {
    const rows_total = BigInt(total);
    if (!portion) return moveOn(context, job.id, { phase: "fill", rows_total });
    moveOn(context, job.id, {
      epoch: BigInt(portion.epoch),
      position: BigInt(portion.position),
      last: BigInt(portion.last),
      rows_total,
      phase: portion.position < portion.last ? "backfill" : "catch-up",
    });
    if (!begun) noteMaterialized(context, view.oid, portion.epoch, inputs);
  };
  context.rows.queue({ kind: "portion", table: view.oid, tree, begun, done });
}

/** Everything that the query gives now, in one transaction. */
function fill(context: DdlContext, job: JobTuple, relation: ClassTuple): void {
  const { oid, relispopulated } = relation;
  if (job.kind === REFRESH) lockRelation(context, oid, "Exclusive");
  const { tree, inputs } =
    job.kind === "TABLE" ? tableQuery(context, job) : prepareQuery(context, oid);
  const total = rowsIn(context, inputs.relations);
  context.meter?.begin(0, total);
  const done = (epoch: number) => {
    const rows_total = BigInt(total);
    const changes = { epoch: BigInt(epoch), rows_total };
    if (job.kind === "MATERIALIZED VIEW")
      moveOn(context, job.id, { ...changes, phase: "catch-up" });
    else {
      populate(context, oid);
      moveOn(context, job.id, { ...changes, ...created(context) });
    }
    if (job.kind !== "TABLE") noteMaterialized(context, oid, epoch, inputs);
  };
  const how = relispopulated || job.position > 0n ? "difference" : "all";
  context.rows.queue({ kind: "fill", table: oid, tree, how, done });
}

/** The query that a table is made by; it depends on nothing, so that it may fail. */
function tableQuery(
  { expressions }: DdlContext,
  { query, owner }: JobTuple,
): { readonly tree: string; readonly inputs: QueryInputs } {
  const inputs = expressions.prepareRun(query, owner);
  expressions.checkStillStands(query);
  return { tree: query, inputs };
}

/** About how many rows there are in these relations. */
function rowsIn({ catalog, rows }: DdlContext, relations: Iterable<Oid>): number {
  let total = 0;
  for (const relation of relations) {
    const storage = catalog.find(pgClass, "key", [relation])?.relfilenode;
    if (storage !== undefined) total += rows.estimate(storage);
  }
  return total;
}

function populate({ catalog }: DdlContext, relation: Oid): void {
  const now = catalog.find(pgClass, "key", [relation]);
  if (!now) throw unwanted();
  if (!now.relispopulated) catalog.update(pgClass, now, { relispopulated: true });
}

const created = (context: DdlContext) => ({
  state: "created",
  phase: "",
  query: "",
  finished: context.now(),
});

/** What has changed since the backfill; then everybody may read it. */
function catchUp(context: DdlContext, job: JobTuple, view: ClassTuple): void {
  lockRelation(context, view.oid, "AccessExclusive");
  const { tree, inputs } = prepareQuery(context, view.oid);
  populate(context, view.oid);
  const done = (epoch: number) => {
    moveOn(context, job.id, created(context));
    noteMaterialized(context, view.oid, epoch, inputs);
  };
  const since = Number(job.epoch) as Epoch;
  context.rows.queue({ kind: "maintain", table: view.oid, tree, since, done });
}

function backfillIndex(context: DdlContext, job: JobTuple, relation: ClassTuple): void {
  const { catalog, rows, meter } = context;
  const index = catalog.find(pgIndex, "key", [relation.oid]);
  assert(index, `relation ${relation.oid} is an index`);
  const table = catalog.find(pgClass, "key", [index.indrelid]);
  assert(table, `index ${relation.oid} has a table`);
  lockRelation(context, table.oid, "AccessShare");
  const inputs = `${table.relfilenode} ${relation.relfilenode}`;
  const last = Number(job.last);
  const done = (version: number) => {
    const isWhole = version >= last;
    const rows_total = BigInt(rows.estimate(table.relfilenode));
    const finished = isWhole ? created(context) : {};
    moveOn(context, job.id, { inputs, position: BigInt(version), rows_total, ...finished });
    if (!isWhole) return;
    const now = catalog.find(pgIndex, "key", [relation.oid]);
    if (!now) throw unwanted();
    catalog.update(pgIndex, now, { indisvalid: true });
  };
  // Whoever wrote one of them anew has built the index with it.
  if (job.inputs !== "" && job.inputs !== inputs) return done(last);
  meter?.begin(Number(job.rows_kept), rows.estimate(table.relfilenode));
  const after = Number(job.position);
  rows.queue({ kind: "entries", table: table.oid, index: relation.oid, after, last, done });
}
