/**
 * WHO IS A MEMBER OF WHOM. https://www.postgresql.org/docs/15/role-membership.html
 */
import { type Oid, oid } from "../base/ids.ts";
import type { CatalogReader } from "./reader.ts";
import { pgAuthMembers } from "./relations/pg-auth-members.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgDatabase } from "./relations/pg-database.ts";

/** The role whose one member is whoever owns the database. */
export const PG_DATABASE_OWNER = oid(6171);
/** Roles that stand for a right. https://www.postgresql.org/docs/15/predefined-roles.html */
export const PG_READ_ALL_SETTINGS = oid(3374);
export const PG_READ_ALL_STATS = oid(3375);
export const PG_SIGNAL_BACKEND = oid(4200);
export const PG_READ_SERVER_FILES = oid(4569);
export const PG_WRITE_SERVER_FILES = oid(4570);
export const PG_EXECUTE_SERVER_PROGRAM = oid(4571);
export const PG_CHECKPOINT = oid(4544);
export const PG_READ_ALL_DATA = oid(6181);
export const PG_WRITE_ALL_DATA = oid(6182);

/** Roles whose member `role` is, itself included; through inheriting roles alone when `inherit`. */
export function rolesOf(catalog: CatalogReader, role: Oid, inherit: boolean): ReadonlySet<Oid> {
  const found = new Set<Oid>([role]);
  const owner = catalog.find(pgDatabase, "key", [catalog.database])?.datdba;
  for (const member of found) {
    if (inherit && !catalog.find(pgAuthid, "key", [member])?.rolinherit) continue;
    for (const row of catalog.list(pgAuthMembers, "member_role", [member])) found.add(row.roleid);
    if (member === owner) found.add(PG_DATABASE_OWNER);
  }
  return found;
}

export const isSuperuser = (catalog: CatalogReader, role: Oid): boolean =>
  catalog.find(pgAuthid, "key", [role])?.rolsuper ?? false;

/** Whether the role has the other's privileges: is it, inherits from it, or is a superuser. */
export const hasRole = (catalog: CatalogReader, role: Oid, other: Oid): boolean =>
  role === other || isSuperuser(catalog, role) || rolesOf(catalog, role, true).has(other);

/** Whether the role may become the other: it or a member of it, inheriting or not. */
export const isMember = (catalog: CatalogReader, role: Oid, other: Oid): boolean =>
  role === other || isSuperuser(catalog, role) || rolesOf(catalog, role, false).has(other);

/** Whether the role may make others members of the other. */
export const isAdmin = (catalog: CatalogReader, role: Oid, other: Oid): boolean =>
  isSuperuser(catalog, role) ||
  [...rolesOf(catalog, role, false)].some(
    (member) => catalog.find(pgAuthMembers, "key", [other, member])?.admin_option,
  );
