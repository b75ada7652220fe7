/** CREATE of text search objects; ALTER of dictionaries and configurations. */
import type { AlterTSConfigurationStmt, Node } from "libpg-query";
import { assert } from "../../base/assert.ts";
import type { DefinitionItem } from "../../catalog/defined-statement.ts";
import type {
  AlterConfiguration,
  TextSearchStatement,
} from "../../catalog/text-search-statement.ts";
import { qualifiedName, stringsOf } from "./names.ts";

const CREATED = {
  OBJECT_TSDICTIONARY: "createDictionary",
  OBJECT_TSCONFIGURATION: "createConfiguration",
  OBJECT_TSPARSER: "createParser",
  OBJECT_TSTEMPLATE: "createTemplate",
} as const;

/** undefined = another statement. `itemsOf`: reads a list of items. */
export function textSearchStatement(
  node: Node,
  itemsOf: (nodes: readonly Node[] | undefined) => DefinitionItem[],
): TextSearchStatement | undefined {
  if ("DefineStmt" in node) {
    const { kind, defnames, definition } = node.DefineStmt;
    const created = CREATED[kind as keyof typeof CREATED];
    if (created === undefined) return undefined;
    return { kind: created, name: qualifiedName(stringsOf(defnames)), items: itemsOf(definition) };
  }
  if ("AlterTSDictionaryStmt" in node) {
    const { dictname, options } = node.AlterTSDictionaryStmt;
    const name = qualifiedName(stringsOf(dictname));
    return { kind: "alterDictionary", name, items: itemsOf(options) };
  }
  return "AlterTSConfigurationStmt" in node
    ? alterConfiguration(node.AlterTSConfigurationStmt)
    : undefined;
}

const ACTIONS: { readonly [kind: string]: AlterConfiguration["action"] } = {
  ALTER_TSCONFIG_ADD_MAPPING: "add",
  ALTER_TSCONFIG_ALTER_MAPPING_FOR_TOKEN: "alter",
  ALTER_TSCONFIG_REPLACE_DICT: "replace",
  ALTER_TSCONFIG_REPLACE_DICT_FOR_TOKEN: "replace",
  ALTER_TSCONFIG_DROP_MAPPING: "drop",
};

function alterConfiguration(tree: AlterTSConfigurationStmt): AlterConfiguration {
  const { kind, cfgname, tokentype, dicts, missing_ok: ifExists = false } = tree;
  return {
    kind: "alterConfiguration",
    name: qualifiedName(stringsOf(cfgname)),
    action: ACTIONS[kind ?? ""] ?? "add",
    tokens: tokentype && stringsOf(tokentype),
    dictionaries: (dicts ?? []).map((each) => {
      assert("List" in each, "a dictionary has a name");
      return qualifiedName(stringsOf(each.List.items));
    }),
    ifExists,
  };
}
