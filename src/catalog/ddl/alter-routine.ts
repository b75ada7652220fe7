/** ALTER FUNCTION, PROCEDURE, ROUTINE: how a routine behaves. */
import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { PROC_CLASS } from "../class-oids.ts";
import { addDependency, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgProc } from "../relations/pg-proc.ts";
import { type AlterRoutine, noProcedureHas } from "../routine-statement.ts";
import type { DdlContext } from "./context.ts";
import { findObject, lockFound } from "./find-object.ts";
import { checkOwnership, refuseBuiltIn } from "./object-ownership.ts";
import { changedSettings, checkedOptions } from "./routine-options.ts";

export function alterRoutine(context: DdlContext, statement: AlterRoutine): void {
  const { object, options, functionsOnly } = statement;
  const { catalog } = context;
  const found = findObject(context, object);
  lockFound(context, found, "AccessExclusive");
  checkOwnership(context, found.ownership);
  const row = catalog.find(pgProc, "key", [found.address.oid]);
  if (!row) throw new SqlError("42883", `function ${found.address.oid} does not exist`);
  if (row.prokind === "a") {
    throw new SqlError("42809", `"${row.proname}" is an aggregate function`);
  }
  if (row.prokind === "p" && functionsOnly !== undefined) throw noProcedureHas(functionsOnly);
  const stored = checkedOptions(context, options);
  if (stored.prorows !== undefined && !row.proretset) {
    throw new SqlError("22023", "ROWS is not applicable when function does not return a set");
  }
  refuseBuiltIn(context, found.address);
  const proconfig = changedSettings(context, row.proconfig, options.settings);
  catalog.update(pgProc, row, { ...stored, proconfig });
  const { prosupport } = stored;
  if (prosupport === undefined || prosupport === row.prosupport) return;
  const self = addressOf(PROC_CLASS, row.oid);
  if (row.prosupport !== INVALID_OID) {
    const before = referencesOf(catalog, self).find(
      ({ refclassid, refobjid }) => refclassid === PROC_CLASS && refobjid === row.prosupport,
    );
    if (before) catalog.delete(pgDepend, before);
  }
  addDependency(catalog, self, addressOf(PROC_CLASS, prosupport), "n");
}
