/**
 * TYPED TABLES: their columns are those of a composite type, and follow it with CASCADE alone.
 * https://www.postgresql.org/docs/15/sql-createtable.html (OF type_name)
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError, withoutPosition } from "../../base/sql-error.ts";
import { RELATION_CLASS, TYPE_CLASS } from "../class-oids.ts";
import { addDependency, dependentsOf, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { parentsOf } from "../inheritance.ts";
import type { ClassTuple, TypeTuple } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgType } from "../relations/pg-type.ts";
import type { AlterTableAction, ColumnDefinition, TypeName } from "../statement.ts";
import { resolveTypeName } from "../type-name.ts";
import { tableToAlter } from "./alter-children.ts";
import type { ColumnPlan } from "./columns.ts";
import type { DdlContext } from "./context.ts";
import { lockRelation, searchPathOf } from "./lookup.ts";
import { columnsOf } from "./merge-columns.ts";
import { checkMayUseType } from "./type-owner.ts";

/** Throws 42704, and 42809 for what is no composite type of its own. */
function compositeType(context: DdlContext, name: TypeName): TypeTuple {
  const { catalog, user, expressions } = context;
  const { row } = withoutPosition(() =>
    resolveTypeName(catalog, name, searchPathOf(context), user.oid),
  );
  const relation = row.typtype === "c" ? catalog.find(pgClass, "key", [row.typrelid]) : undefined;
  if (relation?.relkind !== "c") {
    const message = `type ${expressions.typeText(row.oid)} is not a composite type`;
    throw new SqlError("42809", message);
  }
  lockRelation(context, relation.oid, "AccessShare");
  return row;
}

/** The type of CREATE TABLE … OF, and the columns that it gives. Throws 42501, too. */
export function columnsOfType(
  context: DdlContext,
  name: TypeName,
): { readonly type: Oid; readonly columns: readonly ColumnPlan[] } {
  const type = compositeType(context, name);
  checkMayUseType(context, type);
  const columns = columnsOf(context, type.typrelid).map(
    (row): ColumnPlan => ({
      name: row.attname,
      type: {
        row: context.catalog.find(pgType, "key", [row.atttypid]) as TypeTuple,
        typmod: row.atttypmod,
      },
      collation: row.attcollation,
      dimensions: row.attndims,
      notNull: false,
      generated: false,
      serial: false,
      constraints: [],
    }),
  );
  return { type: type.oid, columns };
}

/** What no column of a typed table is. Throws 0A000. */
export function checkTypedColumn({ constraints }: ColumnDefinition): void {
  for (const { kind } of constraints) {
    if (kind !== "identity" && kind !== "generated") continue;
    throw new SqlError("0A000", `${kind} columns are not supported on typed tables`);
  }
}

export function dependOnType({ catalog }: DdlContext, table: Oid, type: Oid): void {
  addDependency(catalog, addressOf(RELATION_CLASS, table), addressOf(TYPE_CLASS, type), "n");
}

/** ALTER TABLE … OF: the columns are already the type's, in its order. Throws 42809, 42804. */
export function makeTyped(context: DdlContext, table: ClassTuple, name: TypeName): void {
  const { catalog } = context;
  const type = compositeType(context, name);
  if (parentsOf(catalog, table.oid).length > 0) {
    throw new SqlError("42809", "typed tables cannot inherit");
  }
  const wrong = (message: string) => new SqlError("42804", message);
  const own = columnsOf(context, table.oid);
  const wanted = columnsOf(context, type.typrelid);
  wanted.forEach(({ attname, atttypid, atttypmod, attcollation }, at) => {
    const column = own[at];
    if (!column) throw wrong(`table is missing column "${attname}"`);
    if (column.attname !== attname) {
      throw wrong(`table has column "${column.attname}" where type requires "${attname}"`);
    }
    const isSame =
      column.atttypid === atttypid &&
      column.atttypmod === atttypmod &&
      column.attcollation === attcollation;
    if (isSame) return;
    throw wrong(`table "${table.relname}" has different type for column "${attname}"`);
  });
  const extra = own[wanted.length];
  if (extra) throw wrong(`table has extra column "${extra.attname}"`);
  forgetType(context, table);
  dependOnType(context, table.oid, type.oid);
  catalog.update(pgClass, table, { reloftype: type.oid });
}

/** NOT OF. Throws 42809. */
export function makeUntyped(context: DdlContext, table: ClassTuple): void {
  if (table.reloftype === INVALID_OID) {
    throw new SqlError("42809", `"${table.relname}" is not a typed table`);
  }
  forgetType(context, table);
  context.catalog.update(pgClass, table, { reloftype: INVALID_OID });
}

function forgetType({ catalog }: DdlContext, { oid, reloftype }: ClassTuple): void {
  for (const row of referencesOf(catalog, addressOf(RELATION_CLASS, oid))) {
    const isOfType = row.refclassid === TYPE_CLASS && row.refobjid === reloftype;
    if (isOfType && row.objsubid === 0) catalog.delete(pgDepend, row);
  }
}

const OWN_CHANGES: { readonly [kind in AlterTableAction["kind"]]?: string } = {
  addColumn: "add column to",
  dropColumn: "drop column from",
  alterType: "alter column type of",
  inherit: "change inheritance of",
};

/** Throws 42809 for what only the type decides. */
export function checkNotTyped({ reloftype }: ClassTuple, { kind }: AlterTableAction): void {
  const change = OWN_CHANGES[kind];
  if (reloftype === INVALID_OID || change === undefined) return;
  throw new SqlError("42809", `cannot ${change} typed table`);
}

export function refuseTyped({ reloftype }: ClassTuple, what: string): void {
  if (reloftype !== INVALID_OID) throw new SqlError("42809", `cannot ${what}`);
}

/** The tables of a composite type, locked: they change with it. Throws 2BP01 without CASCADE. */
export function typedTables(
  context: DdlContext,
  type: ClassTuple,
  cascade: boolean | undefined,
): readonly ClassTuple[] {
  if (type.relkind !== "c") return [];
  const { catalog } = context;
  const dependents = dependentsOf(catalog, addressOf(TYPE_CLASS, type.reltype));
  const tables = dependents
    .filter(({ classid, objsubid }) => classid === RELATION_CLASS && objsubid === 0)
    .map(({ objid }) => objid)
    .filter((oid) => catalog.find(pgClass, "key", [oid])?.reloftype === type.reltype)
    .sort((a, b) => a - b);
  if (tables.length > 0 && !cascade) {
    const message = `cannot alter type "${type.relname}" because it is the type of a typed table`;
    const hint = "Use ALTER ... CASCADE to alter the typed tables too.";
    throw new SqlError("2BP01", message, { hint });
  }
  return tables.map((oid) => tableToAlter(context, oid));
}
