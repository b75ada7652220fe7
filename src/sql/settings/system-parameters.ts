/**
 * THE SYSTEM'S PARAMETERS: what the server as a whole works with. A line here is a parameter that
 * SHOW, pg_settings and rw_catalog.rw_system_parameters know. The context says who may change it:
 *
 *   sighup      ALTER SYSTEM, with effect at once; SET is refused
 *   postmaster  nobody: it is what the server was started with
 *   internal    nobody: it is how the server was made
 *
 * Whoever a parameter is for asks `Parameters` (parameters.ts) for it.
 */
import { LOG_LEVELS } from "../../base/log-levels.ts";
import { SEGMENT_BYTES, SEGMENT_BYTES_MIN } from "../../wal/limits.ts";
import { bool, choice, inCategory, integer, real, text } from "./definition.ts";

const INT_MAX = 2 ** 31 - 1;
const sighup = { context: "sighup" } as const;
const postmaster = { context: "postmaster" } as const;

export const systemParameters = [
  ...inCategory("Autovacuum", [
    bool("autovacuum", "on", "Removes old row versions in the background.", sighup),
    real(
      "autovacuum_vacuum_scale_factor",
      0.2,
      [0, 100],
      "Number of tuple updates or deletes prior to vacuum as a fraction of reltuples.",
      sighup,
    ),
    integer(
      "autovacuum_vacuum_threshold",
      1000,
      [0, INT_MAX],
      "Minimum number of tuple updates or deletes prior to vacuum.",
      sighup,
    ),
    integer(
      "time_travel_retention_ms",
      0,
      [0, INT_MAX],
      "Sets how long old row versions are kept, so that what was there can be read.",
      { ...sighup, unit: "ms", detail: "FOR SYSTEM_TIME AS OF reads it. 0 keeps none." },
    ),
    integer(
      "vacuum_pause_ms",
      20,
      [0, 10_000],
      "Sets the pause between two slices of vacuum in the background.",
      { ...sighup, unit: "ms" },
    ),
    integer("vacuum_retain_epochs", 0, [0, INT_MAX], "Commits whose old row versions are kept.", {
      ...sighup,
      detail: "VACUUM leaves what could be seen that many commits ago.",
    }),
    integer(
      "vacuum_slice_ms",
      2,
      [1, 1000],
      "Sets the longest that vacuum keeps other sessions waiting.",
      { ...sighup, unit: "ms" },
    ),
  ]),
  ...inCategory("Connections and Authentication / Authentication", [
    integer(
      "authentication_timeout",
      60,
      [1, 600],
      "Sets the maximum allowed time to complete client authentication.",
      { ...sighup, unit: "s" },
    ),
  ]),
  ...inCategory("Connections and Authentication / Connection Settings", [
    integer(
      "busy_poll_micros",
      100,
      [0, 10_000],
      "Sets how long to look for a client's next message before sleeping.",
      { ...sighup, unit: "us", detail: "0 saves power." },
    ),
    text(
      "listen_addresses",
      "localhost",
      "Sets the host name or IP address(es) to listen to.",
      postmaster,
    ),
    integer(
      "max_connections",
      100,
      [1, 10_000],
      "Sets the maximum number of concurrent connections.",
      sighup,
    ),
    integer(
      "max_message_size",
      65_536,
      [64, 1_048_575],
      "Sets the maximum size of a client's message.",
      { ...sighup, unit: "kB" },
    ),
    integer("port", 5432, [1, 65535], "Sets the TCP port the server listens on.", postmaster),
  ]),
  ...inCategory("Jobs", [
    integer(
      "barrier_interval_ms",
      1000,
      [50, 3_600_000],
      "Sets the time between two barriers, at which materialized views take in what has changed.",
      { ...sighup, unit: "ms" },
    ),
    integer(
      "checkpoint_frequency",
      1,
      [1, 1000],
      "Sets at which of the barriers it is written down how far jobs are.",
      { ...sighup, detail: "2 is every other one." },
    ),
    integer(
      "max_concurrent_creating_streaming_jobs",
      4,
      [0, 1000],
      "Sets the maximum number of jobs that work at a time; others wait.",
      { ...sighup, detail: "0 means no limit." },
    ),
    integer(
      "max_lag_size",
      10_240,
      [-1, INT_MAX],
      "Sets how much log may be written while a sink or a materialized view does not get on.",
      {
        ...sighup,
        unit: "MB",
        detail:
          "Beyond it, old row versions are not kept for it: a sink is lost, a view is computed anew. " +
          "-1 means no limit.",
      },
    ),
    bool(
      "pause_on_next_bootstrap",
      "off",
      "Has jobs and barriers rest after the next start, until RESUME.",
      sighup,
    ),
  ]),
  ...inCategory("File Locations", [
    text(
      "backup_storage_directory",
      "backup",
      "Sets the directory of backups below backup_storage_url.",
      sighup,
    ),
    text("backup_storage_url", "", "Sets where BACKUP puts backups.", {
      ...sighup,
      superusersOnly: true,
      detail: "fs:// and a path: fs:///srv/catalogd. Empty, there is no place for them.",
    }),
    text(
      "connector_directory",
      "",
      "Sets the directory of the files that sources and sinks name by relative paths.",
      { ...sighup, superusersOnly: true },
    ),
    text("data_directory", "", "Sets the server's data directory.", {
      ...postmaster,
      superusersOnly: true,
    }),
  ]),
  ...inCategory("Preset Options", [
    integer(
      "wal_segment_size",
      SEGMENT_BYTES,
      [SEGMENT_BYTES_MIN, 1_073_741_824],
      "Shows the size of write ahead log segments.",
      { context: "internal", unit: "B" },
    ),
  ]),
  ...inCategory("Reporting and Logging / What to Log", [
    integer(
      "ddl_history_days",
      90,
      [0, 36_500],
      "Sets how long rw_catalog.rw_ddl_history remembers a commit.",
      { ...sighup, unit: "d", detail: "0 remembers none." },
    ),
    bool(
      "enable_tracing",
      "off",
      "Writes a line for each statement and each barrier into the server's own log.",
      { ...sighup, detail: "It has no texts of statements." },
    ),
  ]),
  ...inCategory("Reporting and Logging / When to Log", [
    choice("log_level", "info", LOG_LEVELS, "Sets what the server's own log tells.", sighup),
  ]),
  ...inCategory("Resource Usage / Disk", [
    integer(
      "housekeeping_interval_ms",
      500,
      [10, 60_000],
      "Sets how often what was applied is written to the pages and vacuum looks for work.",
      { ...sighup, unit: "ms" },
    ),
  ]),
  ...inCategory("Resource Usage / Memory", [
    integer(
      "max_portals",
      10_000,
      [1, 1_000_000],
      "Sets the maximum number of a session's cursors and named portals.",
      sighup,
    ),
    integer(
      "max_prepared_statements",
      100_000,
      [1, 1_000_000],
      "Sets the maximum number of a session's prepared statements.",
      sighup,
    ),
    integer(
      "max_savepoints",
      100_000,
      [1, 1_000_000],
      "Sets the maximum number of a transaction's savepoints.",
      sighup,
    ),
    integer(
      "notify_queue_size",
      32_768,
      [64, 1_048_576],
      "Sets the memory for notifications that slow listeners have not taken.",
      { ...sighup, unit: "kB" },
    ),
  ]),
] as const;

type Definition = (typeof systemParameters)[number];
export type ParameterName = Definition["name"];

type ValueOfDefinition<D> = D extends { readonly values: readonly (infer V)[] }
  ? V
  : D extends { readonly type: "bool" }
    ? boolean
    : D extends { readonly type: "string" }
      ? string
      : number;
/** Numbers are in the parameter's unit. */
export type ParameterValue<N extends ParameterName> = ValueOfDefinition<
  Extract<Definition, { readonly name: N }>
>;

const byName: ReadonlyMap<string, Definition> = new Map(
  systemParameters.map((definition) => [definition.name, definition]),
);

export const isSystemParameter = (name: string): name is ParameterName => byName.has(name);
export const systemParameter = (name: ParameterName): Definition => byName.get(name) as Definition;
