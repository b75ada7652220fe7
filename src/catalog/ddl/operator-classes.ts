/**
 * CREATE OPERATOR CLASS and FAMILY, ALTER OPERATOR FAMILY.
 * https://www.postgresql.org/docs/15/sql-createopclass.html
 */

import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { type AccessMethod, accessMethodNamed, BTREE, HASH } from "../access-methods.ts";
import { isOwnBase } from "../base-types.ts";
import {
  AM_CLASS,
  NAMESPACE_CLASS,
  OPCLASS_CLASS,
  OPFAMILY_CLASS,
  TYPE_CLASS,
} from "../class-oids.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { isSuperuser } from "../memberships.ts";
import type { NamespaceTuple } from "../names.ts";
import { findDefaultOpclass } from "../opclasses.ts";
import type {
  AlterOperatorFamily,
  CreateOperatorClass,
  CreateOperatorFamily,
  FamilyItem,
  OperatorClassStatement,
} from "../operator-class-statement.ts";
import { pgAm } from "../relations/pg-am.ts";
import { pgOpclass } from "../relations/pg-opclass.ts";
import { pgOpfamily } from "../relations/pg-opfamily.ts";
import type { QualifiedName } from "../statement.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { dropObjects } from "./drop.ts";
import {
  checkNumber,
  familyName,
  invalid,
  membersOf,
  memberToDrop,
  pairOf,
  storeMembers,
} from "./family-members.ts";
import { nameText } from "./find-named.ts";
import { findOperatorGroup, typeOf } from "./find-routine.ts";
import { creationNamespace } from "./lookup.ts";

export function executeOperatorClass(context: DdlContext, statement: OperatorClassStatement): void {
  switch (statement.kind) {
    case "createOperatorClass":
      return createClass(context, statement);
    case "createOperatorFamily":
      return createFamily(context, statement);
    case "addToFamily":
    case "dropFromFamily":
      return alterFamily(context, statement);
  }
}

/** Throws 42704; 55000 for one of tables. */
function methodOf({ catalog }: DdlContext, name: string): AccessMethod {
  const found = accessMethodNamed(catalog, name);
  if (found) return found;
  if (catalog.find(pgAm, "name", [name])) {
    throw new SqlError("55000", `access method "${name}" is not of type INDEX`);
  }
  throw new SqlError("42704", `access method "${name}" does not exist`);
}

function checkSuperuser({ catalog, user }: DdlContext, what: string): void {
  if (isSuperuser(catalog, user.oid)) return;
  throw new SqlError("42501", `must be superuser to ${what}`);
}

function createFamily(context: DdlContext, { name, method }: CreateOperatorFamily): void {
  const namespace = creationNamespace(context, name);
  const found = methodOf(context, method);
  checkSuperuser(context, "create an operator family");
  insertFamily(context, found, name.name, namespace);
}

function insertFamily(
  context: DdlContext,
  method: AccessMethod,
  opfname: string,
  namespace: NamespaceTuple,
): Oid {
  const { catalog, user } = context;
  lockName(context, OPFAMILY_CLASS, namespace.oid, opfname);
  if (catalog.find(pgOpfamily, "am_name_nsp", [method.oid, opfname, namespace.oid])) {
    const shown = `operator family "${opfname}" for access method "${method.name}"`;
    throw new SqlError("42710", `${shown} already exists`);
  }
  const oid = context.allocateOid();
  const place = { opfnamespace: namespace.oid, opfowner: user.oid };
  catalog.insert(pgOpfamily, { oid, opfmethod: method.oid, opfname, ...place });
  const self = addressOf(OPFAMILY_CLASS, oid);
  addDependency(catalog, self, addressOf(AM_CLASS, method.oid), "a");
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  addOwner(catalog, self, user.oid);
  return oid;
}

/** Throws 42501, 42704, 42710, 42883, 42P17, 0A000. */
function createClass(context: DdlContext, statement: CreateOperatorClass): void {
  const { catalog, user } = context;
  const { name } = statement.name;
  const namespace = creationNamespace(context, statement.name);
  const method = methodOf(context, statement.method);
  checkSuperuser(context, "create an operator class");
  const type = typeOf(context, statement.type).oid;
  lockName(context, OPCLASS_CLASS, namespace.oid, name);
  const family = familyFor(context, statement, method, namespace);
  const members = membersOf(context, method, statement.items, type);
  const storage = storageOf(context, method, statement.items, type);
  if (catalog.find(pgOpclass, "am_name_nsp", [method.oid, name, namespace.oid])) {
    const shown = `operator class "${name}" for access method "${method.name}"`;
    throw new SqlError("42710", `${shown} already exists`);
  }
  if (statement.isDefault) checkDefault(context, method, statement, type);
  const oid = context.allocateOid();
  catalog.insert(pgOpclass, {
    ...{ oid, opcmethod: method.oid, opcname: name, opcnamespace: namespace.oid },
    ...{ opcowner: user.oid, opcfamily: family, opcintype: type },
    ...{ opcdefault: statement.isDefault, opckeytype: storage },
  });
  const group = { method, family, opclass: { oid, type } };
  storeMembers(context, group, members, familyName(context, family), false);
  const self = addressOf(OPCLASS_CLASS, oid);
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  addDependency(catalog, self, addressOf(OPFAMILY_CLASS, family), "a");
  addDependency(catalog, self, addressOf(TYPE_CLASS, type), "n");
  if (storage !== INVALID_OID) {
    addDependency(catalog, self, addressOf(TYPE_CLASS, storage), "n");
  }
  addOwner(catalog, self, user.oid);
}

/** The named one, or one of the class's own name, which is made where it is not there. */
function familyFor(
  context: DdlContext,
  { name, family, method: written }: CreateOperatorClass,
  method: AccessMethod,
  namespace: NamespaceTuple,
): Oid {
  if (family) return groupOf(context, family, written);
  const key = [method.oid, name.name, namespace.oid];
  const found = context.catalog.find(pgOpfamily, "am_name_nsp", key);
  return found?.oid ?? insertFamily(context, method, name.name, namespace);
}

const groupOf = (context: DdlContext, name: QualifiedName, method: string): Oid =>
  findOperatorGroup(context, { kind: "operatorFamily", method, name }).address.oid;

function storageOf(
  context: DdlContext,
  method: AccessMethod,
  items: readonly FamilyItem[],
  type: Oid,
): Oid {
  const [stored, second] = items.flatMap((item) => (item.kind === "storage" ? [item.type] : []));
  if (second) throw invalid("storage type specified more than once");
  const storage = stored ? typeOf(context, stored).oid : type;
  if (storage === type) return INVALID_OID;
  if (method.canStore) return storage;
  const message = "storage type cannot be different from data type for access method";
  throw invalid(`${message} "${method.name}"`);
}

/**
 * A type has one default class. Types that are compared here already would have to be sorted, and
 * hashed, otherwise: 0A000.
 */
function checkDefault(
  { catalog, expressions }: DdlContext,
  method: AccessMethod,
  { name: { name }, type: written }: CreateOperatorClass,
  type: Oid,
): void {
  const there = catalog
    .list(pgOpclass, "am_name_nsp", [method.oid])
    .find(({ opcintype, opcdefault }) => opcdefault && opcintype === type);
  if (there) {
    const message = `could not make operator class "${name}" be default for type ${nameText(written)}`;
    const detail = `Operator class "${there.opcname}" already is the default.`;
    throw new SqlError("42710", message, { detail });
  }
  if (method.oid !== BTREE && method.oid !== HASH) return;
  if (isOwnBase(catalog, type) || !findDefaultOpclass(catalog, type, method.oid)) return;
  throw notSupported(`another order of type ${expressions.typeText(type)} by default`);
}

function alterFamily(context: DdlContext, statement: AlterOperatorFamily): void {
  const { name } = statement;
  const method = methodOf(context, statement.method);
  const family = groupOf(context, name, statement.method);
  checkSuperuser(context, "alter an operator family");
  const shown = nameText(name);
  if (statement.kind === "addToFamily") {
    if (statement.items.some(({ kind }) => kind === "storage")) {
      throw new SqlError("42601", "STORAGE cannot be specified in ALTER OPERATOR FAMILY");
    }
    const members = membersOf(context, method, statement.items, undefined);
    return storeMembers(context, { method, family }, members, shown, true);
  }
  const keys = statement.items.map(({ kind, number, types }) => {
    checkNumber(method, kind, number);
    const [left, right] = pairOf(context, types) ?? [INVALID_OID, INVALID_OID];
    return { kind, number, left, right };
  });
  for (const key of keys) dropObjects(context, [memberToDrop(context, family, shown, key)], false);
}
