/** CREATE, ALTER and DROP of foreign-data wrappers, servers and user mappings. */
import type { AlterFdwStmt, Node } from "libpg-query";
import { SqlError } from "../../base/sql-error.ts";
import type {
  ForeignStatement,
  OptionChange,
  OptionChanges,
  WrapperFunctions,
} from "../../catalog/foreign-statement.ts";
import { qualifiedName, roleSpec, stringOf, stringsOf } from "./names.ts";
import { positionOf } from "./positions.ts";

/** undefined = another statement. */
export function foreignStatement(node: Node): ForeignStatement | undefined {
  return wrapperStatement(node) ?? serverStatement(node) ?? mappingStatement(node);
}

function wrapperStatement(node: Node): ForeignStatement | undefined {
  const tree =
    "CreateFdwStmt" in node
      ? node.CreateFdwStmt
      : "AlterFdwStmt" in node
        ? node.AlterFdwStmt
        : undefined;
  if (!tree) return undefined;
  return {
    kind: "CreateFdwStmt" in node ? "createWrapper" : "alterWrapper",
    name: tree.fdwname ?? "",
    ...wrapperFunctions(tree.func_options),
    options: optionChanges(tree.options),
  };
}

function wrapperFunctions(nodes: AlterFdwStmt["func_options"]): WrapperFunctions {
  const functions: { -readonly [name in keyof WrapperFunctions]: WrapperFunctions[name] } = {};
  for (const node of nodes ?? []) {
    if (!("DefElem" in node)) continue;
    const { defname, arg, location } = node.DefElem;
    const which = defname === "handler" ? "handler" : "validator";
    if (functions[which] !== undefined) {
      throw new SqlError("42601", "conflicting or redundant options").at(positionOf(location));
    }
    const names = arg && "List" in arg ? arg.List.items : undefined;
    functions[which] = names ? qualifiedName(stringsOf(names)) : null;
  }
  return functions;
}

function serverStatement(node: Node): ForeignStatement | undefined {
  if ("CreateForeignServerStmt" in node) {
    const { servername, servertype, version, fdwname, options, if_not_exists } =
      node.CreateForeignServerStmt;
    return {
      kind: "createServer",
      ...{ name: servername ?? "", type: servertype ?? null, version: version ?? null },
      wrapper: fdwname ?? "",
      options: optionChanges(options),
      ifNotExists: if_not_exists ?? false,
    };
  }
  if ("AlterForeignServerStmt" in node) {
    const { servername, version, has_version, options } = node.AlterForeignServerStmt;
    return {
      kind: "alterServer",
      name: servername ?? "",
      ...(has_version ? { version: version ?? null } : {}),
      options: optionChanges(options),
    };
  }
  if (!("ImportForeignSchemaStmt" in node)) return undefined;
  const { server_name: server = "", local_schema: schema = "" } = node.ImportForeignSchemaStmt;
  return { kind: "importForeignSchema", server, schema };
}

function mappingStatement(node: Node): ForeignStatement | undefined {
  if ("CreateUserMappingStmt" in node) {
    const { user, servername: server = "", options, if_not_exists } = node.CreateUserMappingStmt;
    const mapped = { user: roleSpec(user), server, options: optionChanges(options) };
    return { kind: "createUserMapping", ...mapped, ifNotExists: if_not_exists ?? false };
  }
  if ("AlterUserMappingStmt" in node) {
    const { user, servername: server = "", options } = node.AlterUserMappingStmt;
    const mapped = { user: roleSpec(user), server, options: optionChanges(options) };
    return { kind: "alterUserMapping", ...mapped };
  }
  if (!("DropUserMappingStmt" in node)) return undefined;
  const { user, servername: server = "", missing_ok } = node.DropUserMappingStmt;
  return { kind: "dropUserMapping", user: roleSpec(user), server, ifExists: missing_ok ?? false };
}

/** OPTIONS (…) */
export const optionChanges = (nodes: readonly Node[] | undefined): OptionChanges =>
  (nodes ?? []).flatMap((node): readonly OptionChange[] => {
    if (!("DefElem" in node)) return [];
    const { defname: name = "", arg, defaction } = node.DefElem;
    if (defaction === "DEFELEM_DROP") return [{ action: "drop", name }];
    return [{ action: defaction === "DEFELEM_SET" ? "set" : "add", name, value: stringOf(arg) }];
  });
