/**
 * WHAT SHOW LISTS: RisingWave's kinds of things, each as a query over the catalog. `$in` is the
 * condition that FROM makes, over n (a schema) or c (a relation).
 * https://docs.risingwave.com/sql/commands/overview
 */

export interface Listing {
  /** What FROM names; undefined = nothing can be named. */
  readonly from?: "schema" | "relation";
  /** Without FROM nothing is listed. */
  readonly needsFrom?: true;
  /** The query may have more columns than it shows: those that its rows are ordered by. */
  readonly columns: readonly string[];
  readonly query: string;
  /** What LIKE is about; the first column unless told. */
  readonly filtered?: string;
  /** As in ORDER BY; the first column unless told. */
  readonly order?: string;
}

const relations = (relkinds: string): Listing => ({
  from: "schema",
  columns: ["Name"],
  query: `SELECT c.relname::varchar AS "Name"
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN (${relkinds}) AND $in`,
});

/** Columns of an index from one position to another, as CREATE INDEX would have them. */
const indexColumns = (from: string, to: string, order: string): string => `(
  SELECT pg_catalog.string_agg(pg_catalog.pg_get_indexdef(i.indexrelid, k, false)${order}, ', '
    ORDER BY k)
  FROM pg_catalog.generate_series(${from}, ${to}) k)`;
/** Bit 1 of indoption: DESC; bit 2: NULLS FIRST. */
const KEY_ORDER = ` || CASE i.indoption[k - 1] WHEN 0 THEN ' ASC' WHEN 3 THEN ' DESC'
    WHEN 1 THEN ' DESC NULLS LAST' ELSE ' ASC NULLS FIRST' END`;
export const INDEX_KEY = indexColumns("1", "i.indnkeyatts::int4", KEY_ORDER);
export const INDEX_INCLUDED = indexColumns("i.indnkeyatts + 1", "i.indnatts::int4", "");

/** The columns of relation c. */
export const COLUMNS = `SELECT a.attname::varchar AS "Name",
  pg_catalog.format_type(a.atttypid, a.atttypmod)::varchar AS "Type",
  'false'::varchar AS "Is Hidden",
  pg_catalog.col_description(a.attrelid, a.attnum)::varchar AS "Description", a.attnum::int4 AS n
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
  WHERE $in AND a.attnum > 0 AND NOT a.attisdropped`;
export const COLUMN_HEADS = ["Name", "Type", "Is Hidden", "Description"];

const ofRelations: { readonly [words: string]: Listing } = {
  tables: relations("'r', 'p'"),
  views: relations("'v'"),
  "materialized views": relations("'m'"),
  sources: relations("'x'"),
  sinks: relations("'s'"),
  indexes: {
    from: "relation",
    columns: ["Name", "On", "Key", "Include", "Distributed By"],
    query: `SELECT x.relname::varchar AS "Name", c.relname::varchar AS "On",
      ${INDEX_KEY}::varchar AS "Key",
      coalesce(${INDEX_INCLUDED}, '')::varchar AS "Include",
      NULL::varchar AS "Distributed By"
      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
        JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE $in`,
  },
  columns: {
    from: "relation",
    needsFrom: true,
    columns: COLUMN_HEADS,
    query: COLUMNS,
    order: "n",
  },
  connections: {
    from: "schema",
    columns: ["Name", "Type", "Properties"],
    query: `SELECT c.name AS "Name", c.type_ AS "Type", c.connection_params AS "Properties"
      FROM rw_catalog.rw_connections c JOIN pg_catalog.pg_namespace n ON n.oid = c.schema_id::oid
      WHERE $in`,
  },
  functions: {
    from: "schema",
    columns: ["Name", "Arguments", "Return Type", "Language", "Link"],
    query: `SELECT p.proname::varchar AS "Name",
      pg_catalog.pg_get_function_identity_arguments(p.oid)::varchar AS "Arguments",
      pg_catalog.pg_get_function_result(p.oid)::varchar AS "Return Type",
      l.lanname::varchar AS "Language", p.probin::varchar AS "Link"
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
      WHERE p.oid >= 16384 AND $in`,
  },
};

const CLUSTER_HEADS = [
  ...["Id", "Addr", "Type", "State", "Parallelism"],
  ...["Is Streaming", "Is Serving", "Is Unschedulable", "Started At"],
];

const ofServer: { readonly [words: string]: Listing } = {
  databases: {
    columns: ["Name"],
    query: `SELECT datname::varchar AS "Name" FROM pg_catalog.pg_database WHERE NOT datistemplate`,
  },
  schemas: {
    columns: ["Name"],
    query: `SELECT name AS "Name" FROM rw_catalog.rw_schemas WHERE name <> 'pg_toast'`,
  },
  processlist: {
    columns: ["Worker Id", "Id", "User", "Host", "Database", "Time", "Info"],
    query: `SELECT NULL::varchar AS "Worker Id", s.pid::varchar AS "Id",
      s.usename::varchar AS "User", pg_catalog.host(s.client_addr)::varchar AS "Host",
      s.datname::varchar AS "Database",
      CASE WHEN s.state = 'active' THEN pg_catalog.round(extract(epoch FROM
        pg_catalog.clock_timestamp() - s.query_start) * 1000)::varchar || 'ms' END AS "Time",
      CASE WHEN s.state = 'active' THEN s.query::varchar END AS "Info", s.pid AS n
      FROM pg_catalog.pg_stat_activity s WHERE s.backend_type = 'client backend'`,
    filtered: "Info",
    order: "n",
  },
  cluster: {
    columns: CLUSTER_HEADS,
    query: `SELECT NULL::int4 AS "Id",
      pg_catalog.concat_ws(':', pg_catalog.host(pg_catalog.inet_server_addr()),
        pg_catalog.inet_server_port())::varchar AS "Addr", NULL::varchar AS "Type",
      'RUNNING'::varchar AS "State", NULL::int4 AS "Parallelism", false AS "Is Streaming",
      true AS "Is Serving", false AS "Is Unschedulable",
      pg_catalog.pg_postmaster_start_time() AS "Started At"`,
    filtered: "Addr",
  },
  parameters: {
    columns: ["Name", "Value", "Description", "Mutable"],
    query: `SELECT name AS "Name", value AS "Value", description AS "Description",
      mutable AS "Mutable" FROM rw_catalog.rw_system_parameters`,
  },
  jobs: {
    columns: ["Id", "Statement", "Create Type", "Progress"],
    query: `SELECT ddl_id AS "Id", ddl_statement AS "Statement", create_type AS "Create Type",
      progress AS "Progress" FROM rw_catalog.rw_ddl_progress`,
    filtered: "Statement",
    order: '"Id"',
  },
  cursors: {
    columns: ["Session Id", "User", "Host", "Database", "Cursor Name"],
    query: `SELECT pg_catalog.pg_backend_pid()::varchar AS "Session Id",
      session_user::varchar AS "User",
      pg_catalog.host(pg_catalog.inet_client_addr())::varchar AS "Host",
      pg_catalog.current_database()::varchar AS "Database", name::varchar AS "Cursor Name"
      FROM pg_catalog.pg_cursors WHERE name <> ''`,
    filtered: "Cursor Name",
    order: '"Cursor Name"',
  },
};

export const listings: { readonly [words: string]: Listing } = { ...ofRelations, ...ofServer };

/** Nothing in the catalog is of these kinds, or lists them. */
export const unlisted: ReadonlySet<string> = new Set([
  "internal tables",
  "secrets",
  "subscription cursors",
  "subscriptions",
]);
