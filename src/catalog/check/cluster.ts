/** Rules over all databases at once: where rows may be stored, and that no oid is used twice. */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { loggedRelations } from "../all-relations.ts";
import type { Relation } from "../relation.ts";
import { pgTablespace } from "../relations/pg-tablespace.ts";
import { rwTablespace } from "../relations/rw-tablespace.ts";
import { duplicates, rowText, TOLD_OIDS } from "./values.ts";
import type { Cluster, DatabaseView, Faults } from "./view.ts";

/** A row belongs to a database that is there, a shared one to none, a built-in one is no user's. */
export function* checkDatabaseKeys(cluster: Cluster, views: readonly DatabaseView[]): Faults {
  const known = new Set(views.map((view) => view.database));
  for (const relation of loggedRelations) {
    for (const [db, rows] of cluster.byDatabase(relation)) {
      if (db === 0 && !relation.layout.shared) {
        const at = relation.columnNames.indexOf("oid");
        for (const values of rows) {
          if (at < 0 || (values[at] as Oid) < FIRST_USER_OID) continue;
          yield `${rowText(relation, { values })}: a user's row is in every database`;
        }
      } else if (db !== 0 && (relation.layout.shared || !known.has(db))) {
        const why = relation.layout.shared ? "the relation is shared" : "there is no such database";
        yield `${relation.name}: ${rows.length} rows of database ${db}: ${why}`;
      }
    }
  }
}

/** Keys and unique indexes of the built-in and the shared rows among themselves. */
export function* checkSharedUniqueness(cluster: Cluster): Faults {
  for (const relation of loggedRelations) {
    const rows = cluster.stored(relation, 0 as Oid).map((values) => ({ values }));
    for (const [name, number] of relation.indexNumbers) {
      if (name !== "key" && !relation.unique.includes(name)) continue;
      yield* duplicates(relation, name, relation.layout.indexes[number] ?? [], rows);
    }
  }
}

/** Every tablespace but the system's has a directory. */
export function* checkTablespaces(cluster: Cluster): Faults {
  const rows = (relation: Relation) => cluster.stored(relation, SHARED);
  const placed = new Set(rows(rwTablespace).map((row) => rwTablespace.view(row).spcid));
  for (const values of rows(pgTablespace)) {
    const { oid } = pgTablespace.view(values);
    if (oid < FIRST_USER_OID || placed.has(oid)) continue;
    yield `${rowText(pgTablespace, { values })}: it has no directory`;
  }
}

/**
 * One allocator serves all databases and all kinds of objects. Only a copy of a database has the
 * oids of what it was copied from, and databases and large objects may have been given theirs by
 * hand.
 */
export function* checkOidsDiffer(cluster: Cluster, views: readonly DatabaseView[]): Faults {
  for (const { database, name } of views) {
    const seen = new Map<Oid, string>();
    for (const relation of loggedRelations) {
      const at = relation.columnNames.indexOf("oid");
      if (at < 0 || TOLD_OIDS.has(relation.oid)) continue;
      for (const values of cluster.stored(relation, relation.layout.shared ? SHARED : database)) {
        const oid = values[at] as Oid;
        if (oid < FIRST_USER_OID) continue;
        const other = seen.get(oid);
        if (other !== undefined) {
          yield `${name}: oid ${oid} is used in ${other} and in ${relation.name}`;
        }
        seen.set(oid, relation.name);
      }
    }
  }
}

const SHARED = 0 as Oid;
