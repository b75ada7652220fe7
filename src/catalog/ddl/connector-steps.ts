/**
 * WHAT JOBS DO WITH SOURCES AND SINKS, each step a transaction:
 *
 *   connect   the connector is there: where it begins, and a sink's epoch, are written down before
 *             it does anything
 *   deliver   a sink hands over what changed; then it is written down up to where
 *   ingest    a source takes rows in, and it is written down where it goes on
 *
 * The first deliver or ingest is the job's, and makes what it is about ready. A sink's first is all
 * that its query gave at the epoch of connect: so a crash cannot have it begin with something else.
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import type { StepStatement } from "../job-statement.ts";
import { jobOn } from "../jobs.ts";
import { pgClass } from "../relations/pg-class.ts";
import { rwConnector } from "../relations/rw-connector.ts";
import { rwJob } from "../relations/rw-job.ts";
import { rwMaterialized } from "../relations/rw-materialized.ts";
import { type ConnectorTuple, lockConnector } from "./connector-rows.ts";
import type { DdlContext } from "./context.ts";
import { noteEvent } from "./events.ts";
import { lockJob, moveOn, noteMaterialized, unwanted } from "./job-rows.ts";
import { lockRelation } from "./lookup.ts";
import { prepareQuery } from "./refresh.ts";

type Step<Kind extends StepStatement["kind"]> = Extract<StepStatement, { readonly kind: Kind }>;
type Changes = Parameters<typeof rwConnector.row>[0];

export function connect(context: DdlContext, { relation, job, position }: Step<"connect">): void {
  const { catalog, transaction } = context;
  const row = getLocked(context, relation);
  catalog.update(rwConnector, row, { position: JSON.stringify(position) });
  moveOn(context, job, { phase: "backfill" });
  if (catalog.find(pgClass, "key", [relation])?.relkind !== "s") return;
  // What a sink begins with is what there is now, whenever it is handed over.
  const { inputs } = prepareQuery(context, relation);
  noteMaterialized(context, relation, transaction.snapshotEpoch(), inputs);
}

export function deliver(
  context: DdlContext,
  { sink, since, target, level, job }: Step<"deliver">,
): void {
  const { catalog, rows } = context;
  const { tree, inputs } = prepareQuery(context, sink);
  let total = 0;
  for (const input of inputs.relations) {
    total += rows.estimate(catalog.find(pgClass, "key", [input])?.relfilenode ?? (0 as Oid));
  }
  if (job !== undefined) context.meter?.begin(0, total);
  const isWhole = job !== undefined;
  rows.queue({
    kind: "deliver",
    table: sink,
    ...{ tree, since, isWhole, target },
    done: (epoch, count, position) => {
      const row = getLocked(context, sink);
      const changes = { handed: BigInt(epoch), level: level() };
      goOn(context, row, { count, position, job, changes });
      noteMaterialized(context, sink, epoch, inputs);
    },
  });
}

export function ingest(context: DdlContext, step: Step<"ingest">): void {
  const { source, rows, ignoresErrors, job } = step;
  lockRelation(context, source, "RowExclusive");
  context.rows.queue({
    kind: "ingest",
    table: source,
    ...{ rows, ignoresErrors },
    done: (count, position, ignored) => {
      const row = getLocked(context, source);
      goOn(context, row, { count, position, job });
      for (const error of ignored) noteEvent(context, "SOURCE_ROW_IGNORED", { source, error });
    },
  });
}

interface Progress {
  readonly count: number;
  readonly position: object | undefined;
  readonly job: Oid | undefined;
  readonly changes?: Changes;
}

function goOn(
  context: DdlContext,
  row: ConnectorTuple,
  { count, position, job, changes: others }: Progress,
): void {
  const { catalog } = context;
  const changes: Changes = { ...others, rows: row.rows + BigInt(count), error: null };
  const at = position === undefined ? {} : { position: JSON.stringify(position) };
  const ready = job === undefined ? {} : { ready: true };
  catalog.update(rwConnector, row, { ...changes, ...at, ...ready });
  if (job === undefined) return;
  const relation = catalog.find(pgClass, "key", [row.relid]);
  assert(relation, `relation ${row.relid} is there with its connector`);
  catalog.update(pgClass, relation, { relispopulated: true });
  const finished = context.now();
  moveOn(context, job, { state: "created", phase: "", finished, rows_done: BigInt(count) });
}

/** A failure is told once; success says nothing. */
export function noteConnector(
  context: DdlContext,
  { relation, error: said }: Step<"noteConnector">,
): void {
  const error = said ?? null;
  const row = lockConnector(context, relation);
  if (!row || row.error === error) return;
  context.catalog.update(rwConnector, row, { error });
  if (error === null) return;
  const isSink = context.catalog.find(pgClass, "key", [relation])?.relkind === "s";
  noteEvent(context, isSink ? "SINK_FAILED" : "SOURCE_FAILED", { relation, error });
}

/** After a crash they need not go back further: what is older may be gone then. */
export function noteLevel(context: DdlContext, { sinks, epoch, level }: Step<"noteLevel">): void {
  for (const relation of sinks) {
    const row = lockConnector(context, relation);
    const known = context.catalog.find(rwMaterialized, "key", [relation]);
    // What was handed over meanwhile is newer.
    if (!row || !known || known.epoch === 0n || known.epoch >= epoch) continue;
    context.catalog.update(rwMaterialized, known, { epoch: BigInt(epoch) });
    context.catalog.update(rwConnector, row, { level });
  }
}

/** A view is computed anew then; a sink has to be made anew. */
export function leaveBehind(
  context: DdlContext,
  { relation, epoch, error }: Step<"leaveBehind">,
): void {
  const { catalog } = context;
  const row = lockConnector(context, relation);
  const known = catalog.find(rwMaterialized, "key", [relation]);
  if (!known || known.epoch === 0n || known.epoch > epoch) return;
  catalog.update(rwMaterialized, known, { epoch: 0n });
  if (!row) return;
  catalog.update(rwConnector, row, { error });
  noteEvent(context, "SINK_LOST", { relation, error });
}

/** The job that makes it goes on at this rate, too. */
export function rateConnector(
  context: DdlContext,
  { relation, rate }: Step<"rateConnector">,
): void {
  const { catalog } = context;
  const rate_limit = BigInt(rate);
  const row = lockConnector(context, relation);
  if (row) catalog.update(rwConnector, row, { rate_limit });
  const making = jobOn(catalog, relation);
  const job = making && lockJob(context, making.id);
  if (job) catalog.update(rwJob, job, { rate_limit });
}

function getLocked(context: DdlContext, relation: Oid): ConnectorTuple {
  const row = lockConnector(context, relation);
  if (!row) throw unwanted();
  return row;
}
