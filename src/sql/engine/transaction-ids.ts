/** Transaction ids as the functions of one transaction see them. */
import { xid } from "../../base/ids.ts";
import type { Storage } from "../../txn/storage.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import type { TransactionIds, XidSnapshot } from "../functions/server.ts";

export class TransactionIdAccess implements TransactionIds {
  readonly #storage: Pick<Storage, "allocator" | "xids">;
  readonly #transaction: CatalogTransaction;
  #kept: XidSnapshot | undefined;

  constructor(storage: Pick<Storage, "allocator" | "xids">, transaction: CatalogTransaction) {
    this.#storage = storage;
    this.#transaction = transaction;
  }

  current(): number {
    return this.#transaction.xid;
  }

  assigned(): number | undefined {
    return this.#transaction.hasXid ? this.#transaction.xid : undefined;
  }

  next(): number {
    return this.#storage.allocator.nextXid;
  }

  statusOf(id: number) {
    return this.#storage.xids.statusOf(xid(id));
  }

  snapshot(): XidSnapshot {
    if (this.#kept) return this.#kept;
    const { end, running } = this.#storage.xids.snapshot();
    const own = this.assigned();
    const snapshot = { end, running: running.filter((id) => id !== own) };
    if (this.#transaction.isolation !== "read committed") this.#kept = snapshot;
    return snapshot;
  }
}
