/**
 * ALTER INDEX … [NO] DEPENDS ON EXTENSION: the index goes when the extension is dropped.
 * https://www.postgresql.org/docs/15/sql-alterindex.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { EXTENSION_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addDependency, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { DependOnExtension } from "../index-statement.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgExtension } from "../relations/pg-extension.ts";
import type { DdlContext } from "./context.ts";
import { checkAlterable, getRelation, lockRelation } from "./lookup.ts";

export function dependOnExtension(context: DdlContext, statement: DependOnExtension): void {
  const { catalog } = context;
  const index = getRelation(context, statement.index);
  lockRelation(context, index.oid, "AccessExclusive");
  if (index.relkind !== "i" && index.relkind !== "I") {
    throw new SqlError("42809", `"${index.relname}" is not an index`);
  }
  checkAlterable(context, index);
  const extension = catalog.find(pgExtension, "name", [statement.extension]);
  if (!extension) {
    throw new SqlError("42704", `extension "${statement.extension}" does not exist`);
  }
  const self = addressOf(RELATION_CLASS, index.oid);
  const known = referencesOf(catalog, self).find(
    (row) =>
      row.deptype === "x" && row.refclassid === EXTENSION_CLASS && row.refobjid === extension.oid,
  );
  if (statement.remove) {
    if (known) catalog.delete(pgDepend, known);
  } else if (!known) addDependency(catalog, self, addressOf(EXTENSION_CLASS, extension.oid), "x");
}
