/**
 * Definitions of pg_catalog's statistics views. All, system's and users' relations differ in their
 * schemas alone.
 * https://www.postgresql.org/docs/15/monitoring-stats.html
 */
const system = `(n.nspname IN ('pg_catalog', 'information_schema') OR n.nspname ~ '^pg_toast')`;
const kinds = { all: "", sys: ` AND ${system}`, user: ` AND NOT ${system}` } as const;

type Definition = (schemas: string) => string;

const tables: Definition = (schemas) => `
    SELECT c.oid, n.nspname, c.relname, pg_stat_get_numscans(c.oid), pg_stat_get_tuples_returned(c.oid),
           (SELECT sum(pg_stat_get_numscans(i.indexrelid))::int8 FROM pg_index i WHERE i.indrelid = c.oid),
           (SELECT sum(pg_stat_get_tuples_fetched(i.indexrelid))::int8 FROM pg_index i WHERE i.indrelid = c.oid)
             + pg_stat_get_tuples_fetched(c.oid),
           pg_stat_get_tuples_inserted(c.oid), pg_stat_get_tuples_updated(c.oid), pg_stat_get_tuples_deleted(c.oid),
           pg_stat_get_tuples_hot_updated(c.oid), pg_stat_get_live_tuples(c.oid), pg_stat_get_dead_tuples(c.oid),
           pg_stat_get_mod_since_analyze(c.oid), pg_stat_get_ins_since_vacuum(c.oid),
           pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid),
           pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid),
           pg_stat_get_vacuum_count(c.oid), pg_stat_get_autovacuum_count(c.oid), pg_stat_get_analyze_count(c.oid),
           pg_stat_get_autoanalyze_count(c.oid)
      FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 't', 'm', 'p')${schemas}`;

const tablesInTransaction: Definition = (schemas) => `
    SELECT c.oid, n.nspname, c.relname, pg_stat_get_xact_numscans(c.oid), pg_stat_get_xact_tuples_returned(c.oid),
           (SELECT sum(pg_stat_get_xact_numscans(i.indexrelid))::int8 FROM pg_index i WHERE i.indrelid = c.oid),
           (SELECT sum(pg_stat_get_xact_tuples_fetched(i.indexrelid))::int8 FROM pg_index i WHERE i.indrelid = c.oid)
             + pg_stat_get_xact_tuples_fetched(c.oid),
           pg_stat_get_xact_tuples_inserted(c.oid), pg_stat_get_xact_tuples_updated(c.oid),
           pg_stat_get_xact_tuples_deleted(c.oid), pg_stat_get_xact_tuples_hot_updated(c.oid)
      FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 't', 'm', 'p')${schemas}`;

const indexEntries = `
      FROM pg_index x
      JOIN pg_class c ON c.oid = x.indrelid
      JOIN pg_class i ON i.oid = x.indexrelid
      LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 't', 'm')`;

const indexes: Definition = (schemas) => `
    SELECT c.oid, i.oid, n.nspname, c.relname, i.relname, pg_stat_get_numscans(i.oid),
           pg_stat_get_tuples_returned(i.oid), pg_stat_get_tuples_fetched(i.oid)
    ${indexEntries}${schemas}`;

const indexBlocks: Definition = (schemas) => `
    SELECT c.oid, i.oid, n.nspname, c.relname, i.relname,
           pg_stat_get_blocks_fetched(i.oid) - pg_stat_get_blocks_hit(i.oid), pg_stat_get_blocks_hit(i.oid)
    ${indexEntries}${schemas}`;

const missed = (relation: string) =>
  `pg_stat_get_blocks_fetched(${relation}) - pg_stat_get_blocks_hit(${relation})`;

/** Of all indexes of a table. */
const ofIndexes = (relation: string, value: string) =>
  `(SELECT sum(${value})::int8 FROM pg_index x WHERE x.indrelid = ${relation})`;

const tableBlocks: Definition = (schemas) => `
    SELECT c.oid, n.nspname, c.relname, ${missed("c.oid")}, pg_stat_get_blocks_hit(c.oid),
           ${ofIndexes("c.oid", missed("x.indexrelid"))},
           ${ofIndexes("c.oid", "pg_stat_get_blocks_hit(x.indexrelid)")},
           ${missed("t.oid")}, pg_stat_get_blocks_hit(t.oid),
           ${ofIndexes("t.oid", missed("x.indexrelid"))},
           ${ofIndexes("t.oid", "pg_stat_get_blocks_hit(x.indexrelid)")}
      FROM pg_class c
      LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
      LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 't', 'm')${schemas}`;

const sequenceBlocks: Definition = (schemas) => `
    SELECT c.oid, n.nspname, c.relname, ${missed("c.oid")}, pg_stat_get_blocks_hit(c.oid)
      FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S'${schemas}`;

const families: readonly (readonly [prefix: string, suffix: string, Definition])[] = [
  ["pg_stat_", "_tables", tables],
  ["pg_stat_xact_", "_tables", tablesInTransaction],
  ["pg_stat_", "_indexes", indexes],
  ["pg_statio_", "_indexes", indexBlocks],
  ["pg_statio_", "_tables", tableBlocks],
  ["pg_statio_", "_sequences", sequenceBlocks],
];

const perSchema = families.flatMap(([prefix, suffix, definition]) =>
  Object.entries(kinds).map(([kind, schemas]) => [prefix + kind + suffix, definition(schemas)]),
);

const databaseCounters = (functions: string) =>
  functions
    .trim()
    .split(/\s+/)
    .map((name) => `pg_stat_get_db_${name}(d.oid)`)
    .join(", ");

export const statisticsViews: Readonly<Record<string, string>> = {
  ...(Object.fromEntries(perSchema) as Record<string, string>),

  pg_stat_database: `
    SELECT d.oid, d.datname, CASE WHEN d.oid = 0 THEN 0 ELSE pg_stat_get_db_numbackends(d.oid) END,
           ${databaseCounters("xact_commit xact_rollback")},
           pg_stat_get_db_blocks_fetched(d.oid) - pg_stat_get_db_blocks_hit(d.oid),
           ${databaseCounters(`blocks_hit tuples_returned tuples_fetched tuples_inserted tuples_updated
             tuples_deleted conflict_all temp_files temp_bytes deadlocks checksum_failures checksum_last_failure
             blk_read_time blk_write_time session_time active_time idle_in_transaction_time sessions
             sessions_abandoned sessions_fatal sessions_killed stat_reset_time`)}
      FROM (SELECT 0::oid AS oid, NULL::name AS datname UNION ALL SELECT e.oid, e.datname FROM pg_database e) d`,

  pg_stat_database_conflicts: `
    SELECT d.oid, d.datname, ${databaseCounters(`conflict_tablespace conflict_lock conflict_snapshot
             conflict_bufferpin conflict_startup_deadlock`)}
      FROM pg_database d`,

  pg_stat_user_functions: `
    SELECT p.oid, n.nspname, p.proname, pg_stat_get_function_calls(p.oid), pg_stat_get_function_total_time(p.oid),
           pg_stat_get_function_self_time(p.oid)
      FROM pg_proc p LEFT JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.prolang <> 12 AND pg_stat_get_function_calls(p.oid) IS NOT NULL`,

  pg_stat_bgwriter: `
    SELECT pg_stat_get_bgwriter_timed_checkpoints(), pg_stat_get_bgwriter_requested_checkpoints(),
           pg_stat_get_checkpoint_write_time(), pg_stat_get_checkpoint_sync_time(),
           pg_stat_get_bgwriter_buf_written_checkpoints(), pg_stat_get_bgwriter_buf_written_clean(),
           pg_stat_get_bgwriter_maxwritten_clean(), pg_stat_get_buf_written_backend(),
           pg_stat_get_buf_fsync_backend(), pg_stat_get_buf_alloc(), pg_stat_get_bgwriter_stat_reset_time()`,

  pg_stat_archiver: `SELECT * FROM pg_stat_get_archiver() s`,
  pg_stat_wal: `SELECT * FROM pg_stat_get_wal() s`,
};
