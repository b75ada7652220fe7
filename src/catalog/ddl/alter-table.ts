/**
 * ALTER TABLE. https://www.postgresql.org/docs/15/sql-altertable.html
 * Actions run in PostgreSQL's passes, not as written: drops before adds, adds before defaults. An
 * action may queue steps for later passes: the keys of a new column wait for all columns.
 */

import type { Oid } from "../../base/ids.ts";
import { notice, SqlError, warning, withoutPosition } from "../../base/sql-error.ts";
import { withOwner } from "../acl.ts";
import type { AlterColumnType } from "../alter-action.ts";
import { RELATION_CLASS } from "../class-oids.ts";
import { changeOwner, dependentsOf, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { childrenOf } from "../inheritance.ts";
import { isSuperuser } from "../memberships.ts";
import {
  type ClassTuple,
  findAttribute,
  getRole,
  type NamespaceTuple,
  type Role,
  undefinedRelation,
} from "../names.ts";
import { checkMayCreateIn, checkMember } from "../privileges.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { pgType } from "../relations/pg-type.ts";
import type {
  AlterTable,
  AlterTableAction,
  ColumnDefinition,
  QualifiedName,
  RoleSpec,
} from "../statement.ts";
import { addConstraint, queueConstraints } from "./add-constraint.ts";
import {
  checkNoOtherParents,
  checkOnlyAdds,
  checkSimple,
  childrenToAlter,
  columnsToDrop,
  descendantsToAlter,
  isSimple,
  mayAddToChild,
} from "./alter-children.ts";
import { changeDefault, changeNotNull, dropExpression, getColumn } from "./alter-column.ts";
import { PASS, Passes } from "./alter-passes.ts";
import { checkActionFits, lockOfActions, passOf } from "./alter-rules.ts";
import { TypeChanges } from "./alter-type.ts";
import { attachPartition, detachPartition, finalizeDetach } from "./attach-partition.ts";
import { inherit, noInherit } from "./change-parent.ts";
import {
  addIdentity,
  columnSequence,
  dropIdentity,
  linkSequence,
  setIdentity,
} from "./column-sequences.ts";
import {
  COLUMNS_MAX,
  type ColumnPlan,
  checkColumnName,
  checkColumnType,
  checkNoSystemColumn,
  insertColumn,
  planAttribute,
  planColumn,
  sayPrecisions,
} from "./columns.ts";
import { alterConstraint, dropConstraint, validateConstraint } from "./constraints.ts";
import type { DdlContext } from "./context.ts";
import { createDefault } from "./defaults.ts";
import { dropObjects } from "./drop.ts";
import { fillColumn } from "./fill-column.ts";
import { changeForeignColumn } from "./foreign-tables.ts";
import { checkNotInUse, lockRelation, refuseComposite, relationToAlter } from "./lookup.ts";
import { attachIndex } from "./partition-indexes.ts";
import { Rebuilds } from "./rebuild.ts";
import { reshape } from "./reshape.ts";
import { noteMissing } from "./row-work.ts";
import { prepareStorage } from "./storage-actions.ts";
import { runStorageAction } from "./storage-alter.ts";
import { factsOf } from "./table-facts.ts";
import { checkNotTyped, makeTyped, makeUntyped, typedTables } from "./typed-tables.ts";

export function alterTable(context: DdlContext, statement: AlterTable): void {
  const { ifExists, actions } = statement;
  const lock = lockOfActions(actions);
  const table = relationToAlter(context, statement.table, statement.noun, ifExists, lock);
  if (!table) return missing(context, statement.table, ifExists);
  if (statement.noun !== "composite type") refuseComposite(table);
  checkNotInUse(context, table, "ALTER TABLE");
  noteMissing(context, table);
  const changes = new Map<Oid, TypeChanges>();
  const rebuilds = new Rebuilds(context);
  const passes = new Passes();
  const only = statement.table.only ?? false;
  for (const [at, action] of actions.entries()) {
    checkActionFits(table, action);
    checkNotTyped(table, action);
    const named = [table, ...tablesOfType(context, table, action)];
    for (const each of named) checkSimple(context, each, action, only);
    if (action.kind !== "alterType") prepareStorage(context, table, action, actions.slice(0, at));
    const recurses = !only && isSimple(action);
    const below = recurses ? named.flatMap((each) => descendantsToAlter(context, each)) : [];
    if (action.kind === "alterType") checkNoOtherParents(context, table, below, action.column);
    for (const each of [...named, ...below]) {
      if (action.kind === "alterType") {
        const types = changes.get(each.oid) ?? new TypeChanges(context, each, rebuilds);
        changes.set(each.oid, types);
        types.prepare(action);
        passes.add(PASS.alterType, () => types.run(action));
      } else passes.add(passOf(action), () => run(context, each.oid, action, passes, only));
    }
  }
  passes.add(PASS.rebuild, () => rebuilds.run());
  passes.run();
  for (const types of changes.values()) types.finish();
}

/** The columns of a composite type's tables follow it. */
function tablesOfType(context: DdlContext, table: ClassTuple, action: AlterTableAction) {
  return "cascade" in action ? typedTables(context, table, action.cascade) : [];
}

export function missing(context: DdlContext, name: QualifiedName, ifExists: boolean): void {
  const error = undefinedRelation(name);
  if (!ifExists) throw error;
  context.notice(notice(`relation "${name.name}" does not exist, skipping`));
}

function run(
  context: DdlContext,
  oid: Oid,
  action: Exclude<AlterTableAction, AlterColumnType>,
  passes: Passes,
  only: boolean,
): void {
  const table = context.catalog.find(pgClass, "key", [oid]) as ClassTuple;
  switch (action.kind) {
    case "owner":
      return setOwner(context, table, action.owner);
    case "addColumn":
      return addColumn(context, table, action, passes, only);
    case "dropColumn":
      return dropColumn(context, table, action, only);
    case "setDefault":
    case "dropDefault":
      return changeDefault(context, table, action);
    case "setNotNull":
    case "dropNotNull":
      return changeNotNull(context, table, action.column, action.kind === "setNotNull");
    case "addConstraint":
      return addConstraint(context, table, action.constraint, passes, only);
    case "dropConstraint":
      return dropConstraint(context, table, action, only);
    case "validateConstraint":
      return validateConstraint(context, table, action.constraint, only);
    case "alterConstraint":
      return alterConstraint(context, table, action);
    case "addIdentity":
      return addIdentity(context, table, action);
    case "setIdentity":
      return setIdentity(context, table, action);
    case "dropIdentity":
      return dropIdentity(context, table, action);
    case "dropExpression":
      return dropExpression(context, table, action);
    case "inherit":
      return inherit(context, table, action.parent);
    case "attachPartition":
      return attachPartition(context, table, action.partition, action.bound);
    case "attachIndex":
      return attachIndex(context, table, action.index);
    case "detachPartition":
      return detachPartition(context, table, action.partition, action.concurrently);
    case "finalizeDetach":
      return finalizeDetach(context, table, action.partition);
    case "of":
      return makeTyped(context, table, action.type);
    case "notOf":
      return makeUntyped(context, table);
    case "noInherit":
      return noInherit(context, table, action.parent);
    default:
      return runStorageAction(context, table, action, partsOf(context, table).sequences, only);
  }
}

function addColumn(
  context: DdlContext,
  table: ClassTuple,
  { column: definition, ifNotExists }: Extract<AlterTableAction, { kind: "addColumn" }>,
  passes: Passes,
  only: boolean,
): void {
  const { catalog } = context;
  if (table.relispartition) throw new SqlError("42809", "cannot add column to a partition");
  if (!isFree(context, table, definition.name, ifNotExists)) return;
  if (table.relkind === "c") return addAttribute(context, table, definition);
  const plan = planColumn(context, definition, table.relname);
  const namespace = catalog.find(pgNamespace, "key", [table.relnamespace]) as NamespaceTuple;
  const sequence = columnSequence(context, namespace, factsOf(table), plan);
  const isEmpty = plan.default === undefined && !plan.serial;
  queueConstraints(context, table, plan.constraints, isEmpty, passes);
  if (plan.identity && childrenOf(catalog, table.oid).length > 0) {
    const message = "cannot recursively add identity column to table that has child tables";
    throw new SqlError("42P16", message);
  }
  addPlanned(context, table, plan, sequence?.oid);
  if (definition.options) {
    changeForeignColumn(context, table, definition.name, definition.options);
  }
  linkSequence(context, table.oid, table.relnatts + 1, sequence, plan.identity !== undefined);
  fillColumn(context, table.oid, table.relnatts + 1, sequence?.oid);
  checkOnlyAdds(context, table, only);
  for (const child of childrenToAlter(context, table)) {
    addToChild(context, child, plan, sequence?.oid);
  }
}

/** As its parents have it; the child's children follow. */
function addToChild(
  context: DdlContext,
  child: ClassTuple,
  plan: ColumnPlan,
  sequence: Oid | undefined,
): void {
  const { name: attname, type, collation: attcollation } = plan;
  const like = { attname, atttypid: type.row.oid, atttypmod: type.typmod, attcollation };
  if (!mayAddToChild(context, child, like)) return;
  const inherited = { count: 1, isLocal: false, conflicts: false };
  addPlanned(context, child, { ...plan, inherited }, sequence);
  fillColumn(context, child.oid, child.relnatts + 1, sequence);
  for (const each of childrenToAlter(context, child)) addToChild(context, each, plan, sequence);
}

/** The column and its default. */
function addPlanned(
  context: DdlContext,
  table: ClassTuple,
  plan: ColumnPlan,
  sequence: Oid | undefined,
): void {
  if (table.relnatts >= COLUMNS_MAX) {
    throw new SqlError("54011", `tables can have at most ${COLUMNS_MAX} columns`);
  }
  checkColumnType(context, plan, table.reltype);
  const attnum = table.relnatts + 1;
  sayPrecisions(context, [plan]);
  reshape(context, [table.oid], () => {
    insertColumn(context, table.oid, attnum, plan);
    withoutPosition(() => createDefault(context, table.oid, attnum, plan, sequence));
    context.catalog.update(pgClass, table, { relnatts: attnum });
  });
}

/** Of a composite type. */
function addAttribute(context: DdlContext, type: ClassTuple, definition: ColumnDefinition): void {
  const plan = planAttribute(context, definition);
  checkColumnType(context, plan, type.reltype);
  sayPrecisions(context, [plan]);
  reshape(context, [type.oid], () => {
    insertColumn(context, type.oid, type.relnatts + 1, plan);
    context.catalog.update(pgClass, type, { relnatts: type.relnatts + 1 });
  });
}

function isFree(context: DdlContext, table: ClassTuple, name: string, ifNotExists: boolean) {
  checkColumnName(name);
  if (!context.catalog.find(pgAttribute, "relid_attnam", [table.oid, name])) return true;
  const exists = `column "${name}" of relation "${table.relname}" already exists`;
  if (!ifNotExists) throw new SqlError("42701", exists);
  context.notice(notice(`${exists}, skipping`, {}, "42701"));
  return false;
}

function dropColumn(
  context: DdlContext,
  table: ClassTuple,
  action: Extract<AlterTableAction, { kind: "dropColumn" }>,
  only: boolean,
): void {
  checkNoSystemColumn(action.column, "drop");
  const column = findAttribute(context.catalog, table.oid, action.column);
  if (!column) {
    if (!action.ifExists) getColumn(context, table, action.column);
    const text = `column "${action.column}" of relation "${table.relname}" does not exist`;
    context.notice(notice(`${text}, skipping`));
    return;
  }
  dropObjects(context, columnsToDrop(context, table, column, { only }), action.cascade);
}

/** Indexes, owned sequences and types follow their table's owner and schema. */
export function partsOf(context: DdlContext, table: ClassTuple) {
  const { catalog } = context;
  const indexes = catalog.list(pgIndex, "indrelid", [table.oid]).map((row) => row.indexrelid);
  const sequences: Oid[] = [];
  for (const row of dependentsOf(catalog, addressOf(RELATION_CLASS, table.oid))) {
    if (row.classid !== RELATION_CLASS || row.refobjsubid === 0) continue;
    const relation = catalog.find(pgClass, "key", [row.objid]);
    if (relation?.relkind === "S") sequences.push(relation.oid);
  }
  return { indexes, sequences };
}

function setOwner(context: DdlContext, table: ClassTuple, spec: RoleSpec): void {
  const { catalog } = context;
  const role = getRole(catalog, spec, context);
  if (table.relowner === role.oid) return;
  if (table.relkind === "S") refuseLinkedSequence(context, table, "owner");
  if (table.relkind === "i" || table.relkind === "I") {
    const message = `cannot change owner of index "${table.relname}"`;
    const hint = "Change the ownership of the index's table, instead.";
    context.notice(warning("42809", message, { hint }));
    return;
  }
  if (!isSuperuser(catalog, context.user.oid)) {
    const namespace = catalog.find(pgNamespace, "key", [table.relnamespace]) as NamespaceTuple;
    checkMember(catalog, context.user.oid, role);
    checkMayCreateIn(catalog, role.oid, namespace);
  }
  giveRelation(context, table, role);
}

/** With its parts, and without asking who may. */
export function giveRelation(context: DdlContext, table: ClassTuple, role: Role): void {
  giveTo(context, table, role);
  const { indexes, sequences } = partsOf(context, table);
  const toast = context.catalog.find(pgClass, "key", [table.reltoastrelid]);
  const parts = toast ? [toast.oid, ...partsOf(context, toast).indexes] : [];
  for (const part of [...indexes, ...parts, ...sequences]) {
    const relation = context.catalog.find(pgClass, "key", [part]);
    if (relation && relation.relowner !== role.oid) giveTo(context, relation, role);
  }
}

function giveTo(context: DdlContext, relation: ClassTuple, { oid: owner }: Role): void {
  const { catalog } = context;
  lockRelation(context, relation.oid, "AccessExclusive");
  const relacl = relation.relacl && withOwner(relation.relacl, relation.relowner, owner);
  catalog.update(pgClass, relation, { relowner: owner, relacl });
  for (const column of catalog.list(pgAttribute, "key", [relation.oid])) {
    const attacl = column.attacl && withOwner(column.attacl, relation.relowner, owner);
    if (attacl) catalog.update(pgAttribute, column, { attacl });
  }
  // An index or a TOAST table is its table's; only the table says whose.
  if (!"iIt".includes(relation.relkind)) {
    changeOwner(catalog, addressOf(RELATION_CLASS, relation.oid), owner);
  }
  for (const type of typesOf(context, relation)) {
    catalog.update(pgType, type, { typowner: owner });
  }
}

export function typesOf(context: DdlContext, relation: ClassTuple) {
  const { catalog } = context;
  const type = catalog.find(pgType, "key", [relation.reltype]);
  const array = type && catalog.find(pgType, "key", [type.typarray]);
  return [type, array].filter((row) => row !== undefined);
}

export function refuseLinkedSequence(
  context: DdlContext,
  sequence: ClassTuple,
  what: string,
): void {
  for (const row of referencesOf(context.catalog, addressOf(RELATION_CLASS, sequence.oid))) {
    if (row.refclassid !== RELATION_CLASS || row.refobjsubid === 0) continue;
    const table = context.catalog.find(pgClass, "key", [row.refobjid]);
    const message =
      what === "owner"
        ? `cannot change owner of sequence "${sequence.relname}"`
        : "cannot move an owned sequence into another schema";
    throw new SqlError("0A000", message, {
      detail: `Sequence "${sequence.relname}" is linked to table "${table?.relname}".`,
    });
  }
}
