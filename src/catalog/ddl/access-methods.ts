/**
 * CREATE ACCESS METHOD with a handler of the server's own: it can what that handler's own can.
 * https://www.postgresql.org/docs/15/sql-create-access-method.html
 */
import { oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { AM_CLASS, PROC_CLASS } from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { CreateAccessMethod } from "../handled-statement.ts";
import { isSuperuser } from "../memberships.ts";
import { pgAm } from "../relations/pg-am.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { nameText } from "./find-named.ts";
import { findRoutineOfTypes } from "./find-routine.ts";

const INTERNAL = oid(2281);
const RESULTS = { table: oid(269), index: oid(325) } as const;

/** Throws 42501, 42710, 42809, 42883. */
export function createAccessMethod(context: DdlContext, statement: CreateAccessMethod): void {
  const { catalog, user } = context;
  const { name, type } = statement;
  if (!isSuperuser(catalog, user.oid)) {
    const message = `permission denied to create access method "${name}"`;
    const hint = "Must be superuser to create an access method.";
    throw new SqlError("42501", message, { hint });
  }
  lockName(context, AM_CLASS, undefined, name);
  if (catalog.find(pgAm, "name", [name])) {
    throw new SqlError("42710", `access method "${name}" already exists`);
  }
  const handler = findRoutineOfTypes(context, statement.handler, [INTERNAL]);
  if (handler.prorettype !== RESULTS[type]) {
    const shown = nameText(statement.handler);
    throw new SqlError("42809", `function ${shown} must return type ${type}_am_handler`);
  }
  const method = context.allocateOid();
  catalog.insert(pgAm, {
    ...{ oid: method, amname: name, amhandler: handler.oid, amtype: type.charAt(0) },
  });
  addDependency(catalog, addressOf(AM_CLASS, method), addressOf(PROC_CLASS, handler.oid), "n");
}
