/** SET name = value as PostgreSQL 15.18 answers it, one after the other in one session: what SHOW prints then, or the error. */
export interface RecordedError {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}
export const recorded: readonly (readonly [
  name: string,
  value: string,
  answer: string | RecordedError,
])[] = [
  ["statement_timeout", "'5s'", "5s"],
  ["statement_timeout", "100", "100ms"],
  ["statement_timeout", "'90000'", "90s"],
  ["statement_timeout", "'1.5s'", "1500ms"],
  ["statement_timeout", "'2 min'", "2min"],
  ["statement_timeout", "'90min'", "90min"],
  ["statement_timeout", "'1d'", "1d"],
  ["statement_timeout", "'0.4'", "0"],
  ["statement_timeout", "'500us'", "0"],
  ["statement_timeout", "'1500us'", "2ms"],
  [
    "statement_timeout",
    "'5 parsecs'",
    {
      code: "22023",
      message: 'invalid value for parameter "statement_timeout": "5 parsecs"',
      hint: 'Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".',
    },
  ],
  [
    "statement_timeout",
    "'x'",
    {
      code: "22023",
      message: 'invalid value for parameter "statement_timeout": "x"',
    },
  ],
  [
    "statement_timeout",
    "''",
    {
      code: "22023",
      message: 'invalid value for parameter "statement_timeout": ""',
    },
  ],
  [
    "statement_timeout",
    "-1",
    {
      code: "22023",
      message:
        '-1 ms is outside the valid range for parameter "statement_timeout" (0 .. 2147483647)',
    },
  ],
  [
    "statement_timeout",
    "'3000000s'",
    {
      code: "22023",
      message: 'invalid value for parameter "statement_timeout": "3000000s"',
      hint: "Value exceeds integer range.",
    },
  ],
  [
    "statement_timeout",
    "'5S'",
    {
      code: "22023",
      message: 'invalid value for parameter "statement_timeout": "5S"',
      hint: 'Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".',
    },
  ],
  ["statement_timeout", "' 7 '", "7ms"],
  [
    "statement_timeout",
    "1,2",
    {
      code: "22023",
      message: "SET statement_timeout takes only one argument",
    },
  ],
  ["statement_timeout", "default", "0"],
  ["work_mem", "'1GB'", "1GB"],
  ["work_mem", "'1.5MB'", "1536kB"],
  [
    "work_mem",
    "1",
    {
      code: "22023",
      message: '1 kB is outside the valid range for parameter "work_mem" (64 .. 2147483647)',
    },
  ],
  ["work_mem", "'0x400'", "1MB"],
  ["work_mem", "'0100'", "64kB"],
  ["work_mem", "'65536B'", "64kB"],
  ["work_mem", "'1TB'", "1TB"],
  [
    "work_mem",
    "'4TB'",
    {
      code: "22023",
      message: 'invalid value for parameter "work_mem": "4TB"',
      hint: "Value exceeds integer range.",
    },
  ],
  [
    "work_mem",
    "'100 kb'",
    {
      code: "22023",
      message: 'invalid value for parameter "work_mem": "100 kb"',
      hint: 'Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".',
    },
  ],
  ["temp_buffers", "'16MB'", "16MB"],
  ["effective_cache_size", "1", "8kB"],
  ["effective_cache_size", "'5GB'", "5GB"],
  ["maintenance_work_mem", "'1e3MB'", "1000MB"],
  [
    "random_page_cost",
    "-1",
    {
      code: "22023",
      message: '-1 is outside the valid range for parameter "random_page_cost" (0 .. 1.79769e+308)',
    },
  ],
  [
    "random_page_cost",
    "'abc'",
    {
      code: "22023",
      message: 'invalid value for parameter "random_page_cost": "abc"',
    },
  ],
  ["random_page_cost", "1.10", "1.1"],
  ["random_page_cost", "'1e10'", "1e+10"],
  ["random_page_cost", "1234567", "1.23457e+06"],
  ["cpu_tuple_cost", "1e-7", "1e-07"],
  ["geqo_seed", "0.123456789", "0.123457"],
  ["vacuum_cost_delay", "'2.5ms'", "2500us"],
  ["vacuum_cost_delay", "'500us'", "500us"],
  [
    "seq_page_cost",
    "'1s'",
    {
      code: "22023",
      message: 'invalid value for parameter "seq_page_cost": "1s"',
    },
  ],
  [
    "enable_seqscan",
    "'o'",
    {
      code: "22023",
      message: 'parameter "enable_seqscan" requires a Boolean value',
    },
  ],
  ["enable_seqscan", "'of'", "off"],
  ["enable_seqscan", "1", "on"],
  [
    "enable_seqscan",
    "2",
    {
      code: "22023",
      message: 'parameter "enable_seqscan" requires a Boolean value',
    },
  ],
  ["enable_seqscan", "'TR'", "on"],
  ["enable_seqscan", "yes", "on"],
  [
    "enable_seqscan",
    "''",
    {
      code: "22023",
      message: 'parameter "enable_seqscan" requires a Boolean value',
    },
  ],
  [
    "client_min_messages",
    "'foo'",
    {
      code: "22023",
      message: 'invalid value for parameter "client_min_messages": "foo"',
      hint: "Available values: debug5, debug4, debug3, debug2, debug1, log, notice, warning, error.",
    },
  ],
  ["client_min_messages", "'INFO'", "info"],
  ["client_min_messages", "'debug'", "debug2"],
  ["client_min_messages", "'Warning'", "warning"],
  ["client_min_messages", "default", "notice"],
  [
    "bytea_output",
    "x",
    {
      code: "22023",
      message: 'invalid value for parameter "bytea_output": "x"',
      hint: "Available values: escape, hex.",
    },
  ],
  ["bytea_output", "ESCAPE", "escape"],
  ["synchronous_commit", "1", "on"],
  ["synchronous_commit", "off", "off"],
  ["synchronous_commit", "'yes'", "on"],
  ["synchronous_commit", "'remote_apply'", "remote_apply"],
  [
    "synchronous_commit",
    "'foo'",
    {
      code: "22023",
      message: 'invalid value for parameter "synchronous_commit": "foo"',
      hint: "Available values: local, remote_write, remote_apply, on, off.",
    },
  ],
  ["constraint_exclusion", "'true'", "on"],
  ["plan_cache_mode", "force_generic_plan", "force_generic_plan"],
  ["search_path", "a, \"B c\", 'd e', public", 'a, "B c", "d e", public'],
  ["search_path", "'a, b'", '"a, b"'],
  ["search_path", "''", '""'],
  ["search_path", '"$user", public', '"$user", public'],
  [
    "search_path",
    "select",
    {
      code: "42601",
      message: 'syntax error at or near "select"',
    },
  ],
  ["search_path", '"select", 5', '"select", 5'],
  ["search_path", "default", '"$user", public'],
  ["datestyle", "german,ymd", "German, YMD"],
  ["datestyle", "german", "German, DMY"],
  [
    "datestyle",
    "'foo'",
    {
      code: "22023",
      message: 'invalid value for parameter "DateStyle": "foo"',
      detail: 'Unrecognized key word: "foo".',
    },
  ],
  [
    "datestyle",
    "'iso, german'",
    {
      code: "22023",
      message: 'invalid value for parameter "DateStyle": "iso, german"',
      detail: 'Conflicting "datestyle" specifications.',
    },
  ],
  ["datestyle", "'SQL, European'", "SQL, DMY"],
  ["datestyle", "mdy", "SQL, MDY"],
  ["datestyle", "'postgres'", "Postgres, MDY"],
  [
    "datestyle",
    "'ymd, dmy'",
    {
      code: "22023",
      message: 'invalid value for parameter "DateStyle": "ymd, dmy"',
      detail: 'Conflicting "datestyle" specifications.',
    },
  ],
  ["datestyle", "'YMD, ISO'", "ISO, YMD"],
  ["datestyle", "default", "ISO, MDY"],
  [
    "timezone",
    "'foo/bar'",
    {
      code: "22023",
      message: 'invalid value for parameter "TimeZone": "foo/bar"',
    },
  ],
  ["timezone", "6", "<+06>-06"],
  ["timezone", "-3.5", "<-03:30>+03:30"],
  ["timezone", "'utc'", "UTC"],
  ["timezone", "'america/new_york'", "America/New_York"],
  ["timezone", "'europe/berlin'", "Europe/Berlin"],
  ["timezone", "'EST5EDT'", "EST5EDT"],
  ["timezone", "'+03'", "<+03>-03"],
  ["timezone", "'<+06>-06'", "<+06>-06"],
  ["timezone", "'us/eastern'", "US/Eastern"],
  ["timezone", "'etc/utc'", "Etc/UTC"],
  ["timezone", "'gmt'", "GMT"],
  ["timezone", "'asia/calcutta'", "Asia/Calcutta"],
  ["timezone", "'america/port_of_spain'", "America/Port_of_Spain"],
  ["timezone", "'america/argentina/buenos_aires'", "America/Argentina/Buenos_Aires"],
  ["timezone", "'PST8'", "PST8"],
  [
    "timezone",
    "200",
    {
      code: "22023",
      message: 'invalid value for parameter "TimeZone": "200"',
      detail: "UTC timezone offset is out of range.",
    },
  ],
  ["timezone", "'est'", "EST"],
  ["timezone", "'japan'", "Japan"],
  ["timezone", "'gb'", "GB"],
  ["timezone", "'Etc/GMT+5'", "Etc/GMT+5"],
  ["timezone", "'zulu'", "Zulu"],
  ["client_encoding", "'utf-8'", "UTF8"],
  ["client_encoding", "unicode", "UTF8"],
  ["client_encoding", "'''utf-8'''", "UTF8"],
  [
    "client_encoding",
    "'xx'",
    {
      code: "22023",
      message: 'invalid value for parameter "client_encoding": "xx"',
    },
  ],
  [
    "server_version",
    "'5'",
    {
      code: "55P02",
      message: 'parameter "server_version" cannot be changed',
    },
  ],
  [
    "max_connections",
    "5",
    {
      code: "55P02",
      message: 'parameter "max_connections" cannot be changed without restarting the server',
    },
  ],
  [
    "is_superuser",
    "on",
    {
      code: "55P02",
      message: 'parameter "is_superuser" cannot be changed',
    },
  ],
  [
    "in_hot_standby",
    "on",
    {
      code: "55P02",
      message: 'parameter "in_hot_standby" cannot be changed',
    },
  ],
  [
    "foo",
    "1",
    {
      code: "42704",
      message: 'unrecognized configuration parameter "foo"',
    },
  ],
  ["foo.bar", "1", "1"],
  [
    '"foo.1"',
    "1",
    {
      code: "42602",
      message: 'invalid configuration parameter name "foo.1"',
      detail: "Custom parameter names must be two or more simple identifiers separated by dots.",
    },
  ],
  [
    '"foo-"',
    "1",
    {
      code: "42704",
      message: 'unrecognized configuration parameter "foo-"',
    },
  ],
  [
    '"foo.a-"',
    "1",
    {
      code: "42602",
      message: 'invalid configuration parameter name "foo.a-"',
      detail: "Custom parameter names must be two or more simple identifiers separated by dots.",
    },
  ],
  ["Foo.Bar.Baz", "'x'", "x"],
  [
    "session_replication_role",
    "foo",
    {
      code: "22023",
      message: 'invalid value for parameter "session_replication_role": "foo"',
      hint: "Available values: origin, replica, local.",
    },
  ],
  ["session_replication_role", "replica", "replica"],
  ["default_transaction_isolation", "'SERIALIZABLE'", "serializable"],
  [
    "default_transaction_isolation",
    "'foo'",
    {
      code: "22023",
      message: 'invalid value for parameter "default_transaction_isolation": "foo"',
      hint: "Available values: serializable, repeatable read, read committed, read uncommitted.",
    },
  ],
  ["intervalstyle", "'POSTGRES_verbose'", "postgres_verbose"],
  [
    "intervalstyle",
    "'foo'",
    {
      code: "22023",
      message: 'invalid value for parameter "intervalstyle": "foo"',
      hint: "Available values: postgres, postgres_verbose, sql_standard, iso_8601.",
    },
  ],
  [
    "extra_float_digits",
    "4",
    {
      code: "22023",
      message: '4 is outside the valid range for parameter "extra_float_digits" (-15 .. 3)',
    },
  ],
  ["extra_float_digits", "2.6", "3"],
  ["extra_float_digits", "0.5", "0"],
  ["extra_float_digits", "1.5", "2"],
  ["application_name", "'a b'", "a b"],
  ["restrict_nonsystem_relation_kind", "'view, foreign-table'", "view, foreign-table"],
  [
    "restrict_nonsystem_relation_kind",
    "'table'",
    {
      code: "22023",
      message: 'invalid value for parameter "restrict_nonsystem_relation_kind": "table"',
      detail: 'Unrecognized key word: "table".',
    },
  ],
  [
    "role",
    "nope",
    {
      code: "22023",
      message: 'role "nope" does not exist',
    },
  ],
  ["role", "none", "none"],
  [
    "session_authorization",
    "nope",
    {
      code: "22023",
      message: 'role "nope" does not exist',
    },
  ],
  ["xmloption", "document", "document"],
  ["row_security", "off", "off"],
  ["deadlock_timeout", "'2s'", "2s"],
  ["debug_pretty_print", "off", "off"],
];
