/**
 * COLUMNS OF A TABLE WITH PARENTS: those of the parents first, as they come, then the table's own.
 * What has the name of one that is there becomes one with it, if it is of the same type.
 * https://www.postgresql.org/docs/15/sql-createtable.html (INHERITS)
 */
import type { Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { type ClassTuple, checkOwnDatabase, findAttribute, type TypeTuple } from "../names.ts";
import { checkOwner } from "../privileges.ts";
import { pgAttrdef } from "../relations/pg-attrdef.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgCollation } from "../relations/pg-collation.ts";
import { pgType } from "../relations/pg-type.ts";
import type { QualifiedName } from "../statement.ts";
import type { ResolvedType } from "../type-name.ts";
import { type ColumnPlan, checkNamedOnce } from "./columns.ts";
import { compressionMethod } from "./compression.ts";
import type { DdlContext } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";
import { checkNotInUse, getRelation, lockRelation } from "./lookup.ts";

/** A default or generation expression as a parent has it. */
export interface InheritedDefault {
  readonly parent: Oid;
  readonly tree: string;
}

/** Of a column that parents have, too. */
export interface InheritedColumn {
  /** How many of them. */
  readonly count: number;
  readonly isLocal: boolean;
  readonly default?: InheritedDefault | undefined;
  /** Parents disagree, and the table must say itself. */
  readonly conflicts: boolean;
}

/** The tables of INHERITS, locked, in their order. Throws 42P01, 42809, 42501, 42P07. */
export function findParents(
  context: DdlContext,
  names: readonly QualifiedName[],
  persistence: string,
  isPartition: boolean,
): readonly ClassTuple[] {
  const found: ClassTuple[] = [];
  for (const name of names) {
    checkOwnDatabase(context.catalog, name);
    const parent = getRelation(context, name);
    if (found.some(({ oid }) => oid === parent.oid)) {
      const message = `relation "${parent.relname}" would be inherited from more than once`;
      throw new SqlError("42P07", message);
    }
    lockRelation(context, parent.oid, isPartition ? "AccessExclusive" : "ShareUpdateExclusive");
    if (isPartition) checkMayHavePartition(context, parent, persistence);
    else checkMayBeParent(context, parent, persistence);
    found.push(parent);
  }
  return found;
}

function checkMayHavePartition(context: DdlContext, parent: ClassTuple, persistence: string): void {
  const { catalog, user } = context;
  const { relname, relkind, relowner } = parent;
  if (relkind !== "p") throw new SqlError("42809", `"${relname}" is not partitioned`);
  checkNotInUse(context, parent, "CREATE TABLE .. PARTITION OF");
  checkSamePersistence("create", persistence, parent);
  checkOwner(catalog, user.oid, relowner, "table", relname);
}

/** Partitions are temporary where the whole is. Throws 42809. */
export function checkSamePersistence(
  verb: "create" | "attach",
  persistence: string,
  { relname, relpersistence }: ClassTuple,
): void {
  if ((persistence === "t") === (relpersistence === "t")) return;
  const [part, whole] =
    persistence === "t" ? ["temporary", "permanent"] : ["permanent", "temporary"];
  const message = `cannot ${verb} a ${part} relation as partition of ${whole} relation "${relname}"`;
  throw new SqlError("42809", message);
}

function checkMayBeParent(context: DdlContext, parent: ClassTuple, persistence: string): void {
  const { relname } = parent;
  const wrong = (message: string) => new SqlError("42809", message);
  if (parent.relkind === "p") throw wrong(`cannot inherit from partitioned table "${relname}"`);
  if (parent.relispartition) throw wrong(`cannot inherit from partition "${relname}"`);
  if (parent.relkind !== "r" && parent.relkind !== "f") {
    throw wrong(`inherited relation "${relname}" is not a table or foreign table`);
  }
  if (persistence !== "t" && parent.relpersistence === "t") {
    throw wrong(`cannot inherit from temporary relation "${relname}"`);
  }
  checkOwner(context.catalog, context.user.oid, parent.relowner, "table", relname);
}

/** The columns of a table with these parents, `own` among them. */
export function mergeColumns(
  context: DdlContext,
  parents: readonly ClassTuple[],
  own: readonly ColumnPlan[],
): readonly ColumnPlan[] {
  if (parents.length === 0) return own;
  const columns: ColumnPlan[] = [];
  for (const parent of parents) {
    for (const row of columnsOf(context, parent.oid)) addInherited(context, columns, row);
  }
  const inherited = columns.length;
  checkNamedOnce(own);
  own.forEach((column, at) => {
    const place = columns.findIndex(({ name }) => name === column.name);
    const there = columns[place];
    if (!there || place >= inherited) columns.push(column);
    else columns[place] = mergeOwn(context, there, column, place === at);
  });
  for (const { name, inherited, default: said, generated } of columns) {
    if (!inherited?.conflicts || said) continue;
    if (generated) {
      const message = `column "${name}" inherits conflicting generation expressions`;
      throw new SqlError("42611", message);
    }
    const message = `column "${name}" inherits conflicting default values`;
    const hint = "To resolve the conflict, specify a default explicitly.";
    throw new SqlError("42611", message, { hint });
  }
  return columns;
}

export const columnsOf = ({ catalog }: DdlContext, table: Oid): readonly AttributeTuple[] =>
  catalog
    .list(pgAttribute, "key", [table])
    .filter((row) => row.attnum > 0 && !row.attisdropped)
    .toSorted((a, b) => a.attnum - b.attnum);

function addInherited(context: DdlContext, columns: ColumnPlan[], row: AttributeTuple): void {
  const plan = planOf(context, row);
  const at = columns.findIndex(({ name }) => name === plan.name);
  const there = columns[at];
  if (!there) {
    columns.push(plan);
    return;
  }
  context.notice(notice(`merging multiple inherited definitions of column "${plan.name}"`));
  checkAgrees(context, there, plan, "inherited column");
  if (there.generated !== plan.generated) {
    const message = `inherited column "${plan.name}" has a generation conflict`;
    throw new SqlError("42804", message);
  }
  const [before, now] = [there.inherited, plan.inherited] as [InheritedColumn, InheritedColumn];
  const differs =
    before.default !== undefined &&
    now.default !== undefined &&
    before.default.tree !== now.default.tree;
  columns[at] = {
    ...there,
    notNull: there.notNull || plan.notNull,
    inherited: {
      count: before.count + 1,
      isLocal: false,
      default: before.default ?? now.default,
      conflicts: before.conflicts || differs,
    },
  };
}

function planOf(context: DdlContext, row: AttributeTuple): ColumnPlan {
  const { catalog } = context;
  const { attrelid: parent, attnum } = row;
  const type = catalog.find(pgType, "key", [row.atttypid]) as TypeTuple;
  const key = [parent, attnum];
  const tree = row.atthasdef ? catalog.find(pgAttrdef, "adrelid_adnum", key)?.adbin : undefined;
  const compression = compressionMethod(row.attcompression);
  return {
    name: row.attname,
    type: { row: type, typmod: row.atttypmod },
    collation: row.attcollation,
    notNull: row.attnotnull,
    dimensions: row.attndims,
    serial: false,
    generated: row.attgenerated !== "",
    constraints: [],
    storage: row.attstorage,
    ...(compression === undefined ? {} : { compression }),
    inherited: {
      count: 1,
      isLocal: false,
      default: tree ? { parent, tree } : undefined,
      conflicts: false,
    },
  };
}

/** 42804 and 42P21 for definitions that cannot be one. `what`: how the message begins. */
function checkAgrees(
  context: DdlContext,
  there: ColumnPlan,
  plan: ColumnPlan,
  what: "column" | "inherited column",
): void {
  const self = `${what} "${plan.name}"`;
  const shown = ({ row, typmod }: ResolvedType) =>
    context.relations.typeText({ type: row.oid, typmod });
  const { row, typmod } = plan.type;
  if (there.type.row.oid !== row.oid || there.type.typmod !== typmod) {
    const detail = `${shown(there.type)} versus ${shown(plan.type)}`;
    throw new SqlError("42804", `${self} has a type conflict`, { detail });
  }
  if (there.collation !== plan.collation) {
    const name = (oid: Oid) => context.catalog.find(pgCollation, "key", [oid])?.collname ?? "";
    const detail = `"${name(there.collation)}" versus "${name(plan.collation)}"`;
    throw new SqlError("42P21", `${self} has a collation conflict`, { detail });
  }
  // Of a column that is written out only LIKE gives a storage.
  const stores = what === "inherited column" || plan.storage !== undefined;
  if (stores && there.storage !== plan.storage) {
    const detail = `${STORAGES[there.storage ?? ""]} versus ${STORAGES[plan.storage ?? ""]}`;
    throw new SqlError("42804", `${self} has a storage parameter conflict`, { detail });
  }
  const methods = [there.compression, plan.compression].filter((each) => each !== undefined);
  if (methods.length === 2 && methods[0] !== methods[1]) {
    const detail = methods.join(" versus ");
    const message = `column "${plan.name}" has a compression method conflict`;
    throw new SqlError("42804", message, { detail });
  }
}

const STORAGES: Readonly<Record<string, string>> = {
  p: "PLAIN",
  e: "EXTERNAL",
  x: "EXTENDED",
  m: "MAIN",
};

/** `stays`: it stands where the inherited one does. */
function mergeOwn(
  context: DdlContext,
  there: ColumnPlan,
  own: ColumnPlan,
  stays: boolean,
): ColumnPlan {
  const { name } = own;
  const merging = `merging column "${name}" with inherited definition`;
  const detail = "User-specified column moved to the position of the inherited column.";
  context.notice(stays ? notice(merging) : notice(`moving and ${merging}`, { detail }));
  checkAgrees(context, there, own, "column");
  checkGeneration(there, own);
  const inherited = there.inherited as InheritedColumn;
  return {
    ...there,
    ...own,
    notNull: there.notNull || own.notNull,
    generated: there.generated || own.generated,
    ...(there.storage === undefined ? {} : { storage: there.storage }),
    inherited: { ...inherited, isLocal: true },
  };
}

function checkGeneration(there: ColumnPlan, own: ColumnPlan): void {
  const self = `column "${own.name}"`;
  if (!there.generated) return;
  if (own.generated) {
    const hint =
      "Omit the generation expression in the definition of the child table column to inherit " +
      "the generation expression from the parent table.";
    throw new SqlError("42611", `child ${self} specifies generation expression`, { hint });
  }
  if ((own.default || own.serial) && !own.generated) {
    throw new SqlError("42611", `${self} inherits from generated column but specifies default`);
  }
  if (own.identity) {
    throw new SqlError("42611", `${self} inherits from generated column but specifies identity`);
  }
}

/** Numbers of the parent's columns in the child, by name. */
export function columnNumbers(
  context: DdlContext,
  parent: Oid,
  child: Oid,
): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>();
  for (const { attname, attnum } of columnsOf(context, parent)) {
    const own = findAttribute(context.catalog, child, attname);
    if (own) numbers.set(attnum, own.attnum);
  }
  return numbers;
}

export const classOf = ({ catalog }: DdlContext, oid: Oid): ClassTuple =>
  catalog.find(pgClass, "key", [oid]) as ClassTuple;

/** A column of a child is of the type and collation of its parents'. Throws 42804, 42P21. */
export function checkSameColumn(
  { relname }: ClassTuple,
  own: AttributeTuple,
  parents: Pick<AttributeTuple, "atttypid" | "atttypmod" | "attcollation">,
): void {
  if (own.atttypid !== parents.atttypid || own.atttypmod !== parents.atttypmod) {
    const message = `child table "${relname}" has different type for column "${own.attname}"`;
    throw new SqlError("42804", message);
  }
  if (own.attcollation !== parents.attcollation) {
    const message = `child table "${relname}" has different collation for column "${own.attname}"`;
    throw new SqlError("42P21", message);
  }
}
