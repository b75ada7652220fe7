/** What a query sees: an epoch, and what its own transaction has staged. */
import type { Epoch } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { PageStore } from "../../pages/page-store.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import { type Snapshot, SnapshotReader } from "../execute/snapshot-reader.ts";
import type { SessionAdvisoryLocks } from "./advisory-access.ts";
import type { SessionSequences } from "./sequence-access.ts";

/** What the query that is running sees, for the functions that it calls. */
export interface Step {
  snapshot?: Snapshot | undefined;
  catalog?: (() => CatalogReader) | undefined;
  readonly sequences: SessionSequences;
  readonly advisory: SessionAdvisoryLocks;
}

export function snapshotOf(transaction: CatalogTransaction, epoch: Epoch): Snapshot {
  const { rows, database, newLabels, owner, overlay } = transaction;
  const mutations = overlay.isEmpty ? [] : transaction.mutations();
  const xid = overlay.isEmpty && rows.isEmpty ? 0 : transaction.xid;
  const staged = { xid, mutations, rows: rows.overlay.changes(), bulks: rows.bulks };
  return { epoch, database, session: owner.processId, newLabels, ...staged };
}

/** While `work` runs, its functions find the snapshot in the step, and the catalog as it has it. */
export function lookingInto<T>(step: Step, store: PageStore, snapshot: Snapshot, work: () => T): T {
  const { catalog: outer, snapshot: before } = step;
  step.snapshot = snapshot;
  step.catalog = () => new SnapshotReader(store.reader(), snapshot);
  try {
    return work();
  } finally {
    step.catalog = outer;
    step.snapshot = before;
  }
}
