/**
 * Types of columns, with values few enough that rows meet again in joins and keys, and texts that
 * are refused.
 */
export type Kind =
  | "integer"
  | "number"
  | "float"
  | "text"
  | "padded"
  | "boolean"
  | "date"
  | "timestamp"
  | "interval"
  | "jsonb"
  | "array"
  | "bytes"
  | "uuid";

export interface ColumnType {
  readonly name: string;
  readonly kind: Kind;
  /** Constants as they stand in SQL. */
  readonly values: readonly string[];
  /** Constants that are no value of this type. */
  readonly wrong: readonly string[];
  /** Constants of the kind that are too much for this type. */
  readonly excess: readonly string[];
}

const integers = ["0", "1", "2", "3", "4", "5", "7", "-1", "12"];
const words = ["'a'", "'b'", "'ab'", "'B'", "''", "'z'", "'a '"];
/** Halves and quarters, whose sums are the same in any order. */
const fractions = ["0", "0.25", "1.5", "-2.5", "3", "100"];

const uuid = (digit: number) => `'00000000-0000-0000-0000-00000000000${digit}'`;

export const columnTypes: readonly ColumnType[] = [
  {
    name: "int",
    kind: "integer",
    values: integers,
    wrong: ["'x'", "''"],
    excess: ["2147483648", "5000000000"],
  },
  { name: "bigint", kind: "integer", values: integers, wrong: ["'1x'"], excess: [] },
  { name: "smallint", kind: "integer", values: integers, wrong: ["'99999'"], excess: ["32768"] },
  {
    name: "numeric(4,1)",
    kind: "number",
    values: ["0", "1", "2.5", "2.54", "-3", "9.9"],
    wrong: ["'nope'"],
    excess: ["999.96"],
  },
  {
    name: "numeric",
    kind: "number",
    values: ["0", "1.50", "1e1", "-0.001"],
    wrong: ["'--1'"],
    excess: [],
  },
  { name: "double precision", kind: "float", values: fractions, wrong: ["'1e999'"], excess: [] },
  { name: "real", kind: "float", values: fractions, wrong: ["'q'"], excess: [] },
  { name: "text", kind: "text", values: words, wrong: [], excess: [] },
  { name: "varchar(3)", kind: "text", values: words, wrong: [], excess: ["'abcd'", "'abc  '"] },
  { name: "char(2)", kind: "padded", values: words, wrong: [], excess: ["'abc'"] },
  {
    name: "boolean",
    kind: "boolean",
    values: ["true", "false", "'on'"],
    wrong: ["'maybe'", "1"],
    excess: [],
  },
  {
    name: "date",
    kind: "date",
    values: ["'2024-02-29'", "'2001-01-01'", "date '1999-12-31'", "'infinity'"],
    wrong: ["'2023-02-29'", "'soon'"],
    excess: [],
  },
  {
    name: "timestamp",
    kind: "timestamp",
    values: ["'2024-02-29 12:00'", "'2001-01-01'", "'1999-12-31 23:59:59.5'"],
    wrong: ["'2001-13-01'"],
    excess: [],
  },
  {
    name: "interval",
    kind: "interval",
    values: ["'1 day'", "'2 hours'", "'1 mon -1 day'"],
    wrong: ["'one'"],
    excess: [],
  },
  {
    name: "jsonb",
    kind: "jsonb",
    values: [`'{"a": 1}'`, "'[1, 2]'", "'null'", "'\"a\"'"],
    wrong: ["'{a}'", "'{'"],
    excess: [],
  },
  {
    name: "int[]",
    kind: "array",
    values: ["'{}'", "'{1,2}'", "'{1,NULL}'", "ARRAY[3,4]"],
    wrong: ["'{1,'", "'{x}'", "'1'"],
    excess: [],
  },
  {
    name: "bytea",
    kind: "bytes",
    values: ["'\\x00ff'", "''", "'a'"],
    wrong: ["'\\xf'"],
    excess: [],
  },
  { name: "uuid", kind: "uuid", values: [uuid(1), uuid(2), uuid(3)], wrong: ["'1-2'"], excess: [] },
];

/** Kinds whose values a key can be made of. */
export const keyTypes = columnTypes.filter(({ name }) =>
  ["int", "bigint", "text", "numeric(4,1)", "varchar(3)", "date", "uuid"].includes(name),
);

export const typeNamed = (name: string): ColumnType => {
  const found = columnTypes.find((type) => type.name === name);
  if (found === undefined) throw new RangeError(`no type ${name}`);
  return found;
};
