/**
 * RENAME TO, SET SCHEMA and OWNER TO of objects that are no relations, schemas, databases or roles.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/alter.c
 *
 * The system's own objects belong to every database, so that none of these can be changed.
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { nameTag } from "../../txn/lock-tag.ts";
import { withOwner } from "../acl.ts";
import {
  COLLATION_CLASS,
  EVENT_TRIGGER_CLASS,
  OPCLASS_CLASS,
  OPFAMILY_CLASS,
  PROC_CLASS,
  SERVER_CLASS,
  SUBSCRIPTION_CLASS,
  TABLESPACE_CLASS,
  TYPE_CLASS,
  WRAPPER_CLASS,
} from "../class-oids.ts";
import { changeOwner } from "../dependencies.ts";
import type { ObjectAddress } from "../describe.ts";
import { encodingName } from "../encodings.ts";
import { isSuperuser } from "../memberships.ts";
import { getRole, type Role } from "../names.ts";
import {
  factsOf,
  findByName,
  type ObjectClass,
  type ObjectFacts,
  type ObjectRow,
  objectClassNamed,
  objectClassOf,
} from "../object-classes.ts";
import type { ObjectName, ObjectOwner, ObjectSchema, RenameObject } from "../object-name.ts";
import { checkMayCreateIn, checkMember, checkOwner } from "../privileges.ts";
import type { Columns, NewRow, Tuple } from "../relation.ts";
import { pgAm } from "../relations/pg-am.ts";
import { pgCollation } from "../relations/pg-collation.ts";
import { pgEventTrigger } from "../relations/pg-event-trigger.ts";
import { pgOpclass } from "../relations/pg-opclass.ts";
import { pgOpfamily } from "../relations/pg-opfamily.ts";
import { pgProc } from "../relations/pg-proc.ts";
import { typesAltered } from "./alter-types.ts";
import { type AlteredOtherwise, alreadyExists, namespaceOf } from "./altered-otherwise.ts";
import type { DdlContext } from "./context.ts";
import { findObject, lockFound } from "./find-object.ts";
import { typeItself } from "./find-routine.ts";
import { serversAltered, wrappersAltered } from "./foreign-privileges.ts";
import { describerOf, lockNamespace, targetNamespace } from "./lookup.ts";
import { checkOwnership, type FoundObject, refuseBuiltIn } from "./object-ownership.ts";
import { checkMovable, checkNotTemporary, moveDependency } from "./set-schema.ts";
import { subscriptionsAltered } from "./subscription-owners.ts";

const otherwise = new Map<Oid, AlteredOtherwise>([
  [COLLATION_CLASS, { refuseTwin: refuseSameCollation }],
  [OPCLASS_CLASS, { refuseTwin: refuseSameClass }],
  [OPFAMILY_CLASS, { refuseTwin: refuseSameFamily }],
  [EVENT_TRIGGER_CLASS, { checkMayGive: checkMayOwnEventTrigger }],
  [PROC_CLASS, { refuseTwin: refuseSameRoutine }],
  [SERVER_CLASS, serversAltered],
  [SUBSCRIPTION_CLASS, subscriptionsAltered],
  // Relations are put into it, whoever owns it.
  [TABLESPACE_CLASS, { lock: "Exclusive" }],
  [TYPE_CLASS, typesAltered],
  [WRAPPER_CLASS, wrappersAltered],
]);

interface Altered {
  readonly found: FoundObject;
  readonly objects: ObjectClass;
  readonly row: ObjectRow;
  readonly facts: ObjectFacts;
  readonly special: AlteredOtherwise;
}

export function renameObject(context: DdlContext, { object, newName }: RenameObject): void {
  const { catalog, user } = context;
  const { found, objects, row, facts, special } = ownToAlter(context, object, "rename");
  if (special.rename) return special.rename(context, row.oid, newName);
  const { namespace } = facts;
  if (namespace !== undefined) {
    checkMayCreateIn(catalog, user.oid, namespaceOf(context, namespace));
  }
  lockName(context, found.address.classOid, namespace, newName);
  refuseTwin(context, objects, row, newName, namespace);
  change(context, objects, row, { [objects.name]: newName });
}

export function setObjectSchema(context: DdlContext, { object, schema }: ObjectSchema): void {
  const { catalog, user } = context;
  const altered = ownToAlter(context, object, "set schema of");
  const target = targetNamespace(context, schema);
  checkMayCreateIn(catalog, user.oid, target);
  moveTo(context, altered, target.oid);
}

/** Whoever may: a member of an extension goes where that goes. */
export function moveObject(context: DdlContext, found: FoundObject, target: Oid): void {
  lockFound(context, found, "AccessExclusive");
  moveTo(context, alteredAt(context, found), target);
}

/** The schema that an object is in; undefined: its kind is in none, or a relation's. */
export function schemaOf(context: DdlContext, found: FoundObject): Oid | undefined {
  const objects = objectClassOf(found.address.classOid);
  return objects?.namespace === undefined ? undefined : alteredAt(context, found).facts.namespace;
}

function moveTo(context: DdlContext, altered: Altered, target: Oid): void {
  const { found, objects, row, facts, special } = altered;
  const { namespace: column } = objects;
  assert(column !== undefined, `a ${objects.noun} is in a schema`);
  checkNotTemporary(context, [facts.namespace as Oid, target]);
  if (target === facts.namespace) return;
  checkMovable(target);
  lockNamespace(context, target, "AccessShare");
  lockName(context, found.address.classOid, facts.namespace, facts.name);
  lockName(context, found.address.classOid, target, facts.name);
  refuseTwin(context, objects, row, facts.name, target);
  change(context, objects, row, { [column]: target });
  moveDependency(context, found.address, target);
  special.moved?.(context, row.oid, target);
}

export function setObjectOwner(context: DdlContext, statement: ObjectOwner): void {
  const owner = getRole(context.catalog, statement.owner, context);
  const altered = toAlter(context, statement.object);
  if (altered.facts.owner === owner.oid) return;
  checkMayGive(context, altered, owner);
  giveObject(context, altered.found.address, owner);
}

function toAlter(context: DdlContext, object: ObjectName): Altered {
  const anyType = object.kind === "type" ? { ...object, isDomain: false } : object;
  const found = findObject(context, anyType);
  const { lock = "AccessExclusive" } = otherwise.get(found.address.classOid) ?? {};
  lockFound(context, found, lock);
  const altered = alteredAt(context, found);
  altered.special.check?.(context, altered.row.oid, object);
  return altered;
}

function ownToAlter(
  context: DdlContext,
  object: ObjectName,
  what: "rename" | "set schema of",
): Altered {
  if (object.kind === "type") typeItself(context, object.type);
  const altered = toAlter(context, object);
  const { ownership, address } = altered.found;
  if (ownership.by === "superusers" && !isSuperuser(context.catalog, context.user.oid)) {
    const shown = describerOf(context).describe(address);
    throw new SqlError("42501", `must be superuser to ${what} ${shown}`);
  }
  // It is called by its access method as well where it is dropped alone.
  const isGroup = address.classOid === OPCLASS_CLASS || address.classOid === OPFAMILY_CLASS;
  const name = isGroup ? { name: altered.facts.name } : {};
  checkOwnership(context, { ...ownership, ...name } as typeof ownership);
  refuseBuiltIn(context, altered.found.address);
  return altered;
}

function alteredAt(context: DdlContext, found: FoundObject): Altered {
  const { classOid, oid } = found.address;
  const objects = objectClassOf(classOid);
  const row = objects && context.catalog.find(objects.relation, "key", [oid]);
  assert(objects && row, `object ${oid} of class ${classOid} has a name and is there`);
  const facts = factsOf(objects, row as ObjectRow);
  const special = otherwise.get(classOid) ?? {};
  return { found, objects, row: row as ObjectRow, facts, special };
}

/** Nobody else makes an object of that name until we end. */
export function lockName(
  context: DdlContext,
  classOid: Oid,
  namespace: Oid | undefined,
  name: string,
): void {
  const lock = otherwise.get(classOid)?.lockName;
  if (lock && namespace !== undefined) return lock(context, namespace, name);
  const tag = nameTag(context.catalog.database, classOid, namespace ?? (0 as Oid), name);
  context.transaction.lock(tag, "AccessExclusive");
}

function refuseTwin(
  context: DdlContext,
  objects: ObjectClass,
  row: ObjectRow,
  name: string,
  namespace: Oid | undefined,
): void {
  const special = otherwise.get(objects.relation.oid)?.refuseTwin;
  if (special && namespace !== undefined) return special(context, row.oid, name, namespace);
  if (!findByName(context.catalog, objects, name, namespace)) return;
  throw alreadyExists(context, objects.noun, name, namespace);
}

function refuseSameCollation(context: DdlContext, _: Oid, name: string, namespace: Oid): void {
  const objects = objectClassNamed("collation");
  const row = findByName(context.catalog, objects, name, namespace);
  if (!row) return;
  const encoding = context.catalog.find(pgCollation, "key", [row.oid])?.collencoding ?? -1;
  const which = encoding === -1 ? "" : ` for encoding "${encodingName(encoding)}"`;
  const schema = namespaceOf(context, namespace).nspname;
  const message = `collation "${name}"${which} already exists in schema "${schema}"`;
  throw new SqlError("42710", message);
}

function refuseSameClass(context: DdlContext, oid: Oid, name: string, namespace: Oid): void {
  const { catalog } = context;
  const method = catalog.find(pgOpclass, "key", [oid])?.opcmethod as Oid;
  if (!catalog.find(pgOpclass, "am_name_nsp", [method, name, namespace])) return;
  throw sameGroup(context, "operator class", method, name, namespace);
}

function refuseSameFamily(context: DdlContext, oid: Oid, name: string, namespace: Oid): void {
  const { catalog } = context;
  const method = catalog.find(pgOpfamily, "key", [oid])?.opfmethod as Oid;
  if (!catalog.find(pgOpfamily, "am_name_nsp", [method, name, namespace])) return;
  throw sameGroup(context, "operator family", method, name, namespace);
}

function sameGroup(
  context: DdlContext,
  noun: string,
  method: Oid,
  name: string,
  namespace: Oid,
): SqlError {
  const of = context.catalog.find(pgAm, "key", [method])?.amname;
  const schema = namespaceOf(context, namespace).nspname;
  const message = `${noun} "${name}" for access method "${of}" already exists in schema "${schema}"`;
  return new SqlError("42710", message);
}

function refuseSameRoutine(context: DdlContext, oid: Oid, name: string, namespace: Oid): void {
  const { catalog, expressions } = context;
  const types = catalog.find(pgProc, "key", [oid])?.proargtypes ?? [];
  if (!catalog.find(pgProc, "proname_args_nsp", [name, types, namespace])) return;
  const shown = types.map((type) => expressions.typeText(type)).join(", ");
  const schema = namespaceOf(context, namespace).nspname;
  const message = `function ${name}(${shown}) already exists in schema "${schema}"`;
  throw new SqlError("42723", message);
}

/** Asked of superusers, too. */
function checkMayOwnEventTrigger(context: DdlContext, oid: Oid, owner: Oid): void {
  const { catalog, user } = context;
  const row = catalog.find(pgEventTrigger, "key", [oid]);
  checkOwner(catalog, user.oid, row?.evtowner as Oid, "event trigger", row?.evtname ?? "");
  if (isSuperuser(catalog, owner)) return;
  const message = `permission denied to change owner of event trigger "${row?.evtname}"`;
  const hint = "The owner of an event trigger must be a superuser.";
  throw new SqlError("42501", message, { hint });
}

/** Superusers may; others own the object, may become the owner, who may create in its schema. */
function checkMayGive(context: DdlContext, altered: Altered, owner: Role): void {
  const { catalog, user } = context;
  const { found, special, row } = altered;
  const { namespace } = altered.facts;
  if (special.checkMayGive) return special.checkMayGive(context, row.oid, owner.oid);
  if (isSuperuser(catalog, user.oid)) return;
  checkOwnership(context, found.ownership);
  checkMember(catalog, user.oid, owner);
  special.checkMayOwn?.(context, row.oid, owner.oid);
  if (namespace === undefined) return;
  checkMayCreateIn(catalog, owner.oid, namespaceOf(context, namespace));
}

/** Without asking who may. */
export function giveObject(context: DdlContext, address: ObjectAddress, owner: Role): void {
  const { catalog } = context;
  const objects = objectClassOf(address.classOid);
  const row = objects && catalog.find(objects.relation, "key", [address.oid]);
  if (!row || objects.owner === undefined) throw notSupported("an owner of this object");
  const { owner: before, acl } = factsOf(objects, row as ObjectRow);
  if (before === owner.oid) return;
  refuseBuiltIn(context, address);
  change(context, objects, row as ObjectRow, {
    [objects.owner]: owner.oid,
    ...(objects.acl && acl ? { [objects.acl]: withOwner(acl, before as Oid, owner.oid) } : {}),
  });
  changeOwner(catalog, address, owner.oid, objects.relation.layout.shared);
  otherwise.get(address.classOid)?.given?.(context, address.oid, owner.oid);
}

const change = (
  { catalog }: DdlContext,
  { relation }: ObjectClass,
  row: ObjectRow,
  changed: NewRow<Columns>,
): void => catalog.update(relation, row as Tuple<Columns>, changed);
