/** ROW(…) */
import type { RowExpr } from "@pgsql/types";
import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { bindList } from "./expand.ts";
import type { Scope } from "./scope.ts";
import type { Expression } from "./tree.ts";
import { RECORD } from "./type-oids.ts";

const ROW_COLUMNS_MAX = 1664;

export function bindRow(scope: Scope, node: RowExpr): Expression {
  const args = bindList(scope, node.args ?? []);
  const position = scope.at(node.location);
  if (args.length > ROW_COLUMNS_MAX) {
    const message = `ROW expressions can have at most ${ROW_COLUMNS_MAX} entries`;
    throw new SqlError("54011", message).at(position);
  }
  return {
    kind: "row",
    args,
    names: args.map((_, at) => `f${at + 1}`),
    form: node.row_format === "COERCE_IMPLICIT_CAST" ? "implicit" : "call",
    type: RECORD,
    typmod: -1,
    collation: INVALID_OID,
    position,
  };
}
