/**
 * What queries by chance read: few rows that are the same in every database, built-in ones and
 * those that the tables of corpus/schema.sql have in the catalogs. The latter's oids are not named.
 */

export type Type =
  | "int"
  | "text"
  | "bool"
  | "numeric"
  | "float"
  | "date"
  | "timestamp"
  | "timestamptz"
  | "interval"
  | "bytea"
  | "range"
  | "ints"
  | "texts"
  | "jsonb";

export interface Relation {
  readonly name: string;
  /** A column whose values are never the same twice. */
  readonly key: string;
  /** @ is the alias; in names of columns, too. */
  readonly filter: string;
  readonly columns: Readonly<Record<string, Type>>;
}

export const relations: readonly Relation[] = [
  {
    name: "item",
    key: "id",
    filter: "@.id < 9",
    columns: {
      id: "int",
      name: "text",
      price: "numeric",
      tags: "texts",
      added: "timestamptz",
      kind: "text",
      flag: "bool",
      doc: "jsonb",
      day: "date",
      took: "interval",
      "@.code::text": "text",
      '(@.kind COLLATE "C")': "text",
      "(@.doc -> 'a')": "jsonb",
      "@.tags[1]": "text",
    },
  },
  {
    name: "stock",
    key: "amount",
    filter: "@.place IS DISTINCT FROM 'void'",
    columns: { item_id: "int", place: "text", "@.amount::int": "int" },
  },
  {
    name: "other.item",
    key: "other_name",
    filter: "@.id > 0",
    columns: { id: "int", other_name: "text" },
  },
  {
    name: "pg_class",
    key: "oid",
    filter: "@.oid BETWEEN 1247 AND 1262",
    columns: {
      oid: "int",
      relname: "text",
      relkind: "text",
      relnatts: "int",
      relhasindex: "bool",
      relisshared: "bool",
      reltype: "int",
      relam: "int",
    },
  },
  {
    name: "pg_type",
    key: "oid",
    filter: "@.oid < 25",
    columns: {
      oid: "int",
      typname: "text",
      typlen: "int",
      typbyval: "bool",
      typcategory: "text",
      typelem: "int",
      typarray: "int",
    },
  },
  {
    name: "pg_proc",
    key: "oid",
    filter: "@.oid < 43",
    columns: {
      oid: "int",
      proname: "text",
      pronargs: "int",
      proisstrict: "bool",
      prorettype: "int",
    },
  },
  {
    name: "pg_am",
    key: "oid",
    filter: "@.oid < 10000",
    columns: { oid: "int", amname: "text", amtype: "text" },
  },
  {
    name: "pg_namespace",
    key: "oid",
    filter: "@.oid IN (11, 99, 2200)",
    columns: { oid: "int", nspname: "text" },
  },
  {
    name: "pg_operator",
    key: "oid",
    filter: "@.oid < 94",
    columns: { oid: "int", oprname: "text", oprleft: "int", oprright: "int", oprcanhash: "bool" },
  },
  {
    name: "pg_index",
    key: "indexrelid",
    filter: "@.indrelid IN (1247, 1259, 2601)",
    columns: {
      indexrelid: "int",
      indrelid: "int",
      indnatts: "int",
      indisunique: "bool",
      indisprimary: "bool",
    },
  },
  {
    name: "pg_attribute",
    key: "attnum",
    filter: "@.attrelid = 2615",
    columns: {
      attrelid: "int",
      attname: "text",
      attnum: "int",
      atttypid: "int",
      attnotnull: "bool",
    },
  },
  {
    name: "information_schema.columns",
    key: "ordinal_position",
    filter: "@.table_schema = 'pg_catalog' AND @.table_name = 'pg_am'",
    columns: {
      table_name: "text",
      column_name: "text",
      ordinal_position: "int",
      data_type: "text",
    },
  },
  {
    name: "pg_cast",
    key: "oid",
    filter: "@.castsource IN (700, 1042, 1700) AND @.oid < 10070",
    columns: { oid: "int", castsource: "int", casttarget: "int", castcontext: "text" },
  },
  {
    name: "pg_class",
    key: "relname",
    filter: "@.oid IN ('item'::regclass, 'stock'::regclass, 'bare'::regclass, 'ticket'::regclass)",
    columns: {
      relname: "text",
      relkind: "text",
      relnatts: "int",
      relhasindex: "bool",
      relreplident: "text",
      "@.oid::regclass::text": "text",
      "@.relnamespace::regnamespace::text": "text",
      "pg_table_is_visible(@.oid)": "bool",
      "(SELECT count(*) FROM pg_attribute a WHERE a.attrelid = @.oid AND a.attnum > 0)": "int",
    },
  },
  {
    name: "pg_attribute",
    key: "attname",
    filter: "@.attrelid = 'item'::regclass AND @.attnum > 0",
    columns: {
      attname: "text",
      attnum: "int",
      attlen: "int",
      attbyval: "bool",
      attnotnull: "bool",
      attndims: "int",
      atttypmod: "int",
      attalign: "text",
      "@.attrelid::regclass::text": "text",
      "@.atttypid::regtype::text": "text",
      "format_type(@.atttypid, @.atttypmod)": "text",
    },
  },
  {
    name: "pg_constraint",
    key: "conname",
    filter: "@.conrelid IN ('item'::regclass, 'stock'::regclass)",
    columns: {
      conname: "text",
      contype: "text",
      condeferrable: "bool",
      convalidated: "bool",
      conislocal: "bool",
      coninhcount: "int",
      "@.conkey::int[]": "ints",
      "@.conrelid::regclass::text": "text",
      "pg_get_constraintdef(@.oid)": "text",
    },
  },
  {
    name: "pg_index",
    key: "indexrelid",
    filter: "@.indrelid IN ('item'::regclass, 'stock'::regclass)",
    columns: {
      indnatts: "int",
      indnkeyatts: "int",
      indisunique: "bool",
      indisvalid: "bool",
      "@.indkey::text": "text",
      "@.indexrelid::regclass::text": "text",
      "pg_get_indexdef(@.indexrelid)": "text",
    },
  },
  {
    name: "information_schema.tables",
    key: "table_name",
    filter: "@.table_schema = 'public' AND @.table_name IN ('item', 'stock', 'bare')",
    columns: {
      table_schema: "text",
      table_name: "text",
      table_type: "text",
      is_insertable_into: "text",
    },
  },
  {
    name: "information_schema.columns",
    key: "column_name",
    filter: "@.table_schema = 'public' AND @.table_name = 'item'",
    columns: {
      table_name: "text",
      column_name: "text",
      ordinal_position: "int",
      is_nullable: "text",
      udt_name: "text",
      character_maximum_length: "int",
      numeric_precision: "int",
    },
  },
  {
    name: "information_schema.table_constraints",
    key: "constraint_name",
    filter: "@.table_schema = 'public' AND @.constraint_type <> 'CHECK'",
    columns: {
      table_name: "text",
      constraint_name: "text",
      constraint_type: "text",
      is_deferrable: "text",
    },
  },
  {
    name: "pg_opclass",
    key: "oid",
    filter: "@.opcmethod = 405 AND @.opcintype < 30",
    columns: { opcname: "text", opcintype: "int", opcdefault: "bool", opckeytype: "int" },
  },
  {
    name: "pg_aggregate",
    key: "aggfnoid",
    filter: "@.aggfnoid::oid BETWEEN 2100 AND 2110",
    columns: {
      "@.aggfnoid::text": "text",
      aggkind: "text",
      aggnumdirectargs: "int",
      aggtranstype: "int",
      agginitval: "text",
    },
  },
];

/** Rows of the corpus' tables. */
export const filled = `
INSERT INTO item VALUES
  (1, 'lamp', 12.50, '{light,home}', '2021-03-04 05:06:07.89+00', 'big', 'ab', true,
   '{"a": 1, "b": [1, 2]}', '2021-03-04', '1 day 02:00'),
  (2, 'rug', 100.00, '{}', '2020-02-29 23:59:59+00', 'small', 'abcde', false, '[3, "x"]',
   '2020-02-29', '00:00:01.5'),
  (3, 'Cup', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (5, 'cup_2', -0.75, '{NULL,"a b"}', '1999-12-31 00:00+00', '', '', true, '{"a": null}',
   '1999-12-31', '-1 mons');
INSERT INTO stock VALUES (1, 'here', 5), (1, 'there', 70000), (2, 'here', NULL),
  (NULL, 'nowhere', 1), (4, NULL, -3);
INSERT INTO other.item VALUES (1, 'one'), (3, NULL), (3, 'three');
`;

/** Columns of `rows`. */
export const valueColumns: Readonly<Record<string, Type>> = {
  i: "int",
  s: "text",
  n: "numeric",
  d: "date",
  b: "bool",
};

export const rows: readonly string[] = [
  "(1, 'a', 1.5, DATE '2020-01-31', true)",
  "(2, 'b', 2.25, DATE '2020-02-01', false)",
  "(2, NULL, NULL, DATE '2021-12-31', true)",
  "(NULL, 'B', -3.5, NULL, NULL)",
  "(4, '', 0.0, DATE '1999-07-04', false)",
  "(5, 'a b', 100.125, DATE '2020-02-29', NULL)",
];

export const literals: Readonly<Record<Type, readonly string[]>> = {
  int: ["0", "1", "2", "7", "11", "23", "1259", "-1", "NULL::int"],
  text: ["'a'", "'r'", "'pg_class'", "''", "'p%'", "'B'", "'Zwölf_b'", "NULL::text"],
  bool: ["true", "false", "NULL::boolean"],
  numeric: ["1.5", "0.25", "-2.125", "10.0", "NULL::numeric"],
  float: ["1.5::float8", "'-0.1'::float8", "'1e20'::float8", "'NaN'::float8", "NULL::float8"],
  date: ["DATE '2020-02-29'", "DATE '2000-01-01'", "NULL::date"],
  timestamp: ["TIMESTAMP '2020-02-29 12:30:00'", "TIMESTAMP '1999-12-31 23:59:59.5'"],
  timestamptz: ["TIMESTAMPTZ '2020-03-29 01:30:00+01'", "'1999-12-31 23:59:59.25'::timestamptz"],
  interval: ["interval '1 month 2 days 03:04:05.6'", "interval '-36 hours'", "NULL::interval"],
  bytea: ["'\\x00ff10'::bytea", "'abc'::bytea", "''::bytea", "NULL::bytea"],
  range: ["'[1,5)'::int4range", "int4range(3, NULL)", "'empty'::int4range", "NULL::int4range"],
  ints: ["ARRAY[1, 2, 3]", "ARRAY[11, 1259]", "'{}'::int[]", "NULL::int[]"],
  texts: ["ARRAY['a', 'B', NULL]", "'{p_1,\"\"}'::text[]", "'{}'::text[]", "NULL::text[]"],
  jsonb: [`'{"a": 1}'::jsonb`, "'[1, null, \"x\"]'::jsonb", "'2'::jsonb", "NULL::jsonb"],
};

export const allTypes = Object.keys(literals) as Type[];

/** Those of columns. Intervals may be equal and look different. */
export const types = allTypes.filter((type) => type !== "interval");
