/** What the generator knows of the tables in schema.sql, and literals of their types. */

/** A type by its SQL name, as columns of the schema have it. */
export type TypeName = string;

export interface SchemaColumn {
  readonly name: string;
  readonly type: TypeName;
}

export interface SchemaTable {
  readonly name: string;
  /** As written in FROM. */
  readonly sql: string;
  readonly columns: readonly SchemaColumn[];
  /** Its rows have a type of this name. */
  readonly rowType?: TypeName;
}

const columns = (text: string): SchemaColumn[] =>
  text.split(", ").map((each) => {
    const [, name = "", type = ""] = /^("[^"]+"|\S+) (.*)$/.exec(each) ?? [];
    return { name, type };
  });

/** The tables of schema.sql. */
export const tables: readonly SchemaTable[] = [
  {
    name: "t1",
    sql: "t1",
    columns: columns(
      "a int, b text, c numeric, d date, e timestamptz, f bool, g int[], h text, s int2",
    ),
    rowType: "t1",
  },
  {
    name: "t2",
    sql: "t2",
    columns: columns(
      'a int8, b text, "X y" float8, j jsonb, k json, n name, u uuid, r float4, o oid',
    ),
    rowType: "t2",
  },
  {
    name: "t3",
    sql: "t3",
    columns: columns(
      "a int, c numeric, i interval, ts timestamp, tm time, by bytea, ar text[], rg int4range, net inet, bt bit, ch char",
    ),
    rowType: "t3",
  },
  {
    name: "t4",
    sql: "t4",
    columns: columns(
      'id int, "row" t1, "rows" t2[], tz timetz, q "char", vb varbit, md date[], fl float8[]',
    ),
    rowType: "t4",
  },
  {
    name: "t5",
    sql: "t5",
    columns: columns(
      "a int, dm positive, en mood, x xml, p pair, ps pair[], mr multirange, pt point, ts tsvector, mo money, rg int4range",
    ),
    rowType: "t5",
  },
  {
    name: '"Odd Table"',
    sql: '"Odd Table"',
    columns: columns('"select" int, "A a" text, "old" bool, "column" numeric'),
  },
  { name: "t1", sql: "other.t1", columns: columns("a int, z text, d date") },
  {
    name: "only_there",
    sql: "other.only_there",
    columns: columns('a int8, b text, "Q" timestamptz'),
  },
  { name: "dropped", sql: "dropped", columns: columns("a int, b text, d date") },
  { name: "base_view", sql: "base_view", columns: columns("a int, b text, d date") },
];

export const rowColumns = (type: TypeName): readonly SchemaColumn[] =>
  tables.find(({ rowType }) => rowType === type)?.columns ?? [];

/** Literals of a type, as somebody might write them. */
export const literals: Readonly<Record<TypeName, readonly string[]>> = {
  int: ["0", "1", "-7", "42", "'5'::int", "NULL::int", "2147483647", "int '3'"],
  int8: ["9000000000", "1::bigint", "'7'::int8", "-9223372036854775807"],
  int2: ["1::smallint", "'2'::int2", "(-3)::smallint"],
  numeric: ["1.5", "0.00", "-2.25", "1e3", "'12.5'::numeric", "3::numeric(5,1)", "NULL::numeric"],
  float8: ["1.5::float8", "'NaN'::float8", "'-Infinity'::double precision", "2::float"],
  float4: ["1.25::real", "'3'::float4"],
  text: ["'x'::text", "'it''s'", "''", "E'a\\nb'", "text 'y'", "'%a_'::text", "NULL::text"],
  name: ["'n'::name", "current_user", "session_user"],
  char: ["'abc'::char(3)", "'x'::bpchar"],
  '"char"': ["'c'::\"char\""],
  bool: ["true", "false", "NULL::boolean", "'t'::bool"],
  date: ["'2020-02-29'::date", "date '2000-01-01'", "current_date", "'infinity'::date"],
  time: ["'12:34:56'::time", "time '00:00'", "localtime", "localtime(3)"],
  timetz: ["'12:34:56+02'::timetz", "current_time", "current_time(2)"],
  timestamp: ["'2020-01-01 10:00'::timestamp", "localtimestamp", "'2001-02-03'::timestamp(0)"],
  timestamptz: [
    "now()",
    "current_timestamp",
    "'2020-01-01 10:00+00'::timestamptz",
    "current_timestamp(1)",
  ],
  interval: [
    "'1 day'::interval",
    "interval '2 hours'",
    "'1-2'::interval year to month",
    "make_interval(days => 3)",
    "interval '1.5' second(2)",
  ],
  uuid: ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid"],
  json: ["'{\"a\": 1}'::json", "json_build_object('k', 1)"],
  jsonb: ["'[1, 2]'::jsonb", '\'{"a": {"b": 2}}\'::jsonb', "to_jsonb(1)"],
  bytea: ["'\\x00ff'::bytea"],
  inet: ["'10.0.0.1/8'::inet", "'::1'::inet"],
  bit: ["B'1010'", "'0101'::bit(4)", "X'1F'"],
  varbit: ["'101'::varbit", "'1'::bit varying(5)"],
  oid: ["1::oid", "'26'::oid"],
  regclass: [
    "'t1'::regclass",
    "'other.t1'::regclass",
    "'counter'::regclass",
    "'pg_class'::regclass",
  ],
  "int[]": ["ARRAY[1, 2, 3]", "'{1,2}'::int[]", "ARRAY[]::int[]", "ARRAY[1, NULL]"],
  "text[]": ["ARRAY['a', 'b']", "'{x,\"y z\"}'::text[]", "string_to_array('a,b', ',')"],
  "date[]": ["'{2020-01-01}'::date[]", "ARRAY[current_date]"],
  "float8[]": ["ARRAY[1.5::float8]", "'{1,2.5}'::float8[]"],
};
