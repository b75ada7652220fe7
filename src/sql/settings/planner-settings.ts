/**
 * Settings of PostgreSQL's planner and of its memory. They are kept and shown because clients set
 * them; whatever their value, answers are the same, as they may be in PostgreSQL.
 * https://www.postgresql.org/docs/15/runtime-config-query.html
 */
import { bool, choice, inCategory, integer, real, type SettingDefinition } from "./definition.ts";

export const plannerSettings: readonly SettingDefinition[] = [
  ...inCategory("Query Tuning / Genetic Query Optimizer", [
    bool("geqo", "on", "Enables genetic query optimization.", {
      detail: "This algorithm attempts to do planning without exhaustive searching.",
    }),
    integer(
      "geqo_effort",
      5,
      [1, 10],
      "GEQO: effort is used to set the default for other GEQO parameters.",
    ),
    integer(
      "geqo_generations",
      0,
      [0, 2147483647],
      "GEQO: number of iterations of the algorithm.",
      { detail: "Zero selects a suitable default value." },
    ),
    integer(
      "geqo_pool_size",
      0,
      [0, 2147483647],
      "GEQO: number of individuals in the population.",
      { detail: "Zero selects a suitable default value." },
    ),
    real("geqo_seed", 0, [0, 1], "GEQO: seed for random path selection."),
    real("geqo_selection_bias", 2, [1.5, 2], "GEQO: selective pressure within the population."),
    integer(
      "geqo_threshold",
      12,
      [2, 2147483647],
      "Sets the threshold of FROM items beyond which GEQO is used.",
    ),
  ]),
  ...inCategory("Query Tuning / Other Planner Options", [
    choice(
      "constraint_exclusion",
      "partition",
      ["partition", "on", "off"],
      "Enables the planner to use constraints to optimize queries.",
      {
        detail:
          "Table scans will be skipped if their constraints guarantee that no rows match the query.",
      },
    ),
    real(
      "cursor_tuple_fraction",
      0.1,
      [0, 1],
      "Sets the planner's estimate of the fraction of a cursor's rows that will be retrieved.",
    ),
    integer("default_statistics_target", 100, [1, 10000], "Sets the default statistics target.", {
      detail:
        "This applies to table columns that have not had a column-specific target set via ALTER TABLE SET STATISTICS.",
    }),
    integer(
      "from_collapse_limit",
      8,
      [1, 2147483647],
      "Sets the FROM-list size beyond which subqueries are not collapsed.",
      {
        detail:
          "The planner will merge subqueries into upper queries if the resulting FROM list would have no more than this many items.",
      },
    ),
    bool("jit", "on", "Allow JIT compilation."),
    integer(
      "join_collapse_limit",
      8,
      [1, 2147483647],
      "Sets the FROM-list size beyond which JOIN constructs are not flattened.",
      {
        detail:
          "The planner will flatten explicit JOIN constructs into lists of FROM items whenever a list of no more than this many items would result.",
      },
    ),
    choice(
      "plan_cache_mode",
      "auto",
      ["auto", "force_generic_plan", "force_custom_plan"],
      "Controls the planner's selection of custom or generic plan.",
      {
        detail:
          "Prepared statements can have custom and generic plans, and the planner will attempt to choose which is better.  This can be set to override the default behavior.",
      },
    ),
    real(
      "recursive_worktable_factor",
      10,
      [0.001, 1e6],
      "Sets the planner's estimate of the average size of a recursive query's working table.",
    ),
  ]),
  ...inCategory("Query Tuning / Planner Cost Constants", [
    real(
      "cpu_index_tuple_cost",
      0.005,
      [0, Number.MAX_VALUE],
      "Sets the planner's estimate of the cost of processing each index entry during an index scan.",
    ),
    real(
      "cpu_operator_cost",
      0.0025,
      [0, Number.MAX_VALUE],
      "Sets the planner's estimate of the cost of processing each operator or function call.",
    ),
    real(
      "cpu_tuple_cost",
      0.01,
      [0, Number.MAX_VALUE],
      "Sets the planner's estimate of the cost of processing each tuple (row).",
    ),
    integer(
      "effective_cache_size",
      524288,
      [1, 2147483647],
      "Sets the planner's assumption about the total size of the data caches.",
      {
        unit: "8kB",
        detail:
          "That is, the total size of the caches (kernel cache and shared buffers) used for PostgreSQL data files. This is measured in disk pages, which are normally 8 kB each.",
      },
    ),
    real(
      "jit_above_cost",
      100000,
      [-1, Number.MAX_VALUE],
      "Perform JIT compilation if query is more expensive.",
      { detail: "-1 disables JIT compilation." },
    ),
    real(
      "jit_inline_above_cost",
      500000,
      [-1, Number.MAX_VALUE],
      "Perform JIT inlining if query is more expensive.",
      { detail: "-1 disables inlining." },
    ),
    real(
      "jit_optimize_above_cost",
      500000,
      [-1, Number.MAX_VALUE],
      "Optimize JIT-compiled functions if query is more expensive.",
      { detail: "-1 disables optimization." },
    ),
    integer(
      "min_parallel_index_scan_size",
      64,
      [0, 715827882],
      "Sets the minimum amount of index data for a parallel scan.",
      {
        unit: "8kB",
        detail:
          "If the planner estimates that it will read a number of index pages too small to reach this limit, a parallel scan will not be considered.",
      },
    ),
    integer(
      "min_parallel_table_scan_size",
      1024,
      [0, 715827882],
      "Sets the minimum amount of table data for a parallel scan.",
      {
        unit: "8kB",
        detail:
          "If the planner estimates that it will read a number of table pages too small to reach this limit, a parallel scan will not be considered.",
      },
    ),
    real(
      "parallel_setup_cost",
      1000,
      [0, Number.MAX_VALUE],
      "Sets the planner's estimate of the cost of starting up worker processes for parallel query.",
    ),
    real(
      "parallel_tuple_cost",
      0.1,
      [0, Number.MAX_VALUE],
      "Sets the planner's estimate of the cost of passing each tuple (row) from worker to leader backend.",
    ),
    real(
      "random_page_cost",
      4,
      [0, Number.MAX_VALUE],
      "Sets the planner's estimate of the cost of a nonsequentially fetched disk page.",
    ),
    real(
      "seq_page_cost",
      1,
      [0, Number.MAX_VALUE],
      "Sets the planner's estimate of the cost of a sequentially fetched disk page.",
    ),
  ]),
  ...inCategory("Query Tuning / Planner Method Configuration", [
    bool("enable_async_append", "on", "Enables the planner's use of async append plans."),
    bool("enable_bitmapscan", "on", "Enables the planner's use of bitmap-scan plans."),
    bool("enable_gathermerge", "on", "Enables the planner's use of gather merge plans."),
    bool("enable_hashagg", "on", "Enables the planner's use of hashed aggregation plans."),
    bool("enable_hashjoin", "on", "Enables the planner's use of hash join plans."),
    bool("enable_incremental_sort", "on", "Enables the planner's use of incremental sort steps."),
    bool("enable_indexonlyscan", "on", "Enables the planner's use of index-only-scan plans."),
    bool("enable_indexscan", "on", "Enables the planner's use of index-scan plans."),
    bool("enable_material", "on", "Enables the planner's use of materialization."),
    bool("enable_memoize", "on", "Enables the planner's use of memoization."),
    bool("enable_mergejoin", "on", "Enables the planner's use of merge join plans."),
    bool("enable_nestloop", "on", "Enables the planner's use of nested-loop join plans."),
    bool("enable_parallel_append", "on", "Enables the planner's use of parallel append plans."),
    bool("enable_parallel_hash", "on", "Enables the planner's use of parallel hash plans."),
    bool(
      "enable_partition_pruning",
      "on",
      "Enables plan-time and execution-time partition pruning.",
      {
        detail:
          "Allows the query planner and executor to compare partition bounds to conditions in the query to determine which partitions must be scanned.",
      },
    ),
    bool(
      "enable_partitionwise_aggregate",
      "off",
      "Enables partitionwise aggregation and grouping.",
    ),
    bool("enable_partitionwise_join", "off", "Enables partitionwise join."),
    bool("enable_seqscan", "on", "Enables the planner's use of sequential-scan plans."),
    bool("enable_sort", "on", "Enables the planner's use of explicit sort steps."),
    bool("enable_tidscan", "on", "Enables the planner's use of TID scan plans."),
  ]),
  ...inCategory("Resource Usage / Asynchronous Behavior", [
    integer(
      "effective_io_concurrency",
      1,
      [0, 1000],
      "Number of simultaneous requests that can be handled efficiently by the disk subsystem.",
    ),
    integer(
      "maintenance_io_concurrency",
      10,
      [0, 1000],
      "A variant of effective_io_concurrency that is used for maintenance work.",
    ),
    integer(
      "max_parallel_maintenance_workers",
      2,
      [0, 1024],
      "Sets the maximum number of parallel processes per maintenance operation.",
    ),
    integer(
      "max_parallel_workers",
      8,
      [0, 1024],
      "Sets the maximum number of parallel workers that can be active at one time.",
    ),
    integer(
      "max_parallel_workers_per_gather",
      2,
      [0, 1024],
      "Sets the maximum number of parallel processes per executor node.",
    ),
    bool(
      "parallel_leader_participation",
      "on",
      "Controls whether Gather and Gather Merge also run subplans.",
      { detail: "Should gather nodes also run subplans or just gather tuples?" },
    ),
  ]),
  ...inCategory("Resource Usage / Cost-Based Vacuum Delay", [
    real("vacuum_cost_delay", 0, [0, 100], "Vacuum cost delay in milliseconds.", { unit: "ms" }),
    integer("vacuum_cost_limit", 200, [1, 10000], "Vacuum cost amount available before napping."),
    integer("vacuum_cost_page_dirty", 20, [0, 10000], "Vacuum cost for a page dirtied by vacuum."),
    integer(
      "vacuum_cost_page_hit",
      1,
      [0, 10000],
      "Vacuum cost for a page found in the buffer cache.",
    ),
    integer(
      "vacuum_cost_page_miss",
      2,
      [0, 10000],
      "Vacuum cost for a page not found in the buffer cache.",
    ),
  ]),
  ...inCategory("Resource Usage / Disk", [
    integer(
      "temp_file_limit",
      -1,
      [-1, 2147483647],
      "Limits the total size of all temporary files used by each process.",
      { unit: "kB", context: "superuser", detail: "-1 means no limit." },
    ),
  ]),
  ...inCategory("Resource Usage / Memory", [
    real("hash_mem_multiplier", 2, [1, 1000], "Multiple of work_mem to use for hash tables."),
    integer(
      "maintenance_work_mem",
      65536,
      [1024, 2147483647],
      "Sets the maximum memory to be used for maintenance operations.",
      { unit: "kB", detail: "This includes operations such as VACUUM and CREATE INDEX." },
    ),
    integer(
      "max_prepared_transactions",
      0,
      [0, 262143],
      "Sets the maximum number of simultaneously prepared transactions.",
      { context: "postmaster" },
    ),
    integer(
      "temp_buffers",
      1024,
      [100, 1073741823],
      "Sets the maximum number of temporary buffers used by each session.",
      { unit: "8kB" },
    ),
    integer(
      "work_mem",
      4096,
      [64, 2147483647],
      "Sets the maximum memory to be used for query workspaces.",
      {
        unit: "kB",
        detail:
          "This much memory can be used by each internal sort operation and hash table before switching to temporary disk files.",
      },
    ),
  ]),
];
