/** CALLS that stand in no other expression: set-returning, window and aggregate functions. */
import { type Column, Expressions } from "./expressions.ts";
import { type Type, types } from "./relations.ts";

/** Something in FROM. */
export interface Source {
  readonly text: string;
  readonly columns: readonly Column[];
  /** A column whose values are never the same twice; undefined = unknown. */
  readonly key?: string;
  /** What keeps it small. */
  readonly filter?: string;
}

export abstract class Calls extends Expressions {
  protected setCall(columns: readonly Column[]): string {
    const of = this.expression("int", columns, 1);
    return this.pick([
      `generate_series(1, ${of} % 3)`,
      `unnest(${this.expression("ints", columns, 1)})`,
      "(generate_series(0, 1) + 10)",
      `unnest(ARRAY[generate_series(1, 2), ${of}])`,
      `CASE ${of} % 2 WHEN 0 THEN 1 ELSE 2 END + generate_series(1, 2)`,
      `length(string_to_table(${this.expression("text", columns, 1)}, '_'))`,
      `generate_subscripts(${this.expression("texts", columns, 1)}, 1)`,
      `length((jsonb_each(jsonb_build_object('ab', ${of}))).key)`,
    ]);
  }

  /** A window function that answers the same however rows are ordered that sort alike. */
  protected window(
    columns: readonly Column[],
    sources: readonly Source[],
    windows: string[],
  ): string {
    const sort = () => this.expression(this.pick(["int", "text", "date"]), columns, 1);
    const partition = this.random.chance(0.5) ? `PARTITION BY ${sort()} ` : "";
    const of = this.expression("int", columns, 1);
    const keys = sources.flatMap((source) => source.key ?? []);
    if (keys.length === sources.length && this.random.chance(0.5)) {
      const any = this.expression(this.pick(types), columns, 1);
      const call = this.pick([
        "row_number()",
        `lag(${of})`,
        `lag(${of}, 1 + ${of} % 2, 7.5)`,
        `lead(${of}, 2, -1)`,
        `first_value(${of})`,
        `last_value(${any})`,
        `nth_value(${of}, 2)`,
        "ntile(3)",
        `array_agg(${of})`,
        `string_agg(${this.expression("text", columns, 1)}, '+')`,
        `jsonb_agg(${any})`,
        `sum(${of})`,
        `avg(${of})`,
        `count(*) FILTER (WHERE ${this.expression("bool", columns, 1)})`,
      ]);
      const frame = this.pick([
        "",
        " ROWS 1 PRECEDING",
        " ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING",
        " ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING",
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
        " ROWS BETWEEN 1 + 1 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW",
        " GROUPS BETWEEN 1 PRECEDING AND 2 FOLLOWING EXCLUDE TIES",
      ]);
      return `${call} OVER (${partition}ORDER BY ${sort()}, ${keys.join(", ")}${frame})`;
    }
    const call = this.pick([
      "rank()",
      "dense_rank()",
      "percent_rank()",
      "cume_dist()",
      "count(*)",
      `max(${this.expression("texts", columns, 1)})`,
      `bool_and(${this.expression("bool", columns, 1)})`,
      `sum(${of}) FILTER (WHERE ${this.expression("bool", columns, 1)})`,
      `count(${of})`,
      `sum(${of})`,
      `min(${of})`,
      `max(${of})`,
    ]);
    const over = `${partition}ORDER BY ${this.#frame(columns, sort)}`;
    if (this.random.chance(0.7)) return `${call} OVER (${over})`;
    const name = this.name("w");
    if (partition !== "" && this.random.chance(0.4)) {
      windows.push(`${name} AS (${partition})`);
      return `${call} OVER (${name} ${over.slice(partition.length)})`;
    }
    windows.push(`${name} AS (${over})`);
    return `${call} OVER ${name}`;
  }

  #frame(columns: readonly Column[], sort: () => string): string {
    if (this.random.chance(0.2)) {
      const key = this.expression("int", columns, 1);
      return `${key} RANGE BETWEEN 2 PRECEDING AND 5 FOLLOWING`;
    }
    if (this.random.chance(0.1)) {
      const key = this.expression("date", columns, 1);
      return `${key} DESC RANGE BETWEEN interval '1 month' PRECEDING AND CURRENT ROW`;
    }
    if (this.random.chance(0.1)) {
      const key = this.expression(this.pick(["numeric", "float"]), columns, 1);
      return `${key} RANGE BETWEEN 1.5 FOLLOWING AND UNBOUNDED FOLLOWING`;
    }
    return `${sort()}${this.pick([
      "",
      "",
      " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
      " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
      " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
      " GROUPS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP",
      " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES",
    ])}`;
  }

  protected aggregate(columns: readonly Column[]): Column {
    const of = this.expression("int", columns, 1);
    const words = this.expression("text", columns, 1);
    const numeric = this.expression("numeric", columns, 1);
    const bool = this.expression("bool", columns, 1);
    const any = (type: Type) => this.expression(type, columns, 1);
    const filter = this.random.chance(0.2)
      ? ` FILTER (WHERE ${this.expression("bool", columns, 1)})`
      : "";
    return this.pick<Column>([
      { text: `count(*)${filter}`, type: "int" },
      { text: `count(DISTINCT ${words})${filter}`, type: "int" },
      { text: `sum(${of})${filter}`, type: "int" },
      { text: `max(${of})${filter}`, type: "int" },
      { text: `min(${words})${filter}`, type: "text" },
      { text: `round(avg(${of})${filter}, 3)`, type: "numeric" },
      { text: `round(sum(${numeric})${filter}, 3)`, type: "numeric" },
      { text: `string_agg(${words}, ',' ORDER BY ${words})${filter}`, type: "text" },
      { text: `array_agg(DISTINCT ${of})${filter}`, type: "ints" },
      { text: `bool_or(${bool})${filter}`, type: "bool" },
      { text: `jsonb_agg(${of} ORDER BY ${of})${filter}`, type: "jsonb" },
      { text: `max(${any("date")})${filter}`, type: "date" },
      { text: `(percentile_disc(0.5) WITHIN GROUP (ORDER BY ${of}))`, type: "int" },
      { text: `rank(3) WITHIN GROUP (ORDER BY ${of})`, type: "int" },
      { text: `(mode() WITHIN GROUP (ORDER BY ${of} % 2))`, type: "int" },
      { text: `round(variance(${of})${filter}, 3)`, type: "numeric" },
      { text: `round(stddev_pop(${numeric})${filter}, 3)`, type: "numeric" },
      { text: `every(${bool})${filter}`, type: "bool" },
      { text: `bit_xor(${of} % 100)${filter}`, type: "int" },
      { text: `max(${any("timestamptz")})${filter}`, type: "timestamptz" },
      { text: `min(${any("float")})${filter}`, type: "float" },
      { text: `max(${any("texts")})${filter}`, type: "texts" },
      { text: `sum(${any("interval")})${filter}`, type: "interval" },
      { text: `range_agg(${any("range")})${filter}::text`, type: "text" },
      { text: `range_intersect_agg(${any("range")})${filter}`, type: "range" },
      { text: `count(DISTINCT (${of}, ${words}))${filter}`, type: "int" },
      { text: `count(${any(this.pick(types))})${filter}`, type: "int" },
      {
        text: `string_agg(DISTINCT (${words})::text, '|' ORDER BY (${words})::text DESC)${filter}`,
        type: "text",
      },
      {
        text: `array_agg(${words} ORDER BY ${of} DESC NULLS LAST, ${words})${filter}`,
        type: "texts",
      },
      {
        text: `jsonb_object_agg(coalesce(${words}, '-'), ${of} ORDER BY ${of})${filter}`,
        type: "jsonb",
      },
      { text: `percentile_cont(0.25) WITHIN GROUP (ORDER BY ${of})`, type: "float" },
      {
        text: `(percentile_disc(ARRAY[0, 0.5]) WITHIN GROUP (ORDER BY ${of}))::int[]`,
        type: "ints",
      },
      { text: `dense_rank('b') WITHIN GROUP (ORDER BY ${words} DESC)`, type: "int" },
      { text: `cume_dist(2) WITHIN GROUP (ORDER BY ${of})`, type: "float" },
    ]);
  }
}
