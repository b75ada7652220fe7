/**
 * CREATE LANGUAGE with the handlers that there are, those of PL/pgSQL.
 * https://www.postgresql.org/docs/15/sql-createlanguage.html
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { LANGUAGE_CLASS, PROC_CLASS } from "../class-oids.ts";
import { addDependency, addOwner, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { CreateLanguage } from "../handled-statement.ts";
import { isSuperuser } from "../memberships.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgLanguage } from "../relations/pg-language.ts";
import type { QualifiedName } from "../statement.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { nameText } from "./find-named.ts";
import { findRoutineOfTypes } from "./find-routine.ts";
import { refuseBuiltIn } from "./object-ownership.ts";

const [OID, INTERNAL, LANGUAGE_HANDLER] = [oid(26), oid(2281), oid(2280)];

/** Throws 42501, 42710, 42809, 42883. */
export function createLanguage(context: DdlContext, statement: CreateLanguage): void {
  const { catalog, user } = context;
  const { name } = statement;
  if (!isSuperuser(catalog, user.oid)) {
    throw new SqlError("42501", "must be superuser to create custom procedural language");
  }
  const handler = findRoutineOfTypes(context, statement.handler, []);
  if (handler.prorettype !== LANGUAGE_HANDLER) {
    const message = `function ${nameText(statement.handler)} must return type language_handler`;
    throw new SqlError("42809", message);
  }
  const functionOf = (named: QualifiedName | undefined, argument: Oid): Oid =>
    named ? findRoutineOfTypes(context, named, [argument]).oid : INVALID_OID;
  const functions = {
    lanplcallfoid: handler.oid,
    laninline: functionOf(statement.inline, INTERNAL),
    lanvalidator: functionOf(statement.validator, OID),
  };
  const row = { lanispl: true, lanpltrusted: statement.trusted, ...functions };
  lockName(context, LANGUAGE_CLASS, undefined, name);
  const before = catalog.find(pgLanguage, "name", [name]);
  if (before && !statement.replace) {
    throw new SqlError("42710", `language "${name}" already exists`);
  }
  const language = before?.oid ?? context.allocateOid();
  const self = addressOf(LANGUAGE_CLASS, language);
  if (before) {
    refuseBuiltIn(context, self);
    catalog.update(pgLanguage, before, row);
    for (const each of referencesOf(catalog, self)) {
      if (each.refclassid === PROC_CLASS) catalog.delete(pgDepend, each);
    }
  } else {
    catalog.insert(pgLanguage, { oid: language, lanname: name, lanowner: user.oid, ...row });
    addOwner(catalog, self, user.oid);
  }
  for (const each of new Set(Object.values(functions))) {
    if (each !== INVALID_OID) addDependency(catalog, self, addressOf(PROC_CLASS, each), "n");
  }
}
