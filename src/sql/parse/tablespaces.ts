/** CREATE, ALTER and DROP TABLESPACE. */
import type {
  AlterTableSpaceOptionsStmt,
  CreateTableSpaceStmt,
  DropTableSpaceStmt,
  Node,
} from "libpg-query";
import type {
  CreateTablespace,
  DropTablespace,
  TablespaceOptions,
  TablespaceStatement,
} from "../../catalog/tablespace-statement.ts";
import { roleSpec } from "./names.ts";
import { relationOptions } from "./options.ts";

/** undefined = another statement. */
export function tablespaceDdl(node: Node): TablespaceStatement | undefined {
  if ("CreateTableSpaceStmt" in node) return createTablespace(node.CreateTableSpaceStmt);
  if ("DropTableSpaceStmt" in node) return dropTablespace(node.DropTableSpaceStmt);
  if ("AlterTableSpaceOptionsStmt" in node) {
    return tablespaceOptions(node.AlterTableSpaceOptionsStmt);
  }
  return undefined;
}

const createTablespace = (tree: CreateTableSpaceStmt): CreateTablespace => ({
  kind: "createTablespace",
  name: tree.tablespacename ?? "",
  ...(tree.owner === undefined ? {} : { owner: roleSpec(tree.owner) }),
  location: tree.location ?? "",
  options: relationOptions(tree.options),
});

const dropTablespace = (tree: DropTableSpaceStmt): DropTablespace => ({
  kind: "dropTablespace",
  name: tree.tablespacename ?? "",
  ifExists: tree.missing_ok ?? false,
});

const tablespaceOptions = (tree: AlterTableSpaceOptionsStmt): TablespaceOptions => ({
  kind: "tablespaceOptions",
  name: tree.tablespacename ?? "",
  reset: tree.isReset ?? false,
  options: relationOptions(tree.options),
});
