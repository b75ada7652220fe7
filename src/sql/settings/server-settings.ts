/**
 * Settings of the server, of compatibility, and what nobody can change. Where only one value
 * describes what this server does, any other is refused: see `only`.
 * https://www.postgresql.org/docs/15/runtime-config.html
 */
import { bool, choice, inCategory, integer, type SettingDefinition, text } from "./definition.ts";

export const serverSettings: readonly SettingDefinition[] = [
  ...inCategory("Connections and Authentication / Authentication", [
    choice(
      "password_encryption",
      "scram-sha-256",
      ["md5", "scram-sha-256"],
      "Chooses the algorithm for encrypting passwords.",
    ),
  ]),
  ...inCategory("Connections and Authentication / Connection Settings", [
    integer(
      "superuser_reserved_connections",
      3,
      [0, 262143],
      "Sets the number of connection slots reserved for superusers.",
      { context: "postmaster" },
    ),
  ]),
  ...inCategory("Developer Options", [
    bool(
      "allow_in_place_tablespaces",
      "off",
      "Allows tablespaces directly inside pg_tblspc, for testing.",
      { context: "superuser" },
    ),
    bool(
      "allow_system_table_mods",
      "off",
      "Allows modifications of the structure of system tables.",
      { context: "superuser", only: ["off"] },
    ),
    choice(
      "force_parallel_mode",
      "off",
      ["off", "on", "regress"],
      "Forces use of parallel query facilities.",
      { detail: "If possible, run query using a parallel worker and with parallel restrictions." },
    ),
    bool("jit_expressions", "on", "Allow JIT compilation of expressions."),
    bool("jit_tuple_deforming", "on", "Allow JIT compilation of tuple deforming."),
  ]),
  ...inCategory("Lock Management", [
    integer(
      "deadlock_timeout",
      1000,
      [1, 2147483647],
      "Sets the time to wait on a lock before checking for deadlock.",
      { unit: "ms", context: "superuser" },
    ),
  ]),
  ...inCategory("Preset Options", [
    integer("block_size", 8192, [8192, 8192], "Shows the size of a disk block.", {
      context: "internal",
    }),
    bool("data_checksums", "off", "Shows whether data checksums are turned on for this cluster.", {
      context: "internal",
    }),
    bool(
      "debug_assertions",
      "off",
      "Shows whether the running server has assertion checks enabled.",
      { context: "internal" },
    ),
    bool("in_hot_standby", "off", "Shows whether hot standby is currently active.", {
      context: "internal",
      reported: true,
    }),
    bool("integer_datetimes", "on", "Shows whether datetimes are integer based.", {
      context: "internal",
      reported: true,
    }),
    text("lc_collate", "C", "Shows the collation order locale.", { context: "internal" }),
    text("lc_ctype", "C", "Shows the character classification and case conversion locale.", {
      context: "internal",
    }),
    integer(
      "max_function_args",
      100,
      [100, 100],
      "Shows the maximum number of function arguments.",
      { context: "internal" },
    ),
    integer("max_identifier_length", 63, [63, 63], "Shows the maximum identifier length.", {
      context: "internal",
    }),
    integer("max_index_keys", 32, [32, 32], "Shows the maximum number of index keys.", {
      context: "internal",
    }),
    text("server_encoding", "UTF8", "Shows the server (database) character set encoding.", {
      context: "internal",
      reported: true,
    }),
    text("server_version", "15.18", "Shows the server version.", {
      context: "internal",
      reported: true,
    }),
    integer(
      "server_version_num",
      150018,
      [150018, 150018],
      "Shows the server version as an integer.",
      { context: "internal" },
    ),
  ]),
  ...inCategory("Reporting and Logging / What to Log", [
    text(
      "application_name",
      "",
      "Sets the application name to be reported in statistics and logs.",
      { reported: true },
    ),
    bool("debug_pretty_print", "on", "Indents parse and plan tree displays."),
    bool("debug_print_parse", "off", "Logs each query's parse tree.", { only: ["off"] }),
    bool("debug_print_plan", "off", "Logs each query's execution plan.", { only: ["off"] }),
    bool("debug_print_rewritten", "off", "Logs each query's rewritten parse tree.", {
      only: ["off"],
    }),
    choice(
      "log_statement",
      "none",
      ["none", "ddl", "mod", "all"],
      "Sets the type of statements logged.",
      { context: "superuser", only: ["none"] },
    ),
  ]),
  ...inCategory("Reporting and Logging / When to Log", [
    integer(
      "log_min_duration_statement",
      -1,
      [-1, 2147483647],
      "Sets the minimum execution time above which all statements will be logged.",
      {
        unit: "ms",
        context: "superuser",
        only: ["-1"],
        detail: "Zero prints all queries. -1 turns this feature off.",
      },
    ),
  ]),
  ...inCategory("Statistics / Cumulative Query and Index Statistics", [
    bool("track_activities", "on", "Collects information about executing commands.", {
      context: "superuser",
      only: ["on"],
      detail:
        "Enables the collection of information on the currently executing command of each session, along with the time at which that command began execution.",
    }),
  ]),
  ...inCategory("Version and Platform Compatibility / Other Platforms and Clients", [
    bool("transform_null_equals", "off", 'Treats "expr=NULL" as "expr IS NULL".', {
      only: ["off"],
      detail:
        "When turned on, expressions of the form expr = NULL (or NULL = expr) are treated as expr IS NULL, that is, they return true if expr evaluates to the null value, and false otherwise. The correct behavior of expr = NULL is to always return null (unknown).",
    }),
  ]),
  ...inCategory("Version and Platform Compatibility / Previous PostgreSQL Versions", [
    bool("array_nulls", "on", "Enable input of NULL elements in arrays.", {
      only: ["on"],
      detail:
        "When turned on, unquoted NULL in an array input value means a null value; otherwise it is taken literally.",
    }),
    choice(
      "backslash_quote",
      "safe_encoding",
      ["safe_encoding", "on", "off"],
      'Sets whether "\\\'" is allowed in string literals.',
      { only: ["safe_encoding", "on"] },
    ),
    bool("default_with_oids", "off", "WITH OIDS is no longer supported; this can only be false.", {
      hidden: true,
    }),
    bool(
      "escape_string_warning",
      "on",
      "Warn about backslash escapes in ordinary string literals.",
    ),
    bool(
      "lo_compat_privileges",
      "off",
      "Enables backward compatibility mode for privilege checks on large objects.",
      {
        context: "superuser",
        detail:
          "Skips privilege checks when reading or modifying large objects, for compatibility with PostgreSQL releases prior to 9.0.",
      },
    ),
    bool("quote_all_identifiers", "off", "When generating SQL fragments, quote all identifiers.", {
      only: ["off"],
    }),
    bool(
      "standard_conforming_strings",
      "on",
      "Causes '...' strings to treat backslashes literally.",
      { reported: true, only: ["on"] },
    ),
    bool("synchronize_seqscans", "on", "Enable synchronized sequential scans."),
  ]),
  ...inCategory("Write-Ahead Log / Settings", [
    choice(
      "synchronous_commit",
      "on",
      ["local", "remote_write", "remote_apply", "on", "off"],
      "Sets the current transaction's synchronization level.",
    ),
  ]),
];
