/** Statements about jobs. */
import type { Oid } from "../../base/ids.ts";
import { notice, notSupported, SqlError } from "../../base/sql-error.ts";
import { wrongKind } from "../../catalog/ddl/lookup.ts";
import type { JobStatement, SetRateLimit, StepStatement } from "../../catalog/job-statement.ts";
import { isUnfinished } from "../../catalog/jobs.ts";
import { hasRole } from "../../catalog/memberships.ts";
import { type ClassTuple, findRelation, undefinedRelation } from "../../catalog/names.ts";
import { rwJob } from "../../catalog/relations/rw-job.ts";
import type { QualifiedName } from "../../catalog/statement.ts";
import type { Statement } from "../parse/statement.ts";
import { T } from "../types/type-oids.ts";
import { after } from "./after.ts";
import { type Command, done, type Outcome, plainCommand, rowsOutcome } from "./command.ts";
import { checkAlone } from "./ddl-commands.ts";
import { type FollowedWork, JobWait } from "./jobs.ts";
import type { SessionState } from "./state.ts";

export function jobCommand(state: SessionState, statement: Statement, body: JobStatement): Command {
  if (body.kind === "cancelJobs") {
    return { columns: ID_COLUMNS, run: () => cancelJobs(state, body.ids) };
  }
  if (body.kind === "backup") return { columns: ID_COLUMNS, run: () => backup(state) };
  return plainCommand(() => runJobStatement(state, statement, body));
}

/** Columns of CANCEL JOBS and BACKUP. */
export const ID_COLUMNS = [
  { name: "Id", table: 0 as Oid, attribute: 0, type: T.int8, typeLength: 8, typmod: -1 },
];

function runJobStatement(
  state: SessionState,
  { tag }: Statement,
  body: Exclude<JobStatement, { kind: "backup" | "cancelJobs" }>,
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
    case "deleteBackups":
      return deleteBackups(state, body.ids as readonly Oid[], tag);
    case "recover":
      checkSuperuser(state, "recover jobs");
      jobs.recover();
      return done(tag);
    case "resume":
      checkSuperuser(state, "resume jobs");
      if (!jobs.resume()) state.tell(notice("jobs and barriers are not paused"));
      return done(tag);
    case "setRateLimit":
      return setRate(state, body, tag);
  }
}

/** A row of its id. */
async function backup(state: SessionState): Promise<Outcome> {
  checkSuperuser(state, "take a backup");
  checkAlone(state, "BACKUP");
  const work = state.jobs.backup(state.connection.database.oid);
  await follow(state, work, "a backup", "Backup");
  return rowsOutcome([[BigInt(work.id)]], "BACKUP", false);
}

async function deleteBackups(
  state: SessionState,
  ids: readonly Oid[],
  tag: string,
): Promise<Outcome> {
  checkSuperuser(state, "delete backups");
  checkAlone(state, tag);
  const work = state.jobs.deleteBackups(state.connection.database.oid, ids);
  await follow(state, work, "the removal of backups", "BackupRemoval");
  return done(tag);
}

async function follow(
  state: SessionState,
  work: FollowedWork,
  what: string,
  event: string,
): Promise<void> {
  await state.wait(new JobWait(what, event, () => work.ended));
  const failure = work.failure();
  if (failure) throw failure;
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
  const { catalog, searchPath, user } = state.context;
  const relation = findRelation(catalog, name, searchPath, user.oid);
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
      // What works apart from its statement ends by itself; the statement hears of it.
      if (!job.background && job.relid === 0) {
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
  { relation: name, limit = -1, noun, of }: SetRateLimit,
  tag: string,
): Outcome | Promise<Outcome> {
  const { catalog, searchPath, user } = state.context;
  const relation = findRelation(catalog, name, searchPath, user.oid);
  if (!relation) throw undefinedRelation(name);
  if (!kindsOf(noun).includes(relation.relkind)) throw wrongKind(relation, noun);
  if (!hasRole(catalog, state.user.oid, relation.relowner)) {
    throw new SqlError("42501", `must be owner of ${noun} ${relation.relname}`);
  }
  const { block, context } = state;
  block.noteQuery();
  const body = rateStatement(state, relation, noun, of, limit);
  const ran = state.attempt(() => block.transaction.executeDdl(body, context, block.marks));
  return after(ran, () => done(tag));
}

const kindsOf = (noun: SetRateLimit["noun"]): string =>
  ({ table: "rp", "materialized view": "m", index: "iI", source: "x", sink: "s" })[noun];

/** A source is filled and goes on at one rate. */
function rateStatement(
  { context: { catalog } }: SessionState,
  { oid, relname }: ClassTuple,
  noun: SetRateLimit["noun"],
  of: SetRateLimit["of"],
  rate: number,
): StepStatement {
  if (of === noun || (noun === "source" && of === "backfill")) {
    return { kind: "rateConnector", relation: oid, rate };
  }
  if (of !== "backfill") {
    throw notSupported(`ALTER ${noun.toUpperCase()} SET ${of.toUpperCase()}_RATE_LIMIT`);
  }
  const job = catalog.list(rwJob, "relid", [oid]).find(isUnfinished);
  if (job) return { kind: "rateJob", job: job.id, rate };
  const detail = "A rate limits the job that fills it.";
  throw new SqlError("55000", `"${relname}" is not being created`, { detail });
}
