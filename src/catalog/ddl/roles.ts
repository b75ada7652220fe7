/**
 * ROLES are shared by all databases: CREATE, ALTER, RENAME.
 * https://www.postgresql.org/docs/15/sql-createrole.html
 */

import { notice, SqlError } from "../../base/sql-error.ts";
import { ROLE_CLASS } from "../class-oids.ts";
import { isSuperuser } from "../memberships.ts";
import { findRole } from "../names.ts";
import type { NewRow } from "../relation.ts";
import { pgAuthid } from "../relations/pg-authid.ts";
import type { AlterRole, CreateRole, RenameRole, RoleOptions } from "../role-statement.ts";
import type { RoleSpec } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { lockSharedName } from "./lookup.ts";
import {
  checkAlterableName,
  getRoleRow,
  lockedRole,
  mayCreateRoles,
  type RoleTuple,
} from "./role-lookup.ts";
import { addMembers, removeMembers } from "./role-members.ts";
import { isMd5Verifier, passwordVerifier } from "./role-passwords.ts";

export function createRole(context: DdlContext, statement: CreateRole): void {
  const { catalog } = context;
  const { name, options } = statement;
  checkOptions(context, options);
  checkMayCreateRole(context, options);
  checkNotReserved(name);
  lockSharedName(context, ROLE_CLASS, name);
  if (findRole(catalog, name)) throw roleExists(name);
  const values = attributes(context, name, options);
  const oid = context.allocateOid();
  catalog.insert(pgAuthid, {
    oid,
    rolname: name,
    ...values,
    rolcanlogin: options.login ?? statement.noun === "user",
  });
  const created: RoleSpec = { kind: "name", name };
  for (const spec of options.memberOf ?? []) {
    addMembers(context, getRoleRow(context, spec), [created], { admin: false });
  }
  const role = getRoleRow(context, created);
  addMembers(context, role, options.adminMembers ?? [], { admin: true });
  addMembers(context, role, options.members ?? [], { admin: false });
}

/** What is wrong with the options themselves; SYSID is read and means nothing. */
function checkOptions(context: DdlContext, options: RoleOptions): void {
  for (let said = 0; said < options.sysIds; said++) {
    context.notice(notice("SYSID can no longer be specified"));
  }
  if (options.repeated) {
    throw new SqlError("42601", "conflicting or redundant options", options.repeated);
  }
  const { connectionLimit: limit = -1 } = options;
  if (limit < -1) throw new SqlError("22023", `invalid connection limit: ${limit}`);
}

function checkMayCreateRole(context: DdlContext, options: RoleOptions): void {
  const { catalog, user } = context;
  if (isSuperuser(catalog, user.oid)) return;
  const what = options.superuser
    ? "superusers"
    : options.replication
      ? "replication users"
      : options.bypassRls
        ? "bypassrls users"
        : undefined;
  if (what !== undefined) throw new SqlError("42501", `must be superuser to create ${what}`);
  if (!mayCreateRoles(catalog, user.oid)) {
    throw new SqlError("42501", "permission denied to create role");
  }
}

function checkNotReserved(name: string): void {
  if (!name.startsWith("pg_")) return;
  throw new SqlError("42939", `role name "${name}" is reserved`, {
    detail: 'Role names starting with "pg_" are reserved.',
  });
}

const roleExists = (name: string): SqlError =>
  new SqlError("42710", `role "${name}" already exists`);

/** Columns that the options give a value; undefined ones keep theirs. */
function attributes(
  context: DdlContext,
  name: string,
  options: RoleOptions,
): NewRow<(typeof pgAuthid)["columns"]> {
  const { validUntil } = options;
  // The time is read before the password, which may be noticed.
  const until = validUntil === undefined ? undefined : context.values.timestamp(validUntil);
  return {
    rolsuper: options.superuser,
    rolinherit: options.inherit,
    rolcreaterole: options.createRole,
    rolcreatedb: options.createDatabase,
    rolcanlogin: options.login,
    rolreplication: options.replication,
    rolbypassrls: options.bypassRls,
    rolconnlimit: options.connectionLimit,
    rolvaliduntil: until,
    rolpassword: newPassword(context, name, options.password),
  } as NewRow<(typeof pgAuthid)["columns"]>;
}

function newPassword(
  context: DdlContext,
  name: string,
  password: string | null | undefined,
): string | null | undefined {
  if (password === undefined || password === null) return password;
  const verifier = passwordVerifier(name, password, context.settings.kept("password_encryption"));
  if (verifier !== undefined) return verifier;
  context.notice(notice("empty string is not a valid password, clearing password"));
  return null;
}

export function alterRole(context: DdlContext, statement: AlterRole): void {
  const { catalog } = context;
  const { options } = statement;
  checkAlterableName(statement.role);
  checkOptions(context, options);
  const role = lockedRole(context, getRoleRow(context, statement.role).oid);
  checkMayAlter(context, role, options);
  catalog.update(pgAuthid, role, attributes(context, role.rolname, options));
  if (!options.members) return;
  const changed = lockedRole(context, role.oid);
  if (statement.dropsMembers) removeMembers(context, changed, options.members, { admin: false });
  else addMembers(context, changed, options.members, { admin: false });
}

function checkMayAlter(context: DdlContext, role: RoleTuple, options: RoleOptions): void {
  const { catalog, user } = context;
  if (isSuperuser(catalog, user.oid)) return;
  const what =
    role.rolsuper || options.superuser !== undefined
      ? "alter superuser roles or change superuser attribute"
      : role.rolreplication || options.replication !== undefined
        ? "alter replication roles or change replication attribute"
        : options.bypassRls !== undefined
          ? "change bypassrls attribute"
          : undefined;
  if (what !== undefined) throw new SqlError("42501", `must be superuser to ${what}`);
  if (mayCreateRoles(catalog, user.oid)) return;
  // Everybody may change their own password, and nothing beside it.
  const { password, sysIds: _, ...others } = options;
  const isOwnPassword = password !== undefined && role.oid === user.oid;
  if (!isOwnPassword || Object.keys(others).length > 0) {
    throw new SqlError("42501", "permission denied");
  }
}

export function renameRole(context: DdlContext, statement: RenameRole): void {
  const { catalog } = context;
  const { name, newName } = statement;
  const { oid } = getRoleRow(context, { kind: "name", name });
  if (oid === context.sessionUser.oid) {
    throw new SqlError("0A000", "session user cannot be renamed");
  }
  if (oid === context.user.oid) throw new SqlError("0A000", "current user cannot be renamed");
  checkNotReserved(name);
  checkNotReserved(newName);
  lockSharedName(context, ROLE_CLASS, name);
  lockSharedName(context, ROLE_CLASS, newName);
  const role = lockedRole(context, oid);
  if (findRole(catalog, newName)) throw roleExists(newName);
  checkMayRename(context, role);
  const hasMd5 = role.rolpassword !== null && isMd5Verifier(role.rolpassword);
  // The name is part of what was hashed.
  if (hasMd5) context.notice(notice("MD5 password cleared because of role rename"));
  catalog.update(pgAuthid, role, {
    rolname: newName,
    ...(hasMd5 ? { rolpassword: null } : {}),
  });
}

function checkMayRename({ catalog, user }: DdlContext, role: RoleTuple): void {
  if (isSuperuser(catalog, user.oid)) return;
  if (role.rolsuper) throw new SqlError("42501", "must be superuser to rename superusers");
  if (!mayCreateRoles(catalog, user.oid)) {
    throw new SqlError("42501", "permission denied to rename role");
  }
}
