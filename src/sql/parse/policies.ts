/** CREATE, ALTER and RENAME of row security policies. */
import type { AlterPolicyStmt, CreatePolicyStmt, Node } from "libpg-query";
import { SqlError } from "../../base/sql-error.ts";
import type { AlterPolicy, CreatePolicy, PolicyStatement } from "../../catalog/policy-statement.ts";
import { relationName } from "./names.ts";
import { roleSpecs } from "./roles.ts";

/** undefined = another statement. */
export function policyStatement(node: Node): PolicyStatement | undefined {
  if ("CreatePolicyStmt" in node) return createPolicy(node.CreatePolicyStmt);
  if ("AlterPolicyStmt" in node) return alterPolicy(node.AlterPolicyStmt);
  return undefined;
}

const COMMANDS: { readonly [name: string]: CreatePolicy["command"] } = {
  all: "*",
  select: "r",
  insert: "a",
  update: "w",
  delete: "d",
};

function createPolicy(tree: CreatePolicyStmt): CreatePolicy {
  const command = COMMANDS[tree.cmd_name ?? "all"];
  if (!command) throw new SqlError("42601", "unrecognized policy command");
  return {
    kind: "createPolicy",
    ...{ name: tree.policy_name ?? "", table: relationName(tree.table), command },
    ...{ permissive: tree.permissive ?? false, roles: roleSpecs(tree.roles) },
    ...conditions(tree),
  };
}

const alterPolicy = (tree: AlterPolicyStmt): AlterPolicy => ({
  kind: "alterPolicy",
  ...{ name: tree.policy_name ?? "", table: relationName(tree.table) },
  ...(tree.roles ? { roles: roleSpecs(tree.roles) } : {}),
  ...conditions(tree),
});

const conditions = ({ qual, with_check }: CreatePolicyStmt | AlterPolicyStmt) => ({
  ...(qual ? { using: { node: qual } } : {}),
  ...(with_check ? { check: { node: with_check } } : {}),
});
