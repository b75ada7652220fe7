/**
 * ROWS THAT A QUERY LOCKS AS IT READS THEM. The query has them in one step on the session's thread:
 * nothing is committed meanwhile, so that what it reads of a row is all there is to know.
 */
import { SqlError } from "../../base/sql-error.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import type { LockedTable } from "../bind/tree.ts";
import type { RowLocks } from "../functions/server.ts";
import { StartAgain } from "./start-again.ts";

export class LocksInPlace implements RowLocks {
  readonly #transaction: CatalogTransaction;
  readonly #tables = new Map<string, readonly LockedTable[]>();
  readonly #taken = new Set<string>();

  constructor(transaction: CatalogTransaction) {
    this.#transaction = transaction;
  }

  /** A statement begins to run, or runs again. */
  begin(): void {
    this.#taken.clear();
  }

  take(storage: number, version: number): void {
    this.#taken.add(`${storage}/${version}`);
  }

  lock(text: string, found: readonly number[]): boolean {
    const tables = this.#tables.get(text) ?? (JSON.parse(text) as readonly LockedTable[]);
    this.#tables.set(text, tables);
    return tables.every((table, at) => {
      const [version = 0, endedBy = 0] = found.slice(2 * at);
      return version === 0 || this.#lock(table, version, endedBy);
    });
  }

  /** False: it is to be left out. What the statement itself has changed always is. */
  #lock(
    { relation: table, name, storage, strength, wait }: LockedTable,
    version: number,
    endedBy: number,
  ): boolean {
    const { rows, isolation } = this.#transaction;
    const found = { table, storage, version, endedBy };
    if (this.#taken.has(`${storage}/${version}`) || rows.hasEnded(found) === "own") return false;
    if (!rows.lockFound(found, strength, wait === "block")) {
      if (wait === "skip") return false;
      throw new SqlError("55P03", `could not obtain lock on row in relation "${name}"`);
    }
    if (!rows.hasEnded(found)) return true;
    if (wait === "skip") return false;
    if (isolation !== "read committed") {
      throw new SqlError("40001", "could not serialize access due to concurrent update");
    }
    throw new StartAgain();
  }
}
