/**
 * ALTER TABLE | INDEX ALL IN TABLESPACE … SET TABLESPACE …
 * There is one tablespace that relations of a database may be in, so none has anywhere to go.
 */
import { oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { MoveAllRelations } from "../index-statement.ts";
import { getRole } from "../names.ts";
import type { DdlContext } from "./context.ts";
import { getTablespace } from "./tablespaces.ts";

const PG_GLOBAL = oid(1664);

export function moveAllRelations(
  context: DdlContext,
  { from, to, owners }: MoveAllRelations,
): void {
  for (const owner of owners) getRole(context.catalog, owner, context);
  const ends = [getTablespace(context, from), getTablespace(context, to)];
  if (!ends.includes(PG_GLOBAL)) return;
  throw new SqlError("22023", "cannot move relations in to or out of pg_global tablespace");
}
