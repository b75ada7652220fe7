/**
 * WHICH STORAGE PARAMETERS THERE ARE, of what, with which values, and how a relation is locked to
 * change them. https://www.postgresql.org/docs/15/sql-createindex.html#SQL-CREATEINDEX-STORAGE-PARAMETERS
 */
import type { LockMode } from "../txn/lock-mode.ts";

export type OptionKind =
  | "table"
  | "heap"
  | "toast"
  | "view"
  | "attribute"
  | "tablespace"
  | "btree"
  | "hash"
  | "gist"
  | "spgist"
  | "gin"
  | "brin";

export type OptionValue =
  | { readonly type: "boolean" }
  | { readonly type: "integer" | "real"; readonly min: number; readonly max: number }
  | { readonly type: "enum"; readonly values: readonly string[]; readonly detail: string };

export interface OptionDefinition {
  readonly name: string;
  readonly value: OptionValue;
  readonly lock: LockMode;
}
export type OptionSet = readonly OptionDefinition[];

const INT_MAX = 2 ** 31 - 1;
const boolean: OptionValue = { type: "boolean" };
const integer = (min: number, max: number): OptionValue => ({ type: "integer", min, max });
const real = (min: number, max: number): OptionValue => ({ type: "real", min, max });

/** Changed while others read and write; only one changes it at a time. */
const shared = (name: string, value: OptionValue): OptionDefinition => ({
  name,
  value,
  lock: "ShareUpdateExclusive",
});
const exclusive = (name: string, value: OptionValue): OptionDefinition => ({
  name,
  value,
  lock: "AccessExclusive",
});

const fillfactor = (min: number) => shared("fillfactor", integer(min, 100));

/** Of tables and of their TOAST tables alike. */
const vacuumOptions: OptionSet = [
  shared("autovacuum_enabled", boolean),
  shared("autovacuum_vacuum_threshold", integer(0, INT_MAX)),
  shared("autovacuum_vacuum_insert_threshold", integer(-1, INT_MAX)),
  shared("autovacuum_vacuum_cost_limit", integer(1, 10000)),
  shared("autovacuum_freeze_min_age", integer(0, 1000000000)),
  shared("autovacuum_multixact_freeze_min_age", integer(0, 1000000000)),
  shared("autovacuum_freeze_max_age", integer(100000, 2000000000)),
  shared("autovacuum_multixact_freeze_max_age", integer(10000, 2000000000)),
  shared("autovacuum_freeze_table_age", integer(0, 2000000000)),
  shared("autovacuum_multixact_freeze_table_age", integer(0, 2000000000)),
  shared("log_autovacuum_min_duration", integer(-1, INT_MAX)),
  shared("autovacuum_vacuum_cost_delay", real(0, 100)),
  shared("autovacuum_vacuum_scale_factor", real(0, 100)),
  shared("autovacuum_vacuum_insert_scale_factor", real(0, 100)),
  shared("vacuum_index_cleanup", {
    type: "enum",
    values: ["auto", "on", "off", "true", "false", "yes", "no", "1", "0"],
    detail: 'Valid values are "on", "off", and "auto".',
  }),
  shared("vacuum_truncate", boolean),
];

const heapOptions: OptionSet = [
  fillfactor(10),
  shared("autovacuum_analyze_threshold", integer(0, INT_MAX)),
  shared("autovacuum_analyze_scale_factor", real(0, 100)),
  shared("toast_tuple_target", integer(128, 8160)),
  exclusive("user_catalog_table", boolean),
  shared("parallel_workers", integer(0, 1024)),
  ...vacuumOptions,
];

export const relationOptionSets: Readonly<Record<OptionKind, OptionSet>> = {
  // append_only is ours: see append-only.ts.
  table: [...heapOptions, exclusive("append_only", boolean)],
  heap: heapOptions,
  toast: vacuumOptions,
  view: [
    exclusive("security_barrier", boolean),
    exclusive("security_invoker", boolean),
    exclusive("check_option", {
      type: "enum",
      values: ["local", "cascaded"],
      detail: 'Valid values are "local" and "cascaded".',
    }),
  ],
  attribute: [
    shared("n_distinct", real(-1, Number.MAX_VALUE)),
    shared("n_distinct_inherited", real(-1, Number.MAX_VALUE)),
  ],
  tablespace: [
    shared("random_page_cost", real(0, Number.MAX_VALUE)),
    shared("seq_page_cost", real(0, Number.MAX_VALUE)),
    shared("effective_io_concurrency", integer(0, 1000)),
    shared("maintenance_io_concurrency", integer(0, 1000)),
  ],
  btree: [
    fillfactor(10),
    shared("vacuum_cleanup_index_scale_factor", real(0, 1e10)),
    shared("deduplicate_items", boolean),
  ],
  hash: [fillfactor(10)],
  gist: [
    fillfactor(10),
    exclusive("buffering", {
      type: "enum",
      values: ["auto", "on", "off"],
      detail: 'Valid values are "on", "off", and "auto".',
    }),
  ],
  spgist: [fillfactor(10)],
  gin: [
    exclusive("fastupdate", boolean),
    exclusive("gin_pending_list_limit", integer(64, INT_MAX)),
  ],
  brin: [exclusive("autosummarize", boolean), exclusive("pages_per_range", integer(1, 131072))],
};

/** By the support function of an operator class that declares its options. */
export const opclassOptionSets: Readonly<Record<string, OptionSet>> = {
  gtsvector_options: [exclusive("siglen", integer(1, 2024))],
  gtrgm_options: [exclusive("siglen", integer(1, 2024))],
  brin_minmax_multi_options: [exclusive("values_per_range", integer(8, 256))],
  brin_bloom_options: [
    exclusive("n_distinct_per_range", real(-1, INT_MAX)),
    exclusive("false_positive_rate", real(0.0001, 0.25)),
  ],
};

/** The first of that name, of whatever kind. */
export const optionNamed = (name: string): OptionDefinition | undefined =>
  Object.values(relationOptionSets)
    .flat()
    .find((option) => option.name === name);
