/** Rows of one user's table with two indexes, applied as the log would have it. */
import { type BulkId, bulkOf, type Epoch, type Oid, oid, xid } from "../../src/base/ids.ts";
import type { Row } from "../../src/base/value.ts";
import type { PageStore } from "../../src/pages/page-store.ts";
import type { RowChange } from "../../src/wal/fragment.ts";
import { appliedCommit } from "../support/commits.ts";
import { at } from "./fixture.ts";

export const TABLE = oid(20001);
/** Its entries follow from the first column. */
export const DERIVED = oid(20002);
/** Its entries are logged. */
export const LOGGED = oid(20003);

export const definitions = (table = TABLE): RowChange[] => [
  { kind: "index", storage: table, index: oid(table + 1), columns: [0], keys: 1 },
  { kind: "index", storage: table, index: oid(table + 2), columns: [], keys: 1 },
];
export const add = (version: number, row: Row, table = TABLE): RowChange[] => [
  { kind: "add", storage: table, version, row },
  { kind: "entry", storage: oid(table + 2), version, keys: [`key ${row[0]}`] },
];
export const end = (version: number, next = 0, table = TABLE): RowChange => ({
  kind: "end",
  storage: table,
  version,
  next,
});

interface Entry {
  readonly rows?: readonly RowChange[];
  readonly committed?: readonly BulkId[];
  readonly bulk?: { readonly bulk: BulkId; readonly rows: readonly RowChange[] };
  readonly abandoned?: BulkId;
}

/** One entry of the log; a commit, if rows or bulks of one are given. */
export function applyRows(store: PageStore, entry: Entry): Epoch {
  const { lsn: previous, epoch } = store.applied;
  const { rows = [], committed = [], bulk, abandoned } = entry;
  const commits =
    entry.rows || entry.committed
      ? [{ ...appliedCommit(at(epoch + 1), []), rows, bulks: committed }]
      : [];
  const next = (previous + 100n) as typeof previous;
  store.apply({
    previous,
    next,
    chain: next * 7n,
    commits,
    bulks: bulk ? [bulk] : [],
    marks: abandoned ? [{ kind: "abandoned", bulk: abandoned }] : [],
  });
  return store.applied.epoch;
}

export const bulkNumber = (n: number): BulkId => bulkOf(xid(n));

/** Rows that a snapshot at the epoch sees, in the order of versions. */
export function seenAt(store: PageStore, epoch: number, table: Oid = TABLE): Row[] {
  const { rows } = store;
  const isSeen = (by: number) => (rows.epochOf(by) ?? Number.POSITIVE_INFINITY) <= epoch;
  return [...rows.versions(table)]
    .filter(({ xmin, xmax }) => isSeen(xmin) && !isSeen(xmax))
    .map(({ row }) => row);
}

export const versionsOf = (store: PageStore, table = TABLE): number[] =>
  [...store.rows.versions(table)].map(({ version }) => version);

/** Sweeps to the end, in steps of so many milliseconds. */
export function sweepRows(store: PageStore, horizon: Epoch, ms = 1000, table = TABLE) {
  const sweep = store.upkeep.sweepRows(table, horizon, true);
  if (sweep === undefined) return undefined;
  let steps = 0;
  for (; !sweep.isOver; steps++) sweep.step(ms);
  return { ...sweep.swept, steps };
}
