/**
 * WHO MAY: privileges of a role on an object, from its owner, its ACL and the roles it is a member
 * of. https://www.postgresql.org/docs/15/ddl-priv.html
 */
import type { Oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import { aclOf, bitsOf, heldBy, kinds, type PrivilegeKind } from "./acl.ts";
import { BOOTSTRAP_SUPERUSER, FIRST_UNPINNED_OID } from "./class-oids.ts";
import { RELKIND_WORDS } from "./describe.ts";
import {
  hasRole,
  isMember,
  isSuperuser,
  PG_READ_ALL_DATA,
  PG_WRITE_ALL_DATA,
  rolesOf,
} from "./memberships.ts";
import type { ClassTuple, NamespaceTuple, Role } from "./names.ts";
import type { CatalogReader } from "./reader.ts";
import type { Tuple } from "./relation.ts";
import { pgAttribute } from "./relations/pg-attribute.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgDatabase } from "./relations/pg-database.ts";
import { pgParameterAcl } from "./relations/pg-parameter-acl.ts";
import type { pgTablespace } from "./relations/pg-tablespace.ts";
import { isTemporaryName, temporaryOwner } from "./temporary-names.ts";

/** An object as far as privileges go. */
export interface Securable {
  readonly kind: PrivilegeKind;
  readonly owner: Oid;
  readonly acl: readonly string[] | null;
}

export interface Wanted {
  readonly privilege: number;
  readonly withGrantOption: boolean;
}

/** What the roles that stand for a right may do with every object of a kind. */
function predefined(kind: PrivilegeKind, roles: ReadonlySet<Oid>): number {
  const [reads, writes] = [roles.has(PG_READ_ALL_DATA), roles.has(PG_WRITE_ALL_DATA)];
  if (kind === kinds.schema) return reads || writes ? bitsOf("U") : 0;
  if (kind !== kinds.table && kind !== kinds.sequence) return 0;
  return (reads ? bitsOf("r") : 0) | (writes ? bitsOf("awd") : 0);
}

/** Whether the role has any of the wanted privileges. */
export function hasPrivilege(
  catalog: CatalogReader,
  role: Oid,
  { kind, owner, acl }: Securable,
  wanted: readonly Wanted[],
): boolean {
  if (isSuperuser(catalog, role)) return wanted.some(({ privilege }) => privilege !== 0);
  const roles = rolesOf(catalog, role, true);
  const held = heldBy(aclOf(acl, kind, owner), roles, owner);
  const privileges = held.privileges | predefined(kind, roles);
  return wanted.some(({ privilege, withGrantOption }) =>
    Boolean((withGrantOption ? held.grantOptions : privileges) & privilege),
  );
}

/** Whether the role has any of the privileges (letters). */
export const may = (
  catalog: CatalogReader,
  role: Oid,
  object: Securable,
  letters: string,
): boolean =>
  hasPrivilege(catalog, role, object, [{ privilege: bitsOf(letters), withGrantOption: false }]);

/**
 * Whether the role has a privilege (a letter) on a setting, named by its key. One that nobody was
 * granted has no row.
 */
export const mayParameter = (
  catalog: CatalogReader,
  role: Oid,
  setting: string,
  letter: string,
): boolean => may(catalog, role, securableParameter(catalog, setting), letter);

export const securableParameter = (catalog: CatalogReader, setting: string): Securable => ({
  kind: kinds.parameter,
  owner: BOOTSTRAP_SUPERUSER,
  acl: catalog.find(pgParameterAcl, "parname", [setting])?.paracl ?? null,
});

export const securableRelation = ({ relkind, relowner, relacl }: ClassTuple): Securable => ({
  kind: relkind === "S" ? kinds.sequence : kinds.table,
  owner: relowner,
  acl: relacl,
});

export const securableSchema = ({ nspowner, nspacl }: NamespaceTuple): Securable => ({
  kind: kinds.schema,
  owner: nspowner,
  acl: nspacl,
});

export const securableTablespace = ({
  spcowner,
  spcacl,
}: Tuple<(typeof pgTablespace)["columns"]>): Securable => ({
  kind: kinds.tablespace,
  owner: spcowner,
  acl: spcacl,
});

const securableColumn = (owner: Oid, acl: readonly string[] | null): Securable => ({
  kind: kinds.column,
  owner,
  acl,
});

/**
 * Whether the role has a privilege (a letter) on each of the columns; on some of them when none is
 * named.
 */
export function mayColumns(
  catalog: CatalogReader,
  role: Oid,
  { oid, relowner }: ClassTuple,
  letter: string,
  used: ReadonlySet<number>,
): boolean {
  const attributes = catalog.list(pgAttribute, "key", [oid]);
  const mayColumn = ({ attnum, attacl, attisdropped }: (typeof attributes)[number]) =>
    attnum > 0 && !attisdropped && may(catalog, role, securableColumn(relowner, attacl), letter);
  if (used.size === 0) return attributes.some(mayColumn);
  const isWhole = used.has(0);
  const needed = attributes.filter(
    ({ attnum, attisdropped }) => attnum > 0 && !attisdropped && (isWhole || used.has(attnum)),
  );
  return needed.length > 0 && needed.every(mayColumn);
}

/**
 * Row security keeps rows of the table from the role; its owners see all, unless it is forced.
 * https://www.postgresql.org/docs/15/ddl-rowsecurity.html
 */
export function isRowSecured(
  catalog: CatalogReader,
  role: Oid,
  { relrowsecurity, relforcerowsecurity, relowner }: ClassTuple,
): boolean {
  if (!relrowsecurity || isSuperuser(catalog, role)) return false;
  if (catalog.find(pgAuthid, "key", [role])?.rolbypassrls) return false;
  return relforcerowsecurity || !hasRole(catalog, role, relowner);
}

/** As PostgreSQL says it with row_security off. There are no policies, which say what is seen. */
export const rowSecurityDenial = ({ relname }: ClassTuple): string =>
  `query would be affected by row-level security policy for table "${relname}"`;

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

/** USAGE on a schema. */
export function checkMayUse(
  catalog: CatalogReader,
  role: Oid,
  namespace: NamespaceTuple,
  position?: number,
): void {
  if (mayInSchema(catalog, role, namespace, "U")) return;
  throw new SqlError("42501", `permission denied for schema ${namespace.nspname}`).at(position);
}

/** CREATE on a schema: its owner's, and whom the ACL gives C. */
export function checkMayCreateIn(
  catalog: CatalogReader,
  role: Oid,
  namespace: NamespaceTuple,
  position?: number,
): void {
  if (mayInSchema(catalog, role, namespace, "C")) return;
  throw new SqlError("42501", `permission denied for schema ${namespace.nspname}`).at(position);
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
  const isSome = attnums.length > 0;
  if (isSome && mayColumns(catalog, role, table, privilege, new Set(attnums))) return;
  const what = RELKIND_WORDS[table.relkind] ?? "table";
  throw new SqlError("42501", `permission denied for ${what} ${table.relname}`);
}

/** A privilege (a letter) on the session's own database, which is returned where there is none. */
function findDenied(catalog: CatalogReader, role: Oid, letter: string) {
  const database = catalog.find(pgDatabase, "key", [catalog.database]);
  if (!database) return undefined;
  const { datdba: owner, datacl: acl } = database;
  return may(catalog, role, { kind: kinds.database, owner, acl }, letter) ? undefined : database;
}

/** TEMPORARY on the database. Throws 42501. */
export function checkMayCreateTemporary(catalog: CatalogReader, role: Oid): void {
  const database = findDenied(catalog, role, "T");
  if (!database) return;
  const message = `permission denied to create temporary tables in database "${database.datname}"`;
  throw new SqlError("42501", message);
}

/** U or C on a schema; of the session's temporary one, what TEMPORARY on the database gives. */
export function mayInSchema(
  catalog: CatalogReader,
  role: Oid,
  namespace: NamespaceTuple,
  letter: "U" | "C",
): boolean {
  if (may(catalog, role, securableSchema(namespace), letter)) return true;
  if (!isTemporaryName(namespace.nspname)) return false;
  if (temporaryOwner(catalog, namespace.oid) !== "own") return false;
  return letter === "U" || findDenied(catalog, role, "T") === undefined;
}

/** CREATE on the database: its owner's, and whom the ACL gives C. */
export function checkMayCreateSchema(catalog: CatalogReader, role: Oid): void {
  const database = findDenied(catalog, role, "C");
  if (!database) return;
  throw new SqlError("42501", `permission denied for database ${database.datname}`);
}

/** To make somebody an owner one must be able to become that role. */
export function checkMember(catalog: CatalogReader, role: Oid, owner: Role): void {
  if (isMember(catalog, role, owner.oid)) return;
  throw new SqlError("42501", `must be member of role "${owner.name}"`);
}

/** What the system's relations let nobody but superusers do. */
const CHANGES = "awdD";

/** Whether the role has one of the privileges (letters) on the relation. */
export function hasRelationPrivilege(
  catalog: CatalogReader,
  role: Oid,
  relation: ClassTuple,
  letters: string,
): boolean {
  const isFixed = relation.oid < FIRST_UNPINNED_OID && relation.relkind !== "v";
  const asked = isFixed && !isSuperuser(catalog, role);
  const left = asked
    ? [...letters].filter((letter) => !CHANGES.includes(letter)).join("")
    : letters;
  return may(catalog, role, securableRelation(relation), left);
}
