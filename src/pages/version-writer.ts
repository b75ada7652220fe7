/**
 * Writes tuple versions: an insert adds one, a delete ends one, an update ends one and adds
 * another.
 *
 * A version that the same commit created and ends was never visible to anybody, so it is removed.
 * Ending a version that is not there means that the pages are not what the log says: DataCorrupted.
 */
import type Database from "better-sqlite3";
import { DataCorrupted, unreachable } from "../base/assert.ts";
import { type Epoch, type Oid, OWN } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { Mutation } from "../wal/fragment.ts";
import { type Bound, RowCodec } from "./codec.ts";
import type { TableLayout } from "./layout.ts";
import { RowInsert } from "./row-insert.ts";
import { equalities, LIVE, quoteName } from "./schema.ts";

type Write = Database.Statement<unknown[]>;

interface TableWrites {
  readonly table: TableLayout;
  readonly codec: RowCodec;
  readonly insert: RowInsert;
  readonly end: Write;
  readonly endParameters: Bound[];
  readonly live: Write;
  readonly liveParameters: Bound[];
  readonly removeOwn: Write;
  readonly removeAll: Write;
  readonly removeParameters: Bound[];
}

/** A row that an older server logged has initial values in columns that were added at the end. */
function widened({ name, columns }: TableLayout, row: Row): Row {
  if (row.length >= columns.length) return row;
  const added = columns.slice(row.length).map((column) => {
    if (column.initial !== undefined) return column.initial;
    throw new DataCorrupted(`a row of ${name} has no column ${column.name}`);
  });
  return [...row, ...added];
}

export class VersionWriter {
  readonly #db: Database.Database;
  readonly #layouts: ReadonlyMap<Oid, TableLayout>;
  readonly #tables = new Map<Oid, TableWrites>();

  constructor(db: Database.Database, layouts: readonly TableLayout[]) {
    this.#db = db;
    this.#layouts = new Map(layouts.map((table) => [table.rel, table]));
  }

  /** Applies what the commit `epoch` did. */
  apply(mutations: readonly Mutation[], epoch: Epoch): void {
    for (const mutation of mutations) {
      const writes = this.#tables.get(mutation.rel) ?? this.#prepare(mutation.rel);
      switch (mutation.kind) {
        case "insert":
          writes.insert.run(mutation.db, epoch, widened(writes.table, mutation.row));
          break;
        case "update":
          endVersion(writes, mutation.db, mutation.key, epoch);
          writes.insert.run(mutation.db, epoch, widened(writes.table, mutation.row));
          break;
        case "delete":
          endVersion(writes, mutation.db, mutation.key, epoch);
          break;
        default:
          unreachable(mutation);
      }
    }
  }

  /**
   * What keeps `apply` from applying these, in words: a row to be changed that has no live version
   * of its database, or one to be added that has. Asked before they are logged: what is in the log
   * must be applied.
   */
  findMisfit(mutations: readonly Mutation[]): string | undefined {
    for (const mutation of mutations) {
      const writes = this.#tables.get(mutation.rel) ?? this.#prepare(mutation.rel);
      const { table, codec, liveParameters: parameters } = writes;
      const isNew = mutation.kind === "insert";
      const key = isNew ? table.key.map((at) => mutation.row[at] as Value) : mutation.key;
      codec.encodeColumns(table.key, key, parameters, 0);
      parameters[table.key.length] = mutation.db;
      if ((writes.live.get(parameters) === undefined) === isNew) continue;
      const what = `${table.name} of database ${mutation.db}`;
      return `${what} has ${isNew ? "a row with key" : "no row with key"} (${key.join(", ")})`;
    }
    return undefined;
  }

  /**
   * Makes the pages what a transaction sees at whichever epoch it reads: its rows are visible at
   * each, and of a row that it changed or deleted no other version is left. Only ever inside a
   * savepoint that is rolled back.
   */
  overlay(mutations: readonly Mutation[]): void {
    for (const mutation of mutations) {
      const writes = this.#tables.get(mutation.rel) ?? this.#prepare(mutation.rel);
      if (mutation.kind !== "insert") {
        writes.codec.encodeColumns(writes.table.key, mutation.key, writes.removeParameters, 0);
        writes.removeParameters[mutation.key.length] = mutation.db;
        writes.removeAll.run(writes.removeParameters);
      }
      if (mutation.kind !== "delete") writes.insert.run(mutation.db, OWN, mutation.row);
    }
  }

  #prepare(rel: Oid): TableWrites {
    const table = this.#layouts.get(rel);
    if (!table) throw new DataCorrupted(`the log changes relation ${rel}, which has no pages`);
    const codec = new RowCodec(table);
    const name = quoteName(table.name);
    const key = equalities(table, table.key);
    const keyed = table.key.length;
    const writes: TableWrites = {
      table,
      codec,
      insert: new RowInsert(this.#db, table),
      end: this.#db.prepare(
        `UPDATE ${name} SET xmax = ? WHERE ${key} AND xmax = ${LIVE} AND db = ? AND xmin < ?`,
      ),
      endParameters: new Array(keyed + 3).fill(null),
      live: this.#db
        .prepare<unknown[]>(`SELECT 1 FROM ${name} WHERE ${key} AND xmax = ${LIVE} AND db = ?`)
        .pluck(true),
      liveParameters: new Array(keyed + 1).fill(null),
      removeOwn: this.#db.prepare(
        `DELETE FROM ${name} WHERE ${key} AND xmax = ${LIVE} AND db = ? AND xmin = ?`,
      ),
      removeAll: this.#db.prepare(`DELETE FROM ${name} WHERE ${key} AND db = ?`),
      removeParameters: new Array(keyed + 1).fill(null),
    };
    this.#tables.set(rel, writes);
    return writes;
  }
}

function endVersion(writes: TableWrites, db: Oid, key: readonly Value[], epoch: Epoch): void {
  const { table, codec, endParameters: parameters } = writes;
  const n = key.length;
  codec.encodeColumns(table.key, key, parameters, 1);
  parameters[0] = epoch;
  parameters[n + 1] = db;
  parameters[n + 2] = epoch;
  if (writes.end.run(parameters).changes === 1) return;
  if (writes.removeOwn.run([...parameters.slice(1, n + 2), epoch]).changes === 1) return;
  throw new DataCorrupted(
    `${table.name} of database ${db} has no row with key (${key.join(", ")}) for commit ${epoch} to end`,
  );
}
