/**
 * USERS' ROWS, as far as the catalog tells what they must be: each valid index has an entry for
 * each live version of its table, and a unique one tells the versions apart. And storages that
 * nothing leads to: vacuum removes them, so that there may be some before it has come by.
 */
import { EPOCH_MAX, type Oid, oid } from "../../base/ids.ts";
import type { PageStore } from "../../pages/page-store.ts";
import type { RowStore, RowVersion } from "../../pages/row-store.ts";
import type { Tuple } from "../relation.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { sourceOfStore } from "./source.ts";
import { textOf } from "./view.ts";

type IndexTuple = Tuple<(typeof pgIndex)["columns"]>;

export function checkIndexEntries(store: PageStore): string[] {
  const source = sourceOfStore(store);
  const storages = new Map<string, Oid>();
  for (const { db, row } of source.rows(pgClass)) {
    const relation = pgClass.view(row);
    storages.set(`${db}/${relation.oid}`, relation.relfilenode);
  }
  const faults: string[] = [];
  for (const { db, row } of source.rows(pgIndex)) {
    const index = pgIndex.view(row);
    const table = storages.get(`${db}/${index.indrelid}`);
    const entries = storages.get(`${db}/${index.indexrelid}`);
    if (!index.indisvalid || !table || !entries) continue;
    const self = `database ${db}: index ${index.indexrelid}`;
    for (const fault of faultsOf(store.rows, index, table, entries)) {
      faults.push(`${self}: ${fault}`);
    }
  }
  return faults;
}

function* faultsOf(rows: RowStore, index: IndexTuple, table: Oid, entries: Oid): Iterable<string> {
  const live = new Set<number>();
  for (const version of rows.versions(table)) {
    if (isLive(rows, version)) live.add(version.version);
  }
  const found = new Set<number>();
  const keys = new Map<string, number>();
  for (const { version, key } of rows.entries(entries)) {
    if (!live.has(version)) continue;
    found.add(version);
    if (!index.indisunique || !index.indimmediate) continue;
    if (key.includes(null) && !index.indnullsnotdistinct) continue;
    const other = keys.get(textOf(key));
    if (other !== undefined && other !== version) {
      yield `versions ${other} and ${version} of storage ${table} have the same keys`;
    }
    keys.set(textOf(key), version);
  }
  if (index.indpred !== null) return;
  for (const version of live) {
    if (!found.has(version)) yield `version ${version} of storage ${table} has no entry`;
  }
}

/** It is committed, and nothing that is has ended it. */
export const isLive = (rows: RowStore, { xmin, xmax }: RowVersion): boolean =>
  rows.isCommitted(xmin) && (xmax === EPOCH_MAX || !rows.isCommitted(xmax));

/** Storages that pg_class does not name. */
export function deadStorages(store: PageStore): Oid[] {
  const named = new Set<Oid>();
  for (const { row } of sourceOfStore(store).rows(pgClass)) {
    named.add(pgClass.view(row).relfilenode);
  }
  const all = store.rows.storages(oid(2 ** 32)).map(({ id }) => id);
  return all.filter((id) => !named.has(id));
}
