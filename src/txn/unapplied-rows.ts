/**
 * The rows that appended and not yet applied commits change. A lone writer's commit is applied
 * before the next one is validated, so names are made only when somebody asks.
 */
import type { CatalogTransaction } from "./transaction.ts";

export class UnappliedRows {
  readonly #transactions = new Map<CatalogTransaction, readonly string[] | undefined>();
  readonly #rows = new Set<string>();

  add(transaction: CatalogTransaction): void {
    this.#transactions.set(transaction, undefined);
  }

  delete(transaction: CatalogTransaction): void {
    for (const row of this.#transactions.get(transaction) ?? []) this.#rows.delete(row);
    this.#transactions.delete(transaction);
  }

  /** A row that the transaction and one of the commits change, in words. */
  findChanged(transaction: CatalogTransaction): string | undefined {
    if (this.#transactions.size === 0) return undefined;
    for (const [other, named] of this.#transactions) {
      if (named !== undefined) continue;
      const rows = other.overlay.changedRows();
      this.#transactions.set(other, rows);
      for (const row of rows) this.#rows.add(row);
    }
    return transaction.overlay.changedRows().find((row) => this.#rows.has(row));
  }
}
