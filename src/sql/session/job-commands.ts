/** Statements about jobs. Sources and sinks there are none: those are refused by their tags. */
import type { Oid } from "../../base/ids.ts";
import { notice, notSupported, SqlError } from "../../base/sql-error.ts";
import type { JobStatement } from "../../catalog/job-statement.ts";
import { isUnfinished } from "../../catalog/jobs.ts";
import { hasRole } from "../../catalog/memberships.ts";
import { findRelation, undefinedRelation } from "../../catalog/names.ts";
import { rwJob } from "../../catalog/relations/rw-job.ts";
import type { QualifiedName } from "../../catalog/statement.ts";
import type { Statement } from "../parse/statement.ts";
import { T } from "../types/type-oids.ts";
import { after } from "./after.ts";
import { type Command, done, type Outcome, plainCommand, rowsOutcome } from "./command.ts";
import { checkAlone } from "./ddl-commands.ts";
import { JobWait } from "./jobs.ts";
import type { SessionState } from "./state.ts";

export function jobCommand(state: SessionState, statement: Statement, body: JobStatement): Command {
  if (body.kind === "cancelJobs") {
    return { columns: CANCELLED, run: () => cancelJobs(state, body.ids) };
  }
  return plainCommand(() => runJobStatement(state, statement, body));
}

/** Columns of CANCEL JOBS. */
export const CANCELLED = [
  { name: "Id", table: 0 as Oid, attribute: 0, type: T.int8, typeLength: 8, typmod: -1 },
];

function runJobStatement(
  state: SessionState,
  { tag }: Statement,
  body: JobStatement,
): Outcome | Promise<Outcome> {
  const { jobs, connection } = state;
  switch (body.kind) {
    case "wait": {
      // Nobody would see what the block has done, or get what it has locked, before it ends.
      checkAlone(state, "WAIT");
      const relation = body.view && makingOf(state, body.view);
      const isDone = () => jobs.finished(connection.database.oid, relation);
      return waitUntil(state, "jobs", "JobsFinished", isDone, tag);
    }
    case "flush": {
      let barrier: ReturnType<typeof jobs.barrier> | undefined;
      const passed = () => {
        if (barrier) return undefined;
        barrier = jobs.barrier();
        return barrier;
      };
      return waitUntil(state, "a barrier", "Barrier", passed, tag);
    }
    case "recover":
      checkSuperuser(state, "recover jobs");
      jobs.recover();
      return done(tag);
    case "resume":
      checkSuperuser(state, "resume jobs");
      if (!jobs.resume()) state.tell(notice("jobs and barriers are not paused"));
      return done(tag);
    case "setBackfillRateLimit":
      return setRate(state, body, tag);
    default:
      throw notSupported(tag);
  }
}

async function waitUntil(
  state: SessionState,
  what: string,
  event: string,
  next: () => ReturnType<SessionState["jobs"]["finished"]>,
  tag: string,
): Promise<Outcome> {
  for (let wait = next(); wait; wait = next()) {
    const waiting = wait;
    await state.wait(new JobWait(what, event, () => waiting));
  }
  return done(tag);
}

function makingOf(state: SessionState, name: QualifiedName): Oid {
  const { catalog, searchPath } = state.context;
  const relation = findRelation(catalog, name, searchPath);
  if (!relation) throw undefinedRelation(name);
  if (relation.relkind === "m") return relation.oid;
  throw new SqlError("42809", `"${relation.relname}" is not a materialized view`);
}

function checkSuperuser(state: SessionState, what: string): void {
  if (!state.user.superuser) throw new SqlError("42501", `must be superuser to ${what}`);
}

/** Rows of the jobs that were really cancelled. */
function cancelJobs(state: SessionState, ids: readonly number[]): Outcome | Promise<Outcome> {
  const { block, context, jobs, user } = state;
  const { catalog } = context;
  block.noteQuery();
  const cancelled: bigint[] = [];
  const cancelFrom = (at: number): undefined | Promise<undefined> => {
    for (const [next, id] of ids.entries()) {
      if (next < at) continue;
      const job = catalog.find(rwJob, "key", [id as Oid]);
      if (!job || !isUnfinished(job)) continue;
      if (!hasRole(catalog, user.oid, job.owner)) {
        throw new SqlError("42501", `must be owner of job ${id}`);
      }
      cancelled.push(BigInt(id));
      if (!job.background) {
        if (!jobs.cancelStatement(job.id, user.name)) cancelled.pop();
        continue;
      }
      const body = { kind: "endJob", job: job.id, state: "cancelled", by: user.name } as const;
      context.statementText = `CANCEL JOBS ${id}`;
      block.noteText(context.statementText);
      const ran = state.attempt(() => block.transaction.executeDdl(body, context, block.marks));
      if (ran instanceof Promise) return ran.then(() => cancelFrom(next + 1));
    }
    return undefined;
  };
  return after(cancelFrom(0), () =>
    rowsOutcome(
      cancelled.map((id) => [id]),
      "CANCEL JOBS",
      false,
    ),
  );
}

function setRate(
  state: SessionState,
  { relation: name, limit, noun }: Extract<JobStatement, { kind: "setBackfillRateLimit" }>,
  tag: string,
): Outcome | Promise<Outcome> {
  const { catalog, searchPath } = state.context;
  if (noun === "source" || noun === "sink") throw notSupported(tag);
  const relation = findRelation(catalog, name, searchPath);
  if (!relation) throw undefinedRelation(name);
  const job = catalog.list(rwJob, "relid", [relation.oid]).find(isUnfinished);
  if (!job) {
    const message = `"${relation.relname}" is not being created`;
    throw new SqlError("55000", message, { detail: "A rate limits the job that fills it." });
  }
  if (!hasRole(catalog, state.user.oid, relation.relowner)) {
    throw new SqlError("42501", `must be owner of ${noun} ${relation.relname}`);
  }
  const { block, context } = state;
  block.noteQuery();
  const body = { kind: "rateJob", job: job.id, rate: limit ?? -1 } as const;
  const ran = state.attempt(() => block.transaction.executeDdl(body, context, block.marks));
  return after(ran, () => done(tag));
}
