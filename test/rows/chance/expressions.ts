/** Expressions of a kind over the columns in scope. */
import type { Random } from "../../support/random.ts";
import type { Column, Table } from "./model.ts";
import { type ColumnType, columnTypes, type Kind } from "./types.ts";

/** A relation of FROM under its alias. */
export interface Source {
  readonly alias: string;
  readonly columns: readonly Column[];
}

export const sourceOf = (table: Table, alias = table.name): Source => ({
  alias,
  columns: table.columns,
});

const NULL_CHANCE = 0.08;
const WRONG_CHANCE = 0.03;

/**
 * A constant for a column of this type; rarely one that it refuses. `computed`: the statement
 * computes it for a row, if there is one. PostgreSQL's planner computes it first.
 */
export function constant(random: Random, type: ColumnType, computed = true): string {
  if (random.chance(NULL_CHANCE)) return "NULL";
  if (!random.chance(WRONG_CHANCE)) return random.pick(type.values);
  const refused = computed ? type.wrong : [...type.wrong, ...type.excess];
  return random.pick(refused.length > 0 ? refused : type.values);
}

/** `column`: one of the kind, and not a constant, if there is any. */
type Build = (
  operand: (kind: Kind) => string,
  random: Random,
  column: (kind: Kind) => string | undefined,
) => string;

/** Calls and operators whose result is of the kind. */
const builds: Readonly<Record<Kind, readonly Build[]>> = {
  integer: [
    (of, random) => `(${of("integer")} ${random.pick(["+", "-", "*"])} ${of("integer")})`,
    (of, random) => `(${of("integer")} ${random.pick(["/", "%"])} ${random.pick(["2", "3"])})`,
    (of, _, column) => `(10 / ${column("integer") ?? `(${of("integer")} + 100)`})`,
    (of) => `length(${of("text")})`,
    (of) => `abs(${of("integer")})`,
    (of) => `cardinality(${of("array")})`,
    (of) => `CASE WHEN ${of("boolean")} THEN ${of("integer")} ELSE 2 END`,
    (of) => `(${of("array")})[1]`,
  ],
  number: [
    (of, random) => `(${of("number")} ${random.pick(["+", "-", "*"])} ${of("number")})`,
    (of) => `round(${of("number")}, 1)`,
    (of) => `(${of("integer")})::numeric`,
  ],
  float: [
    (of) => `(${of("float")} + ${of("float")})`,
    (of) => `(${of("float")} * 2)`,
    (of) => `floor(${of("float")})`,
  ],
  text: [
    (of) => `(${of("text")} || ${of("text")})`,
    (of, random) => `${random.pick(["upper", "lower", "btrim"])}(${of("text")})`,
    (of) => `substr(${of("text")}, 1, 2)`,
    (of) => `coalesce(${of("text")}, 'no')`,
    (_, random, column) =>
      `(${column(random.pick(["integer", "date", "number", "boolean"])) ?? "12"})::text`,
    (_, __, column) => `md5(${column("text") ?? "NULL"})`,
  ],
  boolean: [
    (of, random) => `(${of("integer")} ${random.pick(["=", "<", ">=", "<>"])} ${of("integer")})`,
    (of) => `(${of("text")} LIKE 'a%')`,
    (of, random) => `(${of("text")} ${random.pick(["=", "<", ">"])} ${of("text")})`,
    (of, random) => `(${of("boolean")} ${random.pick(["AND", "OR"])} ${of("boolean")})`,
    (of) => `(NOT ${of("boolean")})`,
    (of, random) => `(${of(random.pick(["date", "jsonb", "uuid", "number"]))} IS NULL)`,
    (of) => `(${of("number")} BETWEEN 0 AND 3)`,
    (of) => `(${of("integer")} IN (1, 2, 3))`,
    (of) => `(${of("integer")} = ANY (${of("array")}))`,
    (of) => `(${of("date")} > ${of("date")})`,
    (of) => `(${of("padded")} >= ${of("padded")})`,
  ],
  date: [(of) => `(${of("date")} + 1)`, (of) => `(${of("timestamp")})::date`],
  timestamp: [
    (of) => `(${of("timestamp")} + ${of("interval")})`,
    (of) => `date_trunc('month', ${of("timestamp")})`,
  ],
  interval: [(of) => `(${of("interval")} * 2)`, (of) => `(- ${of("interval")})`],
  jsonb: [
    (of) => `to_jsonb(${of("integer")})`,
    (of) => `jsonb_build_object('k', ${of("text")})`,
    (of) => `(${of("jsonb")} || '[9]')`,
  ],
  array: [
    (of) => `(${of("array")} || ${of("integer")})`,
    (of) => `array_remove(${of("array")}, 1)`,
  ],
  padded: [],
  bytes: [(of) => `(${of("bytes")} || '\\x01'::bytea)`],
  uuid: [],
};

const typesOf = (kind: Kind) => columnTypes.filter((type) => type.kind === kind);

/** An expression of the kind, at most `depth` calls deep. */
export function expression(
  random: Random,
  kind: Kind,
  sources: readonly Source[],
  depth = 2,
): string {
  const operand = (of: Kind) => expression(random, of, sources, depth - 1);
  const built = builds[kind];
  if (depth > 0 && built.length > 0 && random.chance(0.35)) {
    const column = (of: Kind) => columnsOf(sources, of)[0];
    return random.pick(built)(operand, random, column);
  }
  const columns = columnsOf(sources, kind);
  if (columns.length > 0 && random.chance(0.75)) return random.pick(columns);
  const type = random.pick(typesOf(kind));
  if (random.chance(NULL_CHANCE)) return `NULL::${type.name}`;
  const value = random.pick(type.values);
  return `${value}::${type.name}`;
}

/** Names of columns, with their relation's where there are several. */
export function columnsOf(sources: readonly Source[], kind?: Kind): string[] {
  return sources.flatMap(({ alias, columns }) =>
    columns
      .filter(({ type }) => kind === undefined || type.kind === kind)
      .map(({ name }) => (sources.length > 1 ? `${alias}.${name}` : name)),
  );
}

/** A condition that some rows pass. */
export function condition(random: Random, sources: readonly Source[]): string {
  const columns = sources.flatMap(({ alias, columns: own }) =>
    own.map((column) => ({ alias, column })),
  );
  if (columns.length === 0 || random.chance(0.4)) return expression(random, "boolean", sources);
  const { alias, column } = random.pick(columns);
  const name = sources.length > 1 ? `${alias}.${column.name}` : column.name;
  if (random.chance(0.1)) return `${name} IS ${random.pick(["", "NOT "])}NULL`;
  const operator = random.pick(["=", "=", "=", "<", ">", "<=", "<>"]);
  return `${name} ${operator} ${constant(random, column.type)}`;
}
