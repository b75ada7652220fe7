/** CREATE RULE and ALTER RULE. */
import type { RenameStmt, RuleStmt } from "libpg-query";
import type { CreateRule, RenameRule, RuleEvent } from "../../catalog/rule-statement.ts";
import { relationName } from "./names.ts";

const EVENTS: Readonly<Record<string, RuleEvent>> = {
  CMD_SELECT: "select",
  CMD_UPDATE: "update",
  CMD_INSERT: "insert",
  CMD_DELETE: "delete",
};

export const createRule = (tree: RuleStmt): CreateRule => ({
  kind: "createRule",
  replace: tree.replace ?? false,
  name: tree.rulename ?? "",
  table: relationName(tree.relation),
  event: EVENTS[tree.event ?? ""] ?? "select",
  instead: tree.instead ?? false,
  ...(tree.whereClause === undefined ? {} : { where: { node: tree.whereClause } }),
  actions: (tree.actions ?? []).map((node) => ({ node })),
});

export const renameRule = ({ relation, subname, newname }: RenameStmt): RenameRule => ({
  kind: "renameRule",
  table: relationName(relation),
  name: subname ?? "",
  newName: newname ?? "",
});
