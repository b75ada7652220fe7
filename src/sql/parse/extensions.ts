/** ALTER EXTENSION. */
import type { Node } from "libpg-query";
import type { AlterExtension } from "../../catalog/defined-statement.ts";
import { stringOf } from "./names.ts";
import { objectName } from "./objects.ts";
import { statementOptions } from "./statement-options.ts";

/** undefined = another statement, or about a kind of object that is not there. */
export function alterExtension(node: Node): AlterExtension | undefined {
  if ("AlterExtensionStmt" in node) {
    const { extname: name = "", options } = node.AlterExtensionStmt;
    return { kind: "updateExtension", name, options: statementOptions(options) };
  }
  if ("AlterObjectSchemaStmt" in node) {
    const { objectType, object, newschema: schema = "" } = node.AlterObjectSchemaStmt;
    if (objectType !== "OBJECT_EXTENSION") return undefined;
    return { kind: "extensionSchema", name: stringOf(object), schema };
  }
  if (!("AlterExtensionContentsStmt" in node)) return undefined;
  const {
    extname: name = "",
    action = 0,
    objtype = "",
    object: named,
  } = node.AlterExtensionContentsStmt;
  const object = named && objectName(objtype, named);
  return object && { kind: "extensionMember", name, object, adds: action > 0 };
}
