/** Commutators and negators, which mean each other. */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { pgOperator } from "../relations/pg-operator.ts";
import type { DdlContext } from "./context.ts";

/** The other one means this one, unless it means another one already. */
export function link(
  context: DdlContext,
  self: Oid,
  other: Oid,
  column: "oprcom" | "oprnegate",
): void {
  if (other === INVALID_OID || other === self) return;
  const row = context.catalog.find(pgOperator, "key", [other]);
  if (row && row[column] === INVALID_OID) {
    context.catalog.update(pgOperator, row, { [column]: self });
  }
}

/** What an operator that is dropped was to others. */
export function unlinkOperator(context: DdlContext, dropped: Oid): void {
  const { catalog } = context;
  const row = catalog.find(pgOperator, "key", [dropped]);
  for (const column of ["oprcom", "oprnegate"] as const) {
    const other = row && row[column] !== dropped && catalog.find(pgOperator, "key", [row[column]]);
    if (other && other[column] === dropped) {
      catalog.update(pgOperator, other, { [column]: INVALID_OID });
    }
  }
}
