/**
 * WHAT INSTEAD OF TRIGGERS DO: a statement on their view stays one on the view, and is no longer a
 * matter of the view's query. https://www.postgresql.org/docs/15/sql-createtrigger.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { noIndex } from "./conflict-arbiter.ts";
import type { RuleAction } from "./modify.ts";
import type { Binding } from "./scope.ts";
import type { Expression, Target } from "./tree.ts";
import { INT8 } from "./type-oids.ts";

/** Rows of the view have no version. Throws 42P10, as no index of a view can be an arbiter. */
export function doneByTriggers(binding: Binding, bound: RuleAction): RuleAction {
  binding.views.add(bound.table.relation);
  if (bound.kind === "insert") {
    const { onConflict, ...rest } = bound;
    const refused = onConflict?.inference && noIndex({ indexes: [] });
    if (refused) throw refused;
    return { ...rest, instead: true };
  }
  if (bound.currentOf !== undefined) throw noCurrentRow();
  const [version, ...targets] = bound.query.targets as [Target, ...Target[]];
  const none: Expression = { kind: "constant", value: 0n, ...INT8_TYPED };
  const query = { ...bound.query, targets: [{ ...version, expression: none }, ...targets] };
  return { ...bound, query, instead: true };
}

export const noCurrentRow = (): SqlError =>
  new SqlError("0A000", "WHERE CURRENT OF on a view is not implemented");

const INT8_TYPED = { type: INT8, typmod: -1, collation: 0 as Oid };
