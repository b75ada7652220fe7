/** CREATE ROLE, USER, GROUP and DROP ROLE, USER, GROUP. */
import type { CreateRoleStmt, DefElem, DropRoleStmt } from "libpg-query";
import { assert } from "../../base/assert.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { CreateRole, DropRoles } from "../../catalog/statement.ts";
import { booleanOption, integerOption, optionsByName, roleSpec, textOption } from "./names.ts";
import { positionOf } from "./positions.ts";

const roleNouns: { readonly [type: string]: CreateRole["noun"] } = {
  ROLESTMT_USER: "user",
  ROLESTMT_GROUP: "group",
};

export function createRole(tree: CreateRoleStmt): CreateRole {
  let statement: CreateRole = {
    kind: "createRole",
    noun: roleNouns[tree.stmt_type ?? ""] ?? "role",
    name: tree.role ?? "",
  };
  for (const [name, option] of optionsByName(tree.options)) {
    statement = { ...statement, ...roleOption(name, option) };
  }
  return statement;
}

/** The options that are a yes or no, by the grammar's names. */
const flags: { readonly [option: string]: keyof CreateRole } = {
  superuser: "superuser",
  createdb: "createDatabase",
  createrole: "createRole",
  inherit: "inherit",
  canlogin: "login",
  isreplication: "replication",
  bypassrls: "bypassRls",
};
const refusedOptions: { readonly [option: string]: string } = {
  sysid: "SYSID",
  addroleto: "IN ROLE",
  rolemembers: "ROLE in CREATE ROLE",
  adminmembers: "ADMIN in CREATE ROLE",
};

function roleOption(name: string, option: DefElem): Partial<CreateRole> {
  const flag = flags[name];
  if (flag !== undefined) return { [flag]: booleanOption(option) };
  switch (name) {
    case "connectionlimit": {
      const connectionLimit = integerOption(option);
      if (connectionLimit < -1) {
        throw new SqlError("22023", `invalid connection limit: ${connectionLimit}`);
      }
      return { connectionLimit };
    }
    case "validUntil":
      return { validUntil: textOption(option) ?? "" };
    case "password":
      // PASSWORD NULL is the absence of a password, which is what every role here has.
      if (option.arg === undefined) return {};
      throw notSupported("PASSWORD", positionOf(option.location));
    default:
      throw notSupported(refusedOptions[name] ?? name, positionOf(option.location));
  }
}

/** The grammar gives DROP USER and DROP GROUP as DROP ROLE, and PostgreSQL's messages say role. */
export function dropRoles(tree: DropRoleStmt): DropRoles {
  const names = (tree.roles ?? []).map((node) => {
    assert("RoleSpec" in node, "DROP ROLE names roles");
    if (node.RoleSpec.roletype !== "ROLESPEC_CSTRING") {
      throw new SqlError("22023", "cannot use special role specifier in DROP ROLE");
    }
    return roleSpec(node.RoleSpec);
  });
  return { kind: "dropRoles", noun: "role", names, ifExists: tree.missing_ok ?? false };
}
