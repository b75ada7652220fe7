/**
 * CREATE EXTENSION: the extension's row and what it depends on. Its script runs after it.
 * https://www.postgresql.org/docs/15/sql-createextension.html
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { notice, notSupported, SqlError } from "../../base/sql-error.ts";
import { kinds } from "../acl.ts";
import { BOOTSTRAP_SUPERUSER, EXTENSION_CLASS, NAMESPACE_CLASS } from "../class-oids.ts";
import type { CreateExtension } from "../defined-statement.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import type { Extension } from "../extensions/extension.ts";
import { extensions, PLPGSQL } from "../extensions/extensions.ts";
import { isSuperuser } from "../memberships.ts";
import { explicitSearchPath, getNamespace, type NamespaceTuple, type Role } from "../names.ts";
import { may } from "../privileges.ts";
import { pgAuthid } from "../relations/pg-authid.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { pgExtension } from "../relations/pg-extension.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { conflicting, type StatementOption, textOf } from "../statement-option.ts";
import { lockName } from "./alter-objects.ts";
import { setComment } from "./comment-rows.ts";
import type { DdlContext } from "./context.ts";
import { lockNamespace } from "./lookup.ts";

/** Where the script of an extension runs, and as whom. */
export interface CreatedExtension {
  readonly extension: ObjectAddress;
  readonly schema: string;
  readonly owner: Role;
}

/** undefined: it is there already. Throws 42710, 0A000, 22023, 42501, 3F000. */
export function createExtension(
  context: DdlContext,
  statement: CreateExtension,
): CreatedExtension | undefined {
  const { catalog, user } = context;
  const { name } = statement;
  lockName(context, EXTENSION_CLASS, undefined, name);
  if (catalog.find(pgExtension, "name", [name])) {
    const message = `extension "${name}" already exists`;
    if (!statement.ifNotExists) throw new SqlError("42710", message);
    context.notice(notice(`${message}, skipping`, {}, "42710"));
    return undefined;
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
  return { extension: self, schema: namespace.nspname, owner: ownerOf(context) };
}

/** What is created on a trusted extension's behalf is a superuser's. */
function ownerOf({ catalog, user }: DdlContext): Role {
  if (isSuperuser(catalog, user.oid)) return user;
  const row = catalog.find(pgAuthid, "key", [BOOTSTRAP_SUPERUSER]);
  assert(row, "there is a first superuser");
  return { oid: row.oid, name: row.rolname };
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
