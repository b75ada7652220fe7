/**
 * A MATERIALIZED VIEW'S QUERY BETWEEN TWO EPOCHS, as rows/maintain.ts asks for it. Row versions
 * tell what changed as long as everything else is what it was: the query with its views, the
 * tables' columns and their storages, the view's own storage. Where the catalog has changed since,
 * it is read as it was and compared.
 */

import { assert } from "../../base/assert.ts";
import type { Epoch, Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { childrenOf } from "../../catalog/inheritance.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { PageStore } from "../../pages/page-store.ts";
import type { Lease } from "../../txn/snapshot-leases.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import { decodeQuery, encodeTree } from "../bind/codec.ts";
import type { BindContext } from "../bind/context.ts";
import { Names } from "../bind/names.ts";
import { executable } from "../bind/query.ts";
import type { BoundQuery, Query } from "../bind/tree.ts";
import { type Snapshot, SnapshotReader } from "../execute/snapshot-reader.ts";
import type { ViewChanges } from "../rows/maintain.ts";
import type { Source } from "../rows/modify-run.ts";
import { describeUpkeep, type Equality, type Upkeep, upkeepOf } from "../rows/view-upkeep.ts";
import { typeFacts } from "../translate/type-facts.ts";
import type { Scalar } from "../types/scalar.ts";

type HeldSnapshot = Snapshot & { release(): void };

export interface ViewChangesHost {
  readonly transaction: CatalogTransaction;
  readonly catalog: CatalogReader;
  readonly store: PageStore;
  /** Of the newest commit that changed the catalog. */
  readonly catalogEpoch: () => Epoch;
  /** Kept readable to the end of the transaction: whoever goes on from it leases it then. */
  takeSnapshot(): HeldSnapshot;
  bindContext(catalog: CatalogReader): BindContext;
  /** `catalog`: the transaction's own unless given. */
  prepare(
    query: BoundQuery,
    snapshot: HeldSnapshot,
    catalog?: CatalogReader,
  ): (parameters: readonly Scalar[]) => Source;
  equality(type: Oid): Equality;
}

export function openViewChanges(
  host: ViewChangesHost,
  view: Oid,
  query: Query,
  asked: Epoch | "now" | undefined,
): ViewChanges {
  const { transaction, store, catalog } = host;
  const now = host.takeSnapshot();
  const since = asked === "now" ? now.epoch : asked;
  const whole = executable(query, host.bindContext(catalog));
  const lease = since === undefined ? undefined : transaction.lease(since);
  const upkeep = upkeepSince(host, view, query, whole, lease);
  const snapshot = since === undefined ? now : { ...now, others: [since] };
  const storageOf = (table: Oid) => catalog.find(pgClass, "key", [table])?.relfilenode;
  return {
    epoch: now.epoch,
    since,
    upkeep,
    transaction,
    whole,
    lastOf: (table) => store.rows.lastVersion(storageOf(table) ?? (0 as Oid)),
    stretchOf: (table, ...which) => store.rows.stretch(storageOf(table) ?? (0 as Oid), ...which),
    changedIn: (table) => {
      const storage = storageOf(table);
      if (storage === undefined || since === undefined) return undefined;
      return store.rows.changes.since(storage, since, store.applied.epoch);
    },
    read: (bound, parameters = []) => host.prepare(bound, snapshot)(parameters),
    readBefore: () => {
      assert(lease, "it is known what the view holds");
      store.checkReadable(lease.epoch);
      const past = { ...now, epoch: lease.epoch, mutations: [], rows: [], bulks: [] };
      const before = new SnapshotReader(store, past);
      const { lockRelation: _, ...context } = host.bindContext(before);
      return host.prepare(executable(query, context), past, before)([]);
    },
    prepare: (bound) => host.prepare(bound, snapshot),
    equality: (type) => host.equality(type),
    release: () => lease?.release(),
  };
}

/** Of a stored query, for EXPLAIN. */
export function upkeepText(tree: string, context: BindContext): string {
  const { builtin, catalog, searchPath } = context;
  const { query } = executable(decodeQuery(tree), context);
  const names = new Names(builtin, catalog, searchPath);
  return describeUpkeep(upkeepOf(query, names, typeFacts(catalog)));
}

function upkeepSince(
  host: ViewChangesHost,
  view: Oid,
  query: Query,
  whole: BoundQuery,
  lease: Lease | undefined,
): Upkeep {
  const { catalog } = host;
  if (!lease) return { kind: "recompute", why: "it is not known what the view holds" };
  const { builtin, searchPath } = host.bindContext(catalog);
  const upkeep = upkeepOf(whole.query, new Names(builtin, catalog, searchPath), typeFacts(catalog));
  if (upkeep.kind === "recompute") return upkeep;
  try {
    host.store.checkReadable(lease.epoch);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return { kind: "recompute", why: error.message };
  }
  if (host.catalogEpoch() <= lease.epoch) return upkeep;
  const why = whatIsOther(host, view, upkeep.tables, query, whole, lease.epoch);
  return why === undefined ? upkeep : { kind: "recompute", why };
}

/** What the query reads has become another thing since the epoch. */
function whatIsOther(
  host: ViewChangesHost,
  view: Oid,
  tables: readonly Oid[],
  query: Query,
  whole: BoundQuery,
  epoch: Epoch,
): string | undefined {
  const { catalog, store } = host;
  const { database } = host.transaction;
  const before = new SnapshotReader(store, { epoch, database, mutations: [] });
  for (const relation of [view, ...tables]) {
    const [old, current] = [before, catalog].map((each) => each.find(pgClass, "key", [relation]));
    // A view may have been filled as of an epoch at which nobody saw it.
    if (old === undefined && relation === view) continue;
    if (old?.relfilenode !== current?.relfilenode) {
      return `relation "${current?.relname}" has a new storage`;
    }
    const [had = 0, has = 0] = [before, catalog].map((each) => childrenOf(each, relation).length);
    if (had !== has) return `relation "${current?.relname}" has lost or got children`;
  }
  const { lockRelation: _, ...context } = host.bindContext(before);
  if (encodeTree(executableOr(query, context)) === encodeTree(whole.query)) return undefined;
  return "what the query reads was altered";
}

/** As the query is stored when something that it reads was not there yet. */
function executableOr(query: Query, context: BindContext): Query {
  try {
    return executable(query, context).query;
  } catch (error) {
    if (error instanceof SqlError) return query;
    throw error;
  }
}
