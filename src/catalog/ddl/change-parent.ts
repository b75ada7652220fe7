/**
 * ALTER TABLE … INHERIT and NO INHERIT: a table that is there becomes the child of another, whose
 * columns and checks it must have already, or is its child no longer.
 * https://www.postgresql.org/docs/15/sql-altertable.html
 */

import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { RELATION_CLASS } from "../class-oids.ts";
import { referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { parentsOf, withDescendants } from "../inheritance.ts";
import type { ClassTuple } from "../names.ts";
import { findAttribute } from "../names.ts";
import { pgAttrdef } from "../relations/pg-attrdef.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgInherits } from "../relations/pg-inherits.ts";
import type { QualifiedName } from "../statement.ts";
import { findConstraintOf, mergedInheritance } from "./checks.ts";
import type { DdlContext } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";
import { checkFor, checksOf, linkParent } from "./inherit.ts";
import { checkAlterable, getRelation, lockRelation, wrongKind } from "./lookup.ts";
import { checkSameColumn, columnNumbers, columnsOf } from "./merge-columns.ts";
import { checkMayBeChild } from "./transition-tables.ts";

export function inherit(context: DdlContext, child: ClassTuple, name: QualifiedName): void {
  const { catalog } = context;
  checkMayChange(child);
  const parent = getRelation(context, name);
  lockRelation(context, parent.oid, "ShareUpdateExclusive");
  checkAlterable(context, parent);
  if (child.relpersistence !== "t" && parent.relpersistence === "t") {
    const message = `cannot inherit from temporary relation "${parent.relname}"`;
    throw new SqlError("42809", message);
  }
  if (parent.relkind === "p") {
    throw new SqlError("42809", `cannot inherit from partitioned table "${parent.relname}"`);
  }
  if (parent.relkind !== "r") throw wrongKind(parent, "table");
  if (parent.relispartition) throw new SqlError("42809", "cannot inherit from a partition");
  if (withDescendants(catalog, child.oid).includes(parent.oid)) {
    const detail = `"${parent.relname}" is already a child of "${child.relname}".`;
    throw new SqlError("42P07", "circular inheritance not allowed", { detail });
  }
  const parents = catalog.list(pgInherits, "key", [child.oid]);
  if (parents.some(({ inhparent }) => inhparent === parent.oid)) {
    const message = `relation "${parent.relname}" would be inherited from more than once`;
    throw new SqlError("42P07", message);
  }
  checkMayBeChild(context, child, "an inheritance child");
  becomeChild(context, child, parent, Math.max(0, ...parents.map((row) => row.inhseqno)) + 1);
}

/** What the parent has the child must have; it is counted there. Throws 42804, 42P21, 42P17. */
export function becomeChild(
  context: DdlContext,
  child: ClassTuple,
  parent: ClassTuple,
  at: number,
): void {
  for (const column of columnsOf(context, parent.oid)) adoptColumn(context, child, parent, column);
  adoptChecks(context, child, parent);
  linkParent(context, child.oid, parent.oid, at);
}

function checkMayChange({ relispartition, relkind }: ClassTuple): void {
  if (relispartition) throw new SqlError("42809", "cannot change inheritance of a partition");
  if (relkind !== "p") return;
  throw new SqlError("42809", "cannot change inheritance of partitioned table");
}

function adoptColumn(
  context: DdlContext,
  child: ClassTuple,
  parent: ClassTuple,
  column: AttributeTuple,
): void {
  const { catalog } = context;
  const { attname: name } = column;
  const own = findAttribute(catalog, child.oid, name);
  if (!own) throw new SqlError("42804", `child table is missing column "${name}"`);
  checkSameColumn(child, own, column);
  const self = `column "${name}" in child table must`;
  if (column.attnotnull && !own.attnotnull)
    throw new SqlError("42804", `${self} be marked NOT NULL`);
  if (column.attgenerated !== "" && own.attgenerated === "") {
    throw new SqlError("42804", `${self} be a generated column`);
  }
  if (column.attgenerated !== "" && !generatesAlike(context, own, column)) {
    const message = `column "${name}" in child table has a conflicting generation expression`;
    throw new SqlError("42804", message);
  }
  const isLocal = parent.relkind === "p" ? { attislocal: false } : {};
  catalog.update(pgAttribute, own, { attinhcount: own.attinhcount + 1, ...isLocal });
}

function generatesAlike(context: DdlContext, own: AttributeTuple, column: AttributeTuple): boolean {
  const treeOf = ({ attrelid, attnum }: AttributeTuple) =>
    context.catalog.find(pgAttrdef, "adrelid_adnum", [attrelid, attnum])?.adbin ?? "";
  const numbers = columnNumbers(context, column.attrelid, own.attrelid);
  return context.expressions.copyFor(own.attrelid, treeOf(column), numbers)?.tree === treeOf(own);
}

function adoptChecks(context: DdlContext, child: ClassTuple, parent: ClassTuple): void {
  const { catalog } = context;
  for (const check of checksOf(context, parent.oid)) {
    if (check.connoinherit) continue;
    const { conname: name } = check;
    const own = findConstraintOf(context, child.oid, name);
    if (own?.contype !== "c") {
      throw new SqlError("42804", `child table is missing constraint "${name}"`);
    }
    if (own.conbin !== checkFor(context, child.oid, check).tree) {
      const message = `child table "${child.relname}" has different definition for check constraint "${name}"`;
      throw new SqlError("42804", message);
    }
    const conflict = own.connoinherit ? "non-inherited" : own.convalidated ? "" : "NOT VALID";
    if (conflict !== "") {
      const message = `constraint "${name}" conflicts with ${conflict} constraint on child table "${child.relname}"`;
      throw new SqlError("42P17", message);
    }
    catalog.update(pgConstraint, own, mergedInheritance(parent.relkind === "p", own));
  }
}

export function noInherit(context: DdlContext, child: ClassTuple, name: QualifiedName): void {
  if (child.relispartition) {
    throw new SqlError("42809", "cannot change inheritance of a partition");
  }
  const parent = getRelation(context, name);
  lockRelation(context, parent.oid, "AccessShare");
  if (!parentsOf(context.catalog, child.oid).includes(parent.oid)) {
    const message = `relation "${parent.relname}" is not a parent of relation "${child.relname}"`;
    throw new SqlError("42P01", message);
  }
  leaveParent(context, child.oid, parent.oid);
}

/** Its columns and checks are its own again, where no other parent has them. */
export function leaveParent(context: DdlContext, child: Oid, parent: Oid): void {
  const { catalog } = context;
  for (const row of catalog.list(pgInherits, "key", [child])) {
    if (row.inhparent === parent) catalog.delete(pgInherits, row);
  }
  for (const { attname } of columnsOf(context, parent)) {
    const own = findAttribute(catalog, child, attname);
    if (!own || own.attinhcount === 0) continue;
    const attinhcount = own.attinhcount - 1;
    catalog.update(pgAttribute, own, {
      attinhcount,
      attislocal: own.attislocal || attinhcount === 0,
    });
  }
  for (const { conname } of checksOf(context, parent)) {
    const own = findConstraintOf(context, child, conname);
    if (own?.contype !== "c" || own.coninhcount === 0) continue;
    const coninhcount = own.coninhcount - 1;
    catalog.update(pgConstraint, own, {
      coninhcount,
      conislocal: own.conislocal || coninhcount === 0,
    });
  }
  for (const row of referencesOf(catalog, addressOf(RELATION_CLASS, child))) {
    const isLink = row.refclassid === RELATION_CLASS && row.refobjid === parent;
    if (isLink && row.objsubid === 0 && row.refobjsubid === 0) catalog.delete(pgDepend, row);
  }
}
