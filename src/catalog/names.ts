/**
 * NAMES TO OIDS, by search path, as PostgreSQL's namespace lookup does it.
 * https://www.postgresql.org/docs/15/ddl-schemas.html#DDL-SCHEMAS-PATH
 */
import type { Oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import { PG_CATALOG } from "./class-oids.ts";
import { checkMayUse, mayInSchema } from "./privileges.ts";
import type { CatalogReader } from "./reader.ts";
import type { Tuple } from "./relation.ts";
import { pgAttribute } from "./relations/pg-attribute.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgClass } from "./relations/pg-class.ts";
import { pgDatabase } from "./relations/pg-database.ts";
import { pgNamespace } from "./relations/pg-namespace.ts";
import { pgType } from "./relations/pg-type.ts";
import type { QualifiedName, RoleSpec } from "./statement.ts";
import { findOwnTemporary, TEMPORARY_ALIAS, temporaryOwner } from "./temporary-names.ts";

export type ClassTuple = Tuple<(typeof pgClass)["columns"]>;
export type NamespaceTuple = Tuple<(typeof pgNamespace)["columns"]>;
export type TypeTuple = Tuple<(typeof pgType)["columns"]>;

const undefinedSchema = (name: string, position?: number): SqlError =>
  new SqlError("3F000", `schema "${name}" does not exist`).at(position);

export function findNamespace(catalog: CatalogReader, name: string): NamespaceTuple | undefined {
  return catalog.find(pgNamespace, "nspname", [name]);
}

export function getNamespace(
  catalog: CatalogReader,
  name: string,
  position?: number,
): NamespaceTuple {
  const namespace = findNamespace(catalog, name);
  if (!namespace) throw undefinedSchema(name, position);
  return namespace;
}

/** The schema that the name means where something in it is meant: pg_temp is the session's own. */
export const findMeant = (catalog: CatalogReader, name: string): NamespaceTuple | undefined =>
  name === TEMPORARY_ALIAS ? findOwnTemporary(catalog) : findNamespace(catalog, name);

/** The schema, for whoever looks for something in it. Throws 42501 where the role may not. */
export function findUsable(
  catalog: CatalogReader,
  name: string,
  role: Oid,
  position?: number,
): NamespaceTuple | undefined {
  const namespace = findMeant(catalog, name);
  if (namespace) checkMayUse(catalog, role, namespace, position);
  return namespace;
}

/** As findUsable. Throws 3F000. */
export function getUsable(
  catalog: CatalogReader,
  name: string,
  role: Oid,
  position?: number,
): NamespaceTuple {
  const namespace = findUsable(catalog, name, role);
  if (!namespace) throw undefinedSchema(name, position);
  return namespace;
}

/**
 * Oids of the path's schemas that exist and that the role may use; first the session's temporary
 * one and pg_catalog, where the path does not name them.
 */
export function effectiveSearchPath(
  catalog: CatalogReader,
  path: readonly string[],
  role: Oid,
): Oid[] {
  const oids = explicitSearchPath(catalog, path, role);
  if (!oids.includes(PG_CATALOG)) oids.unshift(PG_CATALOG);
  const temporary = findOwnTemporary(catalog)?.oid;
  return temporary === undefined || oids.includes(temporary) ? oids : [temporary, ...oids];
}

/** Oids of the path's schemas that exist and that the role may use, each once, in its order. */
export function explicitSearchPath(
  catalog: CatalogReader,
  path: readonly string[],
  role: Oid,
): Oid[] {
  const oids: Oid[] = [];
  for (const name of path) {
    const namespace = findMeant(catalog, name);
    if (!namespace || oids.includes(namespace.oid)) continue;
    if (mayInSchema(catalog, role, namespace, "U")) oids.push(namespace.oid);
  }
  return oids;
}

export const databaseNameOf = (catalog: CatalogReader): string | undefined =>
  catalog.find(pgDatabase, "key", [catalog.database])?.datname;

/** 0A000 when the name is qualified with another database's. */
export function checkOwnDatabase(
  catalog: CatalogReader,
  name: QualifiedName,
  position?: number,
): void {
  const { database, schema } = name;
  if (database === undefined) return;
  if (databaseNameOf(catalog) === database) return;
  const shown = `${database}.${schema}.${name.name}`;
  const message = `cross-database references are not implemented: "${shown}"`;
  throw new SqlError("0A000", message).at(position);
}

/** The relation that a name means, or undefined; an unknown schema is an error. */
export function findRelation(
  catalog: CatalogReader,
  name: QualifiedName,
  searchPath: readonly Oid[],
  role: Oid,
): ClassTuple | undefined {
  checkOwnDatabase(catalog, name);
  if (name.schema !== undefined) {
    const namespace = getUsable(catalog, name.schema, role, name.position);
    return catalog.find(pgClass, "relname_nsp", [name.name, namespace.oid]);
  }
  for (const namespace of searchPath) {
    const found = catalog.find(pgClass, "relname_nsp", [name.name, namespace]);
    if (found) return found;
  }
  return undefined;
}

/** Whether the session has made the relation for itself. */
export function isOwnTemporary(catalog: CatalogReader, relation: Oid): boolean {
  const row = catalog.find(pgClass, "key", [relation]);
  return row?.relpersistence === "t" && temporaryOwner(catalog, row.relnamespace) === "own";
}

/** Whether another session has made the relation for itself. */
export const isOtherTemporary = (
  catalog: CatalogReader,
  { relpersistence, relnamespace }: ClassTuple,
): boolean => relpersistence === "t" && temporaryOwner(catalog, relnamespace) === "other";

export const displayName = (name: QualifiedName): string =>
  name.schema === undefined ? name.name : `${name.schema}.${name.name}`;

export const undefinedRelation = (name: QualifiedName): SqlError =>
  new SqlError("42P01", `relation "${displayName(name)}" does not exist`);

/** The column that a name means: a dropped one has a name, too, and is not meant by it. */
export function findAttribute(
  catalog: CatalogReader,
  relation: Oid,
  name: string,
): Tuple<(typeof pgAttribute)["columns"]> | undefined {
  const row = catalog.find(pgAttribute, "relid_attnam", [relation, name]);
  return row?.attisdropped ? undefined : row;
}

export function findTypeByName(
  catalog: CatalogReader,
  name: string,
  namespace: Oid,
): TypeTuple | undefined {
  return catalog.find(pgType, "typname_nsp", [name, namespace]);
}

export interface Role {
  readonly oid: Oid;
  readonly name: string;
}

export function findRole(catalog: CatalogReader, name: string): Role | undefined {
  const row = catalog.find(pgAuthid, "rolname", [name]);
  return row && { oid: row.oid, name: row.rolname };
}

/** The role that an OWNER TO or AUTHORIZATION names. */
export function getRole(
  catalog: CatalogReader,
  spec: RoleSpec,
  current: { readonly user: Role; readonly sessionUser: Role },
): Role {
  switch (spec.kind) {
    case "current_user":
    case "current_role":
      return current.user;
    case "session_user":
      return current.sessionUser;
    case "public":
      throw new SqlError("42704", 'role "public" does not exist');
    case "name": {
      const role = findRole(catalog, spec.name);
      if (!role) throw new SqlError("42704", `role "${spec.name}" does not exist`);
      return role;
    }
  }
}
