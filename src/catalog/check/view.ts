/**
 * THE CATALOG AS A RULE SEES IT: the rows of one database beside the built-in and the shared ones.
 * A row of the database hides the built-in one with its key.
 *
 * Rules go over `examined` rows and look others up. In the first database that is every row, in the
 * others only the database's own, so that a fault of a built-in row is reported once.
 */
import type { Oid } from "../../base/ids.ts";
import type { Row, Value } from "../../base/value.ts";
import { isCover } from "../../pages/layout.ts";
import type { Columns, Relation, Tuple } from "../relation.ts";
import type { CatalogSource } from "./source.ts";

/** One broken rule in words each. */
export type Faults = Iterable<string>;

/** Values of a key or index as one text; no text of the catalog has a NUL. */
export const textOf = (values: readonly Value[]): string => values.map(partOf).join("\0");

/** Bytes are no text: as such, many would be alike. */
const partOf = (value: Value): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value);

/** All rows once, by relation and database. */
export class Cluster {
  readonly nextOid: Oid;
  readonly #source: CatalogSource;
  readonly #rows = new Map<string, ReadonlyMap<Oid, readonly Row[]>>();

  constructor(source: CatalogSource) {
    this.#source = source;
    this.nextOid = source.nextOid;
  }

  byDatabase(relation: Relation): ReadonlyMap<Oid, readonly Row[]> {
    let rows = this.#rows.get(relation.name);
    if (!rows) {
      const groups = new Map<Oid, Row[]>();
      for (const { db, row } of this.#source.rows(relation)) {
        const group = groups.get(db);
        if (group) group.push(row);
        else groups.set(db, [row]);
      }
      rows = groups;
      this.#rows.set(relation.name, rows);
    }
    return rows;
  }

  stored(relation: Relation, db: Oid): readonly Row[] {
    return this.byDatabase(relation).get(db) ?? [];
  }
}

const BUILT_IN = 0 as Oid;

export class DatabaseView {
  readonly cluster: Cluster;
  readonly database: Oid;
  readonly name: string;
  readonly #examinesAll: boolean;
  readonly #all = new Map<string, readonly Tuple<Columns>[]>();
  readonly #groups = new Map<string, ReadonlyMap<string, readonly Tuple<Columns>[]>>();

  constructor(cluster: Cluster, database: Oid, name: string, examinesAll: boolean) {
    this.cluster = cluster;
    this.database = database;
    this.name = name;
    this.#examinesAll = examinesAll;
  }

  /** Rows that are stored under this database alone. */
  own<C extends Columns>(relation: Relation<C>): readonly Tuple<C>[] {
    return this.cluster.stored(relation, this.database).map(relation.view);
  }

  examined<C extends Columns>(relation: Relation<C>): readonly Tuple<C>[] {
    return this.#examinesAll ? this.all(relation) : this.own(relation);
  }

  /** Every row that a session of this database sees. */
  all<C extends Columns>(relation: Relation<C>): readonly Tuple<C>[] {
    let rows = this.#all.get(relation.name);
    if (!rows) {
      rows = this.#visible(relation);
      this.#all.set(relation.name, rows);
    }
    return rows as readonly Tuple<C>[];
  }

  #visible(relation: Relation): readonly Tuple<Columns>[] {
    const builtIn = this.cluster.stored(relation, BUILT_IN);
    const own = this.cluster.stored(relation, this.database);
    const hidden = new Set(own.map((row) => textOf(relation.keyOf(row))));
    const shown =
      hidden.size === 0
        ? builtIn
        : builtIn.filter((row) => !hidden.has(textOf(relation.keyOf(row))));
    const seen = own.filter((row) => !isCover(relation.layout, row));
    return [...shown, ...seen].map(relation.view);
  }

  /** The row with this key. */
  find<C extends Columns>(relation: Relation<C>, ...key: readonly Value[]): Tuple<C> | undefined {
    const columns = relation.layout.key.map((at) => relation.columnNames[at] as string);
    return this.list(relation, columns, key)[0];
  }

  /** The rows with these values in these columns. */
  list<C extends Columns>(
    relation: Relation<C>,
    columns: readonly (keyof C & string)[],
    values: readonly Value[],
  ): readonly Tuple<C>[] {
    const name = `${relation.name}.${columns.join(",")}`;
    let groups = this.#groups.get(name);
    if (!groups) {
      groups = this.#groupBy(relation, columns);
      this.#groups.set(name, groups);
    }
    return (groups.get(textOf(values)) ?? []) as unknown as readonly Tuple<C>[];
  }

  #groupBy<C extends Columns>(
    relation: Relation<C>,
    columns: readonly (keyof C & string)[],
  ): ReadonlyMap<string, readonly Tuple<Columns>[]> {
    const positions = columns.map((column) => relation.columnNames.indexOf(column));
    const groups = new Map<string, Tuple<Columns>[]>();
    for (const row of this.all(relation) as unknown as readonly Tuple<Columns>[]) {
      const key = textOf(positions.map((at) => row.values[at] as Value));
      const group = groups.get(key);
      if (group) group.push(row);
      else groups.set(key, [row]);
    }
    return groups;
  }
}
