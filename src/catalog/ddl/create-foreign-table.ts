/**
 * CREATE FOREIGN TABLE: a table, and the row that says what would be read where.
 * https://www.postgresql.org/docs/15/sql-createforeigntable.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { RELATION_CLASS, SERVER_CLASS } from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { pgForeignTable } from "../relations/pg-foreign-table.ts";
import type { CreateTable } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { checkMayUseServer, wrapperOf } from "./foreign-privileges.ts";
import { getServer } from "./foreign-servers.ts";
import { changeForeignColumn, refuseConstraint } from "./foreign-tables.ts";
import { changedOptions } from "./generic-options.ts";
import { classOf } from "./merge-columns.ts";

/** 0A000 for LIKE and for what only the server that has the rows could enforce. */
export function checkForeignElements({ foreign, elements }: CreateTable): void {
  if (!foreign) return;
  for (const element of elements) {
    if (element.kind === "like") {
      const message = "LIKE is not supported for creating foreign tables";
      throw new SqlError("0A000", message).at(element.table.position);
    }
    const constraints = element.kind === "column" ? element.column.constraints : [element];
    for (const constraint of constraints) refuseConstraint(constraint);
  }
}

/**
 * What makes a new relation a foreign table. Throws 42704, 42501, 42710, 42601; 42809 for options
 * of the columns of another.
 */
export function storeForeignTable(
  context: DdlContext,
  relation: Oid,
  { foreign, elements }: CreateTable,
): void {
  if (foreign) storeRow(context, relation, foreign);
  for (const element of elements) {
    if (element.kind !== "column" || !element.column.options) continue;
    const { name, options } = element.column;
    changeForeignColumn(context, classOf(context, relation), name, options);
  }
}

function storeRow(
  context: DdlContext,
  relation: Oid,
  foreign: NonNullable<CreateTable["foreign"]>,
): void {
  const { catalog, user } = context;
  const server = getServer(context, foreign.server);
  checkMayUseServer(context, server, user.oid);
  const wrapper = wrapperOf(context, server);
  const ftoptions = changedOptions(null, foreign.options, wrapper, "table");
  catalog.insert(pgForeignTable, { ftrelid: relation, ftserver: server.oid, ftoptions });
  const self = addressOf(RELATION_CLASS, relation);
  addDependency(catalog, self, addressOf(SERVER_CLASS, server.oid), "n");
}
