/** CREATE and ALTER EXTENSION. */
import type { CreateExtensionStmt, Node } from "libpg-query";
import type { AlterExtension, CreateExtension } from "../../catalog/defined-statement.ts";
import { extensions } from "../../catalog/extensions/extensions.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import { stringOf } from "./names.ts";
import { objectName } from "./objects.ts";
import { statementOptions } from "./statement-options.ts";

/** With the statements of its script, which `read` makes of the text. */
export function createExtension(
  { extname: name = "", options, if_not_exists: ifNotExists = false }: CreateExtensionStmt,
  read: (script: string) => readonly DdlStatement[],
): CreateExtension {
  const text = extensions.find((each) => each.name === name)?.script ?? "";
  const script = scripts.get(text) ?? read(text);
  scripts.set(text, script);
  return { kind: "createExtension", name, options: statementOptions(options), ifNotExists, script };
}

const scripts = new Map<string, readonly DdlStatement[]>();

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
