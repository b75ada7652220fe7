/**
 * DROP ROLE: refused as long as anything in any database depends on the role.
 * https://www.postgresql.org/docs/15/sql-droprole.html
 */

import type { Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { isPinned, ROLE_CLASS } from "../class-oids.ts";
import { lockRole } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { isSuperuser } from "../memberships.ts";
import { pgAuthid } from "../relations/pg-authid.ts";
import type { DropRoles } from "../role-statement.ts";
import { dropSharedComments } from "./comment-rows.ts";
import type { DdlContext } from "./context.ts";
import { lockSharedName } from "./lookup.ts";
import { mayCreateRoles } from "./role-lookup.ts";
import { forgetMemberships } from "./role-members.ts";
import { sharedDependents } from "./shared-dependents.ts";
import { forgetRoleDefaults } from "./stored-settings.ts";

export function dropRoles(context: DdlContext, statement: DropRoles): void {
  if (!mayCreateRoles(context.catalog, context.user.oid)) {
    throw new SqlError("42501", "permission denied to drop role");
  }
  for (const spec of statement.names) {
    if (spec.kind !== "name") {
      throw new SqlError("22023", "cannot use special role specifier in DROP ROLE");
    }
    dropRole(context, spec.name, statement.ifExists);
  }
}

function dropRole(context: DdlContext, name: string, ifExists: boolean): void {
  const { catalog, user, sessionUser } = context;
  const role = catalog.find(pgAuthid, "rolname", [name]);
  if (!role) {
    if (!ifExists) throw new SqlError("42704", `role "${name}" does not exist`);
    context.notice(notice(`role "${name}" does not exist, skipping`));
    return;
  }
  const { oid } = role;
  if (oid === user.oid) throw new SqlError("55006", "current user cannot be dropped");
  if (oid === sessionUser.oid) throw new SqlError("55006", "session user cannot be dropped");
  if (role.rolsuper && !isSuperuser(catalog, user.oid)) {
    throw new SqlError("42501", "must be superuser to drop superusers");
  }
  lockSharedName(context, ROLE_CLASS, name);
  lockRole(catalog, oid, "AccessExclusive");
  checkUnused(context, oid, name);
  forgetMemberships(context, oid);
  forgetRoleDefaults(context, oid);
  dropSharedComments(catalog, addressOf(ROLE_CLASS, oid));
  catalog.delete(pgAuthid, role);
}

function checkUnused(context: DdlContext, role: Oid, name: string): void {
  if (isPinned(ROLE_CLASS, role)) {
    const message = `cannot drop role ${name} because it is required by the database system`;
    throw new SqlError("2BP01", message);
  }
  const detail = sharedDependents(context, ROLE_CLASS, role);
  if (detail === undefined) return;
  const message = `role "${name}" cannot be dropped because some objects depend on it`;
  throw new SqlError("2BP01", message, { detail });
}
