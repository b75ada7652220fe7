/** What publications publish. https://www.postgresql.org/docs/15/view-pg-publication-tables.html */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { parentsOf, withDescendants } from "../../catalog/inheritance.ts";
import type { ClassTuple } from "../../catalog/names.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgPublication } from "../../catalog/relations/pg-publication.ts";
import { pgPublicationNamespace } from "../../catalog/relations/pg-publication-namespace.ts";
import { pgPublicationRel } from "../../catalog/relations/pg-publication-rel.ts";
import { encodeList } from "../types/array-value.ts";
import { asText, defineSet } from "./define.ts";
import type { SetFunctionDefinition } from "./registry.ts";

export const isPublishable = ({ relkind, relpersistence, oid }: ClassTuple): boolean =>
  (relkind === "r" || relkind === "p") && relpersistence === "p" && oid >= FIRST_USER_OID;

interface PublishedRows {
  /** null: all */
  readonly columns: readonly number[] | null;
  /** The condition as stored; null: every row. */
  readonly filter: string | null;
}
const WHOLE: PublishedRows = { columns: null, filter: null };

/** What is published of each table: by its partitions, or by way of the outermost that is named. */
function publishedBy(catalog: CatalogReader, name: string): ReadonlyMap<Oid, PublishedRows> {
  const publication = catalog.find(pgPublication, "pubname", [name]);
  if (!publication) throw new SqlError("42704", `publication "${name}" does not exist`);
  const isOf = ({ pnpubid }: { readonly pnpubid: Oid }) => pnpubid === publication.oid;
  const schemas = new Set(
    [...catalog.all(pgPublicationNamespace)].filter(isOf).map(({ pnnspid }) => pnnspid),
  );
  const { puballtables, pubviaroot } = publication;
  const published = new Map<Oid, PublishedRows>();
  const publish = (table: Oid, rows: PublishedRows) => {
    for (const each of pubviaroot ? [table] : leavesOf(catalog, table)) {
      published.set(each, each === table ? rows : (published.get(each) ?? WHOLE));
    }
  };
  const named = catalog.list(pgPublicationRel, "prpubid", [publication.oid]);
  for (const { prrelid, prattrs: columns, prqual: filter } of named) {
    publish(prrelid, { columns, filter });
  }
  if (puballtables || schemas.size > 0) {
    for (const row of catalog.all(pgClass)) {
      const isMeant = puballtables || schemas.has(row.relnamespace);
      if (isMeant && isPublishable(row)) publish(row.oid, WHOLE);
    }
  }
  if (pubviaroot) withoutParts(catalog, published);
  return published;
}

/** The table itself, or what holds the rows of a partitioned one. */
const leavesOf = (catalog: CatalogReader, table: Oid): readonly Oid[] =>
  withDescendants(catalog, table).filter((each) => {
    const row = catalog.find(pgClass, "key", [each]);
    return row?.relkind === "r" && (each === table || row.relispartition);
  });

/** A partition is published with the table above it. */
function withoutParts(catalog: CatalogReader, published: Map<Oid, PublishedRows>): void {
  const above = (table: Oid): boolean =>
    catalog.find(pgClass, "key", [table])?.relispartition === true &&
    parentsOf(catalog, table).some((parent) => published.has(parent) || above(parent));
  for (const table of [...published.keys()].filter(above)) published.delete(table);
}

export const publicationFunctions: readonly SetFunctionDefinition[] = [
  defineSet("pg_get_publication_tables(text)", ({ catalog }, name) =>
    [...publishedBy(catalog, asText(name))].map(([relation, { columns, filter }]) => [
      BigInt(relation),
      columns && encodeList(columns.map(BigInt)),
      filter,
    ]),
  ),
];
