/**
 * RANDOM VIEWS over the tables of schema.sql: what SELECT has, typed so that most are right. The
 * same random numbers give the same view.
 */
import type { Random } from "../../support/random.ts";
import { FromGenerator, hasDistinctNames, type Made } from "./generator-from.ts";
import type { SchemaColumn, TypeName } from "./generator-schema.ts";
import { type Ref, Scope } from "./generator-scope.ts";

const commonTypes: readonly TypeName[] = [
  "int",
  "text",
  "numeric",
  "bool",
  "date",
  "timestamptz",
  "int[]",
  "float8",
  "interval",
  "jsonb",
  "pair",
  "mood",
  "positive",
  "xml",
];
const namePool = ["a", "b", "x", "y", "col", '"Mixed Case"', "z9", "old", '"select"', "k"];

export class ViewGenerator extends FromGenerator {
  constructor(random: Random) {
    super(random);
    this.innerQuery = (types, scope, depth) => this.query(Math.min(depth, 1), scope, types).sql;
  }

  /** CREATE VIEW name …, its columns all of different names. */
  view(name: string): string {
    const { sql, columns } = this.query(3, undefined);
    const list = columns.map((_, at) => `c${at + 1}`).join(", ");
    const distinct = new Set(columns.map((column) => column.name)).size === columns.length;
    const named = columns.length > 0 && (!distinct || this.random.chance(0.15));
    return `CREATE VIEW ${name}${named ? ` (${list})` : ""} AS ${sql}`;
  }

  protected query(depth: number, outer: Scope | undefined, width?: readonly TypeName[]): Made {
    const kept = this.common.length;
    const withText = depth > 0 && this.random.chance(0.12) ? this.#with(depth - 1) : "";
    const body =
      depth > 0 && this.random.chance(0.15)
        ? this.#setOperation(depth - 1, outer, width)
        : this.random.chance(0.05)
          ? this.#values(outer, width)
          : this.#select(depth, outer, width);
    this.common.length = kept;
    return { sql: `${withText}${body.sql}`, columns: body.columns };
  }

  #with(depth: number): string {
    const parts: string[] = [];
    let recursive = false;
    for (let count = 1 + this.random.below(2); count > 0; count--) {
      const name = `w${this.nextNumber()}`;
      if (this.random.chance(0.2)) {
        recursive = true;
        const step = this.random.pick(["n + 1", "n * 2"]);
        const all = this.random.pick(["ALL ", ""]);
        const search = this.random.pick(["", "", " SEARCH DEPTH FIRST BY n SET way"]);
        const cycle = this.random.pick(["", "", " CYCLE n SET again TO 1 DEFAULT 0 USING trace"]);
        const select = `SELECT 1 UNION ${all}SELECT ${step} FROM ${name} WHERE n < 10`;
        parts.push(`${name}(n) AS (${select})${search}${cycle}`);
        this.common.push({ sql: name, columns: [{ name: "n", type: "int" }] });
        continue;
      }
      const made = this.query(depth, undefined);
      const hint = this.random.pick(["", "", "MATERIALIZED ", "NOT MATERIALIZED "]);
      const renamed = this.random.chance(0.5) || !hasDistinctNames(made);
      const columns = renamed
        ? made.columns.map(({ type }, at) => ({ name: `k${at + 1}`, type }))
        : made.columns;
      const list =
        renamed && columns.length > 0 ? `(${columns.map((c) => c.name).join(", ")})` : "";
      parts.push(`${name}${list} AS ${hint}(${made.sql})`);
      this.common.push({ sql: name, columns });
    }
    return `WITH ${recursive ? "RECURSIVE " : ""}${parts.join(", ")} `;
  }

  #setOperation(depth: number, outer: Scope | undefined, width?: readonly TypeName[]): Made {
    const types = width ?? this.#types(1 + this.random.below(3));
    const operation = this.random.pick(["UNION", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL"]);
    const branch = () => {
      const made = this.query(depth, outer, types);
      return /^(SELECT|VALUES)/.test(made.sql) &&
        !/\b(ORDER BY|LIMIT|OFFSET|UNION|INTERSECT|EXCEPT|FETCH)\b/.test(made.sql)
        ? made
        : { ...made, sql: `(${made.sql})` };
    };
    const left = branch();
    const right = branch();
    const tail = this.random.chance(0.3) ? ` ORDER BY ${1 + this.random.below(types.length)}` : "";
    const limit = this.random.chance(0.15) ? " LIMIT 10" : "";
    return { sql: `${left.sql} ${operation} ${right.sql}${tail}${limit}`, columns: left.columns };
  }

  #values(outer: Scope | undefined, width?: readonly TypeName[]): Made {
    const types = width ?? this.#types(1 + this.random.below(3));
    const scope = new Scope(outer);
    const rows = Array.from(
      { length: 1 + this.random.below(2) },
      () => `(${types.map((type) => this.expression(type, scope, 1)).join(", ")})`,
    );
    const order = this.random.chance(0.2) ? " ORDER BY 1" : "";
    const columns = types.map((type, at) => ({ name: `column${at + 1}`, type }));
    return { sql: `VALUES ${rows.join(", ")}${order}`, columns };
  }

  #types(count: number): TypeName[] {
    return Array.from({ length: count }, () => this.random.pick(commonTypes));
  }

  #select(depth: number, outer: Scope | undefined, width?: readonly TypeName[]): Made {
    const scope = new Scope(outer);
    const from = this.random.chance(0.93) ? this.from(scope, depth) : "";
    const where =
      from !== "" && this.random.chance(0.45) ? ` WHERE ${this.expression("bool", scope, 2)}` : "";
    const grouped = from !== "" && this.random.chance(0.2);
    const group = grouped ? this.#group(scope) : undefined;
    const inside = group?.scope ?? scope;
    const windows = !grouped && from !== "" && this.random.chance(0.15);
    const window = windows && this.random.chance(0.4) ? this.#windowClause(scope) : "";
    const targets = this.#targets(inside, depth, width, { grouped, windows });
    const distinct =
      !grouped && !windows ? this.#distinct(targets, inside) : { text: "", order: "" };
    const order = distinct.order || this.#order(targets, inside, distinct.text !== "");
    const limit = this.#limit(order !== "", scope);
    const list = targets.map(({ sql }) => sql).join(", ");
    const sql = `SELECT${distinct.text} ${list}${from}${where}${group?.text ?? ""}${window}${order}${limit}`;
    return { sql: sql.replace(/\s+$/, ""), columns: targets.flatMap(({ columns }) => columns) };
  }

  #distinct(targets: readonly Target[], scope: Scope): { text: string; order: string } {
    if (this.random.chance(0.9)) return { text: "", order: "" };
    if (targets.some(({ columns }) => columns.some(({ type }) => isUnsortable(type)))) {
      return { text: "", order: "" };
    }
    if (this.random.chance(0.5)) return { text: " DISTINCT", order: "" };
    const key = this.expression("int", scope, 1);
    const second = this.expression("text", scope, 1);
    const order = this.random.chance(0.5) ? ` ORDER BY ${key}, ${second} DESC` : "";
    return { text: ` DISTINCT ON (${order ? key : `${second}, ${key}`})`, order };
  }

  #order(targets: readonly Target[], scope: Scope, distinct: boolean): string {
    if (this.random.chance(0.7)) return "";
    const sortable = targets.filter(
      ({ columns }) => columns.length === 1 && !columns.some(({ type }) => isUnsortable(type)),
    );
    const keys = Array.from({ length: 1 + this.random.below(2) }, () => {
      const at = targets.indexOf(
        sortable[this.random.below(Math.max(sortable.length, 1))] as Target,
      );
      const byNumber = at >= 0 && targets.every(({ columns }) => columns.length === 1);
      const key =
        byNumber && (distinct || this.random.chance(0.4))
          ? String(at + 1)
          : distinct
            ? ""
            : this.expression(this.random.pick(["int", "text", "date"]), scope, 1);
      const direction = this.random.pick(["", "", " DESC", " ASC", " USING >"]);
      const nulls = this.random.pick(["", "", " NULLS FIRST", " NULLS LAST"]);
      return key === "" ? "" : `${key}${direction}${nulls}`;
    }).filter((key) => key !== "");
    return keys.length > 0 ? ` ORDER BY ${keys.join(", ")}` : "";
  }

  #limit(ordered: boolean, scope: Scope): string {
    if (this.random.chance(0.03)) {
      const named = scope.tables.flatMap(({ name }) => name ?? []);
      const of =
        named.length > 0 && this.random.chance(0.5) ? ` OF ${this.random.pick(named)}` : "";
      const strength = this.random.pick(["UPDATE", "SHARE", "NO KEY UPDATE", "KEY SHARE"]);
      return ` FOR ${strength}${of}${this.random.pick(["", " NOWAIT", " SKIP LOCKED"])}`;
    }
    if (this.random.chance(0.88)) return "";
    if (ordered && this.random.chance(0.2)) return " FETCH FIRST 3 ROWS WITH TIES";
    return this.random.pick([
      " LIMIT 5",
      " LIMIT 5 OFFSET 2",
      " OFFSET 1",
      " LIMIT ALL",
      " LIMIT NULL",
      " OFFSET 2 ROWS FETCH NEXT 4 ROWS ONLY",
      " LIMIT (1 + 2)",
    ]);
  }

  #targets(
    scope: Scope,
    depth: number,
    width: readonly TypeName[] | undefined,
    { grouped, windows }: { grouped: boolean; windows: boolean },
  ): Target[] {
    if (width === undefined && !grouped && !windows && this.random.chance(0.15)) {
      return this.#star(scope);
    }
    const types = width ?? this.#types(1 + this.random.below(4));
    const used = new Set<string>();
    return types.map((type): Target => {
      const row = grouped || windows || width ? undefined : scope.wholeRow(this.random);
      if (row && this.random.chance(0.1)) {
        const name = `row${used.size}`;
        used.add(name);
        return { sql: `${row.sql} AS ${name}`, columns: [{ name, type: row.type }] };
      }
      const value = grouped
        ? this.groupedExpression(type, scope, 2)
        : windows && this.random.chance(0.5)
          ? this.windowCall(type, scope)
          : this.expression(type, scope, Math.min(depth + 1, 3));
      const free = namePool.filter((name) => !used.has(name));
      const name = this.random.pick(free);
      used.add(name);
      return { sql: `${value} AS ${name}`, columns: [{ name, type }] };
    });
  }

  #star(scope: Scope): Target[] {
    const whole = scope.tables.filter(({ name }) => name !== undefined);
    if (this.random.chance(0.5) || whole.length === 0) {
      return scope.tables.length === 0
        ? [{ sql: "1 AS one", columns: [{ name: "one", type: "int" }] }]
        : [{ sql: "*", columns: scope.starColumns() }];
    }
    return whole.slice(0, 2).map((table): Target => {
      return {
        sql: `${table.name}.*`,
        columns: table.columns.map(({ name, type }) => ({ name, type })),
      };
    });
  }

  #group(scope: Scope): { text: string; scope: Scope } {
    const keys: Ref[] = [];
    const sql: string[] = [];
    for (let count = this.random.below(3); count > 0; count--) {
      const type = this.random.pick<TypeName>(["int", "text", "date", "bool", "mood", "pair"]);
      const key = this.random.chance(0.7)
        ? (scope.find(type, this.random)?.sql ?? this.expression(type, scope, 1))
        : this.expression(type, scope, 1);
      if (/^[-\d'(]|::|\bnow\b|current/i.test(key) || sql.includes(key)) continue;
      keys.push({ sql: key, type });
      sql.push(key);
    }
    const inside = scope.grouped(keys);
    const having = this.random.chance(0.3)
      ? ` HAVING ${this.groupedExpression("bool", inside, 1)}`
      : "";
    if (sql.length === 0) return { text: having, scope: inside };
    const list = sql.join(", ");
    const text = this.random.chance(0.8)
      ? list
      : this.random.pick([
          `ROLLUP (${list})`,
          `CUBE (${list})`,
          `GROUPING SETS ((${list}), ())`,
          `GROUPING SETS (${sql[0]}, ROLLUP (${list}))`,
          `DISTINCT ${sql[0]}, ROLLUP (${list})`,
        ]);
    return { text: ` GROUP BY ${text}${having}`, scope: inside };
  }

  #windowClause(scope: Scope): string {
    scope.windows.push("w");
    const first = this.window(scope);
    if (this.random.chance(0.6)) return ` WINDOW w AS (${first})`;
    scope.windows.push("v");
    return ` WINDOW w AS (${first.replace(/ (ROWS|RANGE|GROUPS) .*$/, "")}), v AS (w)`;
  }
}

interface Target {
  readonly sql: string;
  readonly columns: readonly SchemaColumn[];
}

const isUnsortable = (type: TypeName): boolean => ["json", "xml", "point"].includes(type);
