/** CREATE VIEW, and the options of relations. */
import type { AlterTableCmd, DefElem, Node, ViewStmt } from "libpg-query";
import { assert } from "../../base/assert.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { AlterTableAction, CreateView, RelationOption } from "../../catalog/statement.ts";
import { relationName, stringsOf, textOption } from "./names.ts";

export function createView(tree: ViewStmt): CreateView {
  const { relpersistence } = tree.view ?? {};
  if (relpersistence === "t") throw notSupported("CREATE TEMPORARY VIEW");
  const options = relationOptions(tree.options);
  const check = checkOptions[tree.withCheckOption ?? "NO_CHECK_OPTION"];
  if (check !== undefined) options.push({ name: "check_option", value: check });
  assert(tree.query !== undefined && "SelectStmt" in tree.query, "a view has a query");
  return {
    kind: "createView",
    // PostgreSQL says nowhere in the text where a view's own name is wrong.
    view: relationName({ ...tree.view, location: -1 }),
    columns: stringsOf(tree.aliases),
    query: { node: tree.query.SelectStmt },
    replace: tree.replace ?? false,
    unlogged: relpersistence === "u",
    options,
  };
}

const checkOptions = {
  NO_CHECK_OPTION: undefined,
  LOCAL_CHECK_OPTION: "local",
  CASCADED_CHECK_OPTION: "cascaded",
} as const;

function relationOptions(nodes: readonly Node[] | undefined): RelationOption[] {
  return (nodes ?? []).map((node) => {
    assert("DefElem" in node, "options are a list of DefElem");
    return relationOption(node.DefElem);
  });
}

function relationOption(option: DefElem): RelationOption {
  return {
    ...(option.defnamespace === undefined ? {} : { namespace: option.defnamespace }),
    name: option.defname ?? "",
    ...(option.arg === undefined ? {} : { value: textOption(option) ?? "" }),
  };
}

/** SET (…) and RESET (…). */
export function changeOptions(tree: AlterTableCmd): AlterTableAction {
  assert(tree.def !== undefined && "List" in tree.def, "options are a list");
  const options = relationOptions(tree.def.List.items);
  if (tree.subtype === "AT_SetRelOptions") return { kind: "setOptions", options };
  if (options.some(({ value }) => value !== undefined)) {
    throw new SqlError("42601", "RESET must not include values for parameters");
  }
  return { kind: "resetOptions", options };
}
