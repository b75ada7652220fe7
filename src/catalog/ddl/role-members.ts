/**
 * GRANT role TO role, REVOKE role FROM role: rows of pg_auth_members.
 * https://www.postgresql.org/docs/15/sql-grant.html
 */
import type { Oid } from "../../base/ids.ts";
import { notice, SqlError, warning } from "../../base/sql-error.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import { lockRole } from "../dependencies.ts";
import { isAdmin, isSuperuser, PG_DATABASE_OWNER, rolesOf } from "../memberships.ts";
import { pgAuthMembers } from "../relations/pg-auth-members.ts";
import type { GrantRoles } from "../role-statement.ts";
import type { RoleSpec } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { getRoleRow, mayCreateRoles, type RoleTuple } from "./role-lookup.ts";

interface MembershipOptions {
  /** With the right to make others members. */
  readonly admin: boolean;
  /** Absent: the current user. */
  readonly grantor?: Oid;
}

export function grantRoles(context: DdlContext, statement: GrantRoles): void {
  const { members, admin, revoke } = statement;
  // PostgreSQL's grammar takes GRANTED BY of a REVOKE and forgets it.
  const by = revoke ? undefined : statement.grantor;
  const grantor = by && getRoleRow(context, by).oid;
  for (const member of members) getRoleRow(context, member);
  for (const name of statement.granted) {
    if (name === undefined) {
      const message = "column names cannot be included in GRANT/REVOKE ROLE";
      throw new SqlError("0LP01", message);
    }
    const role = getRoleRow(context, { kind: "name", name });
    const options = { admin, ...(grantor === undefined ? {} : { grantor }) };
    if (revoke) removeMembers(context, role, members, options);
    else addMembers(context, role, members, options);
  }
}

/**
 * One at a time: two memberships that are each sound may close a circle together, however far
 * apart their roles are.
 */
function lockMemberships(context: DdlContext): void {
  context.transaction.lock(relationTag(0 as Oid, pgAuthMembers.oid), "ShareRowExclusive");
}

export function addMembers(
  context: DdlContext,
  role: RoleTuple,
  members: readonly RoleSpec[],
  options: MembershipOptions,
): void {
  if (members.length === 0) return;
  const rows = members.map((spec) => getRoleRow(context, spec));
  checkMayChange(context, role);
  if (role.oid === PG_DATABASE_OWNER) {
    throw new SqlError("XX000", `role "${role.rolname}" cannot have explicit members`);
  }
  const grantor = options.grantor ?? context.user.oid;
  if (grantor !== context.user.oid && !isSuperuser(context.catalog, context.user.oid)) {
    throw new SqlError("42501", "must be superuser to set grantor");
  }
  lockMemberships(context);
  const { admin } = options;
  for (const member of rows) addMember(context, role, member, { admin, grantor });
}

function addMember(
  context: DdlContext,
  role: RoleTuple,
  member: RoleTuple,
  { admin, grantor }: Required<MembershipOptions>,
): void {
  const { catalog } = context;
  const [name, memberName] = [role.rolname, member.rolname];
  if (member.oid === PG_DATABASE_OWNER) {
    throw new SqlError("XX000", `role "${memberName}" cannot be a member of any role`);
  }
  lockRole(catalog, role.oid, "AccessShare");
  lockRole(catalog, member.oid, "AccessShare");
  if (rolesOf(catalog, role.oid, false).has(member.oid)) {
    throw new SqlError("0LP01", `role "${name}" is a member of role "${memberName}"`);
  }
  const known = catalog.find(pgAuthMembers, "key", [role.oid, member.oid]);
  if (known && (!admin || known.admin_option)) {
    context.notice(notice(`role "${memberName}" is already a member of role "${name}"`));
    return;
  }
  if (known) catalog.update(pgAuthMembers, known, { grantor, admin_option: admin });
  else {
    const row = { roleid: role.oid, member: member.oid, grantor, admin_option: admin };
    catalog.insert(pgAuthMembers, row);
  }
}

export function removeMembers(
  context: DdlContext,
  role: RoleTuple,
  members: readonly RoleSpec[],
  { admin }: MembershipOptions,
): void {
  if (members.length === 0) return;
  const { catalog } = context;
  const rows = members.map((spec) => getRoleRow(context, spec));
  checkMayChange(context, role);
  lockMemberships(context);
  for (const member of rows) {
    const known = catalog.find(pgAuthMembers, "key", [role.oid, member.oid]);
    if (!known) {
      const message = `role "${member.rolname}" is not a member of role "${role.rolname}"`;
      context.notice(warning("01000", message));
    } else if (admin) catalog.update(pgAuthMembers, known, { admin_option: false });
    else catalog.delete(pgAuthMembers, known);
  }
}

function checkMayChange({ catalog, user }: DdlContext, role: RoleTuple): void {
  if (isSuperuser(catalog, user.oid)) return;
  if (role.rolsuper) throw new SqlError("42501", "must be superuser to alter superusers");
  if (mayCreateRoles(catalog, user.oid) || isAdmin(catalog, user.oid, role.oid)) return;
  throw new SqlError("42501", `must have admin option on role "${role.rolname}"`);
}

/** Every membership of a role that is dropped. */
export function forgetMemberships(context: DdlContext, role: Oid): void {
  const { catalog } = context;
  lockMemberships(context);
  for (const row of catalog.list(pgAuthMembers, "key", [role])) {
    catalog.delete(pgAuthMembers, row);
  }
  for (const row of catalog.list(pgAuthMembers, "member_role", [role])) {
    catalog.delete(pgAuthMembers, row);
  }
}
