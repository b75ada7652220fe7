/**
 * The rows that appended and not yet applied commits change. A lone writer's commit is applied
 * before the next one is validated, so names are made only when somebody asks.
 */
import { assert } from "../base/assert.ts";
import type { CatalogTransaction } from "./transaction.ts";

export class UnappliedRows {
  /** In the order in which they were appended, which is that of their being applied. */
  readonly #transactions: CatalogTransaction[] = [];
  /** The rows of the first of them. */
  readonly #named: (readonly string[])[] = [];
  readonly #rows = new Set<string>();

  add(transaction: CatalogTransaction): void {
    this.#transactions.push(transaction);
  }

  /** The oldest has been applied. */
  delete(transaction: CatalogTransaction): void {
    assert(this.#transactions.shift() === transaction, "commits are applied in their order");
    for (const row of this.#named.shift() ?? []) this.#rows.delete(row);
  }

  /** A row that the transaction and one of the commits change, in words. */
  findChanged(transaction: CatalogTransaction): string | undefined {
    if (this.#transactions.length === 0) return undefined;
    for (const other of this.#transactions.slice(this.#named.length)) {
      const rows = other.overlay.changedRows();
      this.#named.push(rows);
      for (const row of rows) this.#rows.add(row);
    }
    return transaction.overlay.changedRows().find((row) => this.#rows.has(row));
  }
}
