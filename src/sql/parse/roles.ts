/** CREATE, ALTER, RENAME and DROP of roles, users and groups; GRANT and REVOKE of memberships. */
import type {
  AlterRoleSetStmt,
  AlterRoleStmt,
  CreateRoleStmt,
  DefElem,
  DropRoleStmt,
  GrantRoleStmt,
  Node,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import { SqlError } from "../../base/sql-error.ts";
import type {
  AlterDefaults,
  AlterRole,
  CreateRole,
  DropRoles,
  GrantRoles,
  RoleOptions,
} from "../../catalog/role-statement.ts";
import type { RoleSpec } from "../../catalog/statement.ts";
import { booleanOption, integerOption, roleSpec, textOption } from "./names.ts";
import { atLocation, positionOf } from "./positions.ts";
import { settingChange } from "./settings.ts";

const roleNouns: { readonly [type: string]: CreateRole["noun"] } = {
  ROLESTMT_USER: "user",
  ROLESTMT_GROUP: "group",
};

export const createRole = (tree: CreateRoleStmt): CreateRole => ({
  kind: "createRole",
  noun: roleNouns[tree.stmt_type ?? ""] ?? "role",
  name: tree.role ?? "",
  options: roleOptions(tree.options),
});

export const alterRole = (tree: AlterRoleStmt): AlterRole => ({
  kind: "alterRole",
  role: roleSpec(tree.role),
  options: roleOptions(tree.options),
  dropsMembers: tree.action === -1,
});

/** The options that are a yes or no, by the grammar's names. */
const flags: { readonly [option: string]: keyof RoleOptions } = {
  superuser: "superuser",
  createdb: "createDatabase",
  createrole: "createRole",
  inherit: "inherit",
  canlogin: "login",
  isreplication: "replication",
  bypassrls: "bypassRls",
};

function roleOptions(nodes: readonly Node[] | undefined): RoleOptions {
  let options: RoleOptions = { sysIds: 0 };
  const given = new Set<string>();
  for (const node of nodes ?? []) {
    assert("DefElem" in node && node.DefElem.defname !== undefined, "an option has a name");
    const { defname, location } = node.DefElem;
    if (defname === "sysid") {
      options = { ...options, sysIds: options.sysIds + 1 };
      continue;
    }
    if (given.has(defname)) return { ...options, repeated: atLocation(location) };
    given.add(defname);
    options = { ...options, ...roleOption(defname, node.DefElem) };
  }
  return options;
}

function roleOption(name: string, option: DefElem): Partial<RoleOptions> {
  const flag = flags[name];
  if (flag !== undefined) return { [flag]: booleanOption(option) };
  switch (name) {
    case "connectionlimit":
      return { connectionLimit: integerOption(option) };
    case "validUntil":
      return { validUntil: textOption(option) ?? "" };
    case "password":
      return { password: option.arg === undefined ? null : (textOption(option) ?? "") };
    case "addroleto":
      return { memberOf: rolesIn(option) };
    case "rolemembers":
      return { members: rolesIn(option) };
    case "adminmembers":
      return { adminMembers: rolesIn(option) };
    default:
      throw new SqlError("42601", `option "${name}" not recognized`, atLocation(option.location));
  }
}

function rolesIn({ arg }: DefElem): readonly RoleSpec[] {
  assert(arg !== undefined && "List" in arg, "the option lists roles");
  return roleSpecs(arg.List.items);
}

export const roleSpecs = (nodes: readonly Node[] | undefined): readonly RoleSpec[] =>
  (nodes ?? []).map((node) => {
    assert("RoleSpec" in node, "a list of roles");
    return roleSpec(node.RoleSpec);
  });

/** The grammar gives DROP USER and DROP GROUP as DROP ROLE, and PostgreSQL's messages say role. */
export const dropRoles = (tree: DropRoleStmt): DropRoles => ({
  kind: "dropRoles",
  names: roleSpecs(tree.roles),
  ifExists: tree.missing_ok ?? false,
});

/** `own` is the statement's text: the tree does not tell ADMIN OPTION from ADMIN TRUE. */
export function grantRoles(tree: GrantRoleStmt, own: string): GrantRoles {
  const [option] = (tree.opt ?? []).map((node) => {
    assert("DefElem" in node, "an option of GRANT");
    return node.DefElem;
  });
  if (option) refuseNewOption(option, own, tree.is_grant ?? false);
  return {
    kind: "grantRoles",
    granted: (tree.granted_roles ?? []).map((node) => {
      assert("AccessPriv" in node, "GRANT names roles");
      const { priv_name: name, cols } = node.AccessPriv;
      return cols === undefined ? name : undefined;
    }),
    members: roleSpecs(tree.grantee_roles),
    admin: option !== undefined,
    revoke: !(tree.is_grant ?? false),
    ...(tree.grantor === undefined ? {} : { grantor: roleSpec(tree.grantor) }),
  };
}

/**
 * PostgreSQL 15 knows WITH ADMIN OPTION and ADMIN OPTION FOR, and no other. To its grammar another
 * word behind REVOKE is a role, so that it stumbles over the next one.
 */
function refuseNewOption({ defname, location }: DefElem, own: string, isGrant: boolean): void {
  const [, word = "", between = "", next = ""] =
    (isGrant ? /\bWITH\s+(\w+)(\s+)(\w+)/i : /^\s*REVOKE\s+(\w+)(\s+)(\w+)/i).exec(own) ?? [];
  const isAdmin = defname === "admin";
  if (isAdmin && next.toUpperCase() === "OPTION") return;
  const isNext = isAdmin || !isGrant;
  const at = positionOf(location);
  const shift = isNext ? word.length + between.length : 0;
  const fields = at === undefined ? {} : { position: at + shift };
  throw new SqlError("42601", `syntax error at or near "${isNext ? next : word}"`, fields);
}

export const alterRoleDefaults = (tree: AlterRoleSetStmt): AlterDefaults => ({
  kind: "alterDefaults",
  role: tree.role === undefined ? "all" : roleSpec(tree.role),
  ...(tree.database === undefined ? {} : { database: tree.database }),
  change: settingChange(tree.setstmt),
});
