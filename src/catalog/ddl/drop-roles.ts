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
import { pgDatabase } from "../relations/pg-database.ts";
import { pgShdepend } from "../relations/pg-shdepend.ts";
import type { DropRoles } from "../role-statement.ts";
import { dropSharedComments } from "./comment-rows.ts";
import type { DdlContext } from "./context.ts";
import { describerOf, lockSharedName } from "./lookup.ts";
import { mayCreateRoles } from "./role-lookup.ts";
import { forgetMemberships } from "./role-members.ts";
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

/** Lines of DETAIL that a client sees at most. */
const REPORTED_MAX = 100;

const WORDS: Readonly<Record<string, string>> = {
  o: "owner of",
  a: "privileges for",
  r: "target of",
  t: "tablespace for",
};

/** 2BP01 with what depends on the role here by name, and a count for each other database. */
function checkUnused(context: DdlContext, role: Oid, name: string): void {
  if (isPinned(ROLE_CLASS, role)) {
    const message = `cannot drop role ${name} because it is required by the database system`;
    throw new SqlError("2BP01", message);
  }
  const { catalog } = context;
  const rows = catalog.list(pgShdepend, "reference", [ROLE_CLASS, role]);
  if (rows.length === 0) return;
  const here = rows.filter(({ dbid }) => dbid === 0 || dbid === catalog.database);
  const elsewhere = new Map<Oid, number>();
  for (const { dbid } of rows) {
    if (dbid === 0 || dbid === catalog.database) continue;
    elsewhere.set(dbid, (elsewhere.get(dbid) ?? 0) + 1);
  }
  const describer = describerOf(context);
  const own = here
    .toSorted((a, b) => a.objid - b.objid || a.classid - b.classid || a.objsubid - b.objsubid)
    .map(({ deptype, classid, objid, objsubid }) => {
      const object = describer.describe(addressOf(classid, objid, objsubid));
      return `${WORDS[deptype]} ${object}`;
    });
  const others = [...elsewhere].map(([database, count]) => {
    const datname = catalog.find(pgDatabase, "key", [database])?.datname;
    return `${count} object${count === 1 ? "" : "s"} in database ${datname}`;
  });
  const message = `role "${name}" cannot be dropped because some objects depend on it`;
  throw new SqlError("2BP01", message, { detail: reported(own, others) });
}

function reported(own: readonly string[], others: readonly string[]): string {
  const shown = own.slice(0, REPORTED_MAX);
  const databases = others.slice(0, REPORTED_MAX - shown.length);
  const lines = [...shown, ...databases];
  const [more, moreDatabases] = [own.length - shown.length, others.length - databases.length];
  if (more > 0) {
    lines.push(`and ${more} other object${more === 1 ? "" : "s"} (see server log for list)`);
  }
  if (moreDatabases > 0) {
    const noun = moreDatabases === 1 ? "database" : "databases";
    lines.push(`and objects in ${moreDatabases} other ${noun} (see server log for list)`);
  }
  return lines.join("\n");
}
