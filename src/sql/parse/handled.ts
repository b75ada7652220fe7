/** CREATE CONVERSION, ACCESS METHOD, LANGUAGE and TRANSFORM. */
import type { Node, ObjectWithArgs } from "libpg-query";
import { assert } from "../../base/assert.ts";
import type { DefinedStatement } from "../../catalog/defined-statement.ts";
import { qualifiedName, stringsOf, typeName } from "./names.ts";
import { objectName } from "./objects.ts";

const nameOf = (nodes: readonly Node[] | undefined) => qualifiedName(stringsOf(nodes));

/** undefined = another statement. */
export function handledStatement(node: Node): DefinedStatement | undefined {
  if ("CreateConversionStmt" in node) {
    const tree = node.CreateConversionStmt;
    return {
      kind: "createConversion",
      name: nameOf(tree.conversion_name),
      source: tree.for_encoding_name ?? "",
      target: tree.to_encoding_name ?? "",
      function: nameOf(tree.func_name),
      isDefault: tree.def ?? false,
    };
  }
  if ("CreateAmStmt" in node) {
    const { amname: name = "", amtype, handler_name } = node.CreateAmStmt;
    const type = amtype === "t" ? "table" : "index";
    return { kind: "createAccessMethod", name, type, handler: nameOf(handler_name) };
  }
  if ("CreatePLangStmt" in node) {
    const { plname: name = "", replace = false, pltrusted: trusted = false } = node.CreatePLangStmt;
    const { plhandler, plinline, plvalidator } = node.CreatePLangStmt;
    return {
      ...{ kind: "createLanguage", name, replace, trusted, handler: nameOf(plhandler) },
      ...(plinline ? { inline: nameOf(plinline) } : {}),
      ...(plvalidator ? { validator: nameOf(plvalidator) } : {}),
    };
  }
  if (!("CreateTransformStmt" in node)) return undefined;
  const { type_name, lang, fromsql, tosql, replace = false } = node.CreateTransformStmt;
  assert(type_name, "a transform is for a type");
  return {
    ...{ kind: "createTransform", replace, type: typeName(type_name), language: lang ?? "" },
    ...(fromsql ? { fromSql: routineOf(fromsql) } : {}),
    ...(tosql ? { toSql: routineOf(tosql) } : {}),
  };
}

function routineOf(tree: ObjectWithArgs) {
  const routine = objectName("OBJECT_FUNCTION", { ObjectWithArgs: tree });
  assert(routine?.kind === "routine", "it is a function");
  return routine;
}
