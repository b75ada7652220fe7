/**
 * ALTER … [NO] DEPENDS ON EXTENSION: the object goes when the extension is dropped.
 * https://www.postgresql.org/docs/15/sql-alterindex.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { EXTENSION_CLASS } from "../class-oids.ts";
import { addDependency, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { DependOnExtension } from "../object-name.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgExtension } from "../relations/pg-extension.ts";
import type { DdlContext } from "./context.ts";
import { findObject, lockFound } from "./find-object.ts";
import { checkOwnership, refuseBuiltIn } from "./object-ownership.ts";

export function dependOnExtension(context: DdlContext, statement: DependOnExtension): void {
  const { catalog } = context;
  const found = findObject(context, statement.object);
  lockFound(context, found, "AccessExclusive");
  checkOwnership(context, found.ownership);
  const extension = catalog.find(pgExtension, "name", [statement.extension]);
  if (!extension) {
    throw new SqlError("42704", `extension "${statement.extension}" does not exist`);
  }
  refuseBuiltIn(context, found.address);
  const known = referencesOf(catalog, found.address).find(
    (row) =>
      row.deptype === "x" && row.refclassid === EXTENSION_CLASS && row.refobjid === extension.oid,
  );
  if (statement.remove) {
    if (known) catalog.delete(pgDepend, known);
  } else if (!known) {
    addDependency(catalog, found.address, addressOf(EXTENSION_CLASS, extension.oid), "x");
  }
}
