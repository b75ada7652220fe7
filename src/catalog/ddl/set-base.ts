/**
 * ALTER TYPE … SET, of base types and of domains over them.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/typecmds.c
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { PROC_CLASS, TYPE_CLASS } from "../class-oids.ts";
import type { DefinitionItem } from "../defined-statement.ts";
import { dependentsOf, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { TypeTuple } from "../names.ts";
import { isTrueArray } from "../opclasses.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgType } from "../relations/pg-type.ts";
import type { SetBase } from "../type-statement.ts";
import {
  checkSuperuser,
  dependOnFunctions,
  isItem,
  MISSING,
  reader,
  storageOf,
  writer,
} from "./base-types.ts";
import type { DdlContext } from "./context.ts";
import { lockFound } from "./find-object.ts";
import { findType } from "./find-part.ts";
import { typeItself } from "./find-routine.ts";
import { checkOwnership } from "./object-ownership.ts";

type Changes = Partial<Pick<TypeTuple, "typstorage" | "typreceive" | "typsend">>;

/** Throws 42501, 42601, 42704, 42809, 42883, 42P17, 22023, 0A000. */
export function setBase(context: DdlContext, { type: name, items }: SetBase): void {
  const type = typeItself(context, name);
  const found = findType(context, { kind: "type", isDomain: false, type: name });
  const changes: Changes = {};
  let isSuperusers = false;
  for (const item of items) {
    Object.assign(changes, changeOf(context, type, item));
    isSuperusers ||=
      item.name !== "storage" || (type.typstorage === "p" && changes.typstorage !== "p");
  }
  if (isSuperusers) checkSuperuser(context, "alter a type");
  else checkOwnership(context, found.ownership);
  if (type.typtype !== "b" || isTrueArray(type)) {
    throw new SqlError("42809", `${context.expressions.typeText(type.oid)} is not a base type`);
  }
  lockFound(context, found, "AccessExclusive");
  change(context, type, changes);
}

/** Throws what is wrong with a value, and for what stays as it is. */
function changeOf(context: DdlContext, type: TypeTuple, item: DefinitionItem): Changes {
  const { name } = item;
  if (name === "storage") {
    const typstorage = storageOf(item);
    const refuse = (message: string) => new SqlError("42P17", message);
    if (typstorage !== "p" && type.typlen !== -1) {
      throw refuse("fixed-size types must have storage PLAIN");
    }
    if (typstorage === "p" && type.typstorage !== "p") {
      throw refuse("cannot change type's storage to PLAIN");
    }
    return { typstorage };
  }
  const isNone = item.value === undefined || item.named?.name === "none";
  if (name === "receive") {
    return { typreceive: isNone ? INVALID_OID : reader(context, item, type, "receive") };
  }
  if (name === "send") {
    return { typsend: isNone ? INVALID_OID : writer(context, item, type, "send") };
  }
  if (MISSING.some((each) => each === name) && name !== "element") {
    throw notSupported(`a base type with ${name.toUpperCase()}`);
  }
  const what = isItem(name) ? "cannot be changed" : "not recognized";
  throw new SqlError("42601", `type attribute "${name}" ${what}`);
}

/** Of the type, and of the domains over it, which read values in their own way. */
function change(context: DdlContext, type: TypeTuple, changes: Changes): void {
  const { catalog } = context;
  catalog.update(pgType, type, changes);
  const self = addressOf(TYPE_CLASS, type.oid);
  dependAnew(context, type.oid);
  const { typreceive: _, ...inherited } = changes;
  for (const { classid, objid } of dependentsOf(catalog, self)) {
    const row = classid === TYPE_CLASS ? catalog.find(pgType, "key", [objid]) : undefined;
    if (row?.typtype === "d" && row.typbasetype === type.oid) change(context, row, inherited);
  }
}

function dependAnew(context: DdlContext, type: Oid): void {
  const { catalog } = context;
  for (const each of referencesOf(catalog, addressOf(TYPE_CLASS, type))) {
    if (each.refclassid === PROC_CLASS) catalog.delete(pgDepend, each);
  }
  dependOnFunctions(context, type, catalog.find(pgType, "key", [type]) as TypeTuple);
}
