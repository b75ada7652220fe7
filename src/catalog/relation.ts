/**
 * BUILT-IN RELATIONS ARE DECLARATIONS. From one value come the row type, the SQLite table, the
 * unique checks, RowDescription and the consistency checker.
 *
 *   export const pgNamespace = defineRelation({
 *     name: "pg_namespace", oid: 2615,
 *     columns: {
 *       oid: oidColumn(),
 *       nspname: nameColumn(),
 *       nspowner: oidColumn({ references: "pg_authid" }),
 *       nspacl: aclColumn(),
 *     },
 *     key: ["oid"],
 *     unique: { nspname: ["nspname"] },
 *   });
 *
 * A stored row is an array of values in column order. `view` wraps it with named getters (no copy);
 * `row` and `change` build arrays from names. https://www.postgresql.org/docs/15/catalogs.html
 */
import { assert } from "../base/assert.ts";
import { type Oid, oid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { StoredAs, TableLayout } from "../pages/layout.ts";

export interface Column<T> {
  /** Oid of the PostgreSQL type, as in pg_attribute.atttypid. */
  readonly type: number;
  readonly storedAs: StoredAs;
  readonly nullable: boolean;
  /** Value of an omitted column; undefined = must be given. */
  readonly initial: T | undefined;
  /**
   * Name of the relation whose key this value (of an array: each of its values) must be, or 0.
   * Checked by `verify`.
   */
  readonly references?: string;
}
export type Columns = { readonly [name: string]: Column<unknown> };
type TypeOf<C> = C extends Column<infer T> ? T : never;

/** A visible row by names; `values` is the stored array. */
export type Tuple<C extends Columns> = { readonly [K in keyof C]: TypeOf<C[K]> } & {
  readonly values: Row;
};
export type NewRow<C extends Columns> = Partial<{ readonly [K in keyof C]: TypeOf<C[K]> }>;

export interface Relation<out C extends Columns = Columns> {
  readonly name: string;
  readonly schema: "pg_catalog" | "information_schema" | "rw_catalog";
  readonly oid: Oid;
  readonly columns: C;
  readonly columnNames: readonly string[];
  readonly layout: TableLayout;
  /** Index names to positions in layout.indexes; "key" is 0. */
  readonly indexNumbers: ReadonlyMap<string, number>;
  /** Names of the indexes (beside "key") that are unique among visible rows. */
  readonly unique: readonly string[];
  view(values: Row): Tuple<C>;
  /** A new row; omitted columns get their initial values. */
  row(values: NewRow<C>): Row;
  /** A copy of the row with some values replaced; undefined leaves a value as it is. */
  change(row: Tuple<C>, values: NewRow<C>): Row;
  keyOf(values: Row): readonly Value[];
}

interface Declaration<C extends Columns> {
  readonly name: string;
  /** pg_catalog, unless said. */
  readonly schema?: Relation["schema"];
  readonly oid: number;
  readonly shared?: boolean;
  readonly columns: C;
  readonly key: readonly (keyof C & string)[];
  readonly unique?: { readonly [index: string]: readonly (keyof C & string)[] };
  readonly indexes?: { readonly [index: string]: readonly (keyof C & string)[] };
  /** Databases may replace built-in rows, and hide them by an empty text here; see TableLayout. */
  readonly cover?: keyof C & string;
}

export function defineRelation<const C extends Columns>(declaration: Declaration<C>): Relation<C> {
  const columnNames = Object.keys(declaration.columns);
  const columns = Object.values(declaration.columns) as readonly Column<unknown>[];
  const positionOf = new Map<string, number>(columnNames.map((name, at) => [name, at]));
  const positions = (names: readonly string[]) =>
    names.map((name) => {
      const at = positionOf.get(name);
      assert(at !== undefined, `${declaration.name} has no column ${name}`);
      return at;
    });
  const named = { ...declaration.unique, ...declaration.indexes };
  const key = positions(declaration.key);
  const layout: TableLayout = {
    rel: oid(declaration.oid),
    name: declaration.name,
    shared: declaration.shared ?? false,
    columns: columns.map(({ storedAs, initial }, at) => ({
      ...{ name: columnNames[at] as string, storedAs, initial },
    })),
    key,
    indexes: [key, ...Object.values(named).map(positions)],
    ...(declaration.cover === undefined ? {} : { cover: positions([declaration.cover])[0] }),
  } as TableLayout;
  return {
    name: declaration.name,
    schema: declaration.schema ?? "pg_catalog",
    oid: layout.rel,
    columns: declaration.columns,
    columnNames,
    layout,
    indexNumbers: new Map(["key", ...Object.keys(named)].map((name, at) => [name, at])),
    unique: Object.keys(declaration.unique ?? {}),
    view: viewOf(columnNames),
    row: rowBuilder(declaration.name, columnNames, columns, positionOf),
    change: (row, values) => overwrite(declaration.name, row.values.slice(), positionOf, values),
    keyOf: (values) => key.map((at) => values[at] as Value),
  };
}

/** A dozen rows per CREATE TABLE: copy the initial values, then put the given ones over them. */
function rowBuilder<C extends Columns>(
  relation: string,
  columnNames: readonly string[],
  columns: readonly Column<unknown>[],
  positionOf: ReadonlyMap<string, number>,
): (values: NewRow<C>) => Row {
  const initial = columns.map((column) => column.initial) as Value[];
  const required = columns.flatMap((column, at) => (column.initial === undefined ? [at] : []));
  return (values) => {
    const row = overwrite(relation, initial.slice(), positionOf, values);
    for (const at of required) {
      if (row[at] === undefined) assert(false, `${relation}.${columnNames[at]} needs a value`);
    }
    return row;
  };
}

/** Puts the given values into `row`, in place. */
function overwrite(
  relation: string,
  row: Value[],
  positionOf: ReadonlyMap<string, number>,
  values: { readonly [column: string]: unknown },
): Row {
  for (const name in values) {
    const at = positionOf.get(name);
    if (at === undefined) assert(false, `${relation} has no column ${name}`);
    const value = values[name];
    if (value !== undefined) row[at] = value as Value;
  }
  return row;
}

function viewOf<C extends Columns>(columnNames: readonly string[]): (values: Row) => Tuple<C> {
  class View {
    readonly values: Row;
    constructor(values: Row) {
      this.values = values;
    }
  }
  columnNames.forEach((name, at) => {
    Object.defineProperty(View.prototype, name, {
      get(this: View) {
        return this.values[at];
      },
      enumerable: true,
    });
  });
  return (values) => new View(values) as unknown as Tuple<C>;
}

interface ColumnOptions<T> {
  readonly initial?: T;
  readonly references?: string;
}
function column<T>(type: number, storedAs: StoredAs, nullable: boolean, options: ColumnOptions<T>) {
  const initial = options.initial === undefined && nullable ? (null as T) : options.initial;
  return {
    type,
    storedAs,
    nullable,
    initial,
    ...(options.references === undefined ? {} : { references: options.references }),
  } as Column<T>;
}

export const oidColumn = (options: ColumnOptions<Oid> = {}) =>
  column<Oid>(26, "int", false, options);
export const regprocColumn = (options: ColumnOptions<Oid> = {}) =>
  column<Oid>(24, "int", false, options);
export const nameColumn = (options: ColumnOptions<string> = {}) =>
  column<string>(19, "text", false, options);
export const boolColumn = (options: ColumnOptions<boolean> = {}) =>
  column<boolean>(16, "bool", false, options);
export const charColumn = (options: ColumnOptions<string> = {}) =>
  column<string>(18, "text", false, options);
export const int2Column = (options: ColumnOptions<number> = {}) =>
  column<number>(21, "int", false, options);
export const int4Column = (options: ColumnOptions<number> = {}) =>
  column<number>(23, "int", false, options);
export const int8Column = (options: ColumnOptions<bigint> = {}) =>
  column<bigint>(20, "bigint", false, options);
export const xidColumn = (options: ColumnOptions<number> = {}) =>
  column<number>(28, "int", false, options);
export const float4Column = (options: ColumnOptions<number> = {}) =>
  column<number>(700, "real", false, options);
export const textColumn = (options: ColumnOptions<string> = {}) =>
  column<string>(25, "text", false, options);
/** Nullable text. */
export const optionalTextColumn = (options: ColumnOptions<string | null> = {}) =>
  column<string | null>(25, "text", true, options);
/** A stored expression or query, as sql/bind encodes it: JSON with a version, never plain SQL. */
export const nodeTreeColumn = () => column<string | null>(194, "text", true, {});
/** aclitem[] as aclitem texts; null = the default privileges. */
export const aclColumn = () => column<readonly string[] | null>(1034, "array", true, {});
export const optionalInt2ArrayColumn = () =>
  column<readonly number[] | null>(1005, "array", true, {});
export const optionalOidArrayColumn = (options: ColumnOptions<readonly Oid[] | null> = {}) =>
  column<readonly Oid[] | null>(1028, "array", true, options);
export const optionalTextArrayColumn = () =>
  column<readonly string[] | null>(1009, "array", true, {});
export const int2vectorColumn = (options: ColumnOptions<readonly number[]> = {}) =>
  column<readonly number[]>(22, "array", false, options);
export const oidvectorColumn = (options: ColumnOptions<readonly Oid[]> = {}) =>
  column<readonly Oid[]>(30, "array", false, options);
/** Columns of information_schema's tables, by their domains. */
export const characterDataColumn = () => column<string | null>(13224, "text", true, {});
export const yesOrNoColumn = () => column<string | null>(13234, "text", true, {});
export const cardinalNumberColumn = () => column<number | null>(13221, "int", true, {});
/** Any other column: `type` is the oid of its PostgreSQL type. */
export const otherColumn = <T>(
  type: number,
  storedAs: StoredAs,
  nullable: boolean,
  options: ColumnOptions<T> = {},
) => column<T>(type, storedAs, nullable, options);
