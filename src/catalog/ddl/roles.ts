/** ROLES are shared by all databases. https://www.postgresql.org/docs/15/sql-createrole.html */
import type { Oid } from "../../base/ids.ts";
import { notice, notSupported, SqlError } from "../../base/sql-error.ts";
import { BOOTSTRAP_SUPERUSER, FIRST_UNPINNED_OID, ROLE_CLASS } from "../class-oids.ts";
import { lockRole } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { findRole } from "../names.ts";
import { pgAuthMembers } from "../relations/pg-auth-members.ts";
import { pgAuthid } from "../relations/pg-authid.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { pgShdepend } from "../relations/pg-shdepend.ts";
import type { CreateRole, DropRoles } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { describerOf, lockSharedName } from "./lookup.ts";

export function createRole(context: DdlContext, statement: CreateRole): void {
  const { catalog } = context;
  const { name } = statement;
  checkMayCreateRole(context, statement);
  checkRoleName(name);
  lockSharedName(context, ROLE_CLASS, name);
  if (findRole(catalog, name)) throw new SqlError("42710", `role "${name}" already exists`);
  if (statement.validUntil !== undefined) throw notSupported("VALID UNTIL");
  if (statement.connectionLimit !== undefined && statement.connectionLimit < -1) {
    throw new SqlError("22023", `invalid connection limit: ${statement.connectionLimit}`);
  }
  catalog.insert(pgAuthid, {
    oid: context.allocateOid(),
    rolname: name,
    rolsuper: statement.superuser ?? false,
    rolinherit: statement.inherit ?? true,
    rolcreaterole: statement.createRole ?? false,
    rolcreatedb: statement.createDatabase ?? false,
    rolcanlogin: statement.login ?? statement.noun === "user",
    rolreplication: statement.replication ?? false,
    rolbypassrls: statement.bypassRls ?? false,
    rolconnlimit: statement.connectionLimit ?? -1,
  });
}

function checkMayCreateRole(context: DdlContext, statement: CreateRole): void {
  const own = context.catalog.find(pgAuthid, "key", [context.user.oid]);
  if (own?.rolsuper) return;
  const what = statement.superuser
    ? "must be superuser to create superusers"
    : statement.replication
      ? "must be superuser to create replication users"
      : statement.bypassRls
        ? "must be superuser to create bypassrls users"
        : undefined;
  if (what !== undefined) throw new SqlError("42501", what);
  if (!own?.rolcreaterole) throw new SqlError("42501", "permission denied to create role");
}

function checkRoleName(name: string): void {
  if (name === "public" || name === "none") {
    throw new SqlError("42939", `role name "${name}" is reserved`);
  }
  if (name.startsWith("pg_")) {
    throw new SqlError("42939", `role name "${name}" is reserved`, {
      detail: 'Role names starting with "pg_" are reserved.',
    });
  }
}

export function dropRoles(context: DdlContext, statement: DropRoles): void {
  const { catalog } = context;
  const own = catalog.find(pgAuthid, "key", [context.user.oid]);
  if (!own?.rolsuper && !own?.rolcreaterole) {
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
  const { catalog } = context;
  const role = catalog.find(pgAuthid, "rolname", [name]);
  if (!role) {
    if (!ifExists) throw new SqlError("42704", `role "${name}" does not exist`);
    context.notice(notice(`role "${name}" does not exist, skipping`));
    return;
  }
  if (role.oid === context.user.oid) throw new SqlError("55006", "current user cannot be dropped");
  if (role.oid === context.sessionUser.oid) {
    throw new SqlError("55006", "session user cannot be dropped");
  }
  lockSharedName(context, ROLE_CLASS, name);
  lockRole(catalog, role.oid, "AccessExclusive");
  checkUnused(context, role.oid, name);
  for (const row of catalog.list(pgAuthMembers, "key", [role.oid])) {
    catalog.delete(pgAuthMembers, row);
  }
  for (const row of catalog.list(pgAuthMembers, "member_role", [role.oid])) {
    catalog.delete(pgAuthMembers, row);
  }
  catalog.delete(pgAuthid, role);
}

/** 2BP01 with what the role owns here by name, and a count for each other database. */
function checkUnused(context: DdlContext, role: Oid, name: string): void {
  const { catalog } = context;
  if (role === BOOTSTRAP_SUPERUSER || role < FIRST_UNPINNED_OID) {
    throw new SqlError(
      "2BP01",
      `cannot drop role ${name} because it is required by the database system`,
    );
  }
  const rows = catalog.list(pgShdepend, "reference", [ROLE_CLASS, role]);
  if (rows.length === 0) return;
  const describer = describerOf(context);
  const lines: string[] = [];
  const elsewhere = new Map<Oid, number>();
  for (const row of rows.toSorted((a, b) => a.objid - b.objid || a.classid - b.classid)) {
    if (row.dbid !== 0 && row.dbid !== catalog.database) {
      elsewhere.set(row.dbid, (elsewhere.get(row.dbid) ?? 0) + 1);
      continue;
    }
    const object = addressOf(row.classid, row.objid, row.objsubid);
    const words = describer.describe(object);
    lines.push(row.deptype === "o" ? `owner of ${words}` : `privileges for ${words}`);
  }
  for (const [database, count] of elsewhere) {
    const datname = catalog.find(pgDatabase, "key", [database])?.datname;
    lines.push(`${count} object${count === 1 ? "" : "s"} in database ${datname}`);
  }
  throw new SqlError(
    "2BP01",
    `role "${name}" cannot be dropped because some objects depend on it`,
    {
      detail: lines.join("\n"),
    },
  );
}
