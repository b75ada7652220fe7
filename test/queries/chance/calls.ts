/** CALLS that stand in no other expression: set-returning, window and aggregate functions. */
import { type Column, Expressions } from "./expressions.ts";

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
      const call = this.pick([
        "row_number()",
        `lag(${of})`,
        `lead(${of}, 2, -1)`,
        `first_value(${of})`,
        `nth_value(${of}, 2)`,
        "ntile(3)",
        `array_agg(${of})`,
        `sum(${of})`,
      ]);
      const frame = this.pick([
        "",
        " ROWS 1 PRECEDING",
        " ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING",
      ]);
      return `${call} OVER (${partition}ORDER BY ${sort()}, ${keys.join(", ")}${frame})`;
    }
    const call = this.pick([
      "rank()",
      "dense_rank()",
      "count(*)",
      `count(${of})`,
      `sum(${of})`,
      `min(${of})`,
      `max(${of})`,
    ]);
    const over = `${partition}ORDER BY ${this.#frame(columns, sort)}`;
    if (this.random.chance(0.7)) return `${call} OVER (${over})`;
    const name = this.name("w");
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
      { text: `bool_or(${this.expression("bool", columns, 1)})${filter}`, type: "bool" },
      { text: `jsonb_agg(${of} ORDER BY ${of})${filter}`, type: "jsonb" },
      { text: `max(${this.expression("date", columns, 1)})${filter}`, type: "date" },
      { text: `(percentile_disc(0.5) WITHIN GROUP (ORDER BY ${of}))`, type: "int" },
      { text: `rank(3) WITHIN GROUP (ORDER BY ${of})`, type: "int" },
      { text: `(mode() WITHIN GROUP (ORDER BY ${of} % 2))`, type: "int" },
      { text: `round(variance(${of})${filter}, 3)`, type: "numeric" },
    ]);
  }
}
