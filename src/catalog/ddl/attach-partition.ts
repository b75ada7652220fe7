/**
 * ATTACH and DETACH PARTITION: a table that is there becomes a partition of another, whose columns
 * it must have and no more, or is one no longer.
 * https://www.postgresql.org/docs/15/sql-altertable.html
 */

import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { childrenOf, parentsOf, withDescendants } from "../inheritance.ts";
import type { ClassTuple } from "../names.ts";
import { findAttribute } from "../names.ts";
import type { PartitionBoundClause } from "../partition-statement.ts";
import { pgClass } from "../relations/pg-class.ts";
import type { QualifiedName } from "../statement.ts";
import { addCheckToChildren } from "./alter-children.ts";
import { becomeChild, leaveParent } from "./change-parent.ts";
import { createCheck } from "./checks.ts";
import type { DdlContext } from "./context.ts";
import { copierFor } from "./copy-index.ts";
import { checkAlterable, checkNotInUse, getRelation, lockRelation, wrongKind } from "./lookup.ts";
import { checkSamePersistence, classOf, columnsOf } from "./merge-columns.ts";
import { leavesOf, storeBound } from "./partition-bounds.ts";
import { defaultOf, forgetDefault } from "./partition-default.ts";
import { cloneForeignKeys, leaveForeignKeys } from "./partition-foreign-keys.ts";
import { indexLikeParent, leaveIndexes } from "./partition-indexes.ts";
import { cloneTriggers, leaveTriggers } from "./partition-triggers.ts";
import { queueWork } from "./row-work.ts";
import { factsOf } from "./table-facts.ts";
import { checkMayBeChild } from "./transition-tables.ts";
import { refuseTyped } from "./typed-tables.ts";

const wrong = (message: string): SqlError => new SqlError("42809", message);

export function attachPartition(
  context: DdlContext,
  parent: ClassTuple,
  name: QualifiedName,
  clause: PartitionBoundClause,
): void {
  const { catalog } = context;
  checkPartitioned(parent);
  const child = getRelation(context, name);
  lockRelation(context, child.oid, "AccessExclusive");
  checkNotInUse(context, child, "ALTER TABLE");
  checkAlterable(context, child);
  const { oid, relname } = child;
  if (!"rpf".includes(child.relkind)) throw wrongKind(child, "table");
  if (child.relispartition) throw wrong(`"${relname}" is already a partition`);
  refuseTyped(child, "attach a typed table as partition");
  if (parentsOf(catalog, oid).length > 0) {
    throw wrong("cannot attach inheritance child as partition");
  }
  if (child.relkind === "r" && childrenOf(catalog, oid).length > 0) {
    throw wrong("cannot attach inheritance parent as partition");
  }
  if (withDescendants(catalog, oid).includes(parent.oid)) {
    const detail = `"${parent.relname}" is already a child of "${relname}".`;
    throw new SqlError("42P07", "circular inheritance not allowed", { detail });
  }
  checkSamePersistence("attach", child.relpersistence, parent);
  checkColumns(context, child, parent);
  checkMayBeChild(context, child, "a partition");
  becomeChild(context, child, parent, 1);
  storeBound(context, child, parent, clause);
  indexLikeParent(context, classOf(context, oid), parent.oid, copierFor(context), (table) =>
    foreignRefused(relname, table),
  );
  cloneTriggers(context, parent.oid, oid);
  cloneForeignKeys(context, parent.oid, oid, true);
  for (const table of leavesOf(context, oid)) {
    queueWork(context, { kind: "partition", table, isDefault: false });
  }
}

function foreignRefused(partition: string, table: string): SqlError {
  const message = `cannot attach foreign table "${partition}" as partition of partitioned table "${table}"`;
  const detail = `Partitioned table "${table}" contains unique indexes.`;
  return new SqlError("42809", message, { detail });
}

function checkPartitioned({ relkind, relname }: ClassTuple): void {
  if (relkind !== "p") throw new SqlError("42P17", `table "${relname}" is not partitioned`);
}

function checkColumns(context: DdlContext, child: ClassTuple, parent: ClassTuple): void {
  for (const { attname } of columnsOf(context, child.oid)) {
    if (findAttribute(context.catalog, parent.oid, attname)) continue;
    const message = `table "${child.relname}" contains column "${attname}" not found in parent "${parent.relname}"`;
    const detail = "The new partition may contain only the columns present in parent.";
    throw new SqlError("42804", message, { detail });
  }
}

/**
 * It is done in one step, whether CONCURRENTLY or not. What that says of a partition stays: a check
 * holds its rows to the bounds that it had.
 */
export function detachPartition(
  context: DdlContext,
  parent: ClassTuple,
  name: QualifiedName,
  concurrently: boolean,
): void {
  const { catalog } = context;
  checkPartitioned(parent);
  if (concurrently && defaultOf(context, parent.oid) !== INVALID_OID) {
    const message = "cannot detach partitions concurrently when a default partition exists";
    throw new SqlError("55000", message);
  }
  const child = partitionOf(context, parent, name);
  const kept = concurrently ? context.expressions.partitionCheck(child.oid) : undefined;
  leaveParent(context, child.oid, parent.oid);
  leaveTriggers(context, child.oid);
  leaveForeignKeys(context, child.oid);
  leaveIndexes(context, child.oid);
  forgetDefault(context, parent.oid, child.oid);
  const now = classOf(context, child.oid);
  catalog.update(pgClass, now, { relispartition: false, relpartbound: null });
  if (!kept) return;
  const check = createCheck(context, factsOf(now), kept, { name: undefined, noInherit: false });
  const alone = classOf(context, child.oid);
  addCheckToChildren(context, alone, { name: check, notValid: false, only: false });
}

/** Nothing is ever left half detached. */
export function finalizeDetach(
  context: DdlContext,
  parent: ClassTuple,
  name: QualifiedName,
): never {
  checkPartitioned(parent);
  const { relname } = partitionOf(context, parent, name);
  throw new SqlError("55000", `cannot complete detaching partition "${relname}"`, {
    detail: "There's no pending concurrent detach.",
  });
}

function partitionOf(context: DdlContext, parent: ClassTuple, name: QualifiedName): ClassTuple {
  const child = getRelation(context, name);
  lockRelation(context, child.oid, "AccessExclusive");
  checkNotInUse(context, child, "ALTER TABLE");
  if (parentsOf(context.catalog, child.oid).includes(parent.oid)) return child;
  const message = `relation "${child.relname}" is not a partition of relation "${parent.relname}"`;
  throw new SqlError("42P01", message);
}
