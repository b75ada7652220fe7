/**
 * ALTER TABLE. https://www.postgresql.org/docs/15/sql-altertable.html
 * Actions run in PostgreSQL's passes, not as written: drops before adds, adds before defaults.
 */
import type { Oid } from "../../base/ids.ts";
import { notice, SqlError, warning, withoutPosition } from "../../base/sql-error.ts";
import { ATTRDEF_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { changeOwner, dependentsOf, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { type ClassTuple, getRole, type NamespaceTuple, undefinedRelation } from "../names.ts";
import { checkMember } from "../privileges.ts";
import { pgAttrdef } from "../relations/pg-attrdef.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { pgType } from "../relations/pg-type.ts";
import type { AlterTable, AlterTableAction, QualifiedName, RoleSpec } from "../statement.ts";
import {
  bindColumnDefault,
  COLUMNS_MAX,
  type ColumnPlan,
  checkColumnName,
  checkColumnType,
  checkNoSystemColumn,
  insertColumn,
  insertDefault,
  planColumn,
  sayPrecisions,
} from "./columns.ts";
import type { DdlContext } from "./context.ts";
import { columnSequence, linkSequence } from "./create-table.ts";
import { dropObjects } from "./drop.ts";
import type { AttributeTuple } from "./keys.ts";
import { createKey } from "./keys.ts";
import { lockRelation, relationToAlter } from "./lookup.ts";
import { changeViewOptions } from "./view-options.ts";

/** The order in which PostgreSQL runs the actions of one statement. */
const PASSES: Readonly<Record<AlterTableAction["kind"], number>> = {
  dropColumn: 0,
  dropDefault: 0,
  dropNotNull: 0,
  addColumn: 1,
  setNotNull: 2,
  setDefault: 3,
  owner: 4,
  setOptions: 4,
  resetOptions: 4,
};
/** Keys of new columns are built after this pass. */
const KEYS_PASS = 2;

/** What PostgreSQL calls an action where it does not fit the relation. */
const ACTION_NAMES: Readonly<Record<Exclude<AlterTableAction["kind"], "owner">, string>> = {
  addColumn: "ADD COLUMN",
  dropColumn: "DROP COLUMN",
  setDefault: "ALTER COLUMN ... SET DEFAULT",
  dropDefault: "ALTER COLUMN ... SET DEFAULT",
  setNotNull: "ALTER COLUMN ... SET NOT NULL",
  dropNotNull: "ALTER COLUMN ... DROP NOT NULL",
  setOptions: "SET",
  resetOptions: "RESET",
};

/** What views, which have no rows of their own, take beside a new owner. */
const FIT_VIEWS: ReadonlySet<AlterTableAction["kind"]> = new Set([
  "setDefault",
  "dropDefault",
  "setOptions",
  "resetOptions",
]);
const KINDS: Readonly<Record<string, string>> = { S: "sequences", v: "views" };

function checkActionFits(relation: ClassTuple, action: AlterTableAction): void {
  if (relation.relkind === "r" || action.kind === "owner") return;
  if (relation.relkind === "v" && FIT_VIEWS.has(action.kind)) return;
  const name = ACTION_NAMES[action.kind];
  const message = `ALTER action ${name} cannot be performed on relation "${relation.relname}"`;
  const kinds = KINDS[relation.relkind] ?? "indexes";
  throw new SqlError("42809", message, { detail: `This operation is not supported for ${kinds}.` });
}

export function alterTable(context: DdlContext, statement: AlterTable): void {
  const { ifExists } = statement;
  const table = relationToAlter(context, statement.table, statement.noun, ifExists);
  if (!table) return missing(context, statement.table, ifExists);
  for (const action of statement.actions) checkActionFits(table, action);
  const actions = statement.actions.toSorted((a, b) => PASSES[a.kind] - PASSES[b.kind]);
  const keys: ColumnPlan[] = [];
  for (const action of actions) {
    if (PASSES[action.kind] > KEYS_PASS) addKeys(context, table.oid, keys.splice(0));
    run(context, table.oid, action, keys);
  }
  addKeys(context, table.oid, keys);
  return undefined;
}

export function missing(context: DdlContext, name: QualifiedName, ifExists: boolean): void {
  const error = undefinedRelation(name);
  if (!ifExists) throw error;
  context.notice(notice(`relation "${name.name}" does not exist, skipping`));
}

/** The columns that it adds, if any, join those whose keys are still to be built. */
function run(context: DdlContext, oid: Oid, action: AlterTableAction, keyed: ColumnPlan[]): void {
  const table = context.catalog.find(pgClass, "key", [oid]) as ClassTuple;
  switch (action.kind) {
    case "owner":
      return setOwner(context, table, action.owner);
    case "addColumn":
      return addColumn(context, table, action, keyed);
    case "dropColumn":
      return dropColumn(context, table, action);
    case "setDefault":
    case "dropDefault":
      return changeDefault(context, table, action);
    case "setOptions":
    case "resetOptions":
      return changeViewOptions(context, table, action.options, action.kind === "resetOptions");
    case "setNotNull":
    case "dropNotNull":
      return changeNotNull(context, table, action.column, action.kind === "setNotNull");
  }
}

function addColumn(
  context: DdlContext,
  table: ClassTuple,
  { column: definition, ifNotExists }: Extract<AlterTableAction, { kind: "addColumn" }>,
  keyed: ColumnPlan[],
): void {
  const { catalog } = context;
  if (!isFree(context, table, definition.name, ifNotExists)) return;
  const plan = planColumn(context, definition, table.relname);
  const namespace = catalog.find(pgNamespace, "key", [table.relnamespace]) as NamespaceTuple;
  const altered = { name: table.relname, owner: table.relowner };
  const sequence = columnSequence(context, namespace, altered, plan);
  if (table.relnatts >= COLUMNS_MAX) {
    throw new SqlError("54011", `tables can have at most ${COLUMNS_MAX} columns`);
  }
  checkColumnType(plan);
  const attnum = table.relnatts + 1;
  const expression = withoutPosition(() => bindColumnDefault(context, plan, sequence?.oid));
  sayPrecisions(context, [plan]);
  insertColumn(context, table.oid, attnum, plan, expression);
  linkSequence(context, table.oid, attnum, plan, sequence);
  catalog.update(pgClass, table, {
    relnatts: attnum,
    relhasindex: table.relhasindex || plan.keys.length > 0,
  });
  if (plan.keys.length > 0) keyed.push(plan);
}

function addKeys(context: DdlContext, oid: Oid, plans: readonly ColumnPlan[]): void {
  const { catalog } = context;
  for (const plan of plans) {
    const table = catalog.find(pgClass, "key", [oid]) as ClassTuple;
    const { relname, relnamespace, relowner } = table;
    const keyed = { oid, name: relname, namespace: relnamespace, owner: relowner };
    for (const { kind, name, position, nullsNotDistinct = false } of plan.keys) {
      const column = catalog.find(pgAttribute, "relid_attnam", [oid, plan.name]) as AttributeTuple;
      if (kind === "primaryKey" && hasPrimaryKey(context, oid)) throw severalPrimaryKeys(relname);
      const columns = [plan.name];
      createKey(context, keyed, { kind, name, columns, nullsNotDistinct, position }, [column]);
    }
  }
}

const hasPrimaryKey = (context: DdlContext, table: Oid): boolean =>
  context.catalog.list(pgIndex, "indrelid", [table]).some((index) => index.indisprimary);

const severalPrimaryKeys = (table: string): SqlError =>
  new SqlError("42P16", `multiple primary keys for table "${table}" are not allowed`);

function isFree(context: DdlContext, table: ClassTuple, name: string, ifNotExists: boolean) {
  checkColumnName(name);
  if (!context.catalog.find(pgAttribute, "relid_attnam", [table.oid, name])) return true;
  const exists = `column "${name}" of relation "${table.relname}" already exists`;
  if (!ifNotExists) throw new SqlError("42701", exists);
  context.notice(notice(`${exists}, skipping`, {}, "42701"));
  return false;
}

export function getColumn(context: DdlContext, table: ClassTuple, name: string): AttributeTuple {
  checkNoSystemColumn(name, "alter");
  const column = context.catalog.find(pgAttribute, "relid_attnam", [table.oid, name]);
  if (column) return column;
  throw new SqlError("42703", `column "${name}" of relation "${table.relname}" does not exist`);
}

function dropColumn(
  context: DdlContext,
  table: ClassTuple,
  action: Extract<AlterTableAction, { kind: "dropColumn" }>,
): void {
  checkNoSystemColumn(action.column, "drop");
  const column = context.catalog.find(pgAttribute, "relid_attnam", [table.oid, action.column]);
  if (!column) {
    if (!action.ifExists) getColumn(context, table, action.column);
    const text = `column "${action.column}" of relation "${table.relname}" does not exist`;
    context.notice(notice(`${text}, skipping`));
    return;
  }
  dropObjects(context, [addressOf(RELATION_CLASS, table.oid, column.attnum)], action.cascade);
}

function changeDefault(
  context: DdlContext,
  table: ClassTuple,
  action: Extract<AlterTableAction, { kind: "setDefault" | "dropDefault" }>,
): void {
  const { catalog } = context;
  const column = getColumn(context, table, action.column);
  if (column.attidentity !== "") {
    throw new SqlError(
      "42601",
      `column "${column.attname}" of relation "${table.relname}" is an identity column`,
      action.kind === "dropDefault"
        ? { hint: "Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead." }
        : {},
    );
  }
  removeDefault(context, table.oid, column.attnum);
  const now = catalog.find(pgAttribute, "key", [table.oid, column.attnum]) as AttributeTuple;
  const target = { name: column.attname, type: column.atttypid, typmod: column.atttypmod };
  const bound =
    action.kind === "dropDefault"
      ? undefined
      : withoutPosition(() => context.expressions.bindDefault(action.expression, target));
  if (bound) insertDefault(context, table.oid, column.attnum, bound);
  const atthasdef = bound !== undefined;
  if (now.atthasdef !== atthasdef) catalog.update(pgAttribute, now, { atthasdef });
}

/** Without the walk of DROP: nothing can depend on a default. */
function removeDefault(context: DdlContext, relation: Oid, attnum: number): void {
  const { catalog } = context;
  const row = catalog.find(pgAttrdef, "adrelid_adnum", [relation, attnum]);
  if (!row) return;
  for (const dependency of referencesOf(catalog, addressOf(ATTRDEF_CLASS, row.oid))) {
    catalog.delete(pgDepend, dependency);
  }
  catalog.delete(pgAttrdef, row);
}

function changeNotNull(
  context: DdlContext,
  table: ClassTuple,
  name: string,
  notNull: boolean,
): void {
  const { catalog } = context;
  const column = getColumn(context, table, name);
  if (!notNull) checkMayBeNull(context, table, column);
  if (column.attnotnull !== notNull) catalog.update(pgAttribute, column, { attnotnull: notNull });
}

function checkMayBeNull(context: DdlContext, table: ClassTuple, column: AttributeTuple): void {
  if (column.attidentity !== "") {
    throw new SqlError(
      "42601",
      `column "${column.attname}" of relation "${table.relname}" is an identity column`,
    );
  }
  const indexes = context.catalog.list(pgIndex, "indrelid", [table.oid]);
  const inKey = (index: { indisprimary: boolean; indkey: readonly number[] }) =>
    index.indisprimary && index.indkey.includes(column.attnum);
  if (indexes.some(inKey)) {
    throw new SqlError("42P16", `column "${column.attname}" is in a primary key`);
  }
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
  checkMember(catalog, context.user.oid, role);
  if (table.relkind === "S") refuseLinkedSequence(context, table, "owner");
  if (table.relkind === "i") {
    const message = `cannot change owner of index "${table.relname}"`;
    const hint = "Change the ownership of the index's table, instead.";
    context.notice(warning("42809", message, { hint }));
    return;
  }
  giveTo(context, table, role.oid);
  const { indexes, sequences } = partsOf(context, table);
  for (const part of [...indexes, ...sequences]) {
    const relation = catalog.find(pgClass, "key", [part]);
    if (relation) giveTo(context, relation, role.oid);
  }
}

function giveTo(context: DdlContext, relation: ClassTuple, owner: Oid): void {
  const { catalog } = context;
  lockRelation(context, relation.oid, "AccessExclusive");
  catalog.update(pgClass, relation, { relowner: owner });
  // An index is its table's; only the table says whose.
  if (relation.relkind !== "i") {
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
