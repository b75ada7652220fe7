/**
 * READING THE PAST. A plan that was made of today's catalog reads the row versions of an older
 * epoch. That is right where the relations that it reads had the storages and the children then
 * that they have now: elsewhere it is refused.
 */
import { type Epoch, FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { childrenOf } from "../../catalog/inheritance.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { Storage } from "../../txn/storage.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import { type Snapshot, SnapshotReader } from "../execute/snapshot-reader.ts";
import type { PastRows, QueryPlan, QuerySnapshot } from "../session/engine.ts";

export class PastAccess implements PastRows {
  readonly #storage: Storage;
  readonly #transaction: CatalogTransaction;
  readonly #catalog: CatalogReader;
  readonly #takeSnapshot: () => QuerySnapshot & Snapshot;

  constructor(
    storage: Storage,
    transaction: CatalogTransaction,
    catalog: CatalogReader,
    takeSnapshot: () => QuerySnapshot & Snapshot,
  ) {
    this.#storage = storage;
    this.#transaction = transaction;
    this.#catalog = catalog;
    this.#takeSnapshot = takeSnapshot;
  }

  epochAt(time: bigint): Epoch {
    const { sequencer, store } = this.#storage;
    sequencer.publish();
    const found = store.moments.find(Number(time));
    if (found === undefined || found < store.horizon) throw tooOld();
    return found;
  }

  snapshot({ relations }: QueryPlan, epoch: Epoch): (QuerySnapshot & Snapshot) | SqlError {
    const { sequencer, store } = this.#storage;
    const transaction = this.#transaction;
    const { database } = transaction;
    if (epoch < store.horizon) return tooOld();
    const snapshot = { epoch, database, xid: 0, mutations: [], rows: [], bulks: [] };
    if (sequencer.catalogEpoch > epoch) {
      const before = new SnapshotReader(store, snapshot);
      for (const [relation] of relations) {
        const other = whatIsOther(before, this.#catalog, relation);
        if (other) return other;
      }
    }
    const lease = transaction.lease(epoch);
    const session = transaction.owner.processId;
    const { newLabels } = transaction;
    return { ...snapshot, session, newLabels, release: () => lease.release() };
  }

  snapshotOfSome(
    plan: QueryPlan,
    epoch: Epoch | undefined,
    others: readonly Epoch[],
  ): (QuerySnapshot & Snapshot) | SqlError {
    const taken: QuerySnapshot[] = [];
    const release = () => {
      for (const each of taken) each.release();
    };
    for (const other of others) {
      const snapshot = this.snapshot(plan, other);
      if (!(snapshot instanceof SqlError)) taken.push(snapshot);
      else {
        release();
        return snapshot;
      }
    }
    const own = epoch === undefined ? this.#takeSnapshot() : this.snapshot(plan, epoch);
    if (!(own instanceof SqlError)) taken.push(own);
    else {
      release();
      return own;
    }
    return { ...own, others, release };
  }
}

const HINT = "time_travel_retention_ms says how long they are kept.";

const tooOld = (): SqlError =>
  new SqlError("72000", "snapshot too old", {
    detail: "Row versions of that time are not kept.",
    hint: HINT,
  });

function whatIsOther(
  before: CatalogReader,
  now: CatalogReader,
  relation: Oid,
): SqlError | undefined {
  if (relation < FIRST_USER_OID) return undefined;
  const [old, current] = [before, now].map((each) => each.find(pgClass, "key", [relation]));
  const isWithoutRows = current?.relkind === "v";
  if (current === undefined || isWithoutRows) return undefined;
  const refused = (what: string) =>
    new SqlError("55000", `relation "${current.relname}" ${what}`, {
      detail: "Its rows of that time cannot be read.",
    });
  if (old === undefined) return refused("was created later");
  if (old.relfilenode !== current.relfilenode) return refused("was written anew since");
  const [oldChildren, children] = [before, now].map((each) => [...childrenOf(each, relation)]);
  if (String(oldChildren) !== String(children)) return refused("has other children since");
  for (const child of children ?? []) {
    const other = whatIsOther(before, now, child);
    if (other) return other;
  }
  return undefined;
}
