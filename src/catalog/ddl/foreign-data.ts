/**
 * FOREIGN-DATA WRAPPERS: rows that say how data elsewhere would be reached. No handler can be
 * loaded, so that nothing is ever read through one.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/foreigncmds.c
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError, warning } from "../../base/sql-error.ts";
import type { LockMode } from "../../txn/lock-mode.ts";
import { PROC_CLASS, WRAPPER_CLASS } from "../class-oids.ts";
import { addDependency, addOwner, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { AlterWrapper, CreateWrapper, WrapperFunctions } from "../foreign-statement.ts";
import { isSuperuser } from "../memberships.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgForeignDataWrapper } from "../relations/pg-foreign-data-wrapper.ts";
import { pgProc } from "../relations/pg-proc.ts";
import type { QualifiedName } from "../statement.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { findNamed, namespacesOf, nameText } from "./find-named.ts";
import { lockFound } from "./find-object.ts";
import { changedOptions, POSTGRESQL_VALIDATOR, type Wrapper } from "./generic-options.ts";

const mustBeSuperuser = (verb: string, name: string): SqlError =>
  new SqlError("42501", `permission denied to ${verb} foreign-data wrapper "${name}"`, {
    hint: `Must be superuser to ${verb} a foreign-data wrapper.`,
  });

export function createWrapper(context: DdlContext, statement: CreateWrapper): void {
  const { catalog, user } = context;
  const { name } = statement;
  if (!isSuperuser(catalog, user.oid)) throw mustBeSuperuser("create", name);
  lockName(context, WRAPPER_CLASS, undefined, name);
  if (catalog.find(pgForeignDataWrapper, "name", [name])) {
    throw new SqlError("42710", `foreign-data wrapper "${name}" already exists`);
  }
  const functions = functionsOf(context, statement);
  const options = changedOptions(null, statement.options, functions, "wrapper");
  const oid = context.allocateOid();
  const own = { oid, fdwname: name, fdwowner: user.oid, fdwoptions: options };
  catalog.insert(pgForeignDataWrapper, { ...own, ...functions });
  const self = addressOf(WRAPPER_CLASS, oid);
  dependOnFunctions(context, oid, functions);
  addOwner(catalog, self, user.oid);
}

export function alterWrapper(context: DdlContext, statement: AlterWrapper): void {
  const { catalog, user } = context;
  const { name } = statement;
  if (!isSuperuser(catalog, user.oid)) throw mustBeSuperuser("alter", name);
  const before = getWrapper(context, name, "AccessExclusive");
  const functions = functionsOf(context, statement, before);
  const may = (which: string, effect: string) =>
    context.notice(warning("01000", `changing the foreign-data wrapper ${which} can ${effect}`));
  if (statement.handler !== undefined) may("handler", "change behavior of existing foreign tables");
  if (statement.validator) {
    may("validator", "cause the options for dependent objects to become invalid");
  }
  const fdwoptions = changedOptions(before.fdwoptions, statement.options, functions, "wrapper");
  catalog.update(pgForeignDataWrapper, before, { ...functions, fdwoptions });
  for (const row of referencesOf(catalog, addressOf(WRAPPER_CLASS, before.oid))) {
    if (row.refclassid === PROC_CLASS && row.deptype === "n") catalog.delete(pgDepend, row);
  }
  dependOnFunctions(context, before.oid, functions);
}

type Functions = Pick<Wrapper, "fdwhandler" | "fdwvalidator">;
const NONE: Functions = { fdwhandler: 0 as Oid, fdwvalidator: 0 as Oid };

const FDW_HANDLER = 3115;
const [TEXT_ARRAY, OID] = [1009, 26];

/** 42883, 42809; 0A000 for a validator that is not PostgreSQL's own. */
function functionsOf(
  context: DdlContext,
  { handler, validator }: WrapperFunctions,
  before = NONE,
): Functions {
  const { fdwhandler, fdwvalidator } = before;
  return {
    fdwhandler: handler === undefined ? fdwhandler : handlerOf(context, handler),
    fdwvalidator: validator === undefined ? fdwvalidator : validatorOf(context, validator),
  };
}

function handlerOf(context: DdlContext, name: QualifiedName | null): Oid {
  if (name === null) return NONE.fdwhandler;
  const { oid, prorettype } = getFunction(context, name, [], "");
  if (prorettype === FDW_HANDLER) return oid;
  throw new SqlError("42809", `function ${nameText(name)} must return type fdw_handler`);
}

function validatorOf(context: DdlContext, name: QualifiedName | null): Oid {
  if (name === null) return NONE.fdwvalidator;
  const { oid } = getFunction(context, name, [TEXT_ARRAY, OID], "text[], oid");
  if (oid !== POSTGRESQL_VALIDATOR) throw notSupported("a validator of users' own");
  return oid;
}

function getFunction(
  context: DdlContext,
  name: QualifiedName,
  types: readonly number[],
  shown: string,
) {
  for (const namespace of namespacesOf(context, name)) {
    const key = [name.name, types, namespace];
    const row = context.catalog.find(pgProc, "proname_args_nsp", key as never);
    if (row) return row;
  }
  throw new SqlError("42883", `function ${nameText(name)}(${shown}) does not exist`);
}

function dependOnFunctions({ catalog }: DdlContext, oid: Oid, functions: Functions): void {
  const self = addressOf(WRAPPER_CLASS, oid);
  for (const each of [functions.fdwhandler, functions.fdwvalidator]) {
    if (each !== 0) addDependency(catalog, self, addressOf(PROC_CLASS, each), "n");
  }
}

/** The wrapper, locked. 42704. */
export function getWrapper(context: DdlContext, name: string, mode: LockMode): Wrapper {
  const found = findNamed(context, "foreign-data wrapper", name);
  lockFound(context, found, mode);
  return context.catalog.find(pgForeignDataWrapper, "key", [found.address.oid]) as Wrapper;
}
