/**
 * The catalog as one transaction sees and changes it, by names and types: reads and staging of
 * CatalogTransaction, with the relations' declarations applied.
 */
import { assert } from "../base/assert.ts";
import type { Epoch, Oid } from "../base/ids.ts";
import type { Value } from "../base/value.ts";
import type { CatalogTransaction } from "../txn/transaction.ts";
import type { CatalogReader } from "./reader.ts";
import type { Columns, NewRow, Relation, Tuple } from "./relation.ts";

/**
 * Reads only: the newest committed rows and the overlay, or those of a fixed epoch and the overlay.
 */
export class Catalog implements CatalogReader {
  readonly transaction: CatalogTransaction;
  readonly database: Oid;
  readonly #epoch: Epoch | undefined;

  constructor(transaction: CatalogTransaction, database = transaction.database, epoch?: Epoch) {
    this.transaction = transaction;
    this.database = database;
    this.#epoch = epoch;
  }

  get session(): number {
    return this.transaction.owner.processId;
  }

  isNewLabel(label: Oid): boolean {
    return this.transaction.newLabels.has(label);
  }

  find<C extends Columns>(
    relation: Relation<C>,
    index: string,
    values: readonly Value[],
  ): Tuple<C> | undefined {
    if (index === "key") {
      const row = this.transaction.get(relation.layout, this.database, values, this.#epoch);
      return row && relation.view(row);
    }
    return this.list(relation, index, values)[0];
  }

  /**
   * The row that the database itself stores, and the built-in one beneath it; what hides the
   * built-in one may be a cover.
   */
  findLayers<C extends Columns>(
    relation: Relation<C>,
    key: readonly Value[],
  ): { readonly own: Tuple<C> | undefined; readonly builtIn: Tuple<C> | undefined } {
    const [own, builtIn] = [this.database, 0 as Oid].map((database) => {
      const row = this.transaction.getOwn(relation.layout, database, key);
      return row && relation.view(row);
    });
    return { own, builtIn };
  }

  list<C extends Columns>(
    relation: Relation<C>,
    index: string,
    prefix: readonly Value[],
  ): readonly Tuple<C>[] {
    const number = relation.indexNumbers.get(index);
    assert(number !== undefined, `${relation.name} has no index ${index}`);
    const { transaction, database } = this;
    const rows = transaction.lookup(relation.layout, number, database, prefix, this.#epoch);
    return rows.map(relation.view);
  }

  all<C extends Columns>(relation: Relation<C>): Iterable<Tuple<C>> {
    return this.transaction.scan(relation.layout, this.database, this.#epoch).map(relation.view);
  }

  insert<C extends Columns>(relation: Relation<C>, values: NewRow<C>): void {
    this.transaction.insert(relation.layout, this.database, relation.row(values));
  }

  /** A new row that is `like` another but for some columns. */
  insertLike<C extends Columns>(relation: Relation<C>, like: Tuple<C>, values: NewRow<C>): void {
    this.transaction.insert(relation.layout, this.database, relation.change(like, values));
  }

  update<C extends Columns>(relation: Relation<C>, row: Tuple<C>, values: NewRow<C>): void {
    this.transaction.update(relation.layout, this.database, relation.change(row, values));
  }

  delete<C extends Columns>(relation: Relation<C>, row: Tuple<C>): void {
    this.transaction.delete(relation.layout, this.database, relation.keyOf(row.values));
  }
}
