/**
 * QUERIES BY CHANCE over the built-in rows. What two servers may answer otherwise without either
 * being wrong is left out: orders that nothing fixes, sums of floats that round, rows of users.
 */
import { Calls, type Source } from "./calls.ts";
import type { Column } from "./expressions.ts";
import { relations, rows, type Type, types, valueColumns } from "./relations.ts";

interface Made {
  readonly text: string;
  readonly outputs: readonly Type[];
}

export class Generator extends Calls {
  /** A whole query. */
  query(): string {
    return this.pick([
      () => this.#union(),
      () => this.#withTables(),
      () => this.#recursive(),
      () => this.#select([], 2, true).text,
      () => this.#select([], 2, true).text,
      () => this.#select([], 2, true).text,
      () => this.#select([], 2, true).text,
      () => this.#select([], 2, true).text,
      () => this.#select([], 1, true).text,
      () => this.#select([], 1, true).text,
    ])();
  }

  // FROM.

  protected subSelect(wanted: readonly Type[], outer: readonly Column[]): string {
    const source = this.#source();
    const columns = [...source.columns, ...outer];
    const where = this.#where([source], columns, 1);
    const list = wanted.map((type) => this.expression(type, columns, 1)).join(", ");
    return `SELECT ${list} FROM ${source.text}${where}`;
  }

  /** A single value by a sub-select. */
  #scalar(outer: readonly Column[]): Column {
    const source = this.#source();
    const of = this.expression("int", source.columns, 1);
    const aggregate = this.pick([`count(*)`, `max(${of})`, `min(${of})`, `sum(${of})`]);
    const where = this.#where([source], [...source.columns, ...outer], 1);
    return { text: `(SELECT ${aggregate} FROM ${source.text}${where})`, type: "int" };
  }

  #source(): Source {
    const roll = this.random.below(12);
    if (roll === 0) return this.#values();
    if (roll === 1) return this.#series();
    const { name, key, filter, columns } = this.pick(relations);
    const alias = this.name("t");
    return {
      text: `${name} ${alias}`,
      columns: Object.entries(columns).map(([column, type]) => this.#column(alias, column, type)),
      key: `${alias}.${key}`,
      filter: filter.replaceAll("@", alias),
    };
  }

  /** Most as a plain integer or text; some as the int2, name, "char" or domain that they are. */
  #column(alias: string, column: string, type: Type): Column {
    if (column.includes("@")) return { text: column.replaceAll("@", alias), type };
    const text = `${alias}.${column}`;
    if (type !== "text" && type !== "int") return { text, type };
    const isNumber = /natts|attnum|len$|nargs|position|coninhcount|attndims/.test(column);
    const bare = type === "text" || isNumber ? 0.25 : 0.02;
    return { text: this.random.chance(bare) ? text : `${text}::${type}`, type };
  }

  #values(): Source {
    const alias = this.name("v");
    const columns = Object.entries(valueColumns);
    return {
      text: `(VALUES ${rows.join(", ")}) ${alias}(${columns.map(([name]) => name).join(", ")})`,
      columns: columns.map(([name, type]) => ({ text: `${alias}.${name}`, type })),
    };
  }

  #series(): Source {
    const alias = this.name("g");
    const text = this.pick([
      `generate_series(1, ${1 + this.random.below(6)}) ${alias}(i)`,
      `unnest(ARRAY[3, 1, NULL, 2]) WITH ORDINALITY ${alias}(i, o)`,
      `ROWS FROM (generate_series(1, 2), unnest(ARRAY[7, 8, NULL])) WITH ORDINALITY ${alias}(i, j, o)`,
    ]);
    const key = text.includes("ORDINALITY") ? `${alias}.o` : `${alias}.i`;
    return { text, columns: [{ text: `${alias}.i`, type: "int" }], key };
  }

  #inner(outer: readonly Column[], lateral: boolean): Source {
    if (lateral && this.random.chance(0.3)) return this.#lateralCall(outer);
    const alias = this.name("s");
    const { text, outputs } = this.#select(lateral ? outer : [], 1, false);
    const names = outputs.map((_, at) => `c${at + 1}`).join(", ");
    return {
      text: `${lateral ? "LATERAL " : ""}(${text}) ${alias}(${names})`,
      columns: outputs.map((type, at) => ({ text: `${alias}.c${at + 1}`, type })),
    };
  }

  #lateralCall(outer: readonly Column[]): Source {
    const alias = this.name("l");
    const text = this.pick([
      () => `generate_series(1, ${this.expression("int", outer, 1)} % 4)`,
      () => `unnest(${this.expression("ints", outer, 1)})`,
    ])();
    return { text: `${text} ${alias}(i)`, columns: [{ text: `${alias}.i`, type: "int" }] };
  }

  /** One to three things, joined. */
  #from(outer: readonly Column[], depth: number): { text: string; sources: Source[] } {
    if (this.random.chance(0.06)) return this.#merged();
    const first = this.#source();
    const sources = [first];
    let text = first.text;
    const more = depth > 0 ? this.random.below(3) : 0;
    for (let at = 0; at < more; at++) {
      const columns = sources.flatMap((source) => source.columns);
      const join = this.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", ","]);
      const lateral = this.random.chance(0.3) && !/RIGHT|FULL/.test(join);
      const next = this.random.chance(0.25)
        ? this.#inner([...outer, ...columns], lateral)
        : this.#source();
      sources.push(next);
      if (join === "," || join === "CROSS JOIN") {
        text += `${join === "," ? "," : " CROSS JOIN"} ${next.text}`;
      } else text += ` ${join} ${next.text} ON ${this.#on(join, columns, next)}`;
      // A comma binds more loosely: what follows must not name what is before it.
      if (join === ",") break;
    }
    return { text, sources };
  }

  /** A join by columns of one name. */
  #merged(): { text: string; sources: Source[] } {
    const [a, b] = [this.name("m"), this.name("m")];
    const join = this.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
    const values = (alias: string, count: number, other: string) =>
      `(SELECT i, s, n AS ${other} FROM (VALUES ${rows.slice(count).join(", ")}) v(i, s, n, d, b)) ${alias}`;
    const using = this.pick([" USING (i)", " USING (i, s)", ""]);
    const natural = using === "" ? "NATURAL " : "";
    const text = `${values(a, 0, "x")} ${natural}${join} ${values(b, 2, "y")}${using}`;
    const columns: Column[] = [
      { text: "i", type: "int" },
      { text: `${a}.s`, type: "text" },
      { text: `${b}.i`, type: "int" },
      { text: "x", type: "numeric" },
      { text: `${b}.y`, type: "numeric" },
    ];
    return { text, sources: [{ text, columns }] };
  }

  #on(join: string, columns: readonly Column[], next: Source): string {
    const type = this.pick(["int", "text"] as const);
    const one = (of: readonly Column[]) => {
      const fitting = of.filter((column) => column.type === type);
      return fitting.length > 0 ? this.pick(fitting) : undefined;
    };
    const [left, right] = [one(columns), one(next.columns)];
    const equal = left && right ? `${left.text} = ${right.text}` : "true";
    if (join === "FULL JOIN" || this.random.chance(0.7)) return equal;
    return `${equal} AND ${this.expression("bool", [...columns, ...next.columns], 1)}`;
  }

  #where(sources: readonly Source[], columns: readonly Column[], depth: number): string {
    // An outer join's NULLs are to be seen.
    const filters = sources.flatMap(({ filter, key }) =>
      filter === undefined ? [] : [`(${key} IS NULL OR ${filter})`],
    );
    const own = this.random.chance(0.6) ? [this.expression("bool", columns, depth)] : [];
    const all = [...filters, ...own];
    return all.length > 0 ? ` WHERE ${all.join(" AND ")}` : "";
  }

  // SELECT.

  #select(outer: readonly Column[], depth: number, ordered: boolean): Made {
    const { text: from, sources } = this.#from(outer, depth);
    const own = sources.flatMap((source) => source.columns);
    const columns = [...own, ...outer];
    const where = this.#where(sources, columns, depth);
    const made = this.random.chance(0.4)
      ? this.#grouped(columns, own, from, where)
      : this.#plain(columns, sources, from, where, depth);
    const { text, outputs } = made;
    if (!ordered) return made;
    if (text.startsWith("SELECT DISTINCT ") || this.random.chance(0.85)) {
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
      .map((at) => `${at}${this.pick(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"])}`);
    const order = ` ORDER BY ${keys.join(", ")}`;
    const some = this.random.below(9);
    return this.pick([
      order,
      order,
      `${order} LIMIT ${some}`,
      `${order} LIMIT ${some} OFFSET ${this.random.below(5)}`,
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
      () => (depth > 0 ? this.#scalar(columns) : { text: "1", type: "int" }),
      () => ({ text: this.setCall(columns), type: "int" }),
    ];
    const targets = this.times(4, () => {
      const made = makers[this.random.below(9)]?.();
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

  #grouped(columns: readonly Column[], own: readonly Column[], from: string, where: string): Made {
    const groups = this.times(3, () => this.#group(this.pick(own)));
    const list = groups.map(({ text }) => text);
    const all = list.join(", ");
    const aggregates: Column[] = this.times(3, () => this.aggregate(columns));
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
        : [all],
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
    const { text: from, sources } = this.#from([], 1);
    const columns = sources.flatMap((source) => source.columns);
    const where = this.#where(sources, columns, 1);
    const list = wanted.map((type) => this.expression(type, columns, 1)).join(", ");
    return `SELECT ${list} FROM ${from}${where}`;
  }

  #union(): string {
    const wanted = this.times(3, () => this.pick(types));
    const word = () =>
      `${this.pick(["UNION", "INTERSECT", "EXCEPT"])}${this.random.chance(0.4) ? " ALL" : ""}`;
    const arms = this.times(2, () => `${word()} ${this.#arm(wanted)}`);
    return `${this.#arm(wanted)} ${arms.join(" ")}${this.#end(wanted.length)}`;
  }

  #withTables(): string {
    const tables = this.times(2, () => {
      const { text, outputs } = this.#select([], 1, false);
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
    const source = this.#source();
    const start = `SELECT 0, ${this.expression("int", source.columns, 1)}, ${this.expression("text", source.columns, 1)}`;
    const step = this.pick([
      () =>
        `SELECT n + 1, ${this.expression("int", own, 1)}, ${this.expression("text", own, 1)} FROM ${name} WHERE n < 3`,
      () =>
        `SELECT n + 1, c.casttarget::int, left(s || c.castcontext, 9) FROM ${name} JOIN pg_cast c ON c.castsource::int = x WHERE n < 2`,
      () =>
        `SELECT n + 1, g.i, s FROM ${name}, LATERAL generate_series(1, abs(x) % 3) g(i) WHERE n < 3`,
    ])();
    const tail = this.pick(["", "", " SEARCH DEPTH FIRST BY x, s SET o", " CYCLE x SET c USING p"]);
    const body = `${start} FROM ${source.text}${this.#where([source], source.columns, 1)}`;
    const target = this.expression(this.pick(types), own, 2);
    return (
      `WITH RECURSIVE ${name}(n, x, s) AS (${body} ${all} ${step})${tail} ` +
      `SELECT n, x, s, ${target} AS t FROM ${name} ORDER BY 1, 2, 3, 4`
    );
  }
}
