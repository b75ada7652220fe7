/**
 * QUERIES BY CHANCE over the built-in rows. What two servers may answer otherwise without either
 * being wrong is left out: orders that nothing fixes, sums of floats that round, rows of users.
 */
import type { Source } from "./calls.ts";
import type { Column } from "./expressions.ts";
import { type Type, types } from "./relations.ts";
import { type Made, Sources } from "./sources.ts";

// Marks of other types are printed so that no server reads them again.
const searchesAndCycles = [
  " SEARCH DEPTH FIRST BY x, s SET o",
  " SEARCH BREADTH FIRST BY s, x SET o",
  " CYCLE x SET c USING p",
  " CYCLE x, s SET c TO false DEFAULT true USING p",
];

export class Generator extends Sources {
  /** A whole query, or one of what may fail over its values. */
  anything(): string {
    return this.random.chance(0.08) ? `SELECT ${this.alone()}` : this.query();
  }

  /** A whole query. */
  query(): string {
    return this.pick([
      () => this.#union(),
      () => this.#withTables(),
      () => this.#recursive(),
      () => this.#values(),
      () => this.select([], 2, true).text,
      () => this.select([], 2, true).text,
      () => this.select([], 2, true).text,
      () => this.select([], 2, true).text,
      () => this.select([], 2, true).text,
      () => this.select([], 1, true).text,
      () => this.select([], 1, true).text,
    ])();
  }

  protected select(outer: readonly Column[], depth: number, ordered: boolean): Made {
    const { text: from, sources } = this.from(outer, depth);
    const own = sources.flatMap((source) => source.columns);
    const columns = [...own, ...outer];
    const where = this.where(sources, columns, depth);
    const made = this.random.chance(0.4)
      ? this.#grouped(columns, own, from, where)
      : this.#plain(columns, sources, from, where, depth);
    const { text, outputs } = made;
    if (!ordered) return made;
    const isDistinct = text.startsWith("SELECT DISTINCT ");
    if (!isDistinct && text.includes(" GROUP BY ") === false && this.random.chance(0.15)) {
      const key = this.expression(this.pick(types), columns, 2);
      const all = outputs.map((_, at) => at + 1).join(", ");
      return { text: `${text} ORDER BY ${key}${this.pick(["", " DESC"])}, ${all}`, outputs };
    }
    if (isDistinct || this.random.chance(0.85)) {
      return { text: text + this.#end(outputs.length), outputs };
    }
    // All columns are sorted by, so that which row is the first of its like does not matter.
    const first = 1 + this.random.below(outputs.length);
    const keys = Array.from({ length: first }, (_, at) => at + 1).join(", ");
    const distinct = text.replace("SELECT ", `SELECT DISTINCT ON (${keys}) `);
    return { text: distinct + this.#end(outputs.length, first), outputs };
  }

  /** `first`: how many columns must come first, in whatever order. */
  #end(count: number, first = 0): string {
    const keys = Array.from({ length: count }, (_, at) => at + 1)
      .sort(() => this.random.fraction() - 0.5)
      .sort((left, right) => Number(right <= first) - Number(left <= first))
      .map(
        (at) => `${at}${this.pick(["", " DESC", " NULLS FIRST", " DESC NULLS LAST", " USING <"])}`,
      );
    const order = ` ORDER BY ${keys.join(", ")}`;
    const some = this.pick([0, 1, 2, 3, 5, 8, "(SELECT 3)", "(1 + 1)", "NULL::int"]);
    return this.pick([
      order,
      order,
      `${order} LIMIT ${some}`,
      `${order} LIMIT ${some} OFFSET ${this.random.below(5)}`,
      `${order} LIMIT ALL OFFSET 2 ROWS`,
      `${order} OFFSET ${some}`,
      `${order} FETCH FIRST ${some} ROWS WITH TIES`,
      first > 0 ? order : "",
    ]);
  }

  #plain(
    columns: readonly Column[],
    sources: readonly Source[],
    from: string,
    where: string,
    depth: number,
  ): Made {
    const outputs: Type[] = [];
    const windows: string[] = [];
    const makers: readonly (() => Column)[] = [
      () => ({ text: this.window(columns, sources, windows), type: "int" }),
      () => (depth > 0 ? this.scalar(columns) : { text: "1", type: "int" }),
      () => (depth > 0 ? this.scalar(columns) : { text: "1.0", type: "numeric" }),
      () => ({ text: this.setCall(columns), type: "int" }),
    ];
    const targets = this.times(4, () => {
      const made = makers[this.random.below(10)]?.();
      const type = made?.type ?? this.pick(types);
      outputs.push(type);
      return made?.text ?? this.expression(type, columns, 2);
    });
    const distinct = this.random.chance(0.15) ? "DISTINCT " : "";
    const list = targets.map((target, at) => `${target} AS o${at + 1}`).join(", ");
    const named = windows.length > 0 ? ` WINDOW ${windows.join(", ")}` : "";
    return { text: `SELECT ${distinct}${list} FROM ${from}${where}${named}`, outputs };
  }

  /**
   * What depends on its column in truth: a constant is no group but a place in the list of columns,
   * and PostgreSQL 15 takes what it folds to one for the same in every grouping set.
   */
  #group({ text, type }: Column): Column {
    if (this.random.chance(0.6)) return { text, type };
    if (type === "int") return { text: `(${text} % 7)`, type };
    if (type === "text") return { text: `left(${text}, 1)`, type };
    return { text: `(${text} IS NULL)`, type: "bool" };
  }

  /** What is computed of an aggregate, in windows over the groups and in sub-selects. */
  #aroundAggregate({ text, type }: Column, groups: readonly string[]): Column {
    const { text: from, columns, filter } = this.source();
    const where = filter === undefined ? "" : ` WHERE ${filter}`;
    const inner = this.expression(type, columns, 1);
    const made: Column[] = [
      { text: `coalesce(${text}, ${this.expression(type, [], 1)})`, type },
      { text: `rank() OVER (ORDER BY ${text}, ${groups.join(", ")})`, type: "int" },
      { text: `count(${text}) OVER (PARTITION BY ${groups[0]})`, type: "int" },
      { text: `sum(count(*)) OVER (ORDER BY ${groups.join(", ")})`, type: "int" },
      { text: `(SELECT ${text})`, type },
      { text: `(SELECT count(*) FROM ${from} WHERE ${inner} = ${text})`, type: "int" },
      { text: `(${text} IN (SELECT ${inner} FROM ${from}${where}))`, type: "bool" },
    ];
    return this.pick(made);
  }

  #grouped(columns: readonly Column[], own: readonly Column[], from: string, where: string): Made {
    const groups = this.times(3, () => this.#group(this.pick(own)));
    const list = groups.map(({ text }) => text);
    const all = list.join(", ");
    const aggregates: Column[] = this.times(3, () => {
      const of = this.aggregate(columns);
      if (this.random.chance(0.85)) return of;
      return this.#aroundAggregate(of, list);
    });
    const sets = this.random.chance(0.5);
    if (sets && this.random.chance(0.5)) aggregates.push({ text: `GROUPING(${all})`, type: "int" });
    const targets = [...groups.filter(() => this.random.chance(0.8)), ...aggregates];
    const clause = this.pick(
      sets
        ? [
            `ROLLUP (${all})`,
            `CUBE (${list.slice(0, 2).join(", ")}), ${all}`,
            `GROUPING SETS (${list.map((text) => `(${text})`).join(", ")}, ())`,
            `GROUPING SETS (ROLLUP (${all}), (${all}))`,
          ]
        : [all, all, all, `DISTINCT ${all}`, `(${all}), ${list[0]}`],
    );
    const having = this.random.chance(0.3)
      ? ` HAVING ${this.aggregate(columns).text} IS NOT NULL`
      : "";
    const selected = targets.map(({ text }, at) => `${text} AS o${at + 1}`).join(", ");
    return {
      text: `SELECT ${selected} FROM ${from}${where} GROUP BY ${clause}${having}`,
      outputs: targets.map(({ type }) => type),
    };
  }

  // Around SELECT.

  #arm(wanted: readonly Type[]): string {
    const { text: from, sources } = this.from([], 1);
    const columns = sources.flatMap((source) => source.columns);
    const where = this.where(sources, columns, 1);
    const list = wanted.map((type) => this.expression(type, columns, 1)).join(", ");
    return `SELECT ${list} FROM ${from}${where}`;
  }

  #union(): string {
    const wanted = this.times(3, () => this.pick(types));
    const word = () =>
      `${this.pick(["UNION", "INTERSECT", "EXCEPT"])}${this.random.chance(0.4) ? " ALL" : ""}`;
    const arm = () =>
      this.random.chance(0.8)
        ? this.#arm(wanted)
        : this.pick([
            `(${this.#arm(wanted)} ${word()} ${this.#arm(wanted)})`,
            `(${this.#arm(wanted)}${this.#end(wanted.length)})`,
            `SELECT ${wanted.map(() => "NULL").join(", ")}`,
          ]);
    const arms = this.times(2, () => `${word()} ${arm()}`);
    return `${arm()} ${arms.join(" ")}${this.#end(wanted.length)}`;
  }

  /** Rows of VALUES, whose columns find a type together. */
  #values(): string {
    const columns = this.times(3, () => {
      const type = this.pick(types);
      const unlike: Type[] = type === "numeric" || type === "float" ? ["int", "numeric"] : [];
      return [type, type, ...unlike];
    });
    const row = () =>
      columns.map((of) =>
        this.random.chance(0.1) ? "NULL" : this.expression(this.pick(of), [], 2),
      );
    const text = `VALUES ${this.times(4, () => `(${row().join(", ")})`).join(", ")}`;
    return this.random.chance(0.5)
      ? `${text}${this.#end(columns.length)}`
      : `SELECT * FROM (${text}) ${this.name("v")}${this.#end(columns.length)}`;
  }

  #withTables(): string {
    const tables = this.times(2, () => {
      const { text, outputs } = this.select([], 1, false);
      const name = this.name("w");
      const names = outputs.map((_, at) => `c${at + 1}`);
      const hint = this.pick(["", "", "MATERIALIZED ", "NOT MATERIALIZED "]);
      return { text: `${name}(${names.join(", ")}) AS ${hint}(${text})`, outputs, name };
    });
    const uses = this.times(2, () => ({ table: this.pick(tables), alias: this.name("u") }));
    const columns = uses.flatMap(({ table, alias }) =>
      table.outputs.map((type, at): Column => ({ text: `${alias}.c${at + 1}`, type })),
    );
    const from = uses.map(({ table, alias }) => `${table.name} ${alias}`).join(", ");
    const targets = this.times(3, () => this.expression(this.pick(types), columns, 2));
    const where = this.random.chance(0.5) ? ` WHERE ${this.expression("bool", columns, 1)}` : "";
    const list = targets.map((target, at) => `${target} AS o${at + 1}`).join(", ");
    const bodies = tables.map(({ text }) => text).join(", ");
    return `WITH ${bodies} SELECT ${list} FROM ${from}${where}${this.#end(targets.length)}`;
  }

  /** Steps along the casts between types, from a number of them. */
  #recursive(): string {
    const name = this.name("r");
    const all = this.random.chance(0.5) ? "UNION ALL" : "UNION";
    const own: Column[] = [
      { text: `${name}.n`, type: "int" },
      { text: `${name}.x`, type: "int" },
      { text: `${name}.s`, type: "text" },
    ];
    const source = this.source();
    const tail = this.pick(["", "", "", ...searchesAndCycles]);
    // SEARCH and CYCLE compare values as either arm has them, not as they are together.
    const pair = (of: readonly Column[]) => {
      const [int, text] = [this.expression("int", of, 1), this.expression("text", of, 1)];
      return tail === "" ? `${int}, ${text}` : `(${int})::int, (${text})::text COLLATE "C"`;
    };
    const start = `SELECT 0, ${pair(source.columns)}`;
    const step = this.pick([
      () => `SELECT n + 1, ${pair(own)} FROM ${name} WHERE n < 3`,
      () =>
        `SELECT n + 1, c.casttarget::int, left(s || c.castcontext, 9) FROM ${name} JOIN pg_cast c ON c.castsource::int = x WHERE n < 2`,
      () =>
        `SELECT n + 1, g.i, s FROM ${name}, LATERAL generate_series(1, abs(x) % 3) g(i) WHERE n < 3`,
      () =>
        `(WITH d AS (SELECT * FROM ${name} WHERE n < 2) SELECT n + 1, (${this.expression("int", own, 1).replaceAll(`${name}.`, "d.")})::int, s FROM d)`,
      () =>
        `SELECT n + 1, coalesce(g.i, 5), s FROM ${name} LEFT JOIN (VALUES (1), (2)) g(i) ON g.i = x WHERE n < 2 AND EXISTS (SELECT 1 WHERE x > 0)`,
    ])();
    const body = `${start} FROM ${source.text}${this.where([source], source.columns, 1)}`;
    const target = this.expression(this.pick(types), own, 2);
    return (
      `WITH RECURSIVE ${name}(n, x, s) AS (${body} ${all} ${step})${tail} ` +
      `SELECT n, x, s, ${target} AS t FROM ${name} ORDER BY 1, 2, 3, 4`
    );
  }
}
