/** What an expression of a generated query may name. */
import type { Random } from "../../support/random.ts";
import type { SchemaColumn, TypeName } from "./generator-schema.ts";

export interface TypedSql {
  readonly sql: string;
  readonly type: TypeName;
}
export type Ref = TypedSql;

export interface Table {
  /** undefined: its columns go by their bare names alone. */
  readonly name: string | undefined;
  readonly columns: readonly SchemaColumn[];
  readonly rowType?: TypeName;
  /** Names of other tables' columns that stand for these. */
  readonly hides?: readonly string[];
  /** Its columns are other tables' again: * has them once. */
  readonly isCopy?: boolean;
}

export class Scope {
  readonly outer: Scope | undefined;
  readonly tables: Table[] = [];
  readonly windows: string[] = [];
  /** Of a grouped query: what may stand outside aggregates. */
  #keys: readonly Ref[] | undefined;
  #ungrouped: Scope | undefined;

  constructor(outer: Scope | undefined) {
    this.outer = outer;
  }

  /** The same after GROUP BY. */
  grouped(keys: readonly Ref[]): Scope {
    const scope = new Scope(this.outer);
    scope.tables.push(...this.tables);
    scope.#keys = keys;
    scope.#ungrouped = this;
    return scope;
  }

  /** What arguments of aggregates may name. */
  get inside(): Scope {
    return this.#ungrouped ?? this;
  }

  get isGrouped(): boolean {
    return this.#keys !== undefined;
  }

  /** What it is grouped by. */
  get keys(): readonly Ref[] {
    return this.#keys ?? [];
  }

  /** A column of the type, now and then one of a query around. */
  find(type: TypeName, random: Random): Ref | undefined {
    const own = this.#refs(type, random);
    if (own.length > 0 && (this.outer === undefined || random.chance(0.8))) return random.pick(own);
    return this.outer?.find(type, random) ?? (own.length > 0 ? random.pick(own) : undefined);
  }

  #refs(type: TypeName, random: Random): Ref[] {
    if (this.#keys) return this.#keys.filter((key) => key.type === type);
    const hidden = this.tables.flatMap(({ hides }) => hides ?? []);
    return this.tables.flatMap(({ name, columns, rowType }) => {
      const refs = columns
        .filter((column) => column.type === type)
        .map((column) => ({ sql: this.#write(name, column.name, hidden, random), type }));
      if (name !== undefined && rowType === type) refs.push({ sql: name, type });
      return refs;
    });
  }

  #write(
    table: string | undefined,
    column: string,
    hidden: readonly string[],
    random: Random,
  ): string {
    if (table === undefined) return column;
    const named = this.tables.filter(({ columns }) => columns.some(({ name }) => name === column));
    const bare = named.length === 1 && !hidden.includes(column) && this.outer === undefined;
    return bare && random.chance(0.5) ? column : `${table}.${column}`;
  }

  /** A table by its name alone. */
  wholeRow(random: Random): Ref | undefined {
    const rows = this.tables.flatMap(({ name, rowType }) =>
      name === undefined || rowType === undefined ? [] : { sql: name, type: rowType },
    );
    return rows.length > 0 ? random.pick(rows) : undefined;
  }

  /** What * stands for. */
  starColumns(): SchemaColumn[] {
    const hidden = this.tables.flatMap(({ hides }) => hides ?? []);
    return this.tables.flatMap(({ name, columns, isCopy }) =>
      isCopy
        ? []
        : name === undefined
          ? columns
          : columns.filter((column) => !hidden.includes(column.name)),
    );
  }
}
