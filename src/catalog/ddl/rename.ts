/**
 * RENAME of relations, columns and constraints. A relation takes its row type, a key's index its
 * constraint along.
 */
import { notice, SqlError } from "../../base/sql-error.ts";
import { type ClassTuple, findAttribute, undefinedRelation } from "../names.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgType } from "../relations/pg-type.ts";
import type { RenameColumn, RenameConstraint, RenameRelation } from "../statement.ts";
import { checksToRename, tablesToRename } from "./alter-children.ts";
import { getColumn } from "./alter-column.ts";
import { missing, typesOf } from "./alter-table.ts";
import { checkColumnName, checkNoSystemColumn } from "./columns.ts";
import type { DdlContext } from "./context.ts";
import { checkConstraintName, chooseArrayTypeName, moveArrayType } from "./generated-names.ts";
import {
  lockRelation,
  lockRelationName,
  refuseComposite,
  relationToAlter,
  wrongKind,
} from "./lookup.ts";
import { refuseTyped, typedTables } from "./typed-tables.ts";

export function renameRelation(context: DdlContext, statement: RenameRelation): void {
  const { noun, ifExists } = statement;
  // ALTER INDEX renames whatever has the name.
  const accepted = noun === "index" ? "table" : noun;
  const relation = relationToAlter(context, statement.relation, accepted, ifExists);
  if (!relation) return missing(context, statement.relation, ifExists);
  refuseComposite(relation);
  return renameTo(context, relation, statement.newName);
}

export function renameTo(context: DdlContext, relation: ClassTuple, newName: string): void {
  const { catalog } = context;
  lockRelationName(context, relation.relnamespace, relation.relname);
  lockRelationName(context, relation.relnamespace, newName);
  if (catalog.find(pgClass, "relname_nsp", [newName, relation.relnamespace])) {
    throw new SqlError("42P07", `relation "${newName}" already exists`);
  }
  catalog.update(pgClass, relation, { relname: newName });
  renameTypes(context, relation, newName);
  if (relation.relkind === "i" || relation.relkind === "I")
    renameConstraintOf(context, relation, newName);
}

function renameTypes(context: DdlContext, relation: ClassTuple, newName: string): void {
  const { catalog } = context;
  const [type, array] = typesOf(context, relation);
  if (!type) return;
  if (!moveArrayType(context, type.typnamespace, newName)) {
    throw new SqlError("42710", `type "${newName}" already exists`);
  }
  const now = array && catalog.find(pgType, "key", [array.oid]);
  // t renamed to _t has moved its own array type already. The array's new name is chosen while the
  // row type still has its old one, as in PostgreSQL.
  if (array && now?.typname === array.typname) {
    const arrayName = chooseArrayTypeName(context, array.typnamespace, newName);
    catalog.update(pgType, array, { typname: arrayName });
  }
  catalog.update(pgType, type, { typname: newName });
}

function renameConstraintOf(context: DdlContext, index: ClassTuple, newName: string): void {
  const { catalog } = context;
  const oid = catalog.find(pgIndex, "key", [index.oid])?.indrelid;
  const table = oid === undefined ? undefined : catalog.find(pgClass, "key", [oid]);
  if (!table) return;
  lockRelation(context, table.oid, "AccessExclusive");
  for (const row of catalog.list(pgConstraint, "conrelid_contypid_conname", [table.oid])) {
    if (row.conindid !== index.oid || row.contype === "f") continue;
    checkConstraintName(context, { oid: table.oid, name: table.relname }, newName);
    catalog.update(pgConstraint, row, { conname: newName });
  }
}

/** The constraint of a key has its index's name, so the index is what is renamed. */
export function renameConstraint(context: DdlContext, statement: RenameConstraint): void {
  const { catalog } = context;
  const { ifExists, newName, constraint } = statement;
  const table = relationToAlter(context, statement.table, "table", ifExists);
  if (!table) return missing(context, statement.table, ifExists);
  checkHasColumns(table);
  const key = [table.oid, 0, constraint];
  const found = catalog.find(pgConstraint, "conrelid_contypid_conname", key);
  if (!found) {
    const message = `constraint "${constraint}" for table "${table.relname}" does not exist`;
    throw new SqlError("42704", message);
  }
  const index = "pux".includes(found.contype)
    ? catalog.find(pgClass, "key", [found.conindid])
    : undefined;
  if (index) {
    lockRelation(context, index.oid, "AccessExclusive");
    return renameTo(context, index, newName);
  }
  for (const each of checksToRename(context, table, found, statement.table.only ?? false)) {
    const own = catalog.find(pgConstraint, "conrelid_contypid_conname", [each.oid, 0, constraint]);
    if (!own) continue;
    checkConstraintName(context, { oid: each.oid, name: each.relname }, newName);
    catalog.update(pgConstraint, own, { conname: newName });
  }
}

function checkHasColumns(relation: ClassTuple): void {
  if ("rvmcfpiI".includes(relation.relkind)) return;
  throw new SqlError("42809", `cannot rename columns of relation "${relation.relname}"`, {
    detail: "This operation is not supported for sequences.",
  });
}

export function renameColumn(context: DdlContext, statement: RenameColumn): void {
  const { catalog } = context;
  const { noun, ifExists } = statement;
  const table = relationToAlter(context, statement.table, noun, ifExists);
  if (!table) {
    const error = undefinedRelation(statement.table);
    if (!ifExists) throw error;
    context.notice(notice(`relation "${statement.table.name}" does not exist, skipping`));
    return;
  }
  checkHasColumns(table);
  refuseTyped(table, "rename column of typed table");
  if (noun !== "table" && table.relkind === "r") throw wrongKind(table, noun);
  const column = renamedColumn(context, table, statement.column);
  const { newName } = statement;
  // Views have no system columns.
  if (table.relkind !== "v") checkColumnName(newName);
  const { attname } = column;
  const only = statement.table.only ?? false;
  const named = [table, ...typedTables(context, table, statement.cascade)];
  for (const each of named.flatMap((one) => tablesToRename(context, one, attname, only))) {
    const own = findAttribute(catalog, each.oid, attname);
    if (!own) continue;
    if (catalog.find(pgAttribute, "relid_attnam", [each.oid, newName])) {
      const message = `column "${newName}" of relation "${each.relname}" already exists`;
      throw new SqlError("42701", message);
    }
    // The columns of indexes keep the name that the column had when they were made.
    catalog.update(pgAttribute, own, { attname: newName });
  }
}

/** Here PostgreSQL does not say of which relation. */
function renamedColumn(context: DdlContext, table: ClassTuple, name: string) {
  checkNoSystemColumn(name, "rename");
  const column = findAttribute(context.catalog, table.oid, name);
  if (!column) {
    throw new SqlError("42703", `column "${name}" does not exist`);
  }
  return getColumn(context, table, name);
}
