/** Jobs as rows of rw_job: which are unfinished, and which makes a relation. */
import type { Oid } from "../base/ids.ts";
import type { CatalogReader } from "./reader.ts";
import type { Tuple } from "./relation.ts";
import { rwJob } from "./relations/rw-job.ts";

export type JobTuple = Tuple<(typeof rwJob)["columns"]>;

export const isUnfinished = ({ state }: JobTuple): boolean =>
  state === "initial" || state === "creating";

/** The job that is making the relation. */
export const jobMaking = (catalog: CatalogReader, relid: Oid): JobTuple | undefined =>
  catalog.list(rwJob, "relid", [relid]).find(isUnfinished);
