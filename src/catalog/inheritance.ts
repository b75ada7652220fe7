/**
 * WHO INHERITS FROM WHOM: rows of pg_inherits. pg_class.relhassubclass says that there may be
 * children; who asks for those of a table without it reads nothing.
 * https://www.postgresql.org/docs/15/ddl-inherit.html
 */
import type { Oid } from "../base/ids.ts";
import type { CatalogReader } from "./reader.ts";
import { pgClass } from "./relations/pg-class.ts";
import { pgInherits } from "./relations/pg-inherits.ts";

/** In the order of their oids, as PostgreSQL locks and reads them. */
export function childrenOf(catalog: CatalogReader, parent: Oid): readonly Oid[] {
  if (!catalog.find(pgClass, "key", [parent])?.relhassubclass) return [];
  const rows = catalog.list(pgInherits, "parent", [parent]);
  return rows.map(({ inhrelid }) => inhrelid).sort((a, b) => a - b);
}

/** In the order in which the table names them. */
export function parentsOf(catalog: CatalogReader, child: Oid): readonly Oid[] {
  const rows = catalog.list(pgInherits, "key", [child]);
  return rows.toSorted((a, b) => a.inhseqno - b.inhseqno).map(({ inhparent }) => inhparent);
}

/** The table and all below it, each once: a level behind the other. */
export function withDescendants(catalog: CatalogReader, table: Oid): readonly Oid[] {
  const found = [table];
  const seen = new Set(found);
  for (const each of found) {
    for (const child of childrenOf(catalog, each)) {
      if (seen.has(child)) continue;
      seen.add(child);
      found.push(child);
    }
  }
  return found;
}

/** A relation as a statement names it. */
interface Named {
  readonly relation: Oid;
  readonly relkind: string;
  readonly only?: boolean;
}

/** Whether more is read than its own rows: those of tables below it too, or these alone. */
export const isInherited = (catalog: CatalogReader, { relation, relkind, only }: Named): boolean =>
  relkind === "p" || (only !== true && childrenOf(catalog, relation).length > 0);
