/**
 * REASSIGN OWNED and DROP OWNED: whatever pg_shdepend says that roles own in this database, and
 * shared objects.
 * https://www.postgresql.org/docs/15/sql-reassign-owned.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import {
  DATABASE_CLASS,
  DEFAULT_ACL_CLASS,
  isPinned,
  NAMESPACE_CLASS,
  RELATION_CLASS,
  ROLE_CLASS,
} from "../class-oids.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import { hasRole } from "../memberships.ts";
import type { Role } from "../names.ts";
import type { DropOwned, ReassignOwned } from "../object-name.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { pgShdepend } from "../relations/pg-shdepend.ts";
import type { RoleSpec } from "../statement.ts";
import { giveObject } from "./alter-objects.ts";
import { giveRelation } from "./alter-table.ts";
import type { DdlContext } from "./context.ts";
import { lockDatabaseRow } from "./database-lookup.ts";
import { giveDatabase } from "./databases.ts";
import { revokeDefaults } from "./default-privileges.ts";
import { dropObjects } from "./drop.ts";
import { revokeAll } from "./grant.ts";
import { lockNamespace, lockRelation } from "./lookup.ts";
import { removeFromPolicy } from "./policies.ts";
import { getRoleRow, type RoleTuple } from "./role-lookup.ts";
import { changeSchemaOwner } from "./schemas.ts";

export function reassignOwned(context: DdlContext, statement: ReassignOwned): void {
  const roles = rolesNamed(context, statement.roles, "reassign");
  const row = getRoleRow(context, statement.owner);
  checkMayActFor(context, row, "reassign");
  const owner: Role = { oid: row.oid, name: row.rolname };
  for (const role of roles) {
    refusePinned(role, "reassign ownership of objects owned by");
    for (const object of dependingOn(context, role.oid, "o")) give(context, object, owner);
  }
}

/**
 * The youngest first, as if each were dropped by name. What was granted to the roles, on objects of
 * whomever, is taken from them, and policies are for the others.
 */
export function dropOwned(context: DdlContext, statement: DropOwned): void {
  const roles = rolesNamed(context, statement.roles, "drop");
  const objects: ObjectAddress[] = [];
  for (const role of roles) {
    refusePinned(role, "drop objects owned by");
    for (const { address } of dependingOn(context, role.oid, "r")) {
      if (!removeFromPolicy(context, address, role.oid)) objects.push(address);
    }
    for (const { address } of dependingOn(context, role.oid, "a")) {
      if (address.classOid === DEFAULT_ACL_CLASS) revokeDefaults(context, address, role.oid);
      else revokeAll(context, address, role.oid);
    }
    const local = dependingOn(context, role.oid, "o").filter(({ isShared }) => !isShared);
    objects.push(...local.map(({ address }) => address));
  }
  objects.sort((a, b) => b.oid - a.oid || a.classOid - b.classOid || a.subId - b.subId);
  dropObjects(context, objects, statement.cascade);
}

function rolesNamed(
  context: DdlContext,
  specs: readonly RoleSpec[],
  verb: "reassign" | "drop",
): readonly RoleTuple[] {
  const roles = specs.map((spec) => getRoleRow(context, spec));
  for (const role of roles) checkMayActFor(context, role, verb);
  return roles;
}

function checkMayActFor({ catalog, user }: DdlContext, role: RoleTuple, verb: string): void {
  if (hasRole(catalog, user.oid, role.oid)) return;
  throw new SqlError("42501", `permission denied to ${verb} objects`);
}

function refusePinned(role: RoleTuple, what: string): void {
  if (!isPinned(ROLE_CLASS, role.oid)) return;
  const why = "because they are required by the database system";
  throw new SqlError("2BP01", `cannot ${what} role ${role.rolname} ${why}`);
}

interface Owned {
  readonly address: ObjectAddress;
  readonly isShared: boolean;
}

function dependingOn({ catalog }: DdlContext, role: Oid, how: "o" | "a" | "r"): readonly Owned[] {
  return catalog
    .list(pgShdepend, "reference", [ROLE_CLASS, role])
    .filter(({ deptype }) => deptype === how)
    .filter(({ dbid }) => dbid === 0 || dbid === catalog.database)
    .map(({ dbid, classid, objid, objsubid }) => ({
      address: addressOf(classid, objid, objsubid),
      isShared: dbid === 0,
    }));
}

/** What belongs to a table goes with it, so that it may have been given already. */
function give(context: DdlContext, { address }: Owned, owner: Role): void {
  const { catalog } = context;
  switch (address.classOid) {
    case RELATION_CLASS: {
      lockRelation(context, address.oid, "AccessExclusive");
      const relation = catalog.find(pgClass, "key", [address.oid]);
      if (relation && relation.relowner !== owner.oid) giveRelation(context, relation, owner);
      return;
    }
    case NAMESPACE_CLASS: {
      lockNamespace(context, address.oid, "AccessExclusive");
      const namespace = catalog.find(pgNamespace, "key", [address.oid]);
      if (namespace) changeSchemaOwner(context, namespace, owner);
      return;
    }
    case DATABASE_CLASS:
      return giveDatabase(context, lockDatabaseRow(context, address.oid), owner);
    case DEFAULT_ACL_CLASS:
      return;
    default:
      return giveObject(context, address, owner);
  }
}
