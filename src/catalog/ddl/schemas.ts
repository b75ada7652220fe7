/** CREATE, RENAME and OWNER of schemas. https://www.postgresql.org/docs/15/sql-createschema.html */
import { assert } from "../../base/assert.ts";
import { notice, notSupported, SqlError } from "../../base/sql-error.ts";
import { withOwner } from "../acl.ts";
import { NAMESPACE_CLASS } from "../class-oids.ts";
import { addOwner, changeOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { findNamespace, getNamespace, getRole, type NamespaceTuple, type Role } from "../names.ts";
import { checkMayCreateSchema, checkMember, checkOwner } from "../privileges.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import type { CreateSchema, RenameSchema, SchemaOwner, SwapSchemas } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { newAcl } from "./default-privileges.ts";
import { isSystemNamespace, lockNamespace, lockNamespaceName } from "./lookup.ts";

export interface CreatedSchema {
  readonly name: string;
  readonly owner: Role;
}

/** undefined when IF NOT EXISTS found it: its elements are not executed then. */
export function createSchema(
  context: DdlContext,
  statement: CreateSchema,
): CreatedSchema | undefined {
  const { catalog } = context;
  const owner = statement.owner ? getRole(catalog, statement.owner, context) : context.user;
  const name = statement.name ?? owner.name;
  checkMayCreateSchema(catalog, context.user.oid);
  checkMember(catalog, context.user.oid, owner);
  checkReservedName(name);
  lockNamespaceName(context, name);
  if (findNamespace(catalog, name)) {
    const exists = `schema "${name}" already exists`;
    if (!statement.ifNotExists) throw new SqlError("42P06", exists);
    context.notice(notice(`${exists}, skipping`, {}, "42P06"));
    return undefined;
  }
  const oid = context.allocateOid();
  const self = addressOf(NAMESPACE_CLASS, oid);
  const nspacl = newAcl(context, "n", owner.oid, self);
  catalog.insert(pgNamespace, { oid, nspname: name, nspowner: owner.oid, nspacl });
  addOwner(catalog, self, owner.oid);
  return { name, owner };
}

/** The rows of system schemas belong to every database and are nobody's to change. */
function checkNotSystem(namespace: NamespaceTuple): void {
  if (!isSystemNamespace(namespace.oid)) return;
  throw notSupported(`altering system schema "${namespace.nspname}"`);
}

function checkReservedName(name: string): void {
  const own = name === "rw_catalog";
  if (!own && !name.startsWith("pg_")) return;
  throw new SqlError("42939", `unacceptable schema name "${name}"`, {
    detail: own
      ? "The schema shows the catalog as RisingWave names it."
      : 'The prefix "pg_" is reserved for system schemas.',
  });
}

export function renameSchema(context: DdlContext, statement: RenameSchema): void {
  const { catalog } = context;
  const namespace = getNamespace(catalog, statement.name);
  checkNotSystem(namespace);
  lockNamespace(context, namespace.oid, "AccessExclusive");
  lockNamespaceName(context, statement.name);
  lockNamespaceName(context, statement.newName);
  if (findNamespace(catalog, statement.newName)) {
    throw new SqlError("42P06", `schema "${statement.newName}" already exists`);
  }
  checkOwner(catalog, context.user.oid, namespace.nspowner, "schema", statement.name);
  checkMayCreateSchema(catalog, context.user.oid);
  checkReservedName(statement.newName);
  catalog.update(pgNamespace, namespace, { nspname: statement.newName });
}

/** Each checked and locked as for a rename; 22023 for a schema and itself. */
export function swapSchemas(context: DdlContext, { name, other }: SwapSchemas): void {
  const { catalog } = context;
  const swapped = [name, other].map((each) => {
    const namespace = getNamespace(catalog, each);
    checkNotSystem(namespace);
    lockNamespace(context, namespace.oid, "AccessExclusive");
    return namespace;
  });
  for (const { nspname, nspowner } of swapped) {
    lockNamespaceName(context, nspname);
    checkOwner(catalog, context.user.oid, nspowner, "schema", nspname);
  }
  checkMayCreateSchema(catalog, context.user.oid);
  const [one, two] = swapped;
  assert(one && two, "two schemas are swapped");
  if (one.oid === two.oid) throw new SqlError("22023", `cannot swap schema "${name}" with itself`);
  catalog.update(pgNamespace, one, { nspname: two.nspname });
  catalog.update(pgNamespace, two, { nspname: one.nspname });
}

export function setSchemaOwner(context: DdlContext, statement: SchemaOwner): void {
  const { catalog } = context;
  const owner = getRole(catalog, statement.owner, context);
  const namespace = getNamespace(catalog, statement.name);
  checkNotSystem(namespace);
  lockNamespace(context, namespace.oid, "AccessExclusive");
  changeSchemaOwner(context, namespace, owner);
}

/** Throws unless the user may give it away. */
export function changeSchemaOwner(
  context: DdlContext,
  namespace: NamespaceTuple,
  owner: Role,
): void {
  const { catalog } = context;
  if (namespace.nspowner === owner.oid) return;
  checkOwner(catalog, context.user.oid, namespace.nspowner, "schema", namespace.nspname);
  checkMember(catalog, context.user.oid, owner);
  checkMayCreateSchema(catalog, context.user.oid);
  const nspacl = namespace.nspacl && withOwner(namespace.nspacl, namespace.nspowner, owner.oid);
  catalog.update(pgNamespace, namespace, { nspowner: owner.oid, nspacl });
  changeOwner(catalog, addressOf(NAMESPACE_CLASS, namespace.oid), owner.oid);
}
