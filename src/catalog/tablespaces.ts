/**
 * WHERE RELATIONS ARE SAID TO BE. A tablespace is a name in the catalog: rows lie where the server
 * puts them, whatever tablespace their relation is in.
 */
import { type Oid, oid } from "../base/ids.ts";
import type { ClassTuple } from "./names.ts";
import type { CatalogReader } from "./reader.ts";
import { pgClass } from "./relations/pg-class.ts";
import { pgDatabase } from "./relations/pg-database.ts";

export const PG_DEFAULT = oid(1663);
export const PG_GLOBAL = oid(1664);

/** PostgreSQL's directory within that of a tablespace. */
export const VERSION_DIRECTORY = "PG_15_202209061";

/** The relations with storage that tablespaces hold; sequences are where their database is. */
export const RELKINDS_IN_TABLESPACES = "rmti";

/** The tablespace of the database, which pg_class calls 0. */
export const ownTablespace = (catalog: CatalogReader): Oid =>
  catalog.find(pgDatabase, "key", [catalog.database])?.dattablespace ?? PG_DEFAULT;

/** What is in a tablespace, in whichever database, each with the catalog of its own. */
export function* relationsIn(
  catalog: CatalogReader,
  tablespace: Oid,
): Iterable<{ readonly reader: CatalogReader; readonly row: ClassTuple }> {
  for (const { oid } of [...catalog.all(pgDatabase)]) {
    const reader = oid === catalog.database ? catalog : catalog.of?.(oid);
    // What all share is everybody's, and counts once.
    if (!reader || (tablespace === PG_GLOBAL && reader !== catalog)) continue;
    const own = ownTablespace(reader);
    for (const row of reader.all(pgClass)) {
      if ((row.reltablespace || own) === tablespace) yield { reader, row };
    }
  }
}
