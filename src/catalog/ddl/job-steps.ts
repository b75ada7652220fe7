/**
 * JOBS: what is built beside the statement that asked for it. The statement makes the object, which
 * nobody can read yet, and a row of rw_job; the server then takes one step after the other, each a
 * transaction of its own that moves the row on, until the object is whole.
 *
 *   creating  materialized view   backfill: its query at one epoch; catch-up: what changed since
 *             index               backfill: entries for some thousand versions at a time
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
import { isUnfinished, type JobTuple } from "../jobs.ts";
import type { ClassTuple } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { rwJob } from "../relations/rw-job.ts";
import { connect, deliver, ingest, noteConnector, rateConnector } from "./connector-steps.ts";
import type { DdlContext } from "./context.ts";
import { dropObjects } from "./drop.ts";
import { forgetEvents, noteEvent } from "./events.ts";
import { endJob, forgetJobs, lockJob, moveOn, noteMaterialized, unwanted } from "./job-rows.ts";
import { lockRelation } from "./lookup.ts";
import { prepareQuery } from "./refresh.ts";

export function takeStep(context: DdlContext, statement: StepStatement): void {
  switch (statement.kind) {
    case "backfill":
      return backfill(context, statement.job);
    case "noteJob": {
      const job = lockJob(context, statement.job);
      if (!job) return;
      const { rowsDone, rowsTotal, waitingFor } = statement;
      context.catalog.update(rwJob, job, {
        rows_done: BigInt(Math.max(rowsDone, Number(job.rows_done))),
        rows_total: BigInt(Math.max(rowsTotal, Number(job.rows_total))),
        waiting_for: waitingFor ?? null,
        started: job.started ?? (waitingFor === undefined ? context.now() : null),
        updated: context.now(),
      });
      return;
    }
    case "forget":
      forgetJobs(context);
      return forgetEvents(context);
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
      if (job.relid === 0 || state === "created") return;
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

function backfill(context: DdlContext, id: Oid): void {
  const job = context.catalog.find(rwJob, "key", [id]);
  if (!job || !isUnfinished(job)) return;
  const relation = context.catalog.find(pgClass, "key", [job.relid]);
  assert(relation, `job ${id} makes a relation`);
  if (relation.relkind === "i") backfillIndex(context, job, relation);
  else if (job.phase === "backfill") backfillView(context, job, relation);
  else catchUp(context, job, relation);
}

/** Everything that the query gives now, in one transaction. */
function backfillView(context: DdlContext, { id }: JobTuple, view: ClassTuple): void {
  const { catalog, rows } = context;
  const { tree, inputs } = prepareQuery(context, view.oid);
  let total = 0;
  for (const input of inputs) {
    total += rows.estimate(catalog.find(pgClass, "key", [input])?.relfilenode ?? (0 as Oid));
  }
  context.meter?.begin(0, total);
  const done = (epoch: number) => {
    moveOn(context, id, { phase: "catch-up", epoch: BigInt(epoch), rows_total: BigInt(total) });
    noteMaterialized(context, view.oid, epoch, inputs);
  };
  rows.queue({ kind: "fill", table: view.oid, tree, how: "all", done });
}

/** What has changed since the backfill; then everybody may read it. */
function catchUp(context: DdlContext, job: JobTuple, view: ClassTuple): void {
  const { catalog, rows } = context;
  lockRelation(context, view.oid, "AccessExclusive");
  const { tree, inputs } = prepareQuery(context, view.oid);
  const now = catalog.find(pgClass, "key", [view.oid]);
  if (!now) throw unwanted();
  catalog.update(pgClass, now, { relispopulated: true });
  const done = (epoch: number) => {
    const finished = context.now();
    moveOn(context, job.id, { state: "created", phase: "", finished });
    noteMaterialized(context, view.oid, epoch, inputs);
  };
  const since = Number(job.epoch) as Epoch;
  rows.queue({ kind: "maintain", table: view.oid, tree, since, done });
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
    const finished = isWhole ? { state: "created", phase: "", finished: context.now() } : {};
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
