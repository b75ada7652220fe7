/**
 * CREATE, ALTER and DROP TABLESPACE. Nothing is put into the directory of one: it has to be there,
 * and no two have the same. https://www.postgresql.org/docs/15/sql-createtablespace.html
 */
import { posix } from "node:path";
import { type Oid, oid } from "../../base/ids.ts";
import { notice, SqlError, warning } from "../../base/sql-error.ts";
import { objectTag } from "../../txn/lock-tag.ts";
import { isPinned, TABLESPACE_CLASS } from "../class-oids.ts";
import { addOwner, removeShared } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { hasRole, isSuperuser } from "../memberships.ts";
import { getRole } from "../names.ts";
import { checkOwner } from "../privileges.ts";
import { checkOptions, resetOptions, setOptions } from "../relation-options.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { pgTablespace } from "../relations/pg-tablespace.ts";
import { rwTablespace } from "../relations/rw-tablespace.ts";
import type {
  CreateTablespace,
  DropTablespace,
  RenameTablespace,
  TablespaceOptions,
} from "../tablespace-statement.ts";
import { RELKINDS_IN_TABLESPACES, VERSION_DIRECTORY } from "../tablespaces.ts";
import { dropSharedComments } from "./comment-rows.ts";
import type { DdlContext } from "./context.ts";
import { lockSharedName } from "./lookup.ts";
import { sharedDependents } from "./shared-dependents.ts";
import { getTablespace, type TablespaceTuple } from "./tablespaces.ts";

const SHARED = oid(0);

export function createTablespace(context: DdlContext, statement: CreateTablespace): void {
  const { catalog, user } = context;
  const { name } = statement;
  if (!isSuperuser(catalog, user.oid)) {
    throw new SqlError("42501", `permission denied to create tablespace "${name}"`, {
      hint: "Must be superuser to create a tablespace.",
    });
  }
  const owner = statement.owner ? getRole(catalog, statement.owner, context) : user;
  const location = checkLocation(context, statement.location);
  checkNewName(context, name);
  const spcoptions = setOptions(null, statement.options);
  checkOptions(spcoptions, "tablespace");
  if (location !== "") checkDirectory(context, location);
  const oid = context.allocateOid();
  catalog.insert(pgTablespace, { oid, spcname: name, spcowner: owner.oid, spcoptions });
  catalog.insert(rwTablespace, { spcid: oid, location: location || `pg_tblspc/${oid}` });
  addOwner(catalog, addressOf(TABLESPACE_CLASS, oid), owner.oid, true);
}

/** PostgreSQL's paths have this many bytes, with those of the files in the directory. */
const PATH_MAX = 1024;
const INSIDE_MAX = `/${VERSION_DIRECTORY}/4294967295/4294967295_init.4294967295`.length;

/** As it is kept; "" = none of its own, which only tests have. Throws 42602, 42P17. */
function checkLocation(context: DdlContext, written: string): string {
  const { settings } = context;
  const location = written === "" ? "" : posix.normalize(written).replace(/(.)\/$/, "$1");
  if (location.includes("'")) {
    throw new SqlError("42602", "tablespace location cannot contain single quotes");
  }
  if (location === "" && settings.kept("allow_in_place_tablespaces") === "on") return "";
  if (!location.startsWith("/")) {
    throw new SqlError("42P17", "tablespace location must be an absolute path");
  }
  if (Buffer.byteLength(location) + INSIDE_MAX > PATH_MAX) {
    throw new SqlError("42P17", `tablespace location "${location}" is too long`);
  }
  const data = settings.kept("data_directory");
  if (data !== "" && `${location}/`.startsWith(`${data}/`)) {
    const message = "tablespace location should not be inside the data directory";
    context.notice(warning("42P17", message));
  }
  return location;
}

/** Throws 58P01, 42809, 55006. */
function checkDirectory({ catalog, pathKind }: DdlContext, location: string): void {
  const kind = pathKind(location);
  if (kind === undefined) throw new SqlError("58P01", `directory "${location}" does not exist`);
  const inside = `${location}/${VERSION_DIRECTORY}`;
  if (kind === "other") {
    throw new SqlError("42809", `could not stat directory "${inside}": Not a directory`);
  }
  if (!catalog.find(rwTablespace, "location", [location])) return;
  throw new SqlError("55006", `directory "${inside}" already in use as a tablespace`);
}

/** Throws 42939, 42710. */
function checkNewName(context: DdlContext, name: string): void {
  if (name.startsWith("pg_")) {
    throw new SqlError("42939", `unacceptable tablespace name "${name}"`, {
      detail: 'The prefix "pg_" is reserved for system tablespaces.',
    });
  }
  lockSharedName(context, TABLESPACE_CLASS, name);
  if (!context.catalog.find(pgTablespace, "spcname", [name])) return;
  throw new SqlError("42710", `tablespace "${name}" already exists`);
}

const denied = (name: string): SqlError =>
  new SqlError("42501", `permission denied for tablespace ${name}`);

export function renameTablespace(context: DdlContext, statement: RenameTablespace): void {
  const { catalog, user } = context;
  const { name, newName } = statement;
  const tablespace = lockedRow(context, name);
  // PostgreSQL has the words of a missing privilege here.
  if (!hasRole(catalog, user.oid, tablespace.spcowner)) throw denied(name);
  lockSharedName(context, TABLESPACE_CLASS, name);
  checkNewName(context, newName);
  catalog.update(pgTablespace, tablespace, { spcname: newName });
}

/** Nobody else changes it until we end; relations are put into it all the same. */
function lockedRow(context: DdlContext, name: string): TablespaceTuple {
  const { oid } = getTablespace(context, name);
  context.transaction.lock(objectTag(SHARED, TABLESPACE_CLASS, oid), "Exclusive");
  return getTablespace(context, name);
}

export function setTablespaceOptions(context: DdlContext, statement: TablespaceOptions): void {
  const { catalog, user } = context;
  const { name, reset, options } = statement;
  const tablespace = lockedRow(context, name);
  checkOwner(catalog, user.oid, tablespace.spcowner, "tablespace", name);
  const spcoptions = (reset ? resetOptions : setOptions)(tablespace.spcoptions, options);
  checkOptions(spcoptions, "tablespace");
  catalog.update(pgTablespace, tablespace, { spcoptions });
}

export function dropTablespace(context: DdlContext, { name, ifExists }: DropTablespace): void {
  const { catalog, user } = context;
  if (ifExists && !catalog.find(pgTablespace, "spcname", [name])) {
    context.notice(notice(`tablespace "${name}" does not exist, skipping`));
    return;
  }
  const { oid, spcowner } = getTablespace(context, name);
  checkOwner(catalog, user.oid, spcowner, "tablespace", name);
  if (isPinned(TABLESPACE_CLASS, oid)) throw denied(name);
  const detail = sharedDependents(context, TABLESPACE_CLASS, oid);
  if (detail !== undefined) {
    const message = `tablespace "${name}" cannot be dropped because some objects depend on it`;
    throw new SqlError("2BP01", message, { detail });
  }
  checkEmpty(context, oid, name);
  lockSharedName(context, TABLESPACE_CLASS, name);
  catalog.delete(pgTablespace, getTablespace(context, name));
  const place = catalog.find(rwTablespace, "key", [oid]);
  if (place) catalog.delete(rwTablespace, place);
  const self = addressOf(TABLESPACE_CLASS, oid);
  removeShared(catalog, self, true);
  dropSharedComments(catalog, self);
}

/** 55000 while a database is in it, or a relation of any; whoever holds it puts one there. */
function checkEmpty(context: DdlContext, tablespace: Oid, name: string): void {
  const tag = objectTag(SHARED, TABLESPACE_CLASS, tablespace);
  const databases = [...context.catalog.all(pgDatabase)];
  const isEmpty =
    context.transaction.tryLock(tag, "AccessExclusive") &&
    databases.every(
      ({ oid, dattablespace }) =>
        dattablespace !== tablespace && !hasRelationsIn(context, oid, tablespace),
    );
  if (!isEmpty) throw new SqlError("55000", `tablespace "${name}" is not empty`);
}

/** Whether relations of a database are in a tablespace that is not the database's own. */
export const hasRelationsIn = (
  { transaction }: DdlContext,
  database: Oid,
  tablespace: Oid,
): boolean =>
  transaction
    .scanOwn(pgClass.layout, database)
    .map((row) => pgClass.view(row))
    .some(
      ({ reltablespace, relkind }) =>
        reltablespace === tablespace && RELKINDS_IN_TABLESPACES.includes(relkind),
    );
