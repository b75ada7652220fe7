/**
 * LOOK-UPS REMEMBERED: every statement asks for the same few rows of small relations that hardly
 * change (its schema, role, database). Their look-ups at the newest epoch are remembered until a
 * batch touches the relation.
 */
import type { Epoch, Oid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { TableLayout } from "../pages/layout.ts";
import type { ApplyBatch, TupleReader } from "../pages/store.ts";

/** Look-ups remembered per relation. */
const LOOKUPS_MAX = 1024;

export class LookupCache implements TupleReader {
  readonly #store: TupleReader;
  readonly #newest: () => Epoch;
  readonly #remembered: ReadonlyMap<Oid, Map<string, Row[]>>;

  constructor(store: TupleReader, relations: Iterable<Oid>, newest: () => Epoch) {
    this.#store = store;
    this.#newest = newest;
    this.#remembered = new Map([...relations].map((relation) => [relation, new Map()]));
  }

  /** Call after the batch is in the store and before its epochs are published. */
  forget(batch: ApplyBatch): void {
    for (const { mutations } of batch.commits) {
      for (const { rel } of mutations) this.#remembered.get(rel)?.clear();
    }
  }

  get(table: TableLayout, db: Oid, key: readonly Value[], epoch: Epoch): Row | undefined {
    if (!this.#remembered.has(table.rel)) return this.#store.get(table, db, key, epoch);
    return this.lookup(table, 0, db, key, epoch)[0];
  }

  lookup(
    table: TableLayout,
    index: number,
    db: Oid,
    prefix: readonly Value[],
    epoch: Epoch,
  ): Row[] {
    const known = this.#remembered.get(table.rel);
    if (!known || epoch !== this.#newest()) {
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
