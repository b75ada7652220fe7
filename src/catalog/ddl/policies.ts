/**
 * POLICIES: which rows of a table whom row security lets see, and which ones it lets write.
 * https://www.postgresql.org/docs/15/sql-createpolicy.html
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError, warning, withoutPosition } from "../../base/sql-error.ts";
import { POLICY_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addDependencies, addRole, referencesOf, removeShared } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import { type ClassTuple, getRole, undefinedRelation } from "../names.ts";
import type { AlterPolicy, CreatePolicy, RenamePolicy } from "../policy-statement.ts";
import type { Tuple } from "../relation.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgPolicy } from "../relations/pg-policy.ts";
import type { QualifiedName, RawExpression, RoleSpec } from "../statement.ts";
import type { DdlContext, StoredExpression } from "./context.ts";
import { lockRelation, relationToAlter, wrongKind } from "./lookup.ts";

type Policy = Tuple<(typeof pgPolicy)["columns"]>;

/** Throws 42601, 42704, 42P01, 42501, 42809, 42710, and what parse analysis throws. */
export function createPolicy(context: DdlContext, statement: CreatePolicy): void {
  const { catalog } = context;
  const { name, command, permissive } = statement;
  if ((command === "r" || command === "d") && statement.check) {
    throw new SqlError("42601", "WITH CHECK cannot be applied to SELECT or DELETE");
  }
  if (command === "a" && statement.using) {
    throw new SqlError("42601", "only WITH CHECK expression allowed for INSERT");
  }
  const roles = rolesOf(context, statement.roles);
  const table = tableOf(context, statement.table);
  const using = bound(context, statement.using, table);
  const check = bound(context, statement.check, table);
  refuseTwin(context, table, name);
  const oid = context.allocateOid();
  catalog.insert(pgPolicy, {
    ...{ oid, polname: name, polrelid: table.oid, polcmd: command, polpermissive: permissive },
    ...{ polroles: roles, polqual: using?.tree ?? null, polwithcheck: check?.tree ?? null },
  });
  const self = addressOf(POLICY_CLASS, oid);
  dependOn(context, self, table.oid, [using, check]);
  nameRoles(context, self, roles);
}

/** What is not said stays as it is. Throws as createPolicy does. */
export function alterPolicy(context: DdlContext, statement: AlterPolicy): void {
  const { catalog, expressions } = context;
  const { name } = statement;
  const roles = statement.roles && rolesOf(context, statement.roles);
  const table = tableOf(context, statement.table);
  const using = bound(context, statement.using, table);
  const check = bound(context, statement.check, table);
  const policy = policyOf(context, table, name);
  if ("rd".includes(policy.polcmd) && check) {
    throw new SqlError("42601", "only USING expression allowed for SELECT, DELETE");
  }
  if (policy.polcmd === "a" && using) {
    throw new SqlError("42601", "only WITH CHECK expression allowed for INSERT");
  }
  catalog.update(pgPolicy, policy, {
    ...(roles ? { polroles: roles } : {}),
    ...(using ? { polqual: using.tree } : {}),
    ...(check ? { polwithcheck: check.tree } : {}),
  });
  const self = addressOf(POLICY_CLASS, policy.oid);
  const kept = (tree: string | null) =>
    tree === null ? undefined : expressions.storedOver(tree, table.oid);
  for (const row of referencesOf(catalog, self)) catalog.delete(pgDepend, row);
  const parts = [using ?? kept(policy.polqual), check ?? kept(policy.polwithcheck)];
  dependOn(context, self, table.oid, parts);
  if (!roles) return;
  removeShared(catalog, self);
  nameRoles(context, self, roles);
}

/** Throws 42P01, 42501, 42809, 42710, 42704. */
export function renamePolicy(context: DdlContext, statement: RenamePolicy): void {
  const { newName } = statement;
  const table = tableOf(context, statement.table);
  refuseTwin(context, table, newName);
  const policy = policyOf(context, table, statement.name);
  context.catalog.update(pgPolicy, policy, { polname: newName });
}

/** For DROP OWNED: false = nobody but the role has the policy. */
export function removeFromPolicy(context: DdlContext, self: ObjectAddress, role: Oid): boolean {
  const { catalog } = context;
  const policy = catalog.find(pgPolicy, "key", [self.oid]);
  if (!policy) return false;
  lockRelation(context, policy.polrelid, "AccessExclusive");
  const polroles = policy.polroles.filter((each) => each !== role);
  if (polroles.length === 0) return false;
  catalog.update(pgPolicy, policy, { polroles });
  removeShared(catalog, self);
  nameRoles(context, self, polroles);
  return true;
}

/** PUBLIC is everyone, whoever else is named. */
function rolesOf(context: DdlContext, specs: readonly RoleSpec[]): readonly Oid[] {
  if (specs.length === 0) return [INVALID_OID];
  const roles: Oid[] = [];
  for (const spec of specs) {
    if (spec.kind === "public") {
      if (specs.length > 1) {
        const hint = "All roles are members of the PUBLIC role.";
        context.notice(warning("22023", "ignoring specified roles other than PUBLIC", { hint }));
      }
      return [INVALID_OID];
    }
    roles.push(getRole(context.catalog, spec, context).oid);
  }
  return roles;
}

function tableOf(context: DdlContext, name: QualifiedName): ClassTuple {
  const table = relationToAlter(context, name, "table", false);
  if (!table) throw undefinedRelation(name);
  if (table.relkind !== "r" && table.relkind !== "p") throw wrongKind(table, "table");
  return table;
}

const bound = (
  { expressions }: DdlContext,
  expression: RawExpression | undefined,
  table: ClassTuple,
): StoredExpression | undefined =>
  // Of its errors PostgreSQL does not say where they are.
  expression && withoutPosition(() => expressions.bindCheck(expression, table.oid, "POLICY"));

const find = ({ catalog }: DdlContext, table: ClassTuple, name: string): Policy | undefined =>
  catalog.find(pgPolicy, "polrelid_polname", [table.oid, name]);

function refuseTwin(context: DdlContext, table: ClassTuple, name: string): void {
  if (!find(context, table, name)) return;
  const message = `policy "${name}" for table "${table.relname}" already exists`;
  throw new SqlError("42710", message);
}

function policyOf(context: DdlContext, table: ClassTuple, name: string): Policy {
  const policy = find(context, table, name);
  if (policy) return policy;
  const message = `policy "${name}" for table "${table.relname}" does not exist`;
  throw new SqlError("42704", message);
}

function dependOn(
  { catalog }: DdlContext,
  self: ObjectAddress,
  table: Oid,
  parts: readonly (StoredExpression | undefined)[],
): void {
  const named = parts.flatMap((part) => part?.references ?? []);
  addDependencies(catalog, self, [
    { referenced: addressOf(RELATION_CLASS, table), deptype: "a" },
    ...named.map((each) => ({
      referenced: addressOf(each.classOid, each.oid, each.subId),
      deptype: "n" as const,
    })),
  ]);
}

function nameRoles({ catalog }: DdlContext, self: ObjectAddress, roles: readonly Oid[]): void {
  for (const role of new Set(roles)) {
    if (role !== INVALID_OID) addRole(catalog, self, role, "r");
  }
}
