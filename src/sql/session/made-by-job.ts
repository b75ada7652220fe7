/**
 * CREATE SOURCE and CREATE SINK: what they make is made by a job, for what is at the other end
 * takes part in no transaction. The statement commits and waits for the job; with background_ddl,
 * or in a block, it does not wait. Whatever ends the waiting ends the job.
 */
import type { Oid } from "../../base/ids.ts";
import { isUnfinished } from "../../catalog/jobs.ts";
import { findRelation } from "../../catalog/names.ts";
import { rwJob } from "../../catalog/relations/rw-job.ts";
import type { DdlStatement, QualifiedName } from "../../catalog/statement.ts";
import { done, type Outcome } from "./command.ts";
import { JobWait, tellProgress } from "./jobs.ts";
import type { SessionState } from "./state.ts";
import { commitBlock } from "./transaction-commands.ts";

/** The name of what a job is to make. */
export function nameOfMade(body: DdlStatement): QualifiedName | undefined {
  if (body.kind === "createSource") return body.source;
  return body.kind === "createSink" ? body.sink : undefined;
}

/** Throws what the job fails by. */
export async function waitUntilMade(
  state: SessionState,
  name: QualifiedName,
  tag: string,
): Promise<Outcome> {
  const job = jobWaitedFor(state, name);
  if (job === undefined) return done(tag);
  await commitBlock(state);
  const followed = state.jobs.follow(state.connection.database.oid, job);
  const stopTelling = tellProgress(state, followed.meter);
  try {
    await state.wait(new JobWait("a job", "JobFinished", () => followed.ended));
  } catch (error) {
    const { raised, cancelledBy } = state.interrupts;
    await followed.end(error, error === raised ? cancelledBy : undefined);
    throw error;
  } finally {
    stopTelling();
  }
  const failure = followed.failure();
  if (failure) throw failure;
  return done(tag);
}

/** The job that the statement has just asked for, if it is one that ends with the session. */
function jobWaitedFor(state: SessionState, name: QualifiedName): Oid | undefined {
  const { catalog, searchPath, user } = state.context;
  const relation = findRelation(catalog, name, searchPath, user.oid);
  const jobs = relation ? catalog.list(rwJob, "relid", [relation.oid]) : [];
  const job = jobs.find(
    (each) => isUnfinished(each) && !each.background && each.session === state.processId,
  );
  return job?.id;
}
