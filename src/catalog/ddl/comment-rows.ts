/**
 * COMMENTS AS ROWS: pg_description, for shared objects pg_shdescription. An empty comment is none.
 * https://www.postgresql.org/docs/15/catalog-pg-description.html
 *
 * The system's own objects have comments that belong to every database. One that is changed gets a
 * row in this database that hides it; one that is removed gets such a row without a text.
 */
import type { Catalog } from "../catalog.ts";
import type { ObjectAddress } from "../describe.ts";
import { pgDescription } from "../relations/pg-description.ts";
import { pgShdescription } from "../relations/pg-shdescription.ts";

const COVER = "";

export function setComment(catalog: Catalog, object: ObjectAddress, text: string | null): void {
  const { classOid, oid, subId } = object;
  const { own, builtIn } = catalog.findLayers(pgDescription, [oid, classOid, subId]);
  const description = text || (builtIn ? COVER : undefined);
  if (description === undefined) {
    if (own) catalog.delete(pgDescription, own);
  } else if (own) catalog.update(pgDescription, own, { description });
  else {
    const row = { objoid: oid, classoid: classOid, objsubid: subId, description };
    catalog.insert(pgDescription, row);
  }
}

export function setSharedComment(
  catalog: Catalog,
  { classOid, oid }: ObjectAddress,
  text: string | null,
): void {
  const known = catalog.find(pgShdescription, "key", [oid, classOid]);
  if (!text) {
    if (known) catalog.delete(pgShdescription, known);
  } else if (known) catalog.update(pgShdescription, known, { description: text });
  else {
    catalog.insert(pgShdescription, { objoid: oid, classoid: classOid, description: text });
  }
}

/** The comments of an object that is dropped; a whole object's columns lose theirs, too. */
export function dropComments(catalog: Catalog, { classOid, oid, subId }: ObjectAddress): void {
  for (const row of catalog.list(pgDescription, "key", [oid, classOid])) {
    if (subId === 0 || row.objsubid === subId) catalog.delete(pgDescription, row);
  }
}

export function dropSharedComments(catalog: Catalog, object: ObjectAddress): void {
  setSharedComment(catalog, object, null);
}
