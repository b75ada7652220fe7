/**
 * ALTER FOREIGN TABLE, and what a foreign table cannot have.
 * https://www.postgresql.org/docs/15/sql-alterforeigntable.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { OptionChanges } from "../foreign-statement.ts";
import type { ClassTuple } from "../names.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgForeignServer } from "../relations/pg-foreign-server.ts";
import { pgForeignTable } from "../relations/pg-foreign-table.ts";
import type { TableConstraint } from "../statement.ts";
import { getColumn } from "./alter-column.ts";
import type { DdlContext } from "./context.ts";
import { type Server, wrapperOf } from "./foreign-privileges.ts";
import { changedOptions, type Wrapper } from "./generic-options.ts";
import { wrongKind } from "./lookup.ts";

/** 42710, 42704, 42601. */
export function changeForeignTable(
  context: DdlContext,
  relation: Oid,
  changes: OptionChanges,
): void {
  const { catalog } = context;
  const row = catalog.find(pgForeignTable, "key", [relation]);
  if (!row) return;
  const wrapper = wrapperOfTable(context, relation);
  const ftoptions = changedOptions(row.ftoptions, changes, wrapper, "table");
  catalog.update(pgForeignTable, row, { ftoptions });
}

/** 42809, 42703, 42710, 42704, 42601. */
export function changeForeignColumn(
  context: DdlContext,
  table: ClassTuple,
  column: string,
  changes: OptionChanges,
): void {
  if (table.relkind !== "f") throw wrongKind(table, "foreign table");
  const row = getColumn(context, table, column);
  const wrapper = wrapperOfTable(context, table.oid);
  const attfdwoptions = changedOptions(row.attfdwoptions, changes, wrapper, "column");
  context.catalog.update(pgAttribute, row, { attfdwoptions });
}

function wrapperOfTable(context: DdlContext, relation: Oid): Wrapper {
  const { catalog } = context;
  const table = catalog.find(pgForeignTable, "key", [relation]);
  const server = table && catalog.find(pgForeignServer, "key", [table.ftserver]);
  return wrapperOf(context, server as Server);
}

/** 0A000, of a foreign table alone. */
export function checkForeignConstraint(table: ClassTuple, constraint: TableConstraint): void {
  if (table.relkind === "f") refuseConstraint(constraint);
}

const UNENFORCEABLE: { readonly [kind: string]: string } = {
  primaryKey: "primary key",
  unique: "unique",
  foreignKey: "foreign key",
  exclusion: "exclusion",
};

/** 0A000 for what only the server that has the rows could enforce. */
export function refuseConstraint(constraint: {
  readonly kind: string;
  readonly position?: number;
}): void {
  const what = UNENFORCEABLE[constraint.kind];
  if (what === undefined) return;
  const message = `${what} constraints are not supported on foreign tables`;
  throw new SqlError("0A000", message).at(constraint.position);
}
