/** What stands in FROM: tables, sub-selects, functions and joins of them. */
import { ExpressionGenerator } from "./generator-expressions.ts";
import { rowColumns, type SchemaColumn, type TypeName, tables } from "./generator-schema.ts";
import { Scope, type Table } from "./generator-scope.ts";

/** A query and the columns that it yields. */
export interface Made {
  readonly sql: string;
  readonly columns: readonly SchemaColumn[];
}

interface FromItem {
  readonly sql: string;
  readonly tables: readonly Table[];
  readonly isJoin: boolean;
}

const XML_COLUMNS = "COLUMNS n FOR ORDINALITY, a int PATH '@a' DEFAULT 3 NOT NULL, \"B b\" text";

const plainItem = (
  sql: string,
  name: string,
  columns: readonly SchemaColumn[],
  rowType?: TypeName,
): FromItem => ({
  sql,
  tables: [{ name, columns, ...(rowType ? { rowType } : {}) }],
  isJoin: false,
});

export const hasDistinctNames = ({ columns }: Made): boolean =>
  new Set(columns.map(({ name }) => name)).size === columns.length;

/** Columns that both sides have once, of types that compare. */
function sharedColumns(left: readonly Table[], right: readonly Table[]): SchemaColumn[] {
  const once = (tables_: readonly Table[]) => {
    const all = tables_.flatMap(({ columns, hides }) => (hides ? [] : columns));
    return all.filter(({ name }) => all.filter((each) => each.name === name).length === 1);
  };
  const rights = once(right);
  return once(left).flatMap((column) => {
    const other = rights.find(({ name }) => name === column.name);
    if (!other) return [];
    if (other.type === column.type) return [column];
    const both = [column.type, other.type].toSorted().join();
    return both === "int,int8" ? [{ name: column.name, type: "int8" }] : [];
  });
}

export abstract class FromGenerator extends ExpressionGenerator {
  /** WITH queries that the query being made may name. */
  protected readonly common: Made[] = [];
  #numbers = 0;

  protected abstract query(
    depth: number,
    outer: Scope | undefined,
    width?: readonly TypeName[],
  ): Made;

  protected nextNumber(): number {
    return ++this.#numbers;
  }

  #alias(): string {
    const number = this.nextNumber();
    if (this.random.chance(0.25)) return this.random.pick(["s", "q", '"Alias"', "t1", "x"]);
    return `r${number}`;
  }

  protected from(scope: Scope, depth: number): string {
    const items: string[] = [];
    const names = new Set<string>();
    for (let count = 1 + this.random.below(this.random.chance(0.3) ? 3 : 1); count > 0; count--) {
      const item = this.#item(scope, depth, names);
      items.push(item.sql);
      for (const table of item.tables) scope.tables.push(table);
    }
    return ` FROM ${items.join(", ")}`;
  }

  #item(scope: Scope, depth: number, names: Set<string>): FromItem {
    if (depth > 0 && this.random.chance(0.25)) return this.#join(scope, depth - 1, names);
    return this.#simpleItem(scope, depth, names);
  }

  #simpleItem(scope: Scope, depth: number, names: Set<string>): FromItem {
    const roll = this.random.fraction();
    if (roll < 0.12 && depth > 0) return this.#subquery(scope, depth - 1, names);
    if (roll < 0.2) return this.#function(scope, names);
    const common = this.common.length > 0 && this.random.chance(0.4);
    const table = common
      ? { name: "", ...this.random.pick(this.common) }
      : this.random.pick(tables);
    const plain = table.name || table.sql;
    const free = !names.has(plain);
    const only = !common && this.random.chance(0.05) ? "ONLY " : "";
    if (free && this.random.chance(0.6)) {
      names.add(plain);
      const rowType = "rowType" in table ? table.rowType : undefined;
      return plainItem(`${only}${table.sql}`, plain, table.columns, rowType);
    }
    const alias = this.#freeAlias(names);
    const renamed = this.random.chance(0.2)
      ? table.columns.map(({ type, name }, at) => ({ name: at < 2 ? `n${at}` : name, type }))
      : undefined;
    const list = renamed
      ? `(${renamed
          .slice(0, 2)
          .map((c) => c.name)
          .join(", ")})`
      : "";
    const as = this.random.pick(["", "AS "]);
    const rowType = "rowType" in table ? table.rowType : undefined;
    const sample = this.random.chance(0.04)
      ? ` TABLESAMPLE ${this.random.pick(["bernoulli (10)", "system (2.5) REPEATABLE (3)"])}`
      : "";
    return plainItem(
      `${only}${table.sql} ${as}${alias}${list}${sample}`,
      alias,
      renamed ?? table.columns,
      rowType,
    );
  }

  #freeAlias(names: Set<string>): string {
    for (;;) {
      const alias = this.#alias();
      if (names.has(alias)) continue;
      names.add(alias);
      return alias;
    }
  }

  #subquery(scope: Scope, depth: number, names: Set<string>): FromItem {
    const lateral = scope.tables.length > 0 && this.random.chance(0.5);
    const made = this.query(depth, lateral ? scope : scope.outer);
    const alias = this.#freeAlias(names);
    const renamed = this.random.chance(0.4) || !hasDistinctNames(made);
    const columns = renamed
      ? made.columns.map(({ type }, at) => ({ name: `f${at + 1}`, type }))
      : made.columns;
    const list = renamed && columns.length > 0 ? `(${columns.map((c) => c.name).join(", ")})` : "";
    return plainItem(`${lateral ? "LATERAL " : ""}(${made.sql}) ${alias}${list}`, alias, columns);
  }

  #function(scope: Scope, names: Set<string>): FromItem {
    const alias = this.#freeAlias(names);
    const [call, types] = this.random.pick<readonly [string, readonly TypeName[]]>([
      [`generate_series(1, ${this.expression("int", scope, 1)})`, ["int"]],
      [`unnest(${this.expression("text[]", scope, 1)})`, ["text"]],
      [`unnest(${this.expression("int[]", scope, 1)}, ARRAY['a', 'b'])`, ["int", "text"]],
      ["ROWS FROM (generate_series(1, 2), unnest(ARRAY['a']))", ["int", "text"]],
      [`jsonb_each_text(${this.expression("jsonb", scope, 0)})`, ["text", "text"]],
      [`regexp_split_to_table(${this.expression("text", scope, 1)}, ',')`, ["text"]],
      [`coalesce(${this.expression("int", scope, 1)}, 1)`, ["int"]],
      [`pair_of(${this.expression("int", scope, 1)})`, ["int", "text"]],
      [`other.table_of(${this.expression("int", scope, 1)})`, ["int", "text"]],
      [
        `ROWS FROM (json_to_recordset(${this.expression("json", scope, 0)}) AS (a int, "b b" varchar(3)), pair_of(1))`,
        ["int", "text", "int", "text"],
      ],
      [
        `xmltable('/r' PASSING ${this.expression("xml", scope, 1)} ${XML_COLUMNS})`,
        ["int", "int", "text"],
      ],
    ]);
    if (this.random.chance(0.1)) {
      const made = this.random.pick(["rows_of(1)", "json_populate_record(NULL::t1, '{}')"]);
      return plainItem(`${made} ${alias}`, alias, rowColumns("t1"), "t1");
    }
    if (this.random.chance(0.15)) {
      const defined = `json_to_record(${this.expression("json", scope, 0)}) AS ${alias}(a int, "B b" text)`;
      const columns = [
        { name: "a", type: "int" },
        { name: '"B b"', type: "text" },
      ];
      return plainItem(defined, alias, columns);
    }
    const ordinal = this.random.chance(0.25);
    const lateral = this.random.chance(0.15) ? "LATERAL " : "";
    const all: TypeName[] = ordinal ? [...types, "int8"] : [...types];
    const columns = all.map((type, at) => ({ name: `g${at + 1}`, type }));
    const list = columns.map(({ name }) => name).join(", ");
    return plainItem(
      `${lateral}${call}${ordinal ? " WITH ORDINALITY" : ""} AS ${alias}(${list})`,
      alias,
      columns,
    );
  }

  #join(scope: Scope, depth: number, names: Set<string>): FromItem {
    const left = this.#item(scope, depth, names);
    const inside = new Scope(scope.outer);
    inside.tables.push(...scope.tables);
    const kind = this.random.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "INNER JOIN"]);
    if (/^(JOIN|LEFT|INNER)/.test(kind)) inside.tables.push(...left.tables);
    const right = this.#item(inside, depth, names);
    const rightSql = right.isJoin ? `(${right.sql})` : right.sql;
    if (this.random.chance(0.12)) {
      return {
        sql: `${left.sql} CROSS JOIN ${rightSql}`,
        tables: [...left.tables, ...right.tables],
        isJoin: true,
      };
    }
    const shared = sharedColumns(left.tables, right.tables);
    if (shared.length > 0 && this.random.chance(0.55)) {
      return this.#joinUsing(left, right, kind, rightSql, shared, names);
    }
    const on = new Scope(scope.outer);
    on.tables.push(...left.tables, ...right.tables);
    const condition = this.random.chance(0.1) ? "true" : this.expression("bool", on, 1);
    const sql = `${left.sql} ${kind} ${rightSql} ON ${condition}`;
    return { sql, tables: [...left.tables, ...right.tables], isJoin: true };
  }

  #joinUsing(
    left: FromItem,
    right: FromItem,
    kind: string,
    rightSql: string,
    shared: readonly SchemaColumn[],
    names: Set<string>,
  ): FromItem {
    const using = this.random.chance(0.7) ? shared.slice(0, 1) : shared;
    const list = using.map(({ name }) => name).join(", ");
    const merged = using.map(({ name, type }) => ({ name, type }));
    if (this.random.chance(0.1)) {
      const sql = `${left.sql} NATURAL ${kind} ${rightSql}`;
      return { sql, tables: [...left.tables, ...right.tables], isJoin: true };
    }
    const rest = [...left.tables, ...right.tables].flatMap(({ columns }) =>
      columns.filter(({ name }) => !using.some((each) => each.name === name)),
    );
    const sql = `${left.sql} ${kind} ${rightSql} USING (${list})`;
    if (this.random.chance(0.15)) {
      const alias = this.#freeAlias(names);
      const own: Table = { name: alias, columns: merged };
      const bare: Table = { name: undefined, columns: merged, hides: merged.map((c) => c.name) };
      const hidden: Table = { ...own, hides: merged.map((c) => c.name), isCopy: true };
      return {
        sql: `${sql} AS ${alias}`,
        tables: [bare, ...left.tables, ...right.tables, hidden],
        isJoin: true,
      };
    }
    if (this.random.chance(0.25)) {
      const alias = this.#freeAlias(names);
      const columns = [...merged, ...rest];
      const distinct = new Set(columns.map(({ name }) => name)).size === columns.length;
      const renamed = distinct
        ? columns
        : columns.map(({ type }, at) => ({ name: `j${at + 1}`, type }));
      const aliases = distinct ? "" : `(${renamed.map(({ name }) => name).join(", ")})`;
      const table: Table = { name: alias, columns: renamed };
      return { sql: `(${sql}) AS ${alias}${aliases}`, tables: [table], isJoin: false };
    }
    const mergedTable: Table = {
      name: undefined,
      columns: merged,
      hides: merged.map((c) => c.name),
    };
    return { sql, tables: [mergedTable, ...left.tables, ...right.tables], isJoin: true };
  }
}
