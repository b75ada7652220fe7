/**
 * THE OVERLAY: what a transaction has staged and nobody else sees. Per relation and database it
 * maps a row's key to the row as the transaction left it. Nothing of it leaves memory before
 * commit, so ABORT drops it and ROLLBACK TO SAVEPOINT undoes it back to a length of the undo list.
 */
import { assert } from "../base/assert.ts";
import type { Oid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import { isCover, type TableLayout } from "../pages/layout.ts";
import type { Mutation } from "../wal/fragment.ts";

/** A key of one column is its value; of several, their texts joined. */
type KeyId = Value;

interface Entry {
  readonly key: readonly Value[];
  /** The store has a version of this row that the transaction ends or replaces. */
  readonly stored: boolean;
  /** null = deleted */
  readonly row: Row | null;
}

/** What became of one row. */
export interface Change {
  readonly table: TableLayout;
  readonly db: Oid;
  readonly key: readonly Value[];
  /** The store has a version of the row. */
  readonly stored: boolean;
  /** undefined: what is stored, if anything; null: deleted. */
  readonly before: Row | null | undefined;
  readonly after: Row | null;
}

interface TableOverlay {
  readonly table: TableLayout;
  readonly db: Oid;
  readonly entries: Map<KeyId, Entry>;
  /**
   * By `index:columns`, from the values of those columns to keys; built on the first look-up that
   * pays.
   */
  readonly lookups: Map<string, Map<KeyId, Set<KeyId>>>;
}

interface Undo {
  readonly overlay: TableOverlay;
  readonly id: KeyId;
  readonly before: Entry | undefined;
}

/** Below this many entries a walk is cheaper than an index. */
const WALK_ENTRIES_MAX = 16;

export class Overlay {
  readonly #tables = new Map<Oid, Map<Oid, TableOverlay>>();
  readonly #undo: Undo[] = [];

  get isEmpty(): boolean {
    return this.#undo.length === 0;
  }

  /** A savepoint is this number. */
  get mark(): number {
    return this.#undo.length;
  }

  /** The staged state of a row: undefined = not touched, null = deleted, or a cover. */
  get(table: TableLayout, db: Oid, key: readonly Value[]): Row | null | undefined {
    const row = this.getOwn(table, db, key);
    return row && isCover(table, row) ? null : row;
  }

  /** The same, where a cover is a row. */
  getOwn(table: TableLayout, db: Oid, key: readonly Value[]): Row | null | undefined {
    return this.#find(table, db)?.entries.get(idOf(key))?.row;
  }

  /**
   * Whether the row with this key was staged at all, so that the stored version must not be seen.
   */
  hides(table: TableLayout, db: Oid, row: Row): boolean {
    const overlay = this.#find(table, db);
    return overlay?.entries.has(idOfRow(table, row)) ?? false;
  }

  touches(table: TableLayout, db: Oid): boolean {
    return (this.#find(table, db)?.entries.size ?? 0) > 0;
  }

  /** Staged rows whose first columns of the index have these values. */
  lookup(table: TableLayout, index: number, db: Oid, prefix: readonly Value[]): Row[] {
    const overlay = this.#find(table, db);
    if (!overlay || overlay.entries.size === 0) return [];
    const columns = (table.indexes[index] ?? []).slice(0, prefix.length);
    if (overlay.entries.size <= WALK_ENTRIES_MAX || columns.length === 0) {
      return [...liveRows(overlay)].filter((row) =>
        columns.every((c, at) => isSame(row[c] as Value, prefix[at] as Value)),
      );
    }
    const ids = lookupOf(overlay, columns).get(idOf(prefix));
    if (!ids) return [];
    const rows: Row[] = [];
    for (const id of ids) {
      const row = overlay.entries.get(id)?.row;
      if (row && !isCover(table, row)) rows.push(row);
    }
    return rows;
  }

  /** All staged rows of a relation that are not deleted. */
  rows(table: TableLayout, db: Oid): Row[] {
    const overlay = this.#find(table, db);
    return overlay ? [...liveRows(overlay)] : [];
  }

  insert(table: TableLayout, db: Oid, row: Row): void {
    const overlay = this.#of(table, db);
    const id = idOfRow(table, row);
    const before = overlay.entries.get(id);
    assert(!before?.row, `${table.name}: a row with key ${String(id)} is staged already`);
    this.#put(overlay, id, {
      key: keyOfRow(table, row),
      stored: before?.stored ?? false,
      row,
    });
  }

  /** `stored`: the store holds the version that this one replaces, unless it is staged already. */
  update(table: TableLayout, db: Oid, row: Row): void {
    this.#replace(table, db, keyOfRow(table, row), row);
  }

  delete(table: TableLayout, db: Oid, key: readonly Value[]): void {
    this.#replace(table, db, key, null);
  }

  rollbackTo(mark: number): void {
    while (this.#undo.length > mark) {
      const undo = this.#undo.pop();
      if (!undo) return;
      if (undo.before) undo.overlay.entries.set(undo.id, undo.before);
      else undo.overlay.entries.delete(undo.id);
      undo.overlay.lookups.clear();
    }
  }

  /**
   * What the store must do to hold what was staged. Rows created and dropped again leave nothing.
   */
  mutations(): Mutation[] {
    const mutations: Mutation[] = [];
    for (const byDatabase of this.#tables.values()) {
      for (const { table, db, entries } of byDatabase.values()) {
        for (const entry of entries.values()) {
          const mutation = mutationOf(table.rel, db, entry);
          if (mutation) mutations.push(mutation);
        }
      }
    }
    return mutations;
  }

  /** Rows as they are now that were otherwise at the mark, in the order of their first change. */
  changesSince(mark: number): Change[] {
    const first = new Map<TableOverlay, Map<KeyId, Entry | undefined>>();
    for (const { overlay, id, before } of this.#undo.slice(mark)) {
      const befores = first.get(overlay) ?? new Map<KeyId, Entry | undefined>();
      first.set(overlay, befores);
      if (!befores.has(id)) befores.set(id, before);
    }
    const changes: Change[] = [];
    for (const [{ table, db, entries }, befores] of first) {
      for (const [id, before] of befores) {
        const now = entries.get(id);
        if (now === undefined) continue;
        const { key, stored, row: after } = now;
        changes.push({ table, db, key, stored, before: before?.row, after });
      }
    }
    return changes;
  }

  /** A name for each row that `mutations` changes: equal for the same row of any transaction. */
  changedRows(): string[] {
    const names: string[] = [];
    for (const byDatabase of this.#tables.values()) {
      for (const { table, db, entries } of byDatabase.values()) {
        for (const [id, { row, stored }] of entries) {
          if (row !== null || stored) names.push(`${table.name} of database ${db}, key ${id}`);
        }
      }
    }
    return names;
  }

  #replace(table: TableLayout, db: Oid, key: readonly Value[], row: Row | null): void {
    const overlay = this.#of(table, db);
    const id = idOf(key);
    const before = overlay.entries.get(id);
    assert(
      before?.row !== null,
      `${table.name}: the row with key ${String(id)} is deleted already`,
    );
    this.#put(overlay, id, { key, stored: before?.stored ?? true, row });
  }

  #put(overlay: TableOverlay, id: KeyId, entry: Entry): void {
    const before = overlay.entries.get(id);
    this.#undo.push({ overlay, id, before });
    overlay.entries.set(id, entry);
    for (const [name, lookup] of overlay.lookups) {
      const columns = name.split(",").map(Number);
      if (before?.row) lookup.get(idOfColumns(before.row, columns))?.delete(id);
      if (entry.row) addTo(lookup, idOfColumns(entry.row, columns), id);
    }
  }

  #find(table: TableLayout, db: Oid): TableOverlay | undefined {
    return this.#tables.get(table.rel)?.get(db);
  }

  #of(table: TableLayout, db: Oid): TableOverlay {
    let byDatabase = this.#tables.get(table.rel);
    if (!byDatabase) {
      byDatabase = new Map();
      this.#tables.set(table.rel, byDatabase);
    }
    let overlay = byDatabase.get(db);
    if (!overlay) {
      overlay = { table, db, entries: new Map(), lookups: new Map() };
      byDatabase.set(db, overlay);
    }
    return overlay;
  }
}

function mutationOf(rel: Oid, db: Oid, entry: Entry): Mutation | undefined {
  if (entry.row === null) {
    return entry.stored ? { kind: "delete", rel, db, key: entry.key } : undefined;
  }
  if (entry.stored) return { kind: "update", rel, db, key: entry.key, row: entry.row };
  return { kind: "insert", rel, db, row: entry.row };
}

function* liveRows({ table, entries }: TableOverlay): Generator<Row> {
  for (const { row } of entries.values()) if (row && !isCover(table, row)) yield row;
}

function lookupOf(overlay: TableOverlay, columns: readonly number[]): Map<KeyId, Set<KeyId>> {
  const name = columns.join(",");
  let lookup = overlay.lookups.get(name);
  if (!lookup) {
    lookup = new Map();
    for (const [id, { row }] of overlay.entries) {
      if (row) addTo(lookup, idOfColumns(row, columns), id);
    }
    overlay.lookups.set(name, lookup);
  }
  return lookup;
}

function addTo(lookup: Map<KeyId, Set<KeyId>>, value: KeyId, id: KeyId): void {
  const ids = lookup.get(value);
  if (ids) ids.add(id);
  else lookup.set(value, new Set([id]));
}

/**
 * Arrays and bytes are the same when their texts are: within a column, all values are of one type.
 */
const idOfValue = (value: Value): KeyId =>
  typeof value === "object" && value !== null ? value.join() : value;
const isSame = (a: Value, b: Value): boolean =>
  a === b || (typeof a === "object" && a !== null && idOfValue(a) === idOfValue(b));

const idOf = (key: readonly Value[]): KeyId =>
  key.length === 1 ? idOfValue(key[0] as Value) : key.join("\u0000");
const idOfColumns = (row: Row, columns: readonly number[]): KeyId =>
  columns.length === 1
    ? idOfValue(row[columns[0] as number] as Value)
    : columns.map((at) => row[at]).join("\u0000");
const idOfRow = (table: TableLayout, row: Row): KeyId => idOfColumns(row, table.key);
const keyOfRow = (table: TableLayout, row: Row): readonly Value[] =>
  table.key.map((at) => row[at] as Value);
