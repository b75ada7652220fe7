/**
 * The catalog as a running query's functions see it: the stored rows of one epoch under the
 * transaction's own mutations.
 */
import { assert } from "../../base/assert.ts";
import type { BulkId, Epoch, Oid } from "../../base/ids.ts";
import type { Row, Value } from "../../base/value.ts";
import { relationByOid } from "../../catalog/all-relations.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Columns, Relation, Tuple } from "../../catalog/relation.ts";
import type { TableLayout } from "../../pages/layout.ts";
import type { TupleReader } from "../../pages/store.ts";
import { Overlay } from "../../txn/overlay.ts";
import type { Mutation, RowChange } from "../../wal/fragment.ts";

export interface Snapshot {
  readonly epoch: Epoch;
  readonly database: Oid;
  /** Process id of the session that looks. */
  readonly session?: number | undefined;
  /** The transaction's id; 0 = it has written nothing. */
  readonly xid: number;
  /** What the transaction has staged: Overlay.mutations(). */
  readonly mutations: readonly Mutation[];
  /** The same of users' rows: RowOverlay.changes(). */
  readonly rows: readonly RowChange[];
  /** The transaction's own bulks. */
  readonly bulks: readonly BulkId[];
  /** Labels of enums that the transaction has added. */
  readonly newLabels?: ReadonlySet<Oid>;
  /** Other epochs at which a query reads some of its relations. */
  readonly others?: readonly Epoch[];
}

/** Rows remembered of one relation in one step. */
const REMEMBERED_MAX = 1_024;

/**
 * Made for one step of a query: what it has found, by keys of one column, it finds again without
 * reading.
 */
export class SnapshotReader implements CatalogReader {
  readonly database: Oid;
  readonly session: number | undefined;
  readonly #found = new Map<Oid, Map<Value, unknown>>();
  readonly #tuples: TupleReader;
  readonly #epoch: Epoch;
  readonly #mutations: readonly Mutation[];
  readonly #newLabels: ReadonlySet<Oid> | undefined;
  #madeOverlay: Overlay | undefined;

  constructor(tuples: TupleReader, snapshot: Omit<Snapshot, "rows" | "bulks" | "xid">) {
    this.database = snapshot.database;
    this.session = snapshot.session;
    this.#tuples = tuples;
    this.#epoch = snapshot.epoch;
    this.#newLabels = snapshot.newLabels;
    this.#mutations = snapshot.mutations;
  }

  get #overlay(): Overlay | undefined {
    if (this.#mutations.length > 0) this.#madeOverlay ??= overlayOf(this.#mutations);
    return this.#madeOverlay;
  }

  isNewLabel(label: Oid): boolean {
    return this.#newLabels?.has(label) ?? false;
  }

  of(database: Oid): CatalogReader {
    if (database === this.database) return this;
    return new SnapshotReader(this.#tuples, { epoch: this.#epoch, database, mutations: [] });
  }

  find<C extends Columns>(
    relation: Relation<C>,
    index: string,
    values: readonly Value[],
  ): Tuple<C> | undefined {
    if (index !== "key") return this.list(relation, index, values)[0];
    if (values.length !== 1) return this.#get(relation, values);
    const key = values[0] as Value;
    let found = this.#found.get(relation.oid);
    if (!found) {
      found = new Map();
      this.#found.set(relation.oid, found);
    }
    const known = found.get(key);
    if (known !== undefined || found.has(key)) return known as Tuple<C> | undefined;
    const tuple = this.#get(relation, values);
    if (found.size === REMEMBERED_MAX) found.clear();
    found.set(key, tuple);
    return tuple;
  }

  #get<C extends Columns>(relation: Relation<C>, values: readonly Value[]): Tuple<C> | undefined {
    const { layout } = relation;
    const db = this.#home(layout);
    const staged = this.#overlay?.get(layout, db, values);
    if (staged === null) return undefined;
    const row = staged ?? this.#tuples.get(layout, db, values, this.#epoch);
    return row && relation.view(row);
  }

  list<C extends Columns>(
    relation: Relation<C>,
    index: string,
    prefix: readonly Value[],
  ): readonly Tuple<C>[] {
    const { layout } = relation;
    const number = relation.indexNumbers.get(index);
    assert(number !== undefined, `${relation.name} has no index ${index}`);
    const db = this.#home(layout);
    const stored = this.#tuples.lookup(layout, number, db, prefix, this.#epoch);
    const rows = this.#merge(layout, db, stored, (overlay) =>
      overlay.lookup(layout, number, db, prefix),
    );
    return rows.map(relation.view);
  }

  all<C extends Columns>(relation: Relation<C>): Iterable<Tuple<C>> {
    const { layout } = relation;
    const db = this.#home(layout);
    const stored = this.#tuples.scan(layout, db, this.#epoch);
    return this.#merge(layout, db, stored, (overlay) => overlay.rows(layout, db)).map(
      relation.view,
    );
  }

  #home(layout: TableLayout): Oid {
    return layout.shared ? (0 as Oid) : this.database;
  }

  #merge(layout: TableLayout, db: Oid, stored: Row[], own: (overlay: Overlay) => Row[]): Row[] {
    const overlay = this.#overlay;
    if (!overlay?.touches(layout, db)) return stored;
    return [...stored.filter((row) => !overlay.hides(layout, db, row)), ...own(overlay)];
  }
}

function overlayOf(mutations: readonly Mutation[]): Overlay {
  const overlay = new Overlay();
  for (const mutation of mutations) {
    const table = relationByOid(mutation.rel)?.layout;
    assert(table, `relation ${mutation.rel} is not stored`);
    if (mutation.kind === "insert") overlay.insert(table, mutation.db, mutation.row);
    else if (mutation.kind === "update") overlay.update(table, mutation.db, mutation.row);
    else overlay.delete(table, mutation.db, mutation.key);
  }
  return overlay;
}
