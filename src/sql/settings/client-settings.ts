/**
 * Settings of a client's statements, their locale and their format.
 * https://www.postgresql.org/docs/15/runtime-config-client.html
 */
import { bool, choice, inCategory, integer, type SettingDefinition, text } from "./definition.ts";

export const clientSettings: readonly SettingDefinition[] = [
  ...inCategory("Client Connection Defaults / Locale and Formatting", [
    text("client_encoding", "UTF8", "Sets the client's character set encoding.", {
      reported: true,
    }),
    text("DateStyle", "ISO, MDY", "Sets the display format for date and time values.", {
      reported: true,
      list: "plain",
      detail: "Also controls interpretation of ambiguous date inputs.",
    }),
    text(
      "default_text_search_config",
      "pg_catalog.english",
      "Sets default text search configuration.",
    ),
    integer(
      "extra_float_digits",
      1,
      [-15, 3],
      "Sets the number of digits displayed for floating-point values.",
      {
        detail:
          "This affects real, double precision, and geometric data types. A zero or negative parameter value is added to the standard number of digits (FLT_DIG or DBL_DIG as appropriate). Any value greater than zero selects precise output mode.",
      },
    ),
    choice(
      "IntervalStyle",
      "postgres",
      ["postgres", "postgres_verbose", "sql_standard", "iso_8601"],
      "Sets the display format for interval values.",
      { reported: true },
    ),
    text("lc_messages", "C", "Sets the language in which messages are displayed.", {
      context: "superuser",
      only: ["", "C", "POSIX"],
    }),
    text("lc_monetary", "C", "Sets the locale for formatting monetary amounts.", {
      only: ["C", "POSIX"],
    }),
    text("lc_numeric", "C", "Sets the locale for formatting numbers.", { only: ["C", "POSIX"] }),
    text("lc_time", "C", "Sets the locale for formatting date and time values.", {
      only: ["C", "POSIX"],
    }),
    text("TimeZone", "UTC", "Sets the time zone for displaying and interpreting time stamps.", {
      reported: true,
    }),
    text("timezone_abbreviations", "Default", "Selects a file of time zone abbreviations.", {
      only: ["Default"],
    }),
  ]),
  ...inCategory("Client Connection Defaults / Other Defaults", [
    integer(
      "gin_fuzzy_search_limit",
      0,
      [0, 2147483647],
      "Sets the maximum allowed result for exact search by GIN.",
    ),
  ]),
  ...inCategory("Client Connection Defaults / Statement Behavior", [
    choice("bytea_output", "hex", ["escape", "hex"], "Sets the output format for bytea."),
    bool(
      "check_function_bodies",
      "on",
      "Check routine bodies during CREATE FUNCTION and CREATE PROCEDURE.",
    ),
    choice(
      "client_min_messages",
      "notice",
      ["debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"],
      "Sets the message levels that are sent to the client.",
      {
        detail:
          "Each level includes all the levels that follow it. The later the level, the fewer messages are sent.",
      },
    ),
    text(
      "default_table_access_method",
      "heap",
      "Sets the default table access method for new tables.",
    ),
    text("default_tablespace", "", "Sets the default tablespace to create tables and indexes in.", {
      detail: "An empty string selects the database's default tablespace.",
    }),
    choice(
      "default_toast_compression",
      "pglz",
      ["pglz", "lz4"],
      "Sets the default compression method for compressible values.",
    ),
    bool(
      "default_transaction_deferrable",
      "off",
      "Sets the default deferrable status of new transactions.",
    ),
    choice(
      "default_transaction_isolation",
      "read committed",
      ["serializable", "repeatable read", "read committed", "read uncommitted"],
      "Sets the transaction isolation level of each new transaction.",
    ),
    bool(
      "default_transaction_read_only",
      "off",
      "Sets the default read-only status of new transactions.",
      { reported: true },
    ),
    integer(
      "gin_pending_list_limit",
      4096,
      [64, 2147483647],
      "Sets the maximum size of the pending list for GIN index.",
      { unit: "kB" },
    ),
    integer(
      "idle_in_transaction_session_timeout",
      0,
      [0, 2147483647],
      "Sets the maximum allowed idle time between queries, when in a transaction.",
      { unit: "ms", detail: "A value of 0 turns off the timeout." },
    ),
    integer(
      "idle_session_timeout",
      0,
      [0, 2147483647],
      "Sets the maximum allowed idle time between queries, when not in a transaction.",
      { unit: "ms", detail: "A value of 0 turns off the timeout." },
    ),
    integer(
      "lock_timeout",
      0,
      [0, 2147483647],
      "Sets the maximum allowed duration of any wait for a lock.",
      { unit: "ms", detail: "A value of 0 turns off the timeout." },
    ),
    text(
      "restrict_nonsystem_relation_kind",
      "",
      "Prohibits access to non-system relations of specified kinds.",
      { list: "plain" },
    ),
    bool("row_security", "on", "Enable row security.", {
      detail: "When enabled, row security will be applied to all users.",
    }),
    text(
      "search_path",
      '"$user", public',
      "Sets the schema search order for names that are not schema-qualified.",
      { list: "quoted" },
    ),
    choice(
      "session_replication_role",
      "origin",
      ["origin", "replica", "local"],
      "Sets the session's behavior for triggers and rewrite rules.",
      { context: "superuser" },
    ),
    integer(
      "statement_timeout",
      0,
      [0, 2147483647],
      "Sets the maximum allowed duration of any statement.",
      { unit: "ms", detail: "A value of 0 turns off the timeout." },
    ),
    text(
      "temp_tablespaces",
      "",
      "Sets the tablespace(s) to use for temporary tables and sort files.",
      { list: "quoted" },
    ),
    bool(
      "transaction_deferrable",
      "off",
      "Whether to defer a read-only serializable transaction until it can be executed with no possible serialization failures.",
      { keptByResetAll: true },
    ),
    choice(
      "transaction_isolation",
      "read committed",
      ["serializable", "repeatable read", "read committed", "read uncommitted"],
      "Sets the current transaction's isolation level.",
      { keptByResetAll: true },
    ),
    bool("transaction_read_only", "off", "Sets the current transaction's read-only status.", {
      keptByResetAll: true,
    }),
    integer(
      "vacuum_failsafe_age",
      1600000000,
      [0, 2100000000],
      "Age at which VACUUM should trigger failsafe to avoid a wraparound outage.",
    ),
    integer(
      "vacuum_freeze_min_age",
      50000000,
      [0, 1000000000],
      "Minimum age at which VACUUM should freeze a table row.",
    ),
    integer(
      "vacuum_freeze_table_age",
      150000000,
      [0, 2000000000],
      "Age at which VACUUM should scan whole table to freeze tuples.",
    ),
    integer(
      "vacuum_multixact_failsafe_age",
      1600000000,
      [0, 2100000000],
      "Multixact age at which VACUUM should trigger failsafe to avoid a wraparound outage.",
    ),
    integer(
      "vacuum_multixact_freeze_min_age",
      5000000,
      [0, 1000000000],
      "Minimum age at which VACUUM should freeze a MultiXactId in a table row.",
    ),
    integer(
      "vacuum_multixact_freeze_table_age",
      150000000,
      [0, 2000000000],
      "Multixact age at which VACUUM should scan whole table to freeze tuples.",
    ),
    choice(
      "xmlbinary",
      "base64",
      ["base64", "hex"],
      "Sets how binary values are to be encoded in XML.",
    ),
    choice(
      "xmloption",
      "content",
      ["content", "document"],
      "Sets whether XML data in implicit parsing and serialization operations is to be considered as documents or content fragments.",
    ),
  ]),
];
