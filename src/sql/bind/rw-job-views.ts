/** Views of rw_catalog about jobs and what has happened. */
import { T } from "../types/type-oids.ts";
import type { RwView } from "./rw-view.ts";

export const statementOf = (
  own: string,
) => `CASE WHEN ${own} OR pg_has_role('pg_read_all_stats', 'USAGE')
  THEN statement ELSE '<insufficient privilege>' END`;

/** Less than all until it is done, whatever was estimated. */
const PERCENT = "round(least(100.0 * rows_done / greatest(rows_total, 1), 99.99), 2)";
const SECONDS = "extract(epoch FROM updated - started)::float8";
const PER_SECOND = `rows_done / nullif(${SECONDS}, 0)`;

export const jobs: readonly RwView[] = [
  {
    name: "rw_ddl_progress",
    columns: {
      ddl_id: T.int8,
      ddl_statement: T.varchar,
      create_type: T.varchar,
      progress: T.varchar,
      initialized_at: T.timestamptz,
      state: T.varchar,
      phase: T.varchar,
      rows_done: T.int8,
      rows_total: T.int8,
      rows_per_second: T.float8,
      eta_seconds: T.float8,
      waiting_for: T.varchar,
      is_background: T.bool,
    },
    query: `SELECT id::int8, (${statementOf("pg_has_role(owner, 'USAGE')")})::varchar, kind::varchar,
      (${PERCENT} || '% (' || rows_done || '/' || greatest(rows_total, rows_done) || ')')::varchar,
      created, state::varchar, phase::varchar, rows_done, greatest(rows_total, rows_done),
      ${PER_SECOND}, greatest(rows_total - rows_done, 0) / nullif(${PER_SECOND}, 0),
      waiting_for::varchar, background
      FROM rw_catalog.rw_job WHERE state IN ('initial', 'creating')`,
  },
  {
    name: "rw_jobs",
    columns: {
      id: T.int8,
      relation_id: T.int4,
      statement: T.varchar,
      create_type: T.varchar,
      state: T.varchar,
      is_background: T.bool,
      owner: T.int4,
      session: T.int4,
      created_at: T.timestamptz,
      started_at: T.timestamptz,
      finished_at: T.timestamptz,
      rows_done: T.int8,
      rows_total: T.int8,
      rate_limit: T.int8,
      error: T.varchar,
      cancelled_by: T.varchar,
    },
    query: `SELECT id::int8, relid::int4, (${statementOf("pg_has_role(owner, 'USAGE')")})::varchar,
      kind::varchar, state::varchar, background, owner::int4, session, created, started, finished,
      rows_done, greatest(rows_total, rows_done), rate_limit, error::varchar, ended_by::varchar
      FROM rw_catalog.rw_job`,
  },
];

export const backups: RwView = {
  name: "rw_meta_snapshot",
  columns: {
    meta_snapshot_id: T.int8,
    epoch: T.int8,
    bytes: T.int8,
    started_at: T.timestamptz,
    finished_at: T.timestamptz,
    path: T.varchar,
  },
  query: `SELECT id::int8, epoch, bytes, started, finished,
    (CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN path END)::varchar
    FROM rw_catalog.rw_backup WHERE finished IS NOT NULL`,
};

export const events: RwView = {
  name: "rw_event_logs",
  columns: { unique_id: T.varchar, timestamp: T.timestamptz, event_type: T.varchar, info: T.jsonb },
  query: `SELECT id::varchar, time, type::varchar,
    CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN info::jsonb END
    FROM rw_catalog.rw_event`,
};
