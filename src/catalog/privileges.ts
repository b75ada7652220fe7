/**
 * WHO MAY. Ownership and the privileges of an ACL, as far as DDL asks.
 * https://www.postgresql.org/docs/15/ddl-priv.html
 */
import type { Oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import { FIRST_UNPINNED_OID } from "./class-oids.ts";
import { RELKIND_WORDS } from "./describe.ts";
import {
  hasRole,
  isMember,
  PG_DATABASE_OWNER,
  PG_READ_ALL_DATA,
  PG_WRITE_ALL_DATA,
} from "./memberships.ts";
import { type ClassTuple, isSuperuser, type NamespaceTuple, type Role } from "./names.ts";
import type { CatalogReader } from "./reader.ts";
import { pgAttribute } from "./relations/pg-attribute.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgDatabase } from "./relations/pg-database.ts";

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
  if (hasRelationPrivilege(catalog, role, table, privilege)) return;
  const granted = (acl: readonly string[] | null) =>
    (acl ?? []).some((item) => grants(catalog, role, item, privilege));
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
  if (isMember(catalog, role, owner.oid)) return;
  throw new SqlError("42501", `must be member of role "${owner.name}"`);
}

/** pg_database_owner stands for whoever owns the database. */
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

/** What the system's relations let nobody but superusers do. */
const CHANGES = "awdD";

/** Whether the role has one of the privileges (letters) on the relation. */
export function hasRelationPrivilege(
  catalog: CatalogReader,
  role: Oid,
  { oid, relkind, relowner, relacl }: ClassTuple,
  letters: string,
): boolean {
  if (isSuperuser(catalog, role)) return true;
  const isFixed = oid < FIRST_UNPINNED_OID && relkind !== "v";
  const asked = [...letters].filter((letter) => !isFixed || !CHANGES.includes(letter));
  // An owner may have taken its own privileges away.
  if (!relacl && hasRole(catalog, role, relowner)) return asked.length > 0;
  const ofAllData = (letter: string) =>
    (letter === "r" && hasRole(catalog, role, PG_READ_ALL_DATA)) ||
    ("awd".includes(letter) && hasRole(catalog, role, PG_WRITE_ALL_DATA));
  return asked.some(
    (letter) =>
      ofAllData(letter) || (relacl ?? []).some((item) => grants(catalog, role, item, letter)),
  );
}
