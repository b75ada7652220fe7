/** How the catalog's checker reads stored expressions and queries. */
import type { CheckOptions } from "../../catalog/check/check.ts";
import { decodeTree, decodeTrees, storedRule } from "./codec.ts";
import { collectOfRule, collectReferences } from "./references.ts";
import { readStoredQuery } from "./stored-query.ts";
import { columnsIn } from "./table-expression.ts";

export const checkOptions: CheckOptions = {
  // Built-in rows keep SQL texts; see catalog/bootstrap.ts.
  decodeTree: (text) => (text.startsWith('{"v":1,"sql":[') ? JSON.parse(text) : decodeTree(text)),
  readQuery: readStoredQuery,
  readRule: (rule, lookup) => collectOfRule(storedRule(rule), lookup, rule.ev_class),
  readExpression(text, relation, lookup) {
    const trees = decodeTrees(text);
    return {
      columns: trees.flatMap(columnsIn),
      references: trees.flatMap((tree) => collectReferences(tree, lookup, relation)),
    };
  },
};
