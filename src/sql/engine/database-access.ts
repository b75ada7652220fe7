/**
 * WHO MAY CONNECT, AND TO WHAT: role and database of a new session, checked as PostgreSQL checks
 * them.
 */
import type { Oid } from "../../base/ids.ts";
import { type Notice, SqlError, warning } from "../../base/sql-error.ts";
import { kinds } from "../../catalog/acl.ts";
import { may } from "../../catalog/privileges.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAuthid } from "../../catalog/relations/pg-authid.ts";
import { pgDatabase } from "../../catalog/relations/pg-database.ts";
import { pgDbRoleSetting } from "../../catalog/relations/pg-db-role-setting.ts";
import type { DefaultSetting, SessionRole } from "../session/engine.ts";

export interface Counts {
  sessionsIn(database: Oid): number;
  sessionsOf(role: Oid): number;
}

const fatal = (code: string, message: string): SqlError => new SqlError(code, message, {}, "FATAL");

export function resolveRole(catalog: CatalogReader, name: string, counts: Counts): SessionRole {
  const role = catalog.find(pgAuthid, "rolname", [name]);
  if (!role) throw fatal("28000", `role "${name}" does not exist`);
  if (!role.rolcanlogin) throw fatal("28000", `role "${name}" is not permitted to log in`);
  const { oid, rolsuper, rolconnlimit } = role;
  if (!rolsuper && rolconnlimit >= 0 && counts.sessionsOf(oid) >= rolconnlimit) {
    throw fatal("53300", `too many connections for role "${name}"`);
  }
  return { oid, name, superuser: rolsuper };
}

const BOOTSTRAP_SUPERUSER = 10 as Oid;

/** For the server's own sessions, whom no limit concerns. */
export function resolveForServer(
  catalog: CatalogReader,
  name: string,
): { readonly role: SessionRole; readonly database: Oid } {
  const role = catalog.find(pgAuthid, "key", [BOOTSTRAP_SUPERUSER]);
  const database = catalog.find(pgDatabase, "datname", [name]);
  if (!role || !database) throw fatal("3D000", `database "${name}" does not exist`);
  return {
    role: { oid: role.oid, name: role.rolname, superuser: true },
    database: database.oid,
  };
}

export function resolveDatabase(
  catalog: CatalogReader,
  name: string,
  role: SessionRole,
  counts: Counts,
): Oid {
  const database = catalog.find(pgDatabase, "datname", [name]);
  if (!database) throw fatal("3D000", `database "${name}" does not exist`);
  if (!database.datallowconn) {
    throw fatal("55000", `database "${name}" is not currently accepting connections`);
  }
  const { oid, datconnlimit, datdba: owner, datacl: acl } = database;
  if (!may(catalog, role.oid, { kind: kinds.database, owner, acl }, "c")) {
    const detail = "User does not have CONNECT privilege.";
    throw new SqlError("42501", `permission denied for database "${name}"`, { detail }, "FATAL");
  }
  if (!role.superuser && datconnlimit >= 0 && counts.sessionsIn(oid) >= datconnlimit) {
    throw fatal("53300", `too many connections for database "${name}"`);
  }
  return oid;
}

/** The C locale has no versions, but a database may say that it was made with one. */
export function databaseWarnings(catalog: CatalogReader, database: Oid): readonly Notice[] {
  const row = catalog.find(pgDatabase, "key", [database]);
  if (!row || row.datcollversion === null) return [];
  const message = `database "${row.datname}" has no actual collation version, but a version was recorded`;
  return [warning("01000", message)];
}

/**
 * Settings of everybody, of the database, of the role, and of the role in the database: the last
 * one wins.
 */
export function defaultSettings(
  catalog: CatalogReader,
  database: Oid,
  role: Oid,
): DefaultSetting[] {
  const keys = [
    [0, 0, "global"],
    [database, 0, "database"],
    [0, role, "user"],
    [database, role, "database user"],
  ] as const;
  return keys.flatMap(([ofDatabase, ofRole, source]) => {
    const row = catalog.find(pgDbRoleSetting, "key", [ofDatabase, ofRole]);
    return (row?.setconfig ?? []).map((text) => {
      const at = text.indexOf("=");
      return { name: text.slice(0, at), value: text.slice(at + 1), source };
    });
  });
}
