/** CREATE VIEW. */
import type { ViewStmt } from "libpg-query";
import { assert } from "../../base/assert.ts";
import type { CreateView } from "../../catalog/statement.ts";
import { persistenceOf, relationName, stringsOf } from "./names.ts";
import { relationOptions } from "./options.ts";

export function createView(tree: ViewStmt): CreateView {
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
    persistence: persistenceOf(tree.view),
    options,
  };
}

const checkOptions = {
  NO_CHECK_OPTION: undefined,
  LOCAL_CHECK_OPTION: "local",
  CASCADED_CHECK_OPTION: "cascaded",
} as const;
