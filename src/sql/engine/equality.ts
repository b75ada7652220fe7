/** The equality of a type's default operator class. */
import type { Oid } from "../../base/ids.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import type { BindContext } from "../bind/context.ts";
import { Names } from "../bind/names.ts";
import { equalityOperator } from "../bind/sort.ts";
import type { Equality } from "../rows/view-upkeep.ts";

export function equalityOf({ builtin, catalog, searchPath }: BindContext, type: Oid): Equality {
  const operator = equalityOperator(new Names(builtin, catalog, searchPath), type, undefined);
  const row = catalog.find(pgOperator, "key", [operator]);
  return { operator, function: row?.oprcode as Oid };
}
