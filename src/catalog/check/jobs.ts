/**
 * Jobs and what they make: an unfinished job has its object, in the state of one that is being
 * made; an object in such a state has its job; of what failed or was cancelled nothing is there.
 * And every materialized view that has rows says since which epoch.
 */
import { isUnfinished, type JobTuple, REFRESH } from "../jobs.ts";
import type { ClassTuple } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { rwJob } from "../relations/rw-job.ts";
import { rwMaterialized } from "../relations/rw-materialized.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

/** Kinds of jobs by the relkind of what they make. */
const MAKES: Readonly<Record<string, string>> = {
  "MATERIALIZED VIEW": "m",
  INDEX: "i",
  TABLE: "r",
  [REFRESH]: "m",
  SINK: "s",
  SOURCE: "x",
};
/** They work apart from the statement that waits for them. */
const apart: ReadonlySet<string> = new Set(["SINK", "SOURCE"]);

export function* checkJobs(view: DatabaseView): Faults {
  for (const job of view.own(rwJob)) {
    const self = rowText(rwJob, job);
    for (const fault of isUnfinished(job) ? unfinished(view, job) : finished(view, job)) {
      yield `${self}: ${fault}`;
    }
  }
}

function* unfinished(view: DatabaseView, job: JobTuple): Faults {
  const { state, background, relid, kind } = job;
  if (job.finished !== null || job.error !== null || job.ended_by !== null) {
    yield `it is ${state}, and says how it ended`;
  }
  const works = background || (relid !== 0 && apart.has(kind));
  if (works !== (state === "creating")) {
    yield `it is ${state}, and ${background ? "in the background" : "a client's statement"}`;
  }
  if (!works) {
    if (relid !== 0) yield `a client's statement has relation ${relid}`;
    return;
  }
  const relation = view.find(pgClass, relid);
  if (!relation) yield `it makes relation ${relid}, which is not there`;
  else if (relation.relkind !== MAKES[kind]) yield `${kind} makes a relation ${relation.relkind}`;
  else if (kind !== REFRESH && isReady(view, relation)) yield `what it makes is ready`;
  const same = view.list(rwJob, ["relid"], [relid]).filter(isUnfinished);
  if (same.length > 1) yield `${same.length} jobs make relation ${relid}`;
}

function* finished(view: DatabaseView, job: JobTuple): Faults {
  const { state, relid, kind } = job;
  if (!["created", "failed", "cancelled"].includes(state)) {
    yield `its state is ${state}`;
    return;
  }
  if (job.finished === null) yield `it is ${state}, and does not say since when`;
  if (job.waiting_for !== null) yield `it is ${state}, and waits for ${job.waiting_for}`;
  if (state === "failed" && job.error === null) yield "it failed by nothing";
  if (state === "cancelled" && job.ended_by === null) yield "it was cancelled by nobody";
  if (job.query !== "") yield "it keeps a query";
  if (state !== "created" && relid !== 0 && kind !== REFRESH && view.find(pgClass, relid)) {
    yield `it was ${state}, and relation ${relid} is there`;
  }
}

const isReady = (view: DatabaseView, relation: ClassTuple): boolean =>
  relation.relkind === "i"
    ? view.find(pgIndex, relation.oid)?.indisvalid === true
    : relation.relispopulated;

/** What only a job can have left unready. */
export function* checkMaking(view: DatabaseView): Faults {
  for (const index of view.own(pgIndex)) {
    if (index.indisvalid || isMaking(view, index.indexrelid)) continue;
    yield `${rowText(pgIndex, index)}: the index is not valid, and no job builds it`;
  }
  for (const relation of view.own(pgClass)) {
    if (relation.relispopulated || relation.relkind === "m") continue;
    if (isMaking(view, relation.oid)) continue;
    yield `${rowText(pgClass, relation)}: it is not populated, and no job fills it`;
  }
}

const isMaking = (view: DatabaseView, relid: number): boolean =>
  view.list(rwJob, ["relid"], [relid]).some(isUnfinished);

export function* checkMaterialized(view: DatabaseView): Faults {
  for (const row of view.own(rwMaterialized)) {
    const self = rowText(rwMaterialized, row);
    const relation = view.find(pgClass, row.relid);
    if (relation?.relkind !== "m" && relation?.relkind !== "s") {
      yield `${self}: it is no materialized view and no sink`;
    } else if (!relation.relispopulated && !isMaking(view, row.relid)) {
      yield `${self}: the view holds nothing`;
    }
    if (!/^(\d+( \d+)*)?$/.test(row.inputs)) yield `${self}: its inputs are "${row.inputs}"`;
  }
  for (const relation of view.own(pgClass)) {
    if (relation.relkind !== "m" || !relation.relispopulated) continue;
    if (view.find(rwMaterialized, relation.oid)) continue;
    yield `${rowText(pgClass, relation)}: the view does not say of which epoch its rows are`;
  }
}
