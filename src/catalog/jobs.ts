/** Jobs as rows of rw_job: which are unfinished, and which makes a relation. */
import type { Oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import type { ClassTuple } from "./names.ts";
import type { CatalogReader } from "./reader.ts";
import type { Tuple } from "./relation.ts";
import { rwJob } from "./relations/rw-job.ts";

export type JobTuple = Tuple<(typeof rwJob)["columns"]>;

export const isUnfinished = ({ state }: JobTuple): boolean =>
  state === "initial" || state === "creating";

/** The kind of jobs that work on a view that everybody may read meanwhile. */
export const REFRESH = "REFRESH MATERIALIZED VIEW";

export const MAKING_HINT = "Its progress is in rw_catalog.rw_ddl_progress.";

const NOUNS: Readonly<Record<string, string>> = { m: "materialized view", s: "sink", x: "source" };

export function stillBeingCreated({ relkind, relname }: ClassTuple): SqlError {
  const noun = NOUNS[relkind] ?? "table";
  const message = `${noun} "${relname}" is still being created`;
  return new SqlError("55000", message, { hint: MAKING_HINT });
}

/** The unfinished job that works on the relation. */
export const jobOn = (catalog: CatalogReader, relid: Oid): JobTuple | undefined =>
  catalog.list(rwJob, "relid", [relid]).find(isUnfinished);

/** The job that is making the relation. */
export function jobMaking(catalog: CatalogReader, relid: Oid): JobTuple | undefined {
  const job = jobOn(catalog, relid);
  return job?.kind === REFRESH ? undefined : job;
}
