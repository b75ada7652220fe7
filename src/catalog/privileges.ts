/**
 * WHO MAY. Ownership and the privileges of an ACL, as far as DDL asks.
 * https://www.postgresql.org/docs/15/ddl-priv.html
 */
import type { Oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import { RELKIND_WORDS } from "./describe.ts";
import { type ClassTuple, isSuperuser, type NamespaceTuple, type Role } from "./names.ts";
import type { CatalogReader } from "./reader.ts";
import { pgAttribute } from "./relations/pg-attribute.ts";
import { pgAuthMembers } from "./relations/pg-auth-members.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgDatabase } from "./relations/pg-database.ts";

/**
 * Whether the role has the privileges of the other: is it, is a superuser, or inherits from a
 * member of it.
 */
export function hasRole(catalog: CatalogReader, role: Oid, other: Oid): boolean {
  if (role === other || isSuperuser(catalog, role)) return true;
  const seen = new Set<Oid>([role]);
  const queue = [role];
  for (const member of queue) {
    if (!catalog.find(pgAuthid, "key", [member])?.rolinherit) continue;
    for (const { roleid } of catalog.list(pgAuthMembers, "member_role", [member])) {
      if (roleid === other) return true;
      if (!seen.has(roleid)) queue.push(roleid);
      seen.add(roleid);
    }
  }
  return false;
}

/** 42501 unless the role owns the object. `what` as PostgreSQL words it: "table", "schema". */
export function checkOwner(
  catalog: CatalogReader,
  role: Oid,
  owner: Oid,
  what: string,
  name: string,
): void {
  if (hasRole(catalog, role, owner)) return;
  throw new SqlError("42501", `must be owner of ${what} ${name}`);
}

/** CREATE on a schema: its owner's, and whom the ACL gives C. */
export function checkMayCreateIn(catalog: CatalogReader, role: Oid, namespace: NamespaceTuple) {
  const owner = ownerOf(catalog, namespace.nspowner);
  if (hasRole(catalog, role, owner)) return;
  const granted = (namespace.nspacl ?? []).some((item) => grants(catalog, role, item, "C"));
  if (granted) return;
  throw new SqlError("42501", `permission denied for schema ${namespace.nspname}`);
}

/** A privilege on the whole table, or on each of the columns. */
export function checkTablePrivilege(
  catalog: CatalogReader,
  role: Oid,
  table: ClassTuple,
  privilege: string,
  attnums: readonly number[],
): void {
  const granted = (acl: readonly string[] | null) =>
    (acl ?? []).some((item) => grants(catalog, role, item, privilege));
  // An owner may have taken its own privileges away.
  const owns =
    isSuperuser(catalog, role) || (!table.relacl && hasRole(catalog, role, table.relowner));
  if (owns || granted(table.relacl)) return;
  const columns = attnums.map((attnum) => catalog.find(pgAttribute, "key", [table.oid, attnum]));
  if (columns.length > 0 && columns.every((column) => granted(column?.attacl ?? null))) return;
  const what = RELKIND_WORDS[table.relkind] ?? "table";
  throw new SqlError("42501", `permission denied for ${what} ${table.relname}`);
}

/** CREATE on the database: its owner's, and whom the ACL gives C. */
export function checkMayCreateSchema(catalog: CatalogReader, role: Oid): void {
  const database = catalog.find(pgDatabase, "key", [catalog.database]);
  if (!database || hasRole(catalog, role, database.datdba)) return;
  if ((database.datacl ?? []).some((item) => grants(catalog, role, item, "C"))) return;
  throw new SqlError("42501", `permission denied for database ${database.datname}`);
}

/** To make somebody an owner one must be able to become that role. */
export function checkMember(catalog: CatalogReader, role: Oid, owner: Role): void {
  if (hasRole(catalog, role, owner.oid)) return;
  throw new SqlError("42501", `must be member of role "${owner.name}"`);
}

/** pg_database_owner stands for whoever owns the database. */
const PG_DATABASE_OWNER = 6171;
function ownerOf(catalog: CatalogReader, owner: Oid): Oid {
  if (owner !== PG_DATABASE_OWNER) return owner;
  return catalog.find(pgDatabase, "key", [catalog.database])?.datdba ?? owner;
}

/** aclitem text: grantee=privileges/grantor, an empty grantee being PUBLIC. */
function grants(catalog: CatalogReader, role: Oid, item: string, privilege: string): boolean {
  const match = /^("(?:[^"]|"")*"|[^=]*)=([a-zA-Z*]*)\//.exec(item);
  if (!match?.[2]?.includes(privilege)) return false;
  const grantee = (match[1] ?? "").replace(/^"|"$/g, "").replaceAll('""', '"');
  if (grantee === "") return true;
  const oid = catalog.find(pgAuthid, "rolname", [grantee])?.oid;
  return oid !== undefined && hasRole(catalog, role, oid);
}
