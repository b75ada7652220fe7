/**
 * A transaction's staged rows on a connection that cannot write the file of rows: each storage that
 * they touch is shadowed by a TEMP view of the same name, as overlay-tables.ts does for the
 * catalog.
 */
import type Database from "better-sqlite3";
import { EPOCH_MAX, type Oid, OWN } from "../base/ids.ts";
import type { Row } from "../base/value.ts";
import type { RowChange } from "../wal/fragment.ts";
import { ROWS } from "./row-file.ts";
import { keyOf } from "./row-writer.ts";

interface StorageRow {
  readonly id: Oid;
  readonly width: number;
  readonly keys: number;
  readonly columns: string | null;
}

interface Shadow {
  readonly added: Map<number, Row>;
  readonly ended: Set<number>;
}

type Bound = null | bigint | number | string | Uint8Array;

export class RowOverlayTables {
  readonly #db: Database.Database;
  readonly #created: string[] = [];

  constructor(db: Database.Database) {
    this.#db = db;
  }

  create(changes: readonly RowChange[]): void {
    if (changes.length === 0) return;
    const tables = new Map<Oid, Shadow>();
    const entries = new Map<Oid, (readonly [Row, number])[]>();
    for (const change of changes) {
      if (change.kind === "add")
        shadowOf(tables, change.storage).added.set(change.version, change.row);
      else if (change.kind === "end") shadowOf(tables, change.storage).ended.add(change.version);
      else if (change.kind === "entry") {
        entriesOf(entries, change.storage).push([change.keys, change.version]);
      }
    }
    for (const [storage, shadow] of tables) {
      this.#shadowTable(storage, shadow);
      const staged = changes.filter(
        (change) => change.kind === "index" && change.storage === storage,
      ) as Extract<RowChange, { kind: "index" }>[];
      const indexes = [
        ...this.#indexesOf(storage),
        ...staged.map(({ index, columns }) => ({ id: index, columns: JSON.stringify(columns) })),
      ];
      for (const { id, columns } of indexes) {
        const positions = JSON.parse(columns ?? "[]") as number[];
        if (positions.length === 0) continue;
        for (const [version, row] of shadow.added) {
          entriesOf(entries, id).push([positions.map((at) => row[at] ?? null), version]);
        }
      }
    }
    for (const [index, rows] of entries) this.#shadowIndex(index, rows);
  }

  drop(): void {
    for (const statement of this.#created.splice(0).reverse()) this.#db.exec(statement);
  }

  #shadowTable(storage: Oid, { added, ended }: Shadow): void {
    const stored = this.#find(storage)?.width;
    const width = Math.max(stored ?? 0, ...[...added.values()].map((row) => row.length));
    const columns = Array.from({ length: width }, (_, at) => `c${at + 1}`);
    const all = ["v", "xmin", "xmax", "next", "n", ...columns].join(", ");
    const own = `temp.s${storage}_own`;
    this.#exec(`CREATE TABLE ${own} (${all})`, `DROP TABLE ${own}`);
    this.#exec(
      `CREATE TABLE temp.s${storage}_ended (v INTEGER PRIMARY KEY)`,
      `DROP TABLE temp.s${storage}_ended`,
    );
    const had = columns.map((name, at) => (at < (stored ?? 0) ? name : `NULL AS ${name}`));
    const before =
      stored === undefined
        ? ""
        : `SELECT ${["v", "xmin", "xmax", "next", "n", ...had].join(", ")} FROM ${ROWS}.s${storage}
           WHERE v NOT IN (SELECT v FROM temp.s${storage}_ended) UNION ALL `;
    this.#exec(
      `CREATE VIEW temp.s${storage} AS ${before}SELECT ${all} FROM ${own}`,
      `DROP VIEW temp.s${storage}`,
    );
    const marks = ", ?".repeat(width);
    const insert = this.#db.prepare<unknown[]>(
      `INSERT INTO ${own} VALUES (?, ${OWN}, ${EPOCH_MAX}, 0, ?${marks})`,
    );
    for (const [version, row] of added) {
      if (ended.has(version)) continue;
      const missing = new Array<Bound>(width - row.length).fill(null);
      insert.run([BigInt(version), BigInt(row.length), ...(row as Bound[]), ...missing]);
    }
    const end = this.#db.prepare<unknown[]>(`INSERT INTO temp.s${storage}_ended VALUES (?)`);
    for (const version of ended) end.run([BigInt(version)]);
  }

  #shadowIndex(index: Oid, entries: readonly (readonly [Row, number])[]): void {
    const found = this.#find(index);
    const keys = found?.keys ?? entries[0]?.[0].length ?? 0;
    const names = [...Array.from({ length: keys }, (_, at) => `k${at + 1}`), "v"].join(", ");
    const own = `temp.x${index}_own`;
    this.#exec(`CREATE TABLE ${own} (${names})`, `DROP TABLE ${own}`);
    // What is staged here may have become a bulk since: its entries are there already.
    const before =
      found && found.width > 0
        ? `SELECT ${names} FROM ${ROWS}.x${index} WHERE v NOT IN (SELECT v FROM ${own}) UNION ALL `
        : "";
    this.#exec(
      `CREATE VIEW temp.x${index} AS ${before}SELECT ${names} FROM ${own}`,
      `DROP VIEW temp.x${index}`,
    );
    const insert = this.#db.prepare<unknown[]>(
      `INSERT INTO ${own} VALUES (${"?, ".repeat(keys)}?)`,
    );
    for (const [row, version] of entries) insert.run([...row.map(keyOf), BigInt(version)]);
  }

  #exec(create: string, drop: string): void {
    this.#db.exec(create);
    this.#created.push(drop);
  }

  #find(storage: Oid): StorageRow | undefined {
    return this.#db
      .prepare<[number], StorageRow>(
        `SELECT id, width, keys, columns FROM ${ROWS}.storage WHERE id = ?`,
      )
      .get(storage);
  }

  #indexesOf(storage: Oid): StorageRow[] {
    return this.#db
      .prepare<[number], StorageRow>(
        `SELECT id, width, keys, columns FROM ${ROWS}.storage WHERE of = ?`,
      )
      .all(storage);
  }
}

function shadowOf(shadows: Map<Oid, Shadow>, storage: Oid): Shadow {
  let shadow = shadows.get(storage);
  if (!shadow) {
    shadow = { added: new Map(), ended: new Set() };
    shadows.set(storage, shadow);
  }
  return shadow;
}

function entriesOf(entries: Map<Oid, (readonly [Row, number])[]>, index: Oid) {
  let list = entries.get(index);
  if (!list) {
    list = [];
    entries.set(index, list);
  }
  return list;
}
