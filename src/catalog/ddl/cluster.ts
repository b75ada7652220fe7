/**
 * CLUSTER: a table is to be kept in the order of one of its indexes, and is written anew in it.
 * https://www.postgresql.org/docs/15/sql-cluster.html
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { Cluster } from "../index-statement.ts";
import { withDescendants } from "../inheritance.ts";
import { hasRole } from "../memberships.ts";
import { type ClassTuple, isOtherTemporary } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { booleanOf, unrecognized } from "../statement-option.ts";
import type { DdlContext } from "./context.ts";
import { getClusterableIndex, markClustered } from "./index-actions.ts";
import { checkNotInUse, lockRelation, refuseOtherTemporary } from "./lookup.ts";
import { getOwnTable } from "./reindex.ts";
import { rewriteRows } from "./rewrite.ts";

export function cluster(context: DdlContext, statement: Cluster): void {
  for (const option of statement.options) {
    if (option.name !== "verbose") throw unrecognized(option, "CLUSTER");
    booleanOf(option);
  }
  if (!statement.table) return clusterAll(context);
  const table = getOwnTable(context, statement.table, "AccessExclusive");
  if (table.oid < FIRST_USER_OID) throw notSupported("CLUSTER of a system catalog");
  refuseOtherTemporary(context, table, "cluster");
  checkNotInUse(context, table, "CLUSTER");
  const index =
    statement.index === undefined
      ? getClusteredIndex(context, table)
      : getClusterableIndex(context, table, statement.index);
  if (table.relkind === "p") return clusterPartitions(context, index);
  markClustered(context, table.oid, index);
  clusterTable(context, table.oid, index);
  return undefined;
}

/** Each partition by its part of the index. */
function clusterPartitions(context: DdlContext, index: Oid): void {
  const { catalog, user } = context;
  for (const part of withDescendants(catalog, index)) {
    const of = catalog.find(pgIndex, "key", [part])?.indrelid;
    const table = of && catalog.find(pgClass, "key", [of]);
    if (table?.relkind !== "r" || !hasRole(catalog, user.oid, table.relowner)) continue;
    lockRelation(context, table.oid, "AccessExclusive");
    markClustered(context, table.oid, part);
    clusterTable(context, table.oid, part);
  }
}

function clusterTable(context: DdlContext, table: Oid, index: Oid): void {
  const options = context.catalog.find(pgIndex, "key", [index])?.indoption ?? [];
  rewriteRows(context, table, { order: { index, options } });
}

function getClusteredIndex({ catalog }: DdlContext, table: ClassTuple): Oid {
  const found = catalog
    .list(pgIndex, "indrelid", [table.oid])
    .find((index) => index.indisclustered);
  if (found) return found.indexrelid;
  const message = `there is no previously clustered index for table "${table.relname}"`;
  throw new SqlError("42704", message);
}

/** Every table that was clustered before and is the user's. */
function clusterAll(context: DdlContext): void {
  const { catalog, user } = context;
  const isOwn = (table: ClassTuple) =>
    hasRole(catalog, user.oid, table.relowner) && !isOtherTemporary(catalog, table);
  const indexes = [...catalog.all(pgIndex)]
    .filter((index) => index.indisclustered)
    .filter(({ indrelid }) => isOwn(catalog.find(pgClass, "key", [indrelid]) as ClassTuple))
    .sort((a, b) => a.indrelid - b.indrelid);
  for (const { indrelid, indexrelid } of indexes) {
    lockRelation(context, indrelid, "AccessExclusive");
    clusterTable(context, indrelid, indexrelid);
  }
}
