/**
 * WHO MAY CONNECT, AND TO WHAT: role and database of a new session, checked as PostgreSQL checks
 * them.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAuthid } from "../../catalog/relations/pg-authid.ts";
import { pgDatabase } from "../../catalog/relations/pg-database.ts";
import { pgDbRoleSetting } from "../../catalog/relations/pg-db-role-setting.ts";
import type { SessionRole } from "../session/engine.ts";

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
  const { oid, datconnlimit } = database;
  if (!role.superuser && datconnlimit >= 0 && counts.sessionsIn(oid) >= datconnlimit) {
    throw fatal("53300", `too many connections for database "${name}"`);
  }
  return oid;
}

/** Settings of the database, of the role, and of the role in the database: the last one wins. */
export function defaultSettings(
  catalog: CatalogReader,
  database: Oid,
  role: Oid,
): (readonly [name: string, value: string])[] {
  const keys = [
    [database, 0],
    [0, role],
    [database, role],
  ] as const;
  return keys.flatMap((key) => {
    const row = catalog.find(pgDbRoleSetting, "key", key);
    return (row?.setconfig ?? []).map((text) => {
      const at = text.indexOf("=");
      return [text.slice(0, at), text.slice(at + 1)] as const;
    });
  });
}
