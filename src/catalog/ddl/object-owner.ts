/**
 * OWNER TO of what is no relation, schema or database.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/alter.c
 *
 * The system's own objects belong to every database, so that none of these can be given away.
 */

import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { withOwner } from "../acl.ts";
import { relationByOid } from "../all-relations.ts";
import { TYPE_CLASS } from "../class-oids.ts";
import { changeOwner } from "../dependencies.ts";
import type { ObjectAddress } from "../describe.ts";
import { isSuperuser } from "../memberships.ts";
import { getRole, type NamespaceTuple, type Role } from "../names.ts";
import type { ObjectName, ObjectOwner } from "../object-name.ts";
import { checkMayCreateIn, checkMember } from "../privileges.ts";
import type { Columns, NewRow, Tuple } from "../relation.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DdlContext } from "./context.ts";
import { findObject, lockFound } from "./find-object.ts";
import { checkOwnership, type FoundObject } from "./object-ownership.ts";
import { checkTypeOwnable, typesWith } from "./type-owner.ts";

export function setObjectOwner(context: DdlContext, statement: ObjectOwner): void {
  const owner = getRole(context.catalog, statement.owner, context);
  const found = findOwned(context, statement.object);
  lockFound(context, found, "AccessExclusive");
  if (found.address.classOid === TYPE_CLASS) checkTypeOwnable(context, found.address.oid);
  const before = rowOf(context, found.address);
  if (before.owner === owner.oid) return;
  checkMayGive(context, found, before.namespace, owner);
  giveObject(context, found.address, owner);
}

/** Here the refusal of what is no domain says the type's own name. */
function findOwned(context: DdlContext, object: ObjectName): FoundObject {
  if (object.kind !== "type" || !object.isDomain) return findObject(context, object);
  const found = findObject(context, { ...object, isDomain: false });
  const type = context.catalog.find(pgType, "key", [found.address.oid]);
  if (type?.typtype === "d") return found;
  const name = context.expressions.typeText(found.address.oid);
  throw new SqlError("42809", `${name} is not a domain`);
}

/** Superusers may; others own the object, may become the owner, who may create in its schema. */
function checkMayGive(
  context: DdlContext,
  found: FoundObject,
  namespace: Oid | undefined,
  owner: Role,
): void {
  const { catalog, user } = context;
  if (isSuperuser(catalog, user.oid)) return;
  checkOwnership(context, found.ownership);
  checkMember(catalog, user.oid, owner);
  if (namespace === undefined) return;
  const schema = catalog.find(pgNamespace, "key", [namespace]) as NamespaceTuple;
  checkMayCreateIn(catalog, owner.oid, schema);
}

interface OwnedRow {
  readonly row: Tuple<Columns>;
  readonly ownerColumn: string;
  readonly owner: Oid;
  readonly namespace: Oid | undefined;
  readonly aclColumn: string | undefined;
}

function rowOf({ catalog }: DdlContext, { classOid, oid }: ObjectAddress): OwnedRow {
  const relation = relationByOid(classOid);
  const row = relation && catalog.find(relation, "key", [oid]);
  const columns = relation?.columnNames ?? [];
  const ownerColumn = columns.find((name) => name.endsWith("owner"));
  if (!row || ownerColumn === undefined) throw notSupported("an owner of this object");
  const oidIn = (name: string | undefined) =>
    name === undefined ? undefined : (row as unknown as Record<string, Oid>)[name];
  return {
    row,
    ownerColumn,
    owner: oidIn(ownerColumn) as Oid,
    namespace: oidIn(columns.find((name) => name.endsWith("namespace"))),
    aclColumn: columns.find((name) => name.endsWith("acl")),
  };
}

/** Without asking who may. */
export function giveObject(context: DdlContext, address: ObjectAddress, owner: Role): void {
  const { catalog } = context;
  const relation = relationByOid(address.classOid);
  const { row, ownerColumn, owner: before, aclColumn } = rowOf(context, address);
  if (!relation || before === owner.oid) return;
  const { shared } = relation.layout;
  if (!shared && !catalog.findLayers(relation, [address.oid]).own) {
    throw notSupported("changing the owner of a system object");
  }
  const acl = aclColumn && (row as unknown as Record<string, readonly string[] | null>)[aclColumn];
  const changed = {
    [ownerColumn]: owner.oid,
    ...(aclColumn && acl ? { [aclColumn]: withOwner(acl, before, owner.oid) } : {}),
  } as NewRow<Columns>;
  catalog.update(relation, row, changed);
  changeOwner(catalog, address, owner.oid, shared);
  if (address.classOid !== TYPE_CLASS) return;
  for (const type of typesWith(catalog, address.oid)) {
    catalog.update(pgType, type, { typowner: owner.oid });
  }
  const composite = catalog.find(pgType, "key", [address.oid])?.typrelid ?? 0;
  const columns = catalog.find(pgClass, "key", [composite]);
  if (columns) catalog.update(pgClass, columns, { relowner: owner.oid });
}
