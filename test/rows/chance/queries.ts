/** SELECT over the tables. An ORDER BY is over all columns, so that rows of one place are equal. */
import type { Random } from "../../support/random.ts";
import { columnsOf, condition, expression, type Source, sourceOf } from "./expressions.ts";
import type { Model } from "./model.ts";
import type { Kind } from "./types.ts";

const SHOWN = ["integer", "number", "text", "boolean", "date", "timestamp"] as const;

const aggregates: readonly ((random: Random, of: (kind: Kind) => string) => string)[] = [
  () => "count(*)",
  (random, of) => `count(${of(random.pick(SHOWN))})`,
  (_, of) => `sum(${of("integer")})`,
  (_, of) => `sum(${of("number")})`,
  (random, of) => `${random.pick(["min", "max"])}(${of(random.pick(["integer", "date"]))})`,
  (_, of) => `count(DISTINCT ${of("text")})`,
  (_, of) => `bool_or(${of("boolean")})`,
  (_, of) => `avg(${of("integer")})`,
  (_, of) => {
    const text = of("text");
    return `string_agg(${text}, ',' ORDER BY ${text})`;
  },
];

/** All rows of a table, in an order that every column has a part in. */
export function wholeTable(random: Random, { tables }: Model): string {
  const { name, columns } = random.pick(tables);
  if (columns.length === 0) return `SELECT FROM ${name}`;
  return `SELECT * FROM ${name} ORDER BY ${columns.map((_, at) => at + 1).join(", ")}`;
}

function fromClause(random: Random, model: Model): { sources: Source[]; from: string } {
  const first = random.pick(model.tables);
  if (random.chance(0.5)) return { sources: [sourceOf(first)], from: first.name };
  const second = random.pick(model.tables);
  const sources = [sourceOf(first, "x"), sourceOf(second, "y")];
  const join = random.pick(["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN"]);
  const on = equalColumns(random, sources) ?? condition(random, sources);
  return { sources, from: `${first.name} AS x ${join} ${second.name} AS y ON ${on}` };
}

function equalColumns(random: Random, [left, right]: readonly Source[]): string | undefined {
  const pairs = (left?.columns ?? []).flatMap((one) =>
    (right?.columns ?? [])
      .filter(({ type }) => type.kind === one.type.kind)
      .map((other) => `x.${one.name} = y.${other.name}`),
  );
  return pairs.length > 0 ? random.pick(pairs) : undefined;
}

export function select(random: Random, model: Model): string {
  const { sources, from } = fromClause(random, model);
  const where = random.chance(0.5) ? ` WHERE ${condition(random, sources)}` : "";
  const of = (kind: Kind) => expression(random, kind, sources);
  if (random.chance(0.35)) return grouped(random, sources, from, where, of);
  const items = Array.from({ length: 1 + random.below(4) }, () => of(random.pick(SHOWN)));
  const distinct = random.chance(0.15) ? "DISTINCT " : "";
  const order = items.map((_, at) => `${at + 1}${random.chance(0.3) ? " DESC" : ""}`).join(", ");
  const text = `SELECT ${distinct}${items.join(", ")} FROM ${from}${where} ORDER BY ${order}`;
  if (!random.chance(0.25)) return text;
  return `${text} LIMIT ${1 + random.below(5)}${random.chance(0.3) ? " OFFSET 1" : ""}`;
}

function grouped(
  random: Random,
  sources: readonly Source[],
  from: string,
  where: string,
  of: (kind: Kind) => string,
): string {
  const results = Array.from({ length: 1 + random.below(3) }, () =>
    random.pick(aggregates)(random, of),
  );
  const keys = columnsOf(sources, random.pick(SHOWN));
  if (keys.length === 0 || random.chance(0.4)) {
    return `SELECT ${results.join(", ")} FROM ${from}${where}`;
  }
  const key = random.pick(keys);
  const having = random.chance(0.2) ? " HAVING count(*) > 1" : "";
  const order = [key, ...results].map((_, at) => at + 1).join(", ");
  const list = [key, ...results].join(", ");
  return `SELECT ${list} FROM ${from}${where} GROUP BY ${key}${having} ORDER BY ${order}`;
}
