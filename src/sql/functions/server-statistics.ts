/**
 * What the server has counted since it was started, or since the counts were set back. Reads of
 * catalog pages are not counted, nor are the times of sessions: those counts are 0.
 * https://www.postgresql.org/docs/15/monitoring-stats.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { floatKey } from "../types/floats.ts";
import type { Scalar } from "../types/scalar.ts";
import { asOid, asText, define, defineInSession, defineSet, defineSetInSession } from "./define.ts";
import type { FunctionDefinition, SetFunctionDefinition } from "./registry.ts";
import type { DatabaseCounters, WorkCounters } from "./server.ts";

const never = (): Scalar => null;
const none = (): bigint => 0n;
const noTime = (): Scalar => floatKey(0);

const ofDatabase = (name: string, count: (counters: DatabaseCounters) => Scalar) =>
  defineInSession(`pg_stat_get_db_${name}(oid)`, ({ server }, id) =>
    count(server.counters(asOid(id))),
  );
const constantOfDatabase = (name: string, value: () => Scalar): FunctionDefinition =>
  define(`pg_stat_get_db_${name}(oid)`, value);

const databaseZeros = [
  "blocks_fetched",
  "blocks_hit",
  "tuples_returned",
  "tuples_fetched",
  "tuples_inserted",
  "tuples_updated",
  "tuples_deleted",
  "conflict_tablespace",
  "conflict_lock",
  "conflict_snapshot",
  "conflict_bufferpin",
  "conflict_startup_deadlock",
  "conflict_all",
  "temp_files",
  "temp_bytes",
  "sessions_abandoned",
  "sessions_fatal",
  "sessions_killed",
];
const databaseTimes = [
  "blk_read_time",
  "blk_write_time",
  "session_time",
  "active_time",
  "idle_in_transaction_time",
];

const databases: readonly FunctionDefinition[] = [
  defineInSession("pg_stat_get_db_numbackends(oid)", ({ server }, id) =>
    BigInt(server.sessionsIn(asOid(id))),
  ),
  ofDatabase("xact_commit", ({ commits }) => BigInt(commits)),
  ofDatabase("xact_rollback", ({ rollbacks }) => BigInt(rollbacks)),
  ofDatabase("deadlocks", ({ deadlocks }) => BigInt(deadlocks)),
  ofDatabase("sessions", ({ sessions }) => BigInt(sessions)),
  ofDatabase("stat_reset_time", ({ resetAt }) => resetAt ?? null),
  ...databaseZeros.map((name) => constantOfDatabase(name, none)),
  ...databaseTimes.map((name) => constantOfDatabase(name, noTime)),
  // Pages have no checksums of PostgreSQL's kind.
  constantOfDatabase("checksum_failures", never),
  constantOfDatabase("checksum_last_failure", never),
];

const ofWork = (signature: string, count: (work: WorkCounters) => Scalar): FunctionDefinition =>
  defineInSession(signature, ({ server }) => count(server.work()));

const bgwriterZeros = [
  "pg_stat_get_bgwriter_timed_checkpoints()",
  "pg_stat_get_bgwriter_buf_written_checkpoints()",
  "pg_stat_get_bgwriter_buf_written_clean()",
  "pg_stat_get_bgwriter_maxwritten_clean()",
  "pg_stat_get_buf_written_backend()",
  "pg_stat_get_buf_fsync_backend()",
  "pg_stat_get_buf_alloc()",
];

const background: readonly FunctionDefinition[] = [
  ofWork("pg_stat_get_bgwriter_requested_checkpoints()", ({ checkpoints }) => BigInt(checkpoints)),
  ...bgwriterZeros.map((signature) => define(signature, none)),
  define("pg_stat_get_checkpoint_write_time()", noTime),
  define("pg_stat_get_checkpoint_sync_time()", noTime),
  ofWork("pg_stat_get_bgwriter_stat_reset_time()", ({ resetAt }) => resetAt("bgwriter")),
];

/** No user function runs, so none was called. */
const userFunctions: readonly FunctionDefinition[] = ["", "xact_"].flatMap((kind) => [
  define(`pg_stat_get_${kind}function_calls(oid)`, never),
  define(`pg_stat_get_${kind}function_total_time(oid)`, never),
  define(`pg_stat_get_${kind}function_self_time(oid)`, never),
]);

const SHARED_TARGETS = ["archiver", "bgwriter", "recovery_prefetch", "wal"] as const;
const VOID = "";

function sharedTarget(name: string): (typeof SHARED_TARGETS)[number] {
  const target = SHARED_TARGETS.find((one) => one === name);
  if (target) return target;
  throw new SqlError("22023", `unrecognized reset target: "${name}"`, {
    hint: 'Target must be "archiver", "bgwriter", "recovery_prefetch", or "wal".',
  });
}

function noSlot(name: string): never {
  throw new SqlError("22023", `replication slot "${name}" does not exist`);
}

const resets: readonly FunctionDefinition[] = [
  defineInSession("pg_stat_reset_shared(text)", ({ server }, target) => {
    server.resetShared(sharedTarget(asText(target)));
    return VOID;
  }),
  // What follows has no counts that could be set back.
  define("pg_stat_reset_slru(text)", () => VOID),
  define("pg_stat_reset_single_function_counters(oid)", () => VOID),
  define("pg_stat_reset_subscription_stats(oid)", () => VOID),
  define("pg_stat_reset_replication_slot(text)", (_context, name) =>
    name === null ? VOID : noSlot(asText(name)),
  ),
  // Counts are read as they stand: nothing is kept that could be cleared or flushed.
  define("pg_stat_clear_snapshot()", () => VOID),
  define("pg_stat_force_next_flush()", () => VOID),
  define("pg_stat_get_snapshot_timestamp()", never),
];

export const serverStatisticsFunctions: readonly FunctionDefinition[] = [
  ...databases,
  ...background,
  ...userFunctions,
  ...resets,
];

const PROGRESS_COMMANDS = new Set([
  "vacuum",
  "analyze",
  "cluster",
  "create index",
  "basebackup",
  "copy",
]);

/** No maintenance command runs long enough to report how far it is. */
function progress(command: string): [] {
  if (PROGRESS_COMMANDS.has(command.toLowerCase())) return [];
  throw new SqlError("22023", `invalid command name: "${command}"`);
}

export const serverStatisticsSetFunctions: readonly SetFunctionDefinition[] = [
  defineSetInSession("pg_stat_get_wal()", ({ server }) => {
    const { commits, flushes, logBytes, resetAt } = server.work();
    const writes = BigInt(flushes);
    const counts = [BigInt(commits), 0n, String(logBytes), 0n, writes, writes];
    return [[...counts, noTime(), noTime(), resetAt("wal")]];
  }),
  defineSetInSession("pg_stat_get_archiver()", ({ server }) => [
    [0n, null, null, 0n, null, null, server.work().resetAt("archiver")],
  ]),
  defineSetInSession("pg_stat_get_recovery_prefetch()", ({ server }) => [
    [server.work().resetAt("recovery_prefetch"), ...Array<Scalar>(9).fill(0n)],
  ]),
  defineSet("pg_stat_get_progress_info(text)", (_context, command) => progress(asText(command))),
  defineSet("pg_stat_get_slru()", () => []),
  defineSet("pg_stat_get_wal_senders()", () => []),
  defineSet("pg_stat_get_wal_receiver()", () => [Array<Scalar>(15).fill(null)]),
  defineSet("pg_stat_get_subscription(oid)", () => []),
  defineSet("pg_stat_get_subscription_stats(oid)", (_context, id) => [
    [id as Scalar, 0n, 0n, null],
  ]),
  defineSet("pg_stat_get_replication_slot(text)", (_context, name) => [
    [name as Scalar, ...Array<Scalar>(8).fill(0n), null],
  ]),
  defineSet("pg_get_replication_slots()", () => []),
  defineSet("pg_show_replication_origin_status()", () => []),
];
