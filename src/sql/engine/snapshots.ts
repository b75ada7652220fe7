/** What a query sees: an epoch, and what its own transaction has staged. */
import type { Epoch } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { PageStore } from "../../pages/page-store.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import { type Snapshot, SnapshotReader } from "../execute/snapshot-reader.ts";

export function snapshotOf(transaction: CatalogTransaction, epoch: Epoch): Snapshot {
  const { rows, database, newLabels, owner, overlay } = transaction;
  const mutations = overlay.isEmpty ? [] : transaction.mutations();
  const staged = { mutations, rows: rows.overlay.changes(), bulks: rows.bulks };
  return { epoch, database, session: owner.processId, newLabels, ...staged };
}

/** While `work` runs, its functions find in the step the catalog as the snapshot has it. */
export function lookingInto<T>(
  step: { catalog?: (() => CatalogReader) | undefined },
  store: PageStore,
  snapshot: Snapshot,
  work: () => T,
): T {
  const outer = step.catalog;
  step.catalog = () => new SnapshotReader(store.reader(), snapshot);
  try {
    return work();
  } finally {
    step.catalog = outer;
  }
}
