/** What stands in FROM, joined, and sub-selects over it. */
import { Calls, type Source } from "./calls.ts";
import type { Column } from "./expressions.ts";
import { relations, rows, type Type, types, valueColumns } from "./relations.ts";
import { tableFunctions } from "./table-functions.ts";

export interface Made {
  readonly text: string;
  readonly outputs: readonly Type[];
}

export abstract class Sources extends Calls {
  /** A query that may name `outer`; `ordered`: with an end that orders its rows. */
  protected abstract select(outer: readonly Column[], depth: number, ordered: boolean): Made;

  protected subSelect(wanted: readonly Type[], outer: readonly Column[]): string {
    const source = this.source();
    const columns = [...source.columns, ...outer];
    const where = this.where([source], columns, 1);
    const listed = () => wanted.map((type) => this.expression(type, columns, 1)).join(", ");
    const plain = `SELECT ${listed()} FROM ${source.text}${where}`;
    if (this.random.chance(0.7)) return plain;
    const name = this.name("w");
    const order = wanted.map((_, at) => at + 1).join(", ");
    const bare = () => wanted.map((type) => this.expression(type, outer, 1)).join(", ");
    return this.pick([
      () => `SELECT * FROM (${plain} ORDER BY ${order} LIMIT ${this.random.below(3)}) ${name}`,
      () => `VALUES (${bare()}), (${bare()})`,
      () => `SELECT ${bare()} UNION ALL ${plain}`,
      () => `${plain} ${this.pick(["UNION", "EXCEPT", "INTERSECT"])} SELECT ${bare()}`,
      () => `SELECT ${bare()}`,
      () => `WITH ${name} AS (${plain}) TABLE ${name}`,
      () => `SELECT DISTINCT ${listed()} FROM ${source.text}${where} OFFSET 0`,
    ])();
  }

  /** A single value by a sub-select. */
  protected scalar(outer: readonly Column[]): Column {
    const source = this.source();
    const columns = [...source.columns, ...outer];
    const where = this.where([source], columns, 1);
    const from = ` FROM ${source.text}${where}`;
    if (this.random.chance(0.5)) {
      const { text, type } = this.aggregate(this.random.chance(0.5) ? columns : source.columns);
      // One of the outer query makes a row of each here.
      return { text: `(SELECT ${text}${from} LIMIT 1)`, type };
    }
    const type = this.pick(types);
    const of = this.expression(type, columns, 1);
    return { text: `(SELECT ${of}${from} ORDER BY 1 LIMIT 1)`, type };
  }

  protected source(): Source {
    const roll = this.random.below(14);
    if (roll === 0) return this.#values();
    if (roll === 1) return this.#series();
    if (roll === 2) return this.#call([]);
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
      columns: [
        ...columns.map(([name, type]) => ({ text: `${alias}.${name}`, type })),
        { text: `${alias}::text`, type: "text" },
        { text: `to_jsonb(${alias})`, type: "jsonb" },
        { text: `(${alias} IS NOT NULL)`, type: "bool" },
      ],
    };
  }

  /** Rows that nothing tells apart are equal in all columns. */
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

  #call(outer: readonly Column[]): Source {
    const alias = this.name("l");
    const of = (type: Type) => this.expression(type, outer, 1);
    const { call, columns } = this.pick(tableFunctions)(of);
    const entries = Object.entries(columns);
    const names = entries.map(([name]) => name).join(", ");
    const ordinal = this.random.chance(0.2);
    return {
      text: ordinal
        ? `${call} WITH ORDINALITY ${alias}(${names}, o)`
        : `${call} ${alias}(${names})`,
      columns: entries.map(([name, type]) => ({ text: `${alias}.${name}`, type })),
    };
  }

  #inner(outer: readonly Column[], lateral: boolean): Source {
    if (lateral && this.random.chance(0.3)) return this.#call(outer);
    const alias = this.name("s");
    const made = this.select(lateral ? outer : [], 1, this.random.chance(0.15));
    const { outputs } = made;
    const text = this.random.chance(0.9) ? made.text : this.#nested(made);
    const names = outputs.map((_, at) => `c${at + 1}`).join(", ");
    return {
      text: `${lateral ? "LATERAL " : ""}(${text}) ${alias}(${names})`,
      columns: [
        ...outputs.map((type, at) => ({ text: `${alias}.c${at + 1}`, type })),
        { text: `row_to_json(${alias})::text`, type: "text" },
        { text: `(${alias} IS NULL)`, type: "bool" },
      ],
    };
  }

  #nested({ text, outputs }: Made): string {
    const name = this.name("n");
    const names = outputs.map((_, at) => `x${at + 1}`).join(", ");
    return this.pick([
      `WITH ${name} AS (${text}) SELECT ${name}.* FROM ${name}`,
      `SELECT ${name}.* FROM (${text}) ${name}`,
      `WITH ${name}(${names}) AS NOT MATERIALIZED (${text}) SELECT ${names} FROM ${name}`,
      `(${text}) UNION (${text})`,
      `(${text}) EXCEPT ALL (${text} LIMIT 1)`,
    ]);
  }

  /** One to three things, joined. */
  protected from(outer: readonly Column[], depth: number): { text: string; sources: Source[] } {
    if (this.random.chance(0.06)) return this.#merged();
    const first = this.source();
    const sources = [first];
    let text = first.text;
    const more = depth > 0 ? this.random.below(3) : 0;
    for (let at = 0; at < more; at++) {
      const columns = sources.flatMap((source) => source.columns);
      const join = this.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", ","]);
      const lateral = this.random.chance(0.3) && !/RIGHT|FULL/.test(join);
      const roll = this.random.fraction();
      const next =
        roll < 0.25
          ? this.#inner([...outer, ...columns], lateral)
          : roll < 0.33
            ? this.#pair()
            : this.source();
      sources.push(next);
      if (join === "," || join === "CROSS JOIN") {
        text += `${join === "," ? "," : " CROSS JOIN"} ${next.text}`;
      } else text += ` ${join} ${next.text} ON ${this.#on(join, columns, next)}`;
      // A comma binds more loosely: what follows must not name what is before it.
      if (join === ",") break;
    }
    return { text, sources };
  }

  /** A join in parentheses. */
  #pair(): Source {
    const [left, right] = [this.source(), this.source()];
    const join = this.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
    const filter = [left, right]
      .flatMap((one) => (one.filter ? [`(${one.key} IS NULL OR ${one.filter})`] : []))
      .join(" AND ");
    return {
      text: `(${left.text} ${join} ${right.text} ON ${this.#on(join, left.columns, right)})`,
      columns: [...left.columns, ...right.columns],
      ...(filter === "" ? {} : { filter }),
    };
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

  protected where(sources: readonly Source[], columns: readonly Column[], depth: number): string {
    // An outer join's NULLs are to be seen.
    const filters = sources.flatMap(({ filter, key }) =>
      filter === undefined ? [] : [key ? `(${key} IS NULL OR ${filter})` : filter],
    );
    const own = this.random.chance(0.6) ? [this.expression("bool", columns, depth)] : [];
    const all = [...filters, ...own];
    return all.length > 0 ? ` WHERE ${all.join(" AND ")}` : "";
  }
}
