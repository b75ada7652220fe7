/**
 * THE RULE OF pg_settings: an UPDATE of it is a SELECT of set_config for the rows that it finds and
 * whose names it leaves alone. https://www.postgresql.org/docs/15/view-pg-settings.html
 */
import type { Node } from "@pgsql/types";
import { FIRST_USER_OID } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { assignCollations } from "./collation.ts";
import type { UntypedModify } from "./modify.ts";
import { plainTarget } from "./plain-select.ts";
import { visibleItem } from "./range-table.ts";
import { relationEntry } from "./relation.ts";
import { originalOf, overOriginal } from "./rule-join.ts";
import { type Binding, Scope } from "./scope.ts";
import { conjunction } from "./through-views.ts";
import type { Expression, Query } from "./tree.ts";

const name = (...parts: readonly string[]): Node[] => parts.map((sval) => ({ String: { sval } }));
const column = (...parts: readonly string[]): Node => ({ ColumnRef: { fields: name(...parts) } });
const nameIsKept: Node = {
  A_Expr: {
    kind: "AEXPR_OP",
    name: name("="),
    lexpr: column("new", "name"),
    rexpr: column("old", "name"),
  },
};
const call: Node = {
  FuncCall: {
    funcname: name("pg_catalog", "set_config"),
    args: [
      column("old", "name"),
      column("new", "setting"),
      { A_Const: { boolval: { boolval: false } } },
    ],
  },
};

/** undefined: it is another statement. Throws 0A000. */
export function readingOfSettings(binding: Binding, written: UntypedModify): Query | undefined {
  const { relation, name: table } = written.table;
  if (table !== "pg_settings" || relation >= FIRST_USER_OID) return undefined;
  if (written.kind !== "update") return undefined;
  if (written.currentOf !== undefined) {
    throw new SqlError("0A000", "WHERE CURRENT OF on a view is not implemented");
  }
  if (written.returning) {
    const message = `cannot perform UPDATE RETURNING on relation "${table}"`;
    const hint = "You need an unconditional ON UPDATE DO INSTEAD rule with a RETURNING clause.";
    throw new SqlError("0A000", message, { hint });
  }
  const scope = new Scope(binding, undefined);
  const facts = scope.names.findRelation(relation);
  if (!facts) throw notSupported(`UPDATE of ${table}`);
  for (const each of ["old", "new"]) {
    const entry = relationEntry(scope, facts, { name: each, columns: [] }, true);
    scope.namespace.push(visibleItem(entry, scope.addEntry(entry)));
  }
  const original = originalOf(binding, written);
  const bound = (node: Node): Expression => {
    const made = scope.bind(node, "SELECT");
    assignCollations(scope.names, made);
    return overOriginal(binding, original, made, 0);
  };
  const where = conjunction([original.where, bound(nameIsKept)]);
  const targets = [plainTarget(bound(call), "set_config")];
  return { ...written.query, targets, ...(where ? { where } : {}) };
}
