/**
 * What is said to jobs, backups and sessions: CANCEL JOBS, WAIT, DELETE META SNAPSHOTS, KILL, SET
 * visibility_mode.
 * https://docs.risingwave.com/sql/commands/sql-cancel-jobs
 */
import type { JobStatement } from "../../../catalog/job-statement.ts";
import type { StatementBody } from "../statement.ts";
import type { StatementReader } from "./reader.ts";

const INT4_MAX = 2 ** 31 - 1;
const OID_MAX = 2 ** 32 - 1;

export function cancelJobs(reader: StatementReader): JobStatement {
  reader.expect("cancel");
  if (!reader.accept("job")) reader.expect("jobs");
  return { kind: "cancelJobs", ids: idsOf(reader) };
}

export function deleteBackups(reader: StatementReader): JobStatement {
  reader.expect("delete", "meta");
  if (!reader.accept("snapshot")) reader.expect("snapshots");
  return { kind: "deleteBackups", ids: idsOf(reader) };
}

function idsOf(reader: StatementReader): number[] {
  const ids = [reader.integer(OID_MAX)];
  while (reader.acceptMark(",")) ids.push(reader.integer(OID_MAX));
  reader.expectEnd();
  return ids;
}

export function wait(reader: StatementReader): JobStatement {
  reader.expect("wait");
  const view = reader.accept("materialized", "view") ? reader.name() : undefined;
  reader.expectEnd();
  return { kind: "wait", view };
}

/** To the grammar ALL is no value of a setting. */
export function setVisibility(reader: StatementReader): StatementBody {
  reader.expect("set", "visibility_mode");
  if (!reader.acceptMark("=")) reader.expect("to");
  reader.expect("all");
  reader.expectEnd();
  return { kind: "set", name: "visibility_mode", values: ["all"], toDefault: false, local: false };
}

export function kill(reader: StatementReader): StatementBody {
  reader.expect("kill");
  const processId = reader.integer(INT4_MAX);
  reader.expectEnd();
  return { kind: "kill", processId };
}
