/**
 * ALTER DEFAULT PRIVILEGES: rows of pg_default_acl, and what new objects get of them.
 * https://www.postgresql.org/docs/15/sql-alterdefaultprivileges.html
 *
 * What is said for a whole database stands in the place of PostgreSQL's own defaults; what is said
 * for a schema is granted beside them. A row that says what holds anyway is not kept.
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { objectTag } from "../../txn/lock-tag.ts";
import {
  type Acl,
  bitsOf,
  defaultAcl,
  granted,
  kinds,
  membersOf,
  type PrivilegeKind,
  readAcl,
  sameAcl,
  sortedAcl,
  storedAcl,
} from "../acl.ts";
import { DEFAULT_ACL_CLASS, NAMESPACE_CLASS } from "../class-oids.ts";
import {
  addDependency,
  addOwner,
  changeMembers,
  referencesOf,
  removeShared,
} from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import type { AlterDefaultPrivileges, SecuredNoun } from "../grant-statement.ts";
import { isMember, rolesOf } from "../memberships.ts";
import { getNamespace } from "../names.ts";
import type { Tuple } from "../relation.ts";
import { pgDefaultAcl } from "../relations/pg-default-acl.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { type AclChange, aclChangeOf, changedAcl, everythingOf } from "./acl-change.ts";
import type { DdlContext } from "./context.ts";
import { lockNamespace } from "./lookup.ts";
import { getRoleRow } from "./role-lookup.ts";

/** pg_default_acl.defaclobjtype, by what is created. */
export type DefaultedType = "r" | "S" | "f" | "T" | "n";

const types: Readonly<Record<DefaultedType, PrivilegeKind>> = {
  r: kinds.table,
  S: kinds.sequence,
  f: kinds.function,
  T: kinds.type,
  n: kinds.schema,
};
const typeOf: { readonly [noun in SecuredNoun]?: DefaultedType } = {
  table: "r",
  sequence: "S",
  function: "f",
  type: "T",
  schema: "n",
};

export function alterDefaultPrivileges(
  context: DdlContext,
  statement: AlterDefaultPrivileges,
): void {
  if (statement.repeated) {
    throw new SqlError("42601", "conflicting or redundant options", statement.repeated);
  }
  const { change: asked, schemas } = statement;
  const type = typeOf[asked.noun] ?? "r";
  if (asked.privileges.some(({ columns }) => columns)) checkNoColumns(context, statement);
  const change = aclChangeOf(context, asked, bitsOf(types[type].all));
  const roles = statement.roles.map((spec) => getRoleRow(context, spec));
  for (const { oid, rolname } of roles) {
    if (isMember(context.catalog, context.user.oid, oid)) continue;
    throw new SqlError("42501", `must be member of role "${rolname}"`);
  }
  for (const role of roles.length > 0 ? roles.map(({ oid }) => oid) : [context.user.oid]) {
    if (schemas.length === 0) changeDefaults(context, role, undefined, type, change);
    for (const schema of schemas) changeDefaults(context, role, schema, type, change);
  }
}

/** The roles are looked for first. */
function checkNoColumns(context: DdlContext, { change }: AlterDefaultPrivileges): never {
  aclChangeOf(context, { ...change, privileges: [] });
  throw new SqlError("0LP01", "default privileges cannot be set for columns");
}

function changeDefaults(
  context: DdlContext,
  role: Oid,
  schema: string | undefined,
  type: DefaultedType,
  change: AclChange,
): void {
  const { catalog } = context;
  const namespace = schema === undefined ? INVALID_OID : getNamespace(catalog, schema).oid;
  if (namespace !== INVALID_OID) {
    if (type === "n") {
      throw new SqlError("0LP01", "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS");
    }
    lockNamespace(context, namespace, "AccessShare");
  }
  changeRow(context, { role, namespace, type }, change);
}

interface DefaultsKey {
  readonly role: Oid;
  readonly namespace: Oid;
  readonly type: DefaultedType;
}

function changeRow(context: DdlContext, key: DefaultsKey, change: AclChange): void {
  const { catalog, transaction } = context;
  const { role, namespace, type } = key;
  const kind = types[type];
  // One at a time for a role: two that add the same row must see each other.
  transaction.lock(objectTag(catalog.database, DEFAULT_ACL_CLASS, role), "ShareUpdateExclusive");
  const known = catalog.find(pgDefaultAcl, "role_nsp_obj", [role, namespace, type]);
  const builtIn = namespace === INVALID_OID ? defaultAcl(kind, role) : [];
  const before = known ? readAcl(known.defaclacl) : builtIn;
  const privileges = change.all ? bitsOf(kind.all) : change.privileges;
  const after = sortedAcl(changedAcl(catalog, before, change, privileges, role, role));
  if (sameAcl(after, sortedAcl(builtIn))) {
    if (known) forgetDefaults(context, known);
    return;
  }
  const oid = known?.oid ?? context.allocateOid();
  const self = addressOf(DEFAULT_ACL_CLASS, oid);
  if (known) catalog.update(pgDefaultAcl, known, { defaclacl: storedAcl(after) });
  else {
    catalog.insert(pgDefaultAcl, {
      oid,
      defaclrole: role,
      defaclnamespace: namespace,
      defaclobjtype: type,
      defaclacl: storedAcl(after),
    });
    addOwner(catalog, self, role);
    if (namespace !== INVALID_OID) {
      addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace), "a");
    }
  }
  changeMembers(catalog, self, membersOf(after), role);
}

function forgetDefaults({ catalog }: DdlContext, row: Tuple<(typeof pgDefaultAcl)["columns"]>) {
  const self = addressOf(DEFAULT_ACL_CLASS, row.oid);
  for (const dependency of referencesOf(catalog, self)) catalog.delete(pgDepend, dependency);
  removeShared(catalog, self);
  catalog.delete(pgDefaultAcl, row);
}

/** What is granted to the role when others create goes. */
export function revokeDefaults(context: DdlContext, target: ObjectAddress, role: Oid): void {
  const row = context.catalog.find(pgDefaultAcl, "key", [target.oid]);
  if (!row) return;
  const { defaclrole, defaclnamespace: namespace, defaclobjtype } = row;
  const place = { role: defaclrole, namespace, type: defaclobjtype as DefaultedType };
  changeRow(context, place, everythingOf(role, "table"));
}

/** The ACL with which an object is created; undefined where that is the usual. */
function initialAcl(
  { catalog }: DdlContext,
  type: DefaultedType,
  owner: Oid,
  namespace: Oid,
): Acl | undefined {
  const rows = catalog
    .list(pgDefaultAcl, "role_nsp_obj", [owner])
    .filter(({ defaclobjtype }) => defaclobjtype === type);
  if (rows.length === 0) return undefined;
  const usual = defaultAcl(types[type], owner);
  const aclIn = (schema: Oid) => rows.find((row) => row.defaclnamespace === schema)?.defaclacl;
  const everywhere = aclIn(INVALID_OID);
  const here = namespace === INVALID_OID ? undefined : aclIn(namespace);
  const rules = { owner, cascade: false, rolesOf: (role: Oid) => rolesOf(catalog, role, true) };
  let acl = everywhere ? readAcl(everywhere) : usual;
  for (const item of readAcl(here ?? [])) acl = granted(acl, item, rules);
  const sorted = sortedAcl(acl);
  return sameAcl(sorted, sortedAcl(usual)) ? undefined : sorted;
}

/**
 * The ACL for the row of a new object, of which those whom it names are told; null where it is the
 * usual. In no namespace: a schema itself.
 */
export function newAcl(
  context: DdlContext,
  type: DefaultedType,
  owner: Oid,
  object: ObjectAddress,
  namespace: Oid = INVALID_OID,
): readonly string[] | null {
  const acl = initialAcl(context, type, owner, namespace);
  if (!acl) return null;
  changeMembers(context.catalog, object, membersOf(acl), owner);
  return storedAcl(acl);
}
