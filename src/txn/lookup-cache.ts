/**
 * LOOK-UPS REMEMBERED, as they are at the newest epoch. Every statement asks for the same few rows
 * of small relations that hardly change (its schema, role, database): these are remembered until a
 * batch touches the relation. Of a relation of many rows that are asked for by their keys, each row
 * is remembered by itself, until a batch touches it.
 */
import type { Epoch, Oid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { TableLayout } from "../pages/layout.ts";
import type { ApplyBatch, TupleReader } from "../pages/store.ts";
import type { Mutation } from "../wal/fragment.ts";

/** Look-ups remembered per relation. */
const LOOKUPS_MAX = 1024;
/** Rows remembered per relation. */
const ROWS_MAX = 16_384;

/** Which relations' look-ups are worth remembering. */
export interface Remembered {
  readonly lookups: readonly Oid[];
  readonly rows: readonly TableLayout[];
}

/** Rows of one relation by database and key; undefined: there is none. */
interface RowsByKey {
  readonly table: TableLayout;
  readonly found: Map<string, Row | undefined>;
}

const nameOf = (db: Oid, key: readonly Value[]): string => `${db}.${key.join("\0")}`;

export class LookupCache implements TupleReader {
  readonly #store: TupleReader;
  readonly #newest: () => Epoch;
  readonly #remembered: ReadonlyMap<Oid, Map<string, Row[]>>;
  readonly #rows: ReadonlyMap<Oid, RowsByKey>;
  /** Of the last commit in the store. Until it is published, nothing is remembered. */
  #applied: Epoch | undefined;

  constructor(store: TupleReader, { lookups, rows }: Remembered, newest: () => Epoch) {
    this.#store = store;
    this.#newest = newest;
    this.#remembered = new Map(lookups.map((relation) => [relation, new Map()]));
    this.#rows = new Map(rows.map((table) => [table.rel, { table, found: new Map() }]));
  }

  /** Call after the batch is in the store and before its epochs are published. */
  forget(batch: ApplyBatch): void {
    for (const { mutations, epoch } of batch.commits) {
      this.#applied = epoch;
      for (const mutation of mutations) {
        this.#remembered.get(mutation.rel)?.clear();
        const rows = this.#rows.get(mutation.rel);
        if (rows) forgetRow(rows, mutation);
      }
    }
  }

  #isNewest(epoch: Epoch): boolean {
    return epoch === this.#newest() && (this.#applied === undefined || epoch >= this.#applied);
  }

  get(table: TableLayout, db: Oid, key: readonly Value[], epoch: Epoch): Row | undefined {
    if (this.#remembered.has(table.rel)) return this.lookup(table, 0, db, key, epoch)[0];
    const rows = this.#rows.get(table.rel)?.found;
    if (!rows || !this.#isNewest(epoch)) return this.#store.get(table, db, key, epoch);
    const name = nameOf(db, key);
    const known = rows.get(name);
    if (known !== undefined || rows.has(name)) return known;
    const row = this.#store.get(table, db, key, epoch);
    if (rows.size >= ROWS_MAX) rows.clear();
    rows.set(name, row);
    return row;
  }

  lookup(
    table: TableLayout,
    index: number,
    db: Oid,
    prefix: readonly Value[],
    epoch: Epoch,
  ): Row[] {
    const known = this.#remembered.get(table.rel);
    if (!known || !this.#isNewest(epoch)) {
      return this.#store.lookup(table, index, db, prefix, epoch);
    }
    const name = `${db}.${index}.${prefix.join("\0")}`;
    let rows = known.get(name);
    if (!rows) {
      rows = this.#store.lookup(table, index, db, prefix, epoch);
      if (known.size >= LOOKUPS_MAX) known.clear();
      known.set(name, rows);
    }
    return rows;
  }

  scan(table: TableLayout, db: Oid, epoch: Epoch): Row[] {
    return this.#store.scan(table, db, epoch);
  }
  getOwn(table: TableLayout, db: Oid, key: readonly Value[], epoch: Epoch): Row | undefined {
    return this.#store.getOwn(table, db, key, epoch);
  }
  scanOwn(table: TableLayout, db: Oid, epoch: Epoch): Row[] {
    return this.#store.scanOwn(table, db, epoch);
  }
}

/** A row of database 0 is one of every database. */
function forgetRow({ table, found }: RowsByKey, mutation: Mutation): void {
  const { db } = mutation;
  const key = mutation.kind === "insert" ? table.key.map((at) => mutation.row[at]) : mutation.key;
  if (db === 0 && !table.shared) found.clear();
  else found.delete(nameOf(db, key as readonly Value[]));
}
