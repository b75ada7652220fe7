/**
 * SELECT … FOR UPDATE and its kin over users' tables. The query answers the version of each row
 * that it would lock beside what it was asked for; here the locks are taken, and the versions are
 * looked at again: whoever waited may find another one.
 * https://www.postgresql.org/docs/15/explicit-locking.html#LOCKING-ROWS
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { isInherited, withDescendants } from "../../catalog/inheritance.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import { plainTarget } from "../bind/plain-select.ts";
import { type RowPlace, readPlace } from "../bind/row-place.ts";
import type {
  BoundQuery,
  Expression,
  LockedMember,
  LockedTable,
  Query,
  RangeTableEntry,
  RowLocking,
  SelectQuery,
} from "../bind/tree.ts";
import { INT8, TEXT } from "../bind/type-oids.ts";
import { ENDED_ATTRIBUTE, PLACE_ATTRIBUTE, VERSION_ATTRIBUTE } from "../bind/update.ts";
import type { Scalar } from "../types/scalar.ts";
import { StartAgain } from "./start-again.ts";

export interface LockingPlan {
  /** By the place of the version behind the answer. */
  readonly tables: readonly LockedTable[];
  /** Columns that the client is sent. */
  readonly width: number;
  /** Those of the rows that it answers: a cursor keeps the versions, too. */
  readonly kept?: number;
  /** With SKIP LOCKED they count the rows that are left. */
  readonly limit: Expression | undefined;
  readonly offset: Expression | undefined;
}

export interface LockingQuery {
  readonly bound: BoundQuery;
  readonly locking: LockingPlan | undefined;
}

/**
 * The query with versions, if it locks rows of users' tables; those of views and sub-selects come
 * out of them as columns more. Other sub-selects that lock are steps: locking-steps.ts.
 */
export function withVersions(bound: BoundQuery, catalog: CatalogReader): LockingQuery {
  const { query, parameterTypes } = bound;
  if (query.kind !== "select") return { bound, locking: undefined };
  const found = versionsOf(catalog, query, query.locking);
  if (found.tables.length === 0) return { bound, locking: undefined };
  const skips = found.tables.some(({ wait }) => wait === "skip");
  const { limit, offset, ...rest } = found.query;
  const wide = withTargets(skips ? rest : found.query, found.versions);
  return {
    bound: { query: wide, parameterTypes },
    locking: {
      tables: found.tables,
      width: query.targets.filter(({ junk }) => !junk).length,
      limit: skips ? limit : undefined,
      offset: skips ? offset : undefined,
    },
  };
}

interface Versions {
  /** With the columns that `versions` needs. */
  readonly query: SelectQuery;
  readonly tables: readonly LockedTable[];
  /** Of each table, as the query's own expressions. */
  readonly versions: readonly Expression[];
}

type Locks = readonly Pick<RowLocking, "table" | "strength" | "wait">[];

/** `attributes`: what is to be known of each row, its version first. */
export function versionsOf(
  catalog: CatalogReader,
  query: SelectQuery,
  locks: Locks,
  attributes: readonly number[] = [VERSION_ATTRIBUTE],
): Versions {
  const rangeTable = [...query.rangeTable];
  const tables: LockedTable[] = [];
  const versions: Expression[] = [];
  const takeInner = (table: number, entry: SubqueryEntry, inner: Versions) => {
    const first = entry.names.length;
    rangeTable[table - 1] = widened(entry, inner);
    tables.push(...inner.tables);
    versions.push(
      ...inner.versions.map(({ type }, at) => systemColumn(table, first + at + 1, type)),
    );
  };
  if (isPlain(query)) {
    for (const [at, entry] of rangeTable.entries()) {
      if (entry.kind !== "subquery" || !mayLockInside(entry.query)) continue;
      const inner = versionsOf(catalog, entry.query, entry.query.locking, attributes);
      if (inner.tables.length === 0) continue;
      takeInner(at + 1, entry, { ...inner, query: { ...inner.query, locking: [] } });
    }
  }
  for (const { table, strength, wait } of locks) {
    const entry = rangeTable[table - 1];
    if (entry?.kind === "subquery" && entry.query.kind === "select" && isPlain(entry.query)) {
      const all = entry.query.rangeTable.flatMap(({ kind }, at) =>
        kind === "relation" || kind === "subquery" ? [{ table: at + 1, strength, wait }] : [],
      );
      takeInner(table, entry, versionsOf(catalog, entry.query, all, attributes));
    }
    if (entry?.kind !== "relation" || !"rp".includes(entry.relkind)) continue;
    if (entry.relation < FIRST_USER_OID) continue;
    const { relation, name } = entry;
    const own = { relation, name, strength, wait };
    if (isInherited(catalog, entry)) {
      if (attributes.length > 1) {
        throw notSupported("locking rows of tables that others inherit from in such a sub-select");
      }
      const members = membersOf(catalog, relation);
      tables.push({ ...own, storage: 0 as Oid, members });
      versions.push(systemColumn(table, PLACE_ATTRIBUTE, TEXT));
    } else {
      tables.push({ ...own, storage: storageOf(catalog, relation) });
      versions.push(...attributes.map((attribute) => systemColumn(table, attribute, INT8)));
    }
  }
  return { query: { ...query, rangeTable }, tables, versions };
}

/** The sub-select that locks its rows as they are read, if it locks any of users' tables. */
export function lockedInPlace(catalog: CatalogReader, query: SelectQuery): SelectQuery {
  const attributes = [VERSION_ATTRIBUTE, ENDED_ATTRIBUTE];
  const found = versionsOf(catalog, query, query.locking, attributes);
  const { tables, versions } = found;
  return { ...found.query, lockedInPlace: { tables, versions } };
}

/** Each of its rows is one of each table; where it is not, translation says so. */
export const isPlain = ({
  groupBy,
  hasAggregates,
  distinct,
  having,
  windows,
}: SelectQuery): boolean =>
  groupBy.length === 0 && !hasAggregates && distinct === false && !having && windows.length === 0;

/** If it locks rows by itself, it answers each of them. */
export const mayLockInside = (query: Query): query is SelectQuery =>
  query.kind === "select" &&
  isPlain(query) &&
  !(query.limit && query.locking.some(({ wait }) => wait === "skip"));

type SubqueryEntry = RangeTableEntry & { readonly kind: "subquery" };

function widened(entry: SubqueryEntry, { query, versions }: Versions): SubqueryEntry {
  const more = <T>(value: T): readonly T[] => versions.map(() => value);
  return {
    ...entry,
    names: [...entry.names, ...more("")],
    types: [...entry.types, ...versions.map(({ type }) => type)],
    typmods: [...entry.typmods, ...more(-1)],
    collations: [...entry.collations, ...more(0 as Oid)],
    query: withTargets(query, versions),
  };
}

/** Behind what it answers, before what it is only sorted by. */
function withTargets(query: SelectQuery, versions: readonly Expression[]): SelectQuery {
  const shown = query.targets.filter(({ junk }) => !junk);
  const sorted = query.targets.filter(({ junk }) => junk);
  const added = versions.map((version) => plainTarget(version));
  return { ...query, targets: [...shown, ...added, ...sorted] };
}

function membersOf(catalog: CatalogReader, table: Oid): ReadonlyMap<Oid, LockedMember> {
  const members = withDescendants(catalog, table).flatMap((oid) => {
    const row = catalog.find(pgClass, "key", [oid]);
    return row ? [[oid, { name: row.relname, storage: row.relfilenode }] as const] : [];
  });
  return new Map(members);
}

const storageOf = (catalog: CatalogReader, relation: Oid): Oid =>
  catalog.find(pgClass, "key", [relation])?.relfilenode ?? (0 as Oid);

const systemColumn = (table: number, attribute: number, type: Oid): Expression => ({
  kind: "column",
  table,
  attribute,
  levelsUp: 0,
  type,
  typmod: -1,
  collation: 0 as Oid,
});

type Row = readonly Scalar[];

/**
 * Locks the rows and answers those that are locked, as the client is to see them. Throws a Wait,
 * 55P03 with NOWAIT, 40001 where another transaction has changed a row since the snapshot.
 */
export function lockRows(
  transaction: CatalogTransaction,
  { tables, width, kept = width }: LockingPlan,
  rows: readonly Row[],
  most = Number.POSITIVE_INFINITY,
): Row[] {
  const locked: Row[] = [];
  for (const row of rows) {
    if (locked.length >= most) break;
    const isLocked = tables.every((table, at) => {
      const place = readPlace(row[width + at]);
      return place === undefined || lockRow(transaction, table, place);
    });
    if (isLocked) locked.push(row.slice(0, kept));
  }
  return locked;
}

/** False: it is to be left out. */
function lockRow(
  { rows, isolation }: CatalogTransaction,
  { members, strength, wait, ...own }: LockedTable,
  { member, version }: RowPlace,
): boolean {
  const relation = member ?? own.relation;
  const { name, storage } = members?.get(relation) ?? own;
  if (wait === "block") rows.lockRow(relation, storage, version, strength);
  else if (!rows.tryLockRow(relation, storage, version, strength)) {
    if (wait === "skip") return false;
    throw new SqlError("55P03", `could not obtain lock on row in relation "${name}"`);
  }
  const state = rows.stateOf(storage, version);
  if (state.state === "live") return true;
  if (wait === "skip") return false;
  if (isolation !== "read committed") {
    throw new SqlError("40001", "could not serialize access due to concurrent update");
  }
  throw new StartAgain();
}
