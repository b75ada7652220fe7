/**
 * USERS' TABLES in FROM: the row versions of a storage, pages/row-file.ts. What makes a version
 * visible is a condition beside the query's own, as for the catalog's relations.
 *
 * SQLite has no index of its own on them. Where the query compares the first keys of one of ours
 * with values, the index's table is joined in front: SQLite reaches the entries by their primary
 * key, and the versions by rowid. On the null-able side of a join it is asked in a sub-select.
 */
import { BULK_MIN, EPOCH_MAX, type Oid } from "../../base/ids.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { Expression, RangeTableEntry, VersionsRead } from "../bind/tree.ts";
import { ENDED_ATTRIBUTE, VERSION_ATTRIBUTE } from "../bind/update.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Emitter } from "./emitter.ts";
import { findIndex, type Reached, termConditions, type UserIndex } from "./index-choice.ts";
import { type Scope, systemColumn } from "./scope.ts";
import type { SourceName } from "./translation.ts";

/** What is stored of a user's table. */
export interface UserTable {
  readonly storage: Oid;
  /** Columns that its SQLite table has; later ones are missing from every row. */
  readonly width: number;
  /** What columns that were added with a default hold in rows that are older. */
  readonly missing: ReadonlyMap<number, Scalar>;
  readonly indexes: readonly UserIndex[];
}

type RelationEntry = RangeTableEntry & { readonly kind: "relation" };

const CTID = -1;
/** Attributes that are the version of a row. */
export const VERSION_COLUMNS: ReadonlySet<number> = new Set([VERSION_ATTRIBUTE, CTID]);

const storageName = (storage: Oid): string => `s${storage}`;
const entriesName = (index: Oid): string => `x${index}`;

/** The text of a column, by attribute number. */
export function userColumn(
  emitter: Emitter,
  alias: string,
  table: UserTable,
  attribute: number,
): string {
  const { width, missing } = table;
  const initial = missing.get(attribute) ?? null;
  if (attribute > width) {
    if (initial === null) return "NULL";
    return `CASE WHEN ${alias}.v IS NOT NULL THEN ${emitter.constant(initial)} END`;
  }
  const stored = `${alias}.c${attribute}`;
  if (initial === null) return stored;
  return (
    `CASE WHEN ${alias}.n >= ${attribute} THEN ${stored} ` +
    `WHEN ${alias}.v IS NOT NULL THEN ${emitter.constant(initial)} END`
  );
}

/**
 * The version is the ctid.
 * https://www.postgresql.org/docs/15/ddl-system-columns.html
 */
export function userSystemColumn(
  emitter: Emitter,
  alias: string,
  attribute: number,
  relation: Oid,
  table: UserTable | undefined,
): string {
  if (!table) return "NULL";
  if (VERSION_COLUMNS.has(attribute)) return `${alias}.v`;
  if (attribute === ENDED_ATTRIBUTE) return `${alias}.xmax`;
  const version = { present: `${alias}.v`, made: `${alias}.xmin` };
  return systemColumn(emitter, version, attribute, relation);
}

/** isVisible of pages/visibility.ts at one of the snapshot's epochs, and bulks that it sees. */
function userConditions(emitter: Emitter, alias: string, since?: number): string[] {
  const [xmin, xmax] = [`${alias}.xmin`, `${alias}.xmax`];
  const epoch = () =>
    emitter.bind(since === undefined ? { kind: "epoch" } : { kind: "since", at: since });
  const seen = (by: string) => (since === undefined ? `seen(${by})` : seenSince(by, since));
  return [
    `(${xmin} <= ${epoch()} OR (${xmin} >= ${BULK_MIN} AND ${seen(xmin)}))`,
    `${xmax} > ${epoch()}`,
    `(${xmax} = ${EPOCH_MAX} OR ${xmax} < ${BULK_MIN} OR NOT ${seen(xmax)})`,
  ];
}

const seenSince = (by: string, at: number): string => `seen_since(${by}, ${at})`;

function amongVersions(emitter: Emitter, alias: string, { of, between }: VersionsRead): string[] {
  const found: string[] = [];
  if (of !== undefined) {
    const list = emitter.bind({ kind: "constant", value: of });
    found.push(`${alias}.v IN (SELECT value FROM json_each(${list}))`);
  }
  if (between) {
    const [after, last] = between.map((number) => emitter.bind({ kind: "parameter", number }));
    found.push(`${alias}.v > ${after}`, `${alias}.v <= ${last}`);
  }
  return found;
}

/** What is read of a table: see VersionsRead. */
function versionConditions(
  emitter: Emitter,
  alias: string,
  versions: VersionsRead | undefined,
): string[] {
  if (!versions) return userConditions(emitter, alias);
  const { part, at = 0 } = versions;
  const among = amongVersions(emitter, alias, versions);
  if (part === "since") return [...among, ...userConditions(emitter, alias, at)];
  const { xmin, xmax } = { xmin: `${alias}.xmin`, xmax: `${alias}.xmax` };
  if (part === "added") {
    const since = emitter.bind({ kind: "since", at });
    const isNew = `${xmin} > ${since} AND (${xmin} < ${BULK_MIN} OR NOT ${seenSince(xmin, at)})`;
    return [...among, isNew, ...userConditions(emitter, alias)];
  }
  const epoch = emitter.bind({ kind: "epoch" });
  const hasEnded = `(${xmax} <= ${epoch} OR (${xmax} >= ${BULK_MIN} AND ${xmax} < ${EPOCH_MAX} AND seen(${xmax})))`;
  return [...among, hasEnded, ...userConditions(emitter, alias, at)];
}

export interface Reach {
  /** What holds of the rows that are wanted. */
  readonly conjuncts: readonly Expression[];
  /** An index is asked in a sub-select: on the null-able side of a join, and where many join. */
  readonly apart: boolean;
  /** Few rows are beside it. */
  readonly joins: boolean;
  /** What is to be read by, whatever else there is. */
  readonly by: Reached | undefined;
}

interface UserSource {
  readonly text: string;
  /** The alias of the index that is joined in front. */
  readonly entries?: string;
}

/** The FROM item; adds the conditions that belong to it. */
export function emitUserTable(
  emitter: Emitter,
  scope: Scope,
  table: UserTable,
  place: { readonly entry: RelationEntry; readonly alias: string; readonly number: number },
  conditions: string[],
  { conjuncts, apart, joins, by }: Reach,
): UserSource {
  const { alias, number } = place;
  emitter.noteRead(table);
  const name = `${storageName(table.storage)} AS ${alias}`;
  const { versions } = place.entry;
  const own = versionConditions(emitter, alias, versions);
  const isFew = versions?.of !== undefined || versions?.between !== undefined;
  const found = () => findIndex(emitter, table.indexes, number, conjuncts, joins);
  const keyed = isFew ? undefined : (by ?? found());
  if (!keyed) {
    conditions.push(`tick(${alias}.xmin)`, ...own);
    return { text: name };
  }
  const entries = emitter.alias("i");
  const { index, terms } = keyed;
  emitter.context.names?.set(entries, indexName(emitter, index, place.entry));
  const reaching = termConditions(emitter, scope, entries, terms);
  if (terms.length === 0) conditions.push(`tick(${alias}.xmin)`);
  const source = `${entriesName(index.storage)} AS ${entries}`;
  if (apart) {
    const versions = `SELECT ${entries}.v FROM ${source} WHERE ${reaching.join(" AND ")}`;
    conditions.push(`${alias}.v IN (${versions})`, ...own);
    return { text: name };
  }
  conditions.push(...reaching, `${alias}.v = ${entries}.v`, ...own);
  return { text: `${source}, ${name}`, entries };
}

function indexName(emitter: Emitter, index: UserIndex, entry: RelationEntry): SourceName {
  const row = emitter.context.catalog.find(pgClass, "key", [index.relation]);
  const keys = index.attributes.map((attribute) => entry.names[attribute - 1] ?? "");
  return { kind: "index", name: row?.relname ?? "", alias: undefined, indexes: [], keys };
}
