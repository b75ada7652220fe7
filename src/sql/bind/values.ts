/** VALUES: rows of expressions, each column of one type. */
import type { Node, SelectStmt } from "@pgsql/types";
import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { commonCollation } from "./collation.ts";
import { coerceToCommon, commonType, commonTypmod } from "./common.ts";
import { bindList } from "./expand.ts";
import { listItems } from "./node.ts";
import { positionOf } from "./position.ts";
import { columnsFrom } from "./range-table.ts";
import type { Scope } from "./scope.ts";
import type { Expression, RangeTableEntry, Target } from "./tree.ts";

export interface BoundValues {
  readonly rows: readonly (readonly Expression[])[];
  /** As columns of table 0. */
  readonly targets: readonly Target[];
}

export function bindValues(scope: Scope, stmt: SelectStmt): BoundValues {
  const rows = (stmt.valuesLists ?? []).map((list) => bindRow(scope, listItems(list)));
  const width = rows[0]?.length ?? 0;
  const odd = rows.find((row) => row.length !== width);
  if (odd) {
    const message = "VALUES lists must all be the same length";
    throw new SqlError("42601", message).at(odd[0] && positionOf(odd[0]));
  }
  const columns = Array.from({ length: width }, (_, at) => {
    const cells = rows.map((row) => row[at] as Expression);
    const type = commonType(scope, cells, "VALUES");
    const coerced = cells.map((cell) => coerceToCommon(scope, cell, type, "VALUES"));
    return { coerced, type };
  });
  const targets = columns.map(({ coerced, type }, at): Target => {
    const expression: Expression = {
      kind: "column",
      table: 0,
      attribute: at + 1,
      levelsUp: 0,
      type,
      typmod: commonTypmod(coerced, type),
      collation: commonCollation(scope.names, coerced, true),
    };
    const name = `column${at + 1}`;
    return { expression, name, junk: false, originTable: INVALID_OID, originColumn: 0 };
  });
  return {
    rows: rows.map((_, row) => columns.map(({ coerced }) => coerced[row] as Expression)),
    targets,
  };
}

function bindRow(scope: Scope, nodes: readonly Node[]): Expression[] {
  const saved = scope.kind;
  scope.kind = "VALUES";
  const bound = bindList(scope, nodes);
  scope.kind = saved;
  return bound;
}

/** The rows as something to select from, for VALUES with ORDER BY. */
export function valuesEntry({ rows, targets }: BoundValues): RangeTableEntry {
  const columns = targets.map(({ name, expression }) => ({
    name,
    type: expression.type,
    typmod: expression.typmod,
    collation: expression.collation,
  }));
  return { kind: "values", name: "*VALUES*", ...columnsFrom(columns), lateral: false, rows };
}
