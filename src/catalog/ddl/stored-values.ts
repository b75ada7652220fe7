/** Which columns of tables hold values of a type, or of one that it is a part of. */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { RELATION_CLASS, TYPE_CLASS } from "../class-oids.ts";
import { dependentsOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DdlContext } from "./context.ts";

export interface StoringColumn {
  readonly table: ClassTuple;
  readonly column: NonNullable<ReturnType<typeof pgAttribute.view>>;
  /** Its values are of the type itself, or of a domain over it, not only made of some. */
  readonly isWhole: boolean;
}

/** In the order in which PostgreSQL comes to them; each once. */
export const storingColumns = (context: DdlContext, type: Oid): readonly StoringColumn[] =>
  holdersOf(context, [type]).columns;

/** What values of the types are in: columns of tables, and types, themselves among these. */
export function holdersOf(
  context: DdlContext,
  types: readonly Oid[],
): { readonly types: ReadonlySet<Oid>; readonly columns: readonly StoringColumn[] } {
  const found = { types: new Set<Oid>(), columns: [] as StoringColumn[] };
  for (const type of types) collect(context, type, true, found);
  return found;
}

function collect(
  context: DdlContext,
  type: Oid,
  isWhole: boolean,
  found: { readonly types: Set<Oid>; readonly columns: StoringColumn[] },
): void {
  if (type === INVALID_OID || found.types.has(type)) return;
  found.types.add(type);
  const { catalog } = context;
  const rows = dependentsOf(catalog, addressOf(TYPE_CLASS, type)).toSorted(
    (a, b) => a.classid - b.classid || a.objid - b.objid || a.objsubid - b.objsubid,
  );
  for (const { classid, objid, objsubid } of rows) {
    if (classid === TYPE_CLASS) {
      const isDomain = catalog.find(pgType, "key", [objid])?.typtype === "d";
      collect(context, objid, isWhole && isDomain, found);
    }
    if (classid !== RELATION_CLASS || objsubid === 0) continue;
    const table = catalog.find(pgClass, "key", [objid]);
    const column = catalog.find(pgAttribute, "key", [objid, objsubid]);
    if (!table || !column) continue;
    if ("rmp".includes(table.relkind)) found.columns.push({ table, column, isWhole });
    collect(context, table.reltype, false, found);
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
