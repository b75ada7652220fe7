/**
 * WHAT ALTER TABLE DOES TO CHILDREN. What a child has from its parents follows them, and is not its
 * own to change; with ONLY the parent is left alone where its children may differ.
 * https://www.postgresql.org/docs/15/ddl-inherit.html
 */

import { notice, SqlError } from "../../base/sql-error.ts";
import { CONSTRAINT_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { referencesOf } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import { childrenOf, parentsOf, withDescendants } from "../inheritance.ts";
import type { ClassTuple } from "../names.ts";
import { findAttribute } from "../names.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import type { AlterTableAction } from "../statement.ts";
import {
  type ConstraintTuple,
  createCheck,
  findConstraintOf,
  mergedInheritance,
} from "./checks.ts";
import type { DdlContext } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";
import { dropObjects } from "./drop.ts";
import { checkFor } from "./inherit.ts";
import { checkNotInUse, lockRelation } from "./lookup.ts";
import { checkSameColumn, classOf } from "./merge-columns.ts";
import { noteMissing, queueWork } from "./row-work.ts";
import { factsOf } from "./table-facts.ts";

/** Actions that are done to each table below as they are done to the named one. */
const SIMPLE: ReadonlySet<AlterTableAction["kind"]> = new Set([
  "setDefault",
  "dropDefault",
  "setNotNull",
  "dropNotNull",
  "alterType",
  "setStatistics",
  "setStorage",
  "dropExpression",
]);

export const isSimple = ({ kind }: AlterTableAction): boolean => SIMPLE.has(kind);

/** Children, locked and ready to be changed. */
export function childrenToAlter(context: DdlContext, table: ClassTuple): readonly ClassTuple[] {
  return childrenOf(context.catalog, table.oid).map((oid) => tableToAlter(context, oid));
}

/** The same of all tables below. */
export function descendantsToAlter(context: DdlContext, table: ClassTuple): readonly ClassTuple[] {
  const [, ...below] = withDescendants(context.catalog, table.oid);
  return below.map((oid) => tableToAlter(context, oid));
}

/** Throws 42P16: a type cannot change through one parent when the child has others. */
export function checkNoOtherParents(
  { catalog }: DdlContext,
  table: ClassTuple,
  below: readonly ClassTuple[],
  column: string,
): void {
  const family = new Set([table.oid, ...below.map(({ oid }) => oid)]);
  for (const child of below) {
    const own = findAttribute(catalog, child.oid, column);
    const parents = parentsOf(catalog, child.oid).filter((oid) => family.has(oid));
    if (!own || own.attinhcount <= parents.length) continue;
    throw wrong(`cannot alter inherited column "${column}" of relation "${child.relname}"`);
  }
}

/** A table that a statement changes along with the one that it names, locked. */
export function tableToAlter(context: DdlContext, oid: ClassTuple["oid"]): ClassTuple {
  lockRelation(context, oid, "AccessExclusive");
  const table = classOf(context, oid);
  checkNotInUse(context, table, "ALTER TABLE");
  noteMissing(context, table);
  return table;
}

const wrong = (message: string, hint?: string): SqlError =>
  new SqlError("42P16", message, hint === undefined ? {} : { hint });
const HINT = "Do not specify the ONLY keyword.";

/** Throws 42P16 for what must not be done to a table alone, or not to what it has inherited. */
export function checkSimple(
  context: DdlContext,
  table: ClassTuple,
  action: AlterTableAction,
  only: boolean,
): void {
  const { catalog } = context;
  const hasChildren = childrenOf(catalog, table.oid).length > 0;
  const isPartitioned = table.relkind === "p";
  switch (action.kind) {
    case "alterType": {
      const column = findAttribute(catalog, table.oid, action.column);
      if (column && column.attinhcount > 0) {
        throw wrong(`cannot alter inherited column "${action.column}"`);
      }
      checkNoPartitionKey(context, table, action.column, "alter");
      if (!only || !hasChildren) return;
      const what = `type of inherited column "${action.column}" must be changed`;
      throw wrong(`${what} in child tables too`);
    }
    case "setNotNull":
      if (only) checkChildrenNotNull(context, table, action.column);
      return;
    case "dropNotNull":
      if (!only || !isPartitioned || !hasChildren) return;
      throw wrong(
        "cannot remove constraint from only the partitioned table when partitions exist",
        HINT,
      );
    case "dropExpression": {
      if (only && hasChildren) {
        throw wrong("ALTER TABLE / DROP EXPRESSION must be applied to child tables too");
      }
      const column = findAttribute(catalog, table.oid, action.column);
      if (!column || column.attinhcount === 0) return;
      throw wrong("cannot drop generation expression from inherited column");
    }
    default:
  }
}

/** 42P16 for a column that decides where rows are. */
function checkNoPartitionKey(
  { catalog }: DdlContext,
  table: ClassTuple,
  name: string,
  verb: "drop" | "alter",
): void {
  if (table.relkind !== "p") return;
  const column = findAttribute(catalog, table.oid, name);
  const self = addressOf(RELATION_CLASS, table.oid, column?.attnum ?? -1);
  // Its columns are recorded as parts of the table.
  const isPart = referencesOf(catalog, self).some(
    ({ deptype, refobjid }) => deptype === "i" && refobjid === table.oid,
  );
  if (!isPart) return;
  const message = `cannot ${verb} column "${name}" because it is part of the partition key of relation "${table.relname}"`;
  throw wrong(message);
}

export function checkOnlyAdds(context: DdlContext, table: ClassTuple, only: boolean): void {
  if (!only || childrenOf(context.catalog, table.oid).length === 0) return;
  throw wrong("column must be added to child tables too");
}

/** A column of the name is the child's already: it is its parent's, too. True if there is none. */
export function mayAddToChild(
  context: DdlContext,
  child: ClassTuple,
  like: Pick<AttributeTuple, "attname" | "atttypid" | "atttypmod" | "attcollation">,
): boolean {
  const { catalog } = context;
  const { attname: name } = like;
  const own = findAttribute(catalog, child.oid, name);
  if (!own) return true;
  checkSameColumn(child, own, like);
  catalog.update(pgAttribute, own, { attinhcount: own.attinhcount + 1 });
  context.notice(notice(`merging definition of column "${name}" for child "${child.relname}"`));
  return false;
}

/** The column and what the tables below have of it by inheritance alone. */
export function columnsToDrop(
  context: DdlContext,
  table: ClassTuple,
  column: AttributeTuple,
  { only, recursing = false }: { readonly only: boolean; readonly recursing?: boolean },
): readonly ObjectAddress[] {
  const { catalog } = context;
  if (column.attinhcount > 0 && !recursing) {
    throw wrong(`cannot drop inherited column "${column.attname}"`);
  }
  checkNoPartitionKey(context, table, column.attname, "drop");
  if (only && table.relkind === "p" && childrenOf(catalog, table.oid).length > 0) {
    throw wrong("cannot drop column from only the partitioned table when partitions exist", HINT);
  }
  const found: ObjectAddress[] = [];
  for (const child of childrenToAlter(context, table)) {
    const own = findAttribute(catalog, child.oid, column.attname);
    if (!own || own.attinhcount === 0) continue;
    const attinhcount = own.attinhcount - 1;
    if (only) catalog.update(pgAttribute, own, { attinhcount, attislocal: true });
    else if (attinhcount === 0 && !own.attislocal) {
      found.push(...columnsToDrop(context, child, own, { only, recursing: true }));
    } else catalog.update(pgAttribute, own, { attinhcount });
  }
  return [...found, addressOf(RELATION_CLASS, table.oid, column.attnum)];
}

/** Throws 42P16: the partitioned table alone shall have it, and a table below has it not. */
export function checkChildrenNotNull(context: DdlContext, table: ClassTuple, column: string): void {
  const { catalog } = context;
  if (table.relkind !== "p" || findAttribute(catalog, table.oid, column)?.attnotnull) return;
  for (const child of descendantsToAlter(context, table)) {
    if (findAttribute(catalog, child.oid, column)?.attnotnull) continue;
    const name = `"${column}" of relation "${child.relname}"`;
    throw new SqlError("42P16", "constraint must be added to child tables too", {
      detail: `Column ${name} is not already NOT NULL.`,
      hint: HINT,
    });
  }
}

/** A check that was added to the table, for each table below. */
export function addCheckToChildren(
  context: DdlContext,
  table: ClassTuple,
  {
    name,
    notValid,
    only,
  }: { readonly name: string; readonly notValid: boolean; readonly only: boolean },
): void {
  const check = findConstraintOf(context, table.oid, name);
  if (!check || check.connoinherit) return;
  const children = childrenToAlter(context, table);
  if (only && children.length > 0) throw wrong("constraint must be added to child tables too");
  for (const child of children) {
    const isNew = addCheckTo(context, child, check, notValid);
    if (isNew) addCheckToChildren(context, child, { name, notValid, only });
  }
}

function addCheckTo(
  context: DdlContext,
  child: ClassTuple,
  check: ConstraintTuple,
  notValid: boolean,
): boolean {
  const { catalog } = context;
  const { conname: name } = check;
  const expression = checkFor(context, child.oid, check);
  const there = findConstraintOf(context, child.oid, name);
  if (there?.contype === "c" && there.conbin === expression.tree) {
    if (there.connoinherit) {
      const message = `constraint "${name}" conflicts with non-inherited constraint on relation "${child.relname}"`;
      throw new SqlError("42P17", message);
    }
    if (!notValid && !there.convalidated) {
      const message = `constraint "${name}" conflicts with NOT VALID constraint on relation "${child.relname}"`;
      throw new SqlError("42P17", message);
    }
    context.notice(notice(`merging constraint "${name}" with inherited definition`));
    catalog.update(pgConstraint, there, mergedInheritance(child.relispartition, there));
    return false;
  }
  createCheck(context, factsOf(child), expression, { name, noInherit: false, valid: !notValid });
  const made = findConstraintOf(context, child.oid, name);
  if (made) catalog.update(pgConstraint, made, { conislocal: false, coninhcount: 1 });
  if (!notValid) queueWork(context, { kind: "check", table: child.oid, name });
  return true;
}

/** Drops a constraint, and checks that tables below have from it alone. */
export function dropWithChildren(
  context: DdlContext,
  table: ClassTuple,
  constraint: ConstraintTuple,
  {
    only,
    cascade,
    recursing = false,
  }: { readonly only: boolean; readonly cascade: boolean; readonly recursing?: boolean },
): void {
  const { catalog } = context;
  const { conname: name } = constraint;
  if (constraint.coninhcount > 0 && !recursing) {
    throw wrong(`cannot drop inherited constraint "${name}" of relation "${table.relname}"`);
  }
  const isInherited = constraint.contype === "c" && !constraint.connoinherit;
  if (table.relkind === "p" && !recursing) descendantsToAlter(context, table);
  if (constraint.contype === "f") tableToAlter(context, constraint.confrelid);
  dropObjects(context, [addressOf(CONSTRAINT_CLASS, constraint.oid)], cascade);
  if (!isInherited) return;
  const children = childrenToAlter(context, table);
  if (only && table.relkind === "p" && children.length > 0) {
    throw wrong(
      "cannot remove constraint from only the partitioned table when partitions exist",
      HINT,
    );
  }
  for (const child of children) {
    const own = findConstraintOf(context, child.oid, name);
    if (own?.contype !== "c" || own.coninhcount === 0) continue;
    const coninhcount = own.coninhcount - 1;
    if (only) catalog.update(pgConstraint, own, { coninhcount, conislocal: true });
    else if (coninhcount === 0 && !own.conislocal) {
      dropWithChildren(context, child, own, { only, cascade, recursing: true });
    } else catalog.update(pgConstraint, own, { coninhcount });
  }
}

/** Before a check is validated: those below are, too. */
export function validateChildren(
  context: DdlContext,
  table: ClassTuple,
  { conname: name, connoinherit }: ConstraintTuple,
  only: boolean,
): void {
  const { catalog } = context;
  if (connoinherit) return;
  if (only && childrenOf(catalog, table.oid).length > 0) {
    throw wrong("constraint must be validated on child tables too");
  }
  for (const child of descendantsToAlter(context, table)) {
    const own = findConstraintOf(context, child.oid, name);
    if (own?.contype !== "c" || own.convalidated) continue;
    catalog.update(pgConstraint, own, { convalidated: true });
    queueWork(context, { kind: "check", table: child.oid, name });
  }
}

/** The tables whose column is renamed: the named one and all below. Throws 42P16. */
export function tablesToRename(
  context: DdlContext,
  table: ClassTuple,
  name: string,
  only: boolean,
): readonly ClassTuple[] {
  const { catalog } = context;
  const below = withDescendants(catalog, table.oid).slice(1);
  if (only && below.length > 0) {
    throw wrong(`inherited column "${name}" must be renamed in child tables too`);
  }
  const all = [table, ...below.map((oid) => tableToAlter(context, oid))];
  const within = new Set(all.map(({ oid }) => oid));
  for (const { oid } of all) {
    const own = findAttribute(catalog, oid, name);
    const expected = oid === table.oid ? 0 : parentsWithin(context, oid, within);
    if (own && own.attinhcount > expected) {
      throw wrong(`cannot rename inherited column "${name}"`);
    }
  }
  return [...all.slice(1), table];
}

function parentsWithin(
  { catalog }: DdlContext,
  child: ClassTuple["oid"],
  within: ReadonlySet<ClassTuple["oid"]>,
): number {
  return [...within].filter((oid) => childrenOf(catalog, oid).includes(child)).length;
}

/** The same of a check. */
export function checksToRename(
  context: DdlContext,
  table: ClassTuple,
  check: ConstraintTuple,
  only: boolean,
): readonly ClassTuple[] {
  const { conname: name } = check;
  if (check.contype !== "c" || check.connoinherit) return [table];
  const below = withDescendants(context.catalog, table.oid).slice(1);
  if (only && below.length > 0) {
    throw wrong(`inherited constraint "${name}" must be renamed in child tables too`);
  }
  if (check.coninhcount > 0) throw wrong(`cannot rename inherited constraint "${name}"`);
  return [table, ...below.map((oid) => tableToAlter(context, oid))];
}
