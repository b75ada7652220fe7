/**
 * WHAT A PUBLICATION ASKS OF A TABLE whose rows are updated or deleted: who follows must be able to
 * tell which row is meant, by the columns of the replica identity; and a filter and a list of
 * columns may look at no others, and leave none of them out. Nobody follows here; as in PostgreSQL
 * that makes no difference.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/executor/execReplication.c
 */

import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { parentsOf } from "../../catalog/inheritance.ts";
import type { ClassTuple } from "../../catalog/names.ts";
import { findAttribute } from "../../catalog/names.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { pgPublication } from "../../catalog/relations/pg-publication.ts";
import { pgPublicationNamespace } from "../../catalog/relations/pg-publication-namespace.ts";
import { pgPublicationRel } from "../../catalog/relations/pg-publication-rel.ts";
import { decodeTree } from "../bind/codec.ts";
import { references } from "../translate/walk.ts";

/** What may be done to a row that is there. */
type Change = "update" | "delete";

/** Why it must not; a table that is not published has none. */
export type Unidentified = Readonly<Partial<Record<Change, () => SqlError>>>;

const NO_FAULT: Unidentified = {};

export const arePublications = (catalog: CatalogReader): boolean =>
  catalog.list(pgPublication, "pubname", []).length > 0;

export function unidentifiedOf(catalog: CatalogReader, relation: Oid): Unidentified {
  if (!arePublications(catalog)) return NO_FAULT;
  const table = catalog.find(pgClass, "key", [relation]);
  // Rows of a partitioned table are those of its partitions.
  if (table?.relkind !== "r" || table.relpersistence !== "p") return NO_FAULT;
  if (table.oid < FIRST_USER_OID) return NO_FAULT;
  const above = table.relispartition ? ancestorsOf(catalog, relation) : [];
  const publications = publicationsOf(catalog, [table, ...above]);
  const identity = identityOf(catalog, table);
  const faults: { -readonly [Each in Change]?: () => SqlError } = {};
  for (const change of ["update", "delete"] as const) {
    const publishing = publications.filter((each) => publishes(each, change));
    const fault = faultOf(catalog, { table, above, identity, change }, publishing);
    if (fault) faults[change] = fault;
  }
  return faults;
}

type Publication = ReturnType<typeof pgPublication.view>;

const publishes = ({ pubupdate, pubdelete }: Publication, change: Change): boolean =>
  change === "update" ? pubupdate : pubdelete;

/** The nearest first. */
function ancestorsOf(catalog: CatalogReader, relation: Oid): readonly ClassTuple[] {
  const [parent] = parentsOf(catalog, relation);
  const row = parent === undefined ? undefined : catalog.find(pgClass, "key", [parent]);
  return row ? [row, ...(row.relispartition ? ancestorsOf(catalog, row.oid) : [])] : [];
}

/** Those that any of the tables is in. */
function publicationsOf(
  catalog: CatalogReader,
  tables: readonly ClassTuple[],
): readonly Publication[] {
  const isIn = ({ oid, puballtables }: Publication) =>
    puballtables || tables.some((table) => isMember(catalog, oid, table));
  return catalog.list(pgPublication, "pubname", []).filter(isIn);
}

const isMember = (catalog: CatalogReader, publication: Oid, table: ClassTuple): boolean =>
  catalog.find(pgPublicationRel, "prrelid_prpubid", [table.oid, publication]) !== undefined ||
  catalog.find(pgPublicationNamespace, "pnnspid_pnpubid", [table.relnamespace, publication]) !==
    undefined;

/** Its columns; "all" of them; undefined = there is none. */
type Identity = ReadonlySet<number> | "all" | undefined;

function identityOf(catalog: CatalogReader, { oid, relreplident }: ClassTuple): Identity {
  if (relreplident === "f") return "all";
  if (relreplident === "n") return undefined;
  const index = catalog.list(pgIndex, "indrelid", [oid]).find((row) => {
    if (!row.indisvalid || !row.indisunique || !row.indimmediate) return false;
    if (row.indpred !== null) return false;
    return relreplident === "d" ? row.indisprimary : row.indisreplident;
  });
  return index && new Set(index.indkey.slice(0, index.indnkeyatts));
}

interface Asked {
  readonly table: ClassTuple;
  readonly above: readonly ClassTuple[];
  readonly identity: Identity;
  readonly change: Change;
}

function faultOf(
  catalog: CatalogReader,
  asked: Asked,
  publishing: readonly Publication[],
): (() => SqlError) | undefined {
  const { table, identity, change } = asked;
  const what = `cannot ${change === "update" ? "update" : "delete from"} table "${table.relname}"`;
  const named = publishing.filter(({ puballtables }) => !puballtables);
  const isFiltered = named.some((each) => looksBeyond(catalog, asked, each));
  const misses = () => named.some((each) => leavesOut(catalog, asked, each));
  if (isFiltered || misses()) {
    const detail = isFiltered
      ? "Column used in the publication WHERE expression is not part of the replica identity."
      : "Column list used by the publication does not cover the replica identity.";
    return () => new SqlError("42P10", what, { detail });
  }
  if (identity !== undefined || publishing.length === 0) return undefined;
  const [published, doing] =
    change === "update" ? ["updates", "updating"] : ["deletes", "deleting from"];
  const message = `${what} because it does not have a replica identity and publishes ${published}`;
  const hint = `To enable ${doing} the table, set REPLICA IDENTITY using ALTER TABLE.`;
  return () => new SqlError("55000", message, { hint });
}

/** What the publication says of the table, or of the topmost table in it whose partition it is. */
function saidOf(
  catalog: CatalogReader,
  { table, above }: Asked,
  { oid, pubviaroot }: Publication,
): ReturnType<typeof pgPublicationRel.view> | undefined {
  const topmost = above.findLast((each) => isMember(catalog, oid, each));
  const relation = (pubviaroot ? topmost : undefined) ?? table;
  return catalog.find(pgPublicationRel, "prrelid_prpubid", [relation.oid, oid]);
}

/** Whether the filter looks at a column that is not of the identity. */
function looksBeyond(catalog: CatalogReader, asked: Asked, publication: Publication): boolean {
  const { table, identity } = asked;
  const said = saidOf(catalog, asked, publication);
  if (!said?.prqual || identity === "all") return false;
  return references(decodeTree(said.prqual)).some(({ attribute }) => {
    const own = sameColumn(catalog, said.prrelid, attribute, table.oid);
    return !identity?.has(own);
  });
}

/** Whether the list of columns has not all of the identity. */
function leavesOut(catalog: CatalogReader, asked: Asked, publication: Publication): boolean {
  const { table, identity } = asked;
  const said = saidOf(catalog, asked, publication);
  if (!said?.prattrs || identity === undefined) return false;
  const { prattrs, prrelid } = said;
  if (identity === "all") return true;
  return [...identity].some(
    (each) => !prattrs.includes(sameColumn(catalog, table.oid, each, prrelid)),
  );
}

/** The number in one table of a column of another. */
function sameColumn(catalog: CatalogReader, from: Oid, attribute: number, to: Oid): number {
  if (from === to) return attribute;
  const name = catalog.find(pgAttribute, "key", [from, attribute])?.attname ?? "";
  return findAttribute(catalog, to, name)?.attnum ?? 0;
}
