/**
 * CREATE EXTENSION: the extension's row, its functions and what depends on what.
 * https://www.postgresql.org/docs/15/sql-createextension.html
 */
import type { Oid } from "../../base/ids.ts";
import { notice, notSupported, SqlError } from "../../base/sql-error.ts";
import { kinds } from "../acl.ts";
import {
  BOOTSTRAP_SUPERUSER,
  EXTENSION_CLASS,
  NAMESPACE_CLASS,
  PROC_CLASS,
} from "../class-oids.ts";
import type { CreateExtension } from "../defined-statement.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import type { Extension, ExtensionFunction } from "../extensions/extension.ts";
import { extensions, PLPGSQL } from "../extensions/extensions.ts";
import { isSuperuser } from "../memberships.ts";
import { explicitSearchPath, getNamespace, type NamespaceTuple } from "../names.ts";
import { may } from "../privileges.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { pgExtension } from "../relations/pg-extension.ts";
import { pgLanguage } from "../relations/pg-language.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { pgProc } from "../relations/pg-proc.ts";
import { conflicting, type StatementOption, textOf } from "../statement-option.ts";
import { lockName } from "./alter-objects.ts";
import { setComment } from "./comment-rows.ts";
import type { DdlContext } from "./context.ts";
import { lockNamespace } from "./lookup.ts";

/** Throws 42710, 0A000, 22023, 42501, 3F000, 42723. */
export function createExtension(context: DdlContext, statement: CreateExtension): void {
  const { catalog, user } = context;
  const { name } = statement;
  lockName(context, EXTENSION_CLASS, undefined, name);
  if (catalog.find(pgExtension, "name", [name])) {
    const message = `extension "${name}" already exists`;
    if (!statement.ifNotExists) throw new SqlError("42710", message);
    context.notice(notice(`${message}, skipping`, {}, "42710"));
    return;
  }
  const options = optionsOf(statement.options);
  const extension = available(name);
  checkVersion(extension, options.get("new_version"));
  checkMayCreate(context, extension);
  const namespace = schemaFor(context, options.get("schema"));
  const oid = context.allocateOid();
  const self = addressOf(EXTENSION_CLASS, oid);
  catalog.insert(pgExtension, {
    ...{ oid, extname: name, extowner: user.oid, extnamespace: namespace.oid },
    ...{ extrelocatable: extension.schema === null, extversion: extension.version },
  });
  addOwner(catalog, self, user.oid);
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  setComment(catalog, self, extension.comment);
  for (const each of extension.functions) {
    createFunction(context, extension, each, namespace, self);
  }
}

function optionsOf(written: readonly StatementOption[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const option of written) {
    if (options.has(option.name)) throw conflicting(option);
    options.set(option.name, textOf(option));
  }
  return options;
}

function available(name: string): Extension {
  const extension = extensions.find((each) => each.name === name);
  if (extension === PLPGSQL) throw notSupported("creating extension plpgsql again");
  if (extension) return extension;
  throw new SqlError("0A000", `extension "${name}" is not available`, {
    hint: "The extension must first be installed on the system where PostgreSQL is running.",
  });
}

function checkVersion({ name, version }: Extension, wanted: string | undefined): void {
  if (wanted === undefined || wanted === version) return;
  const message = `extension "${name}" has no installation script nor update path for version "${wanted}"`;
  throw new SqlError("22023", message);
}

function checkMayCreate({ catalog, user }: DdlContext, { name, trusted }: Extension): void {
  if (isSuperuser(catalog, user.oid)) return;
  const database = catalog.find(pgDatabase, "key", [catalog.database]);
  const owned = { kind: kinds.database, owner: database?.datdba as Oid, acl: database?.datacl };
  if (trusted && may(catalog, user.oid, { ...owned, acl: owned.acl ?? null }, "C")) return;
  throw new SqlError("42501", `permission denied to create extension "${name}"`, {
    hint: trusted
      ? "Must have CREATE privilege on current database to create this extension."
      : "Must be superuser to create this extension.",
  });
}

/** What is created on a trusted extension's behalf is created with a superuser's rights. */
function schemaFor(context: DdlContext, name: string | undefined): NamespaceTuple {
  const { catalog, searchPath, user } = context;
  const [first] = explicitSearchPath(catalog, searchPath, user.oid);
  const namespace =
    name === undefined
      ? first && catalog.find(pgNamespace, "key", [first])
      : getNamespace(catalog, name);
  if (!namespace) throw new SqlError("3F000", "no schema has been selected to create in");
  lockNamespace(context, namespace.oid, "AccessShare");
  return namespace;
}

function createFunction(
  context: DdlContext,
  extension: Extension,
  each: ExtensionFunction,
  namespace: NamespaceTuple,
  self: ObjectAddress,
): void {
  const { catalog, user } = context;
  const { name } = each;
  const types = each.arguments.map(({ type }) => type as Oid);
  lockName(context, PROC_CLASS, namespace.oid, name);
  if (catalog.find(pgProc, "proname_args_nsp", [name, types, namespace.oid])) {
    const message = `function "${name}" already exists with same argument types`;
    throw new SqlError("42723", message);
  }
  const oid = context.allocateOid();
  const owner = isSuperuser(catalog, user.oid) ? user.oid : BOOTSTRAP_SUPERUSER;
  catalog.insert(pgProc, {
    ...{ oid, proname: name, pronamespace: namespace.oid, proowner: owner },
    prolang: catalog.find(pgLanguage, "name", ["c"])?.oid as Oid,
    ...{ proisstrict: each.strict ?? true, provolatile: each.volatility, proparallel: "s" },
    ...{ pronargs: types.length, prorettype: each.result as Oid, proargtypes: types },
    ...argumentsOf(each),
    ...{ prosrc: each.symbol ?? name, probin: extension.library },
  });
  const address = addressOf(PROC_CLASS, oid);
  addDependency(catalog, address, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  addOwner(catalog, address, owner);
  addDependency(catalog, address, self, "e");
}

/** How pg_proc tells of names, and of columns that are returned. */
function argumentsOf({ arguments: given, columns }: ExtensionFunction) {
  const names = [...given, ...(columns ?? [])].map((each) => each.name ?? "");
  const proargnames = names.every((each) => each === "") ? null : names;
  if (!columns) return { proargnames };
  return {
    ...{ proargnames, proretset: true, prorows: 1000 },
    proallargtypes: [...given, ...columns].map(({ type }) => type as Oid),
    proargmodes: [...given.map(() => "i"), ...columns.map(() => "o")],
  };
}
