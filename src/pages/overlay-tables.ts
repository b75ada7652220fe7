/**
 * A transaction's overlay on a connection that cannot write the pages. Each relation that the
 * transaction has changed is shadowed by a TEMP view of the same name, which SQLite resolves before
 * the main table:
 *
 *   stored versions of other rows UNION ALL the transaction's own rows, visible at every epoch
 *
 * The views are dropped behind the query; SQLite prepares the statements that name them again.
 */
import type Database from "better-sqlite3";
import { assert } from "../base/assert.ts";
import { type Oid, OWN } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { Mutation } from "../wal/fragment.ts";
import { type Bound, RowCodec } from "./codec.ts";
import type { TableLayout } from "./layout.ts";
import { LIVE, quoteName, versionColumns } from "./schema.ts";

/** What a transaction made of one relation: which stored rows it hides, and its own. */
interface Shadow {
  readonly hidden: { readonly db: Oid; readonly key: readonly Value[] }[];
  /** By database and key, because a later mutation of the same row replaces an earlier one. */
  readonly rows: Map<string, { readonly db: Oid; readonly row: Row }>;
}

export class OverlayTables {
  readonly #db: Database.Database;
  readonly #layouts: ReadonlyMap<Oid, TableLayout>;
  #created: TableLayout[] = [];

  constructor(db: Database.Database, layouts: readonly TableLayout[]) {
    this.#db = db;
    this.#layouts = new Map(layouts.map((table) => [table.rel, table]));
  }

  create(mutations: readonly Mutation[]): void {
    const shadows = new Map<TableLayout, Shadow>();
    for (const mutation of mutations) {
      const table = this.#layouts.get(mutation.rel);
      assert(table, `relation ${mutation.rel} has no pages`);
      let shadow = shadows.get(table);
      if (!shadow) {
        shadow = { hidden: [], rows: new Map() };
        shadows.set(table, shadow);
      }
      addTo(shadow, table, mutation);
    }
    for (const [table, shadow] of shadows) this.#shadow(table, shadow);
  }

  drop(): void {
    for (const table of this.#created) {
      const { view, own, hidden } = namesOf(table);
      this.#db.exec(`DROP VIEW temp.${view}; DROP TABLE temp.${own}; DROP TABLE temp.${hidden}`);
    }
    this.#created = [];
  }

  #shadow(table: TableLayout, shadow: Shadow): void {
    const db = this.#db;
    const { view, own, hidden } = namesOf(table);
    const key = table.key.map((at) => quoteName(table.columns[at]?.name ?? ""));
    const same = key.map((name) => `h.${name} = s.${name}`).join(" AND ");
    db.exec(`
      CREATE TABLE temp.${own} (${versionColumns(table)});
      CREATE TABLE temp.${hidden} (${versionColumns(table)}, PRIMARY KEY (${key.join(", ")}, db));
      CREATE VIEW temp.${view} AS
        SELECT * FROM main.${view} AS s
        WHERE NOT EXISTS (SELECT 1 FROM temp.${hidden} AS h WHERE ${same} AND h.db = s.db)
        UNION ALL SELECT * FROM temp.${own}`);
    this.#created.push(table);
    const codec = new RowCodec(table);
    const marks = new Array(codec.width).fill("?").join(", ");
    const insert = db.prepare<unknown[]>(
      `INSERT INTO temp.${own} VALUES (?, ${OWN}, ${LIVE}, ${marks})`,
    );
    for (const { db: of, row } of shadow.rows.values()) {
      const parameters: Bound[] = [of];
      codec.encode(row, parameters, 1);
      insert.run(parameters);
    }
    const hide = db.prepare<unknown[]>(
      `INSERT OR IGNORE INTO temp.${hidden} (db, xmin, xmax, ${key.join(", ")})
       VALUES (?, 0, 0, ${key.map(() => "?").join(", ")})`,
    );
    for (const entry of shadow.hidden) {
      const parameters: Bound[] = [entry.db];
      codec.encodeColumns(table.key, entry.key, parameters, 1);
      hide.run(parameters);
    }
  }
}

function addTo(shadow: Shadow, table: TableLayout, mutation: Mutation): void {
  const { db } = mutation;
  const idOf = (key: readonly unknown[]) => `${db} ${JSON.stringify(key, bigintAsText)}`;
  if (mutation.kind !== "insert") {
    shadow.hidden.push({ db, key: mutation.key });
    shadow.rows.delete(idOf(mutation.key));
  }
  if (mutation.kind !== "delete") {
    const { row } = mutation;
    shadow.rows.set(idOf(table.key.map((at) => row[at])), { db, row });
  }
}

const bigintAsText = (_: string, value: unknown) =>
  typeof value === "bigint" ? `${value}n` : value;

const namesOf = (table: TableLayout) => ({
  view: quoteName(table.name),
  own: quoteName(`${table.name} own`),
  hidden: quoteName(`${table.name} hidden`),
});
