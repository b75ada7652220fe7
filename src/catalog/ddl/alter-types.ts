/** RENAME, SET SCHEMA and DROP of types; a type takes its array type along. */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { TYPE_CLASS } from "../class-oids.ts";
import { tagOf } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import { findMeant, type TypeTuple } from "../names.ts";
import { checkMayCreateIn } from "../privileges.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgType } from "../relations/pg-type.ts";
import type { TypeName } from "../statement.ts";
import { resolveTypeName, typeNameText } from "../type-name.ts";
import type { DropTypes, RenameType, SetTypeSchema } from "../type-statement.ts";
import type { DdlContext } from "./context.ts";
import { dropObjects, requiredBySystem } from "./drop.ts";
import { findType } from "./find-part.ts";
import { typeOf } from "./find-routine.ts";
import { chooseArrayTypeName, moveArrayType } from "./generated-names.ts";
import {
  describerOf,
  lockNamespace,
  lockRelationName,
  searchPathOf,
  targetNamespace,
} from "./lookup.ts";
import { checkOwnership } from "./object-ownership.ts";
import { renameTo } from "./rename.ts";
import { checkMovable, checkNotTemporary, moveDependency } from "./set-schema.ts";
import { checkTypeOwnable } from "./type-owner.ts";

/** The type that an ALTER names, locked and ours. */
function typeToAlter(context: DdlContext, name: TypeName, isDomain: boolean): TypeTuple {
  const row = typeOf(context, name);
  const address = addressOf(TYPE_CLASS, row.oid);
  checkOwnership(
    context,
    findType(context, { kind: "type", isDomain: false, type: name }).ownership,
  );
  if (isDomain && row.typtype !== "d") {
    throw new SqlError("42809", `${context.expressions.typeText(row.oid)} is not a domain`);
  }
  checkTypeOwnable(context, row.oid);
  context.transaction.lock(tagOf(context.catalog.database, address), "AccessExclusive");
  return row;
}

export function renameType(context: DdlContext, statement: RenameType): void {
  const { catalog } = context;
  const { newName } = statement;
  const type = typeToAlter(context, statement.type, statement.isDomain);
  const { typnamespace: namespace } = type;
  const relation = catalog.find(pgClass, "key", [type.typrelid]);
  if (relation) return renameTo(context, relation, newName);
  lockRelationName(context, namespace, type.typname);
  lockRelationName(context, namespace, newName);
  if (!moveArrayType(context, namespace, newName)) {
    throw new SqlError("42710", `type "${newName}" already exists`);
  }
  catalog.update(pgType, type, { typname: newName });
  const array = catalog.find(pgType, "key", [type.typarray]);
  if (!array) return;
  const typname = chooseArrayTypeName(context, namespace, newName);
  catalog.update(pgType, array, { typname });
}

export function setTypeSchema(context: DdlContext, statement: SetTypeSchema): void {
  const { catalog } = context;
  const type = typeToAlter(context, statement.type, statement.isDomain);
  const target = targetNamespace(context, statement.schema);
  lockNamespace(context, target.oid, "AccessShare");
  checkMayCreateIn(catalog, context.user.oid, target);
  checkNotTemporary(context, [type.typnamespace, target.oid]);
  if (target.oid === type.typnamespace) return;
  checkMovable(target.oid);
  moveType(context, type, target.oid);
  moveDependency(context, addressOf(TYPE_CLASS, type.oid), target.oid);
  const relation = catalog.find(pgClass, "key", [type.typrelid]);
  if (relation) catalog.update(pgClass, relation, { relnamespace: target.oid });
  for (const row of catalog.list(pgConstraint, "conrelid_contypid_conname", [0, type.oid])) {
    catalog.update(pgConstraint, row, { connamespace: target.oid });
  }
  const array = catalog.find(pgType, "key", [type.typarray]);
  if (array) moveType(context, array, target.oid);
}

function moveType(context: DdlContext, type: TypeTuple, namespace: Oid): void {
  const { catalog } = context;
  const { typname: name } = type;
  lockRelationName(context, type.typnamespace, name);
  lockRelationName(context, namespace, name);
  if (catalog.find(pgType, "typname_nsp", [name, namespace])) {
    const schema = describerOf(context).describe(addressOf(2615 as Oid, namespace));
    const shown = schema?.replace(/^schema /, "");
    throw new SqlError("42710", `type "${name}" already exists in schema "${shown}"`);
  }
  catalog.update(pgType, type, { typnamespace: namespace });
}

export function dropTypes(context: DdlContext, statement: DropTypes): void {
  const originals: ObjectAddress[] = [];
  for (const name of statement.types) {
    const found = typeToDrop(context, name, statement);
    if (found) originals.push(found);
  }
  dropObjects(context, originals, statement.cascade);
}

function typeToDrop(
  context: DdlContext,
  name: TypeName,
  { ifExists, isDomain }: DropTypes,
): ObjectAddress | undefined {
  if (ifExists && name.schema !== undefined && !findMeant(context.catalog, name.schema)) {
    context.notice(notice(`schema "${name.schema}" does not exist, skipping`));
    return undefined;
  }
  if (ifExists && !exists(context, name)) {
    context.notice(notice(`type "${typeNameText(name)}" does not exist, skipping`));
    return undefined;
  }
  const { address, ownership } = findType(context, { kind: "type", isDomain, type: name });
  checkOwnership(context, ownership);
  if (address.oid < FIRST_USER_OID) {
    throw requiredBySystem(`type ${context.expressions.typeText(address.oid)}`);
  }
  context.transaction.lock(tagOf(context.catalog.database, address), "AccessExclusive");
  return address;
}

function exists(context: DdlContext, name: TypeName): boolean {
  try {
    resolveTypeName(context.catalog, name, searchPathOf(context), context.user.oid);
    return true;
  } catch (error) {
    if (error instanceof SqlError && error.code === "42704") return false;
    throw error;
  }
}
