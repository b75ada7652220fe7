/** WHAT THE CHECKER READS: every visible row with the database that it is stored under. */
import type { Oid } from "../../base/ids.ts";
import type { Row } from "../../base/value.ts";
import type { PageStore } from "../../pages/page-store.ts";
import { isVisible } from "../../pages/visibility.ts";
import type { Relation } from "../relation.ts";

export interface StoredRow {
  /** 0: a built-in row, or one of a shared relation. */
  readonly db: Oid;
  readonly row: Row;
}

export interface CatalogSource {
  /** All rows that are visible at one epoch, the same for every relation, of all databases. */
  rows(relation: Relation): Iterable<StoredRow>;
  /** Oids from here on have never been given out. */
  readonly nextOid: Oid;
}

/** The store at its newest epoch. */
export function sourceOfStore(store: PageStore): CatalogSource {
  const { epoch, nextOid } = store.applied;
  return {
    nextOid,
    rows: (relation) =>
      store.versions(relation.layout).filter((version) => isVisible(version, version.db, epoch)),
  };
}
