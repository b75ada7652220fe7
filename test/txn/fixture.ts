/** Transactions on two small relations, without a catalog. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Oid, oid, xid } from "../../src/base/ids.ts";
import type { Row } from "../../src/base/value.ts";
import type { TableLayout } from "../../src/pages/layout.ts";
import { PageStore } from "../../src/pages/page-store.ts";
import type { TupleReader } from "../../src/pages/store.ts";
import { type LockManager, LockOwner } from "../../src/txn/lock-manager.ts";
import { Storage, type StorageOptions } from "../../src/txn/storage.ts";
import type { CatalogTransaction, Isolation } from "../../src/txn/transaction.ts";
import type { RowHost } from "../../src/txn/transaction-rows.ts";
import type { CommitInfo } from "../../src/wal/fragment.ts";
import type { Log, LogInfo } from "../../src/wal/log.ts";

export const DB = oid(5);

export const things: TableLayout = {
  rel: oid(9001),
  name: "things",
  shared: false,
  columns: [
    { name: "oid", storedAs: "int" },
    { name: "name", storedAs: "text" },
    { name: "space", storedAs: "int" },
  ],
  key: [0],
  indexes: [[0], [1, 2], [2]],
};
export const links: TableLayout = {
  rel: oid(9002),
  name: "links",
  shared: true,
  columns: [
    { name: "from_thing", storedAs: "int" },
    { name: "to_thing", storedAs: "int" },
    { name: "labels", storedAs: "array" },
  ],
  key: [0, 1],
  indexes: [[0, 1], [1], [2]],
};

/** For transactions that touch no user's table. */
export const noUserRows = (locks: LockManager): RowHost => ({
  store: {
    get: () => undefined,
    lookup: () => [],
    beside: function* () {},
    isCommitted: () => true,
    epochOf: () => undefined,
    knows: () => false,
    bulksIn: () => [],
    page: () => [],
    indexesOf: () => [],
    entryPage: () => [],
  },
  locks,
  nextVersion: () => 1,
  allocateXid: () => xid(1),
  appendBulks: () => {},
  abandon: () => {},
});

export const thing = (id: number, name: string, space = 1): Row => [id, name, space];

export const info = (statement: string): CommitInfo => ({
  user: "root",
  session: 1,
  time: 0n,
  statement,
});

export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "catalogd-txn-"));
  file(name: string): string {
    return join(this.path, name);
  }
  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export const openPages =
  (path: string) =>
  ({ incarnation }: LogInfo, discard?: string) =>
    PageStore.open({
      path,
      layouts: [things, links],
      formatVersion: 1,
      bootstrapHash: "none",
      clusterId: incarnation.toString(16),
      bootstrap: [],
      ...(discard === undefined ? {} : { discard }),
    });

export function openStorage(
  log: Log,
  pages: string,
  onFatal: (error: Error) => void = () => {},
  more: Partial<StorageOptions> = {},
): Promise<Storage> {
  const openStore = openPages(pages);
  const tables = [things, links];
  const remembered = { lookups: [links.rel], rows: [things] };
  return Storage.open({ log, openStore, tables, remembered, now: () => 0, onFatal, ...more });
}

let processId = 100;
export const begin = (
  storage: Storage,
  isolation: Isolation = "read committed",
  owner = new LockOwner(++processId),
): CatalogTransaction => storage.begin(DB, owner, isolation);

export const rowsOf = (storage: Storage, table: TableLayout, db: Oid = DB): Row[] => {
  const rows = storage.store.scan(table, db, storage.sequencer.epoch);
  return rows.sort((a, b) => Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1]));
};

/** Pages without anything in them. */
export const noRows: TupleReader = {
  get: () => undefined,
  lookup: () => [],
  scan: () => [],
  getOwn: () => undefined,
  scanOwn: () => [],
};
