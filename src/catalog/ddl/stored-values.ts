/** Which columns of tables hold values of a type, or of one that it is a part of. */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import {
  ATTRDEF_CLASS,
  CONSTRAINT_CLASS,
  RELATION_CLASS,
  REWRITE_CLASS,
  TYPE_CLASS,
} from "../class-oids.ts";
import { dependentsOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DdlContext } from "./context.ts";
import { describerOf } from "./lookup.ts";

export interface StoringColumn {
  readonly table: ClassTuple;
  readonly column: NonNullable<ReturnType<typeof pgAttribute.view>>;
  /** Its values are of the type itself, or of a domain over it, not only made of some. */
  readonly isWhole: boolean;
}

/** In the order in which PostgreSQL comes to them; each once. */
export function storingColumns(context: DdlContext, type: Oid): readonly StoringColumn[] {
  const found: StoringColumn[] = [];
  collect(context, type, true, new Set(), found);
  return found;
}

function collect(
  context: DdlContext,
  type: Oid,
  isWhole: boolean,
  seen: Set<Oid>,
  found: StoringColumn[],
): void {
  if (seen.has(type)) return;
  seen.add(type);
  const { catalog } = context;
  const rows = dependentsOf(catalog, addressOf(TYPE_CLASS, type)).toSorted(
    (a, b) => a.classid - b.classid || a.objid - b.objid || a.objsubid - b.objsubid,
  );
  for (const { classid, objid, objsubid } of rows) {
    if (classid === TYPE_CLASS) {
      const isDomain = catalog.find(pgType, "key", [objid])?.typtype === "d";
      collect(context, objid, isWhole && isDomain, seen, found);
    }
    if (classid !== RELATION_CLASS || objsubid === 0) continue;
    const table = catalog.find(pgClass, "key", [objid]);
    const column = catalog.find(pgAttribute, "key", [objid, objsubid]);
    if (!table || !column) continue;
    if ("rmp".includes(table.relkind)) found.push({ table, column, isWhole });
    else collect(context, table.reltype, false, seen, found);
  }
}

/** 0A000 when a column somewhere has the relation's row type. */
export function checkRowTypeUnused(context: DdlContext, relation: ClassTuple): void {
  const [found] = storingColumns(context, relation.reltype);
  if (found) throw usesIt(relation, found);
}

function usesIt({ relkind, relname }: ClassTuple, { table, column }: StoringColumn): SqlError {
  const used = `column "${table.relname}.${column.attname}"`;
  const message =
    relkind === "c"
      ? `cannot alter type "${relname}" because ${used} uses it`
      : `cannot alter ${relkind === "f" ? "foreign table" : "table"} "${relname}" because ${used} uses its row type`;
  return new SqlError("0A000", message);
}

/** In these there may be values that say of no column whether they have it. */
const WITH_EXPRESSIONS = [REWRITE_CLASS, ATTRDEF_CLASS, CONSTRAINT_CLASS, RELATION_CLASS];

/** 0A000 when there are values of a composite type somewhere: they stay as they are. */
export function checkNoValues(context: DdlContext, type: ClassTuple): void {
  const stored = storingColumns(context, type.reltype).find(({ table }) =>
    context.rows.hasRows(table),
  );
  if (stored) throw usesIt(type, stored);
  const address = addressOf(TYPE_CLASS, type.reltype);
  for (const { classid, objid, objsubid } of dependentsOf(context.catalog, address)) {
    if (objsubid !== 0 || !WITH_EXPRESSIONS.includes(classid) || objid === type.oid) continue;
    if (isTyped(context, objid, type.reltype)) continue;
    const user = describerOf(context).describe(addressOf(classid, objid));
    throw notSupported(`altering the columns of type "${type.relname}", which ${user} uses,`);
  }
}

/** The table's columns are the type's, its rows are of a type of their own. */
const isTyped = ({ catalog }: DdlContext, table: Oid, type: Oid): boolean =>
  catalog.find(pgClass, "key", [table])?.reloftype === type;
