/** GROUPING(…) */
import type { GroupingFunc } from "@pgsql/types";
import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { checkLevel } from "./aggregate.ts";
import type { Scope } from "./scope.ts";
import type { Expression } from "./tree.ts";
import { INT4 } from "./type-oids.ts";

const ARGUMENTS_MAX = 31;

export function bindGrouping(scope: Scope, node: GroupingFunc): Expression {
  const position = scope.at(node.location);
  if ((node.args?.length ?? 0) > ARGUMENTS_MAX) {
    throw new SqlError("54023", "GROUPING must have fewer than 32 arguments").at(position);
  }
  const args = (node.args ?? []).map((arg) => scope.bindInner(arg));
  const levelsUp = checkLevel(scope, args, [], undefined, position, "grouping operations");
  const typed = { type: INT4, typmod: -1, collation: INVALID_OID, position };
  return { kind: "grouping", args, levelsUp, ...typed };
}
