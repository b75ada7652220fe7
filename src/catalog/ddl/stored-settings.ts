/**
 * SETTINGS THAT SESSIONS START WITH: of a database, a role, a role in a database, or all.
 * https://www.postgresql.org/docs/15/catalog-pg-db-role-setting.html
 */

import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import { isSuperuser } from "../memberships.ts";
import { checkOwner } from "../privileges.ts";
import { pgDbRoleSetting } from "../relations/pg-db-role-setting.ts";
import type { AlterDefaults, SettingChange } from "../role-statement.ts";
import type { DdlContext } from "./context.ts";
import { getDatabase, lockDatabaseRow } from "./database-lookup.ts";
import { checkAlterableName, getRoleRow, lockedRole, mayCreateRoles } from "./role-lookup.ts";

const ANY = 0 as Oid;

export function alterDefaults(context: DdlContext, statement: AlterDefaults): void {
  const { role, database, change } = statement;
  const roleOid = role === undefined || role === "all" ? ANY : alterableRole(context, role);
  const databaseOid = database === undefined ? ANY : alterableDatabase(context, database, roleOid);
  if (roleOid === ANY && databaseOid === ANY) lockEverybodys(context);
  changeDefaults(context, databaseOid, roleOid, change);
}

/** Nothing stands for everybody in every database but the relation itself. */
function lockEverybodys({ catalog, transaction, user }: DdlContext): void {
  if (!isSuperuser(catalog, user.oid)) {
    throw new SqlError("42501", "must be superuser to alter settings globally");
  }
  transaction.lock(relationTag(ANY, pgDbRoleSetting.oid), "ShareRowExclusive");
}

function alterableRole(context: DdlContext, spec: Exclude<AlterDefaults["role"], "all">): Oid {
  const { catalog, user } = context;
  if (spec === undefined) return ANY;
  checkAlterableName(spec);
  const role = lockedRole(context, getRoleRow(context, spec).oid);
  if (role.rolsuper && !isSuperuser(catalog, user.oid)) {
    throw new SqlError("42501", "must be superuser to alter superusers");
  }
  if (!mayCreateRoles(catalog, user.oid) && role.oid !== user.oid) {
    throw new SqlError("42501", "permission denied");
  }
  return role.oid;
}

/** Settings of a database for everybody are its owner's to change. */
function alterableDatabase(context: DdlContext, name: string, role: Oid): Oid {
  const { oid } = getDatabase(context, name);
  const database = lockDatabaseRow(context, oid);
  if (role === ANY) {
    checkOwner(context.catalog, context.user.oid, database.datdba, "database", name);
  }
  return database.oid;
}

function changeDefaults(
  context: DdlContext,
  database: Oid,
  role: Oid,
  change: SettingChange,
): void {
  const { catalog } = context;
  const row = catalog.find(pgDbRoleSetting, "key", [database, role]);
  const before = row?.setconfig ?? [];
  const after =
    change.kind === "resetAll" ? kept(context, before) : changed(context, before, change);
  if (after === before) return;
  if (after.length === 0) {
    if (row) catalog.delete(pgDbRoleSetting, row);
  } else if (row) catalog.update(pgDbRoleSetting, row, { setconfig: after });
  else {
    catalog.insert(pgDbRoleSetting, { setdatabase: database, setrole: role, setconfig: after });
  }
}

const nameOf = (entry: string): string => entry.slice(0, entry.indexOf("="));

/** RESET ALL leaves what the user may not change. */
function kept({ settings }: DdlContext, before: readonly string[]): readonly string[] {
  const after = before.filter((entry) => !settings.mayStore(nameOf(entry)));
  return after.length === before.length ? before : after;
}

/** The list of settings after the change. */
export function changed(
  context: DdlContext,
  before: readonly string[],
  change: Exclude<SettingChange, { kind: "resetAll" }>,
): readonly string[] {
  const { settings } = context;
  if (change.kind === "reset") {
    // Without a row there is nothing to look for, and an unknown name is no mistake.
    if (before.length === 0) return before;
    const name = settings.checkStoredName(change.name);
    const after = before.filter((entry) => nameOf(entry) !== name);
    return after.length === before.length ? before : after;
  }
  const { name, value } =
    change.kind === "set"
      ? settings.checkStored(change.name, change.values)
      : settings.current(change.name);
  const entry = `${name}=${value}`;
  const at = before.findIndex((known) => nameOf(known) === name);
  return at < 0 ? [...before, entry] : before.with(at, entry);
}

/** What is stored of a role that is dropped. */
export function forgetRoleDefaults({ catalog }: DdlContext, role: Oid): void {
  for (const row of catalog.list(pgDbRoleSetting, "setrole", [role])) {
    catalog.delete(pgDbRoleSetting, row);
  }
}

/** What is stored of a database that is dropped. */
export function forgetDatabaseDefaults({ catalog }: DdlContext, database: Oid): void {
  for (const row of catalog.list(pgDbRoleSetting, "key", [database])) {
    catalog.delete(pgDbRoleSetting, row);
  }
}
