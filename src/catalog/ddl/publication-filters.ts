/**
 * WHERE AND COLUMN LISTS OF PUBLISHED TABLES: a partitioned table has them only where its rows are
 * published as its own.
 * https://www.postgresql.org/docs/15/sql-createpublication.html
 */
import { SqlError } from "../../base/sql-error.ts";
import type { PublishedTable } from "../defined-statement.ts";
import type { ClassTuple } from "../names.ts";
import type { Tuple } from "../relation.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import type { pgPublication } from "../relations/pg-publication.ts";
import { pgPublicationRel } from "../relations/pg-publication-rel.ts";
import type { DdlContext, StoredExpression } from "./context.ts";

type Publication = Tuple<(typeof pgPublication)["columns"]>;

export interface FilteredTable extends Pick<PublishedTable, "columns" | "where"> {
  readonly row: ClassTuple;
}

/** The condition as stored. Throws 22023, 0A000, and what parse analysis throws. */
export function rowFilter(
  { expressions }: DdlContext,
  { pubviaroot }: Publication,
  { row, where }: FilteredTable,
): StoredExpression | undefined {
  if (!where) return undefined;
  if (!pubviaroot && row.relkind === "p") {
    const message = `cannot use publication WHERE clause for relation "${row.relname}"`;
    const detail =
      "WHERE clause cannot be used for a partitioned table when publish_via_partition_root is false.";
    throw new SqlError("22023", message, { detail });
  }
  return expressions.bindCheck(where, row.oid, "PUBLICATION WHERE");
}

/** Throws 22023. */
export function checkColumnList(
  { catalog }: DdlContext,
  { pubviaroot, pubname }: Publication,
  { row, columns }: FilteredTable,
  hasSchemas: boolean,
): void {
  if (!columns) return;
  const detail = hasSchemas
    ? "Column lists cannot be specified in publications containing FOR TABLES IN SCHEMA elements."
    : "Column lists cannot be specified for partitioned tables when publish_via_partition_root is false.";
  if (!hasSchemas && (pubviaroot || row.relkind !== "p")) return;
  const schema = catalog.find(pgNamespace, "key", [row.relnamespace])?.nspname;
  const name = `"${schema}.${row.relname}"`;
  const message = `cannot use column list for relation ${name} in publication "${pubname}"`;
  throw new SqlError("22023", message, { detail });
}

/** Throws 22023 when a partitioned table has what it then must not have. */
export function checkMayPublishPartitions(
  { catalog }: DdlContext,
  { oid, pubname }: Publication,
): void {
  for (const { prrelid, prqual, prattrs } of catalog.list(pgPublicationRel, "prpubid", [oid])) {
    const table = catalog.find(pgClass, "key", [prrelid]);
    if (table?.relkind !== "p" || (prqual === null && prattrs === null)) continue;
    const option = '"publish_via_partition_root"';
    const has = prqual === null ? "column list" : "WHERE clause";
    throw new SqlError(
      "22023",
      `cannot set parameter ${option} to false for publication "${pubname}"`,
      {
        detail: `The publication contains a ${has} for partitioned table "${table.relname}", which is not allowed when ${option} is false.`,
      },
    );
  }
}
