/**
 * LARGE OBJECTS as objects: who owns them and what becomes of them. They are of the class of their
 * pages, and their rows are in another.
 * https://www.postgresql.org/docs/15/largeobjects.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { LockMode } from "../../txn/lock-mode.ts";
import type { Catalog } from "../catalog.ts";
import { LARGE_OBJECT_CLASS } from "../class-oids.ts";
import { addOwner, removeShared, tagOf } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import { dropBytes } from "../large-object-pages.ts";
import type { CatalogReader } from "../reader.ts";
import { pgLargeobjectMetadata } from "../relations/pg-largeobject-metadata.ts";
import { dropComments } from "./comment-rows.ts";
import type { FindContext } from "./context.ts";
import type { FoundObject, Ownership } from "./object-ownership.ts";
import { duplicateRow } from "./search-objects.ts";

const addressOfObject = (oid: Oid): ObjectAddress => addressOf(LARGE_OBJECT_CLASS, oid);

export function findLargeObject({ catalog }: FindContext, oid: number): FoundObject {
  const { lomowner: owner } = getLargeObject(catalog, oid as Oid);
  const ownership: Ownership = { by: "owner", owner, noun: "large object", name: String(oid) };
  return { address: addressOfObject(oid as Oid), shared: false, ownership };
}

/** Throws 42704. */
export function getLargeObject(catalog: CatalogReader, oid: Oid) {
  const row = catalog.find(pgLargeobjectMetadata, "key", [oid]);
  if (!row) throw new SqlError("42704", `large object ${oid} does not exist`);
  return row;
}

export function lockLargeObject({ transaction, database }: Catalog, oid: Oid, mode: LockMode) {
  transaction.lock(tagOf(database, addressOfObject(oid)), mode);
}

/** `asked`: 0 = any oid. Throws 23505. */
export function createLargeObject(
  catalog: Catalog,
  asked: Oid,
  owner: Oid,
  allocate: () => Oid,
): Oid {
  const isTaken = (oid: Oid) => catalog.find(pgLargeobjectMetadata, "key", [oid]) !== undefined;
  let oid = asked;
  while (oid === 0 || (asked === 0 && isTaken(oid))) oid = allocate();
  lockLargeObject(catalog, oid, "ShareUpdateExclusive");
  if (isTaken(oid)) {
    const { name } = pgLargeobjectMetadata;
    throw duplicateRow(name, `${name}_oid_index`, { oid });
  }
  catalog.insert(pgLargeobjectMetadata, { oid, lomowner: owner, lomacl: null });
  addOwner(catalog, addressOfObject(oid), owner);
  return oid;
}

export function dropLargeObject(catalog: Catalog, oid: Oid): void {
  lockLargeObject(catalog, oid, "AccessExclusive");
  deleteLargeObject(catalog, oid);
  removeShared(catalog, addressOfObject(oid));
  dropComments(catalog, addressOfObject(oid));
}

/** Its own rows. */
export function deleteLargeObject(catalog: Catalog, oid: Oid): void {
  dropBytes(catalog, oid);
  catalog.delete(pgLargeobjectMetadata, getLargeObject(catalog, oid));
}
