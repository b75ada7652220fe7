/**
 * DATABASES. One log and one epoch counter serve all of them; a database is a row of pg_database
 * and a copy of the template's rows under its own key.
 * https://www.postgresql.org/docs/15/sql-createdatabase.html
 *
 * A session holds its database shared from start-up to end, so whoever holds it exclusively has it
 * alone.
 */
import type { Oid } from "../../base/ids.ts";
import { notice, notSupported, SqlError } from "../../base/sql-error.ts";
import { databaseTag } from "../../txn/lock-tag.ts";
import { LimitedWait, Wait } from "../../txn/wait.ts";
import { allRelations } from "../all-relations.ts";
import { DATABASE_CLASS } from "../class-oids.ts";
import { addOwner, changeOwner, removeShared } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { getRole, isSuperuser } from "../names.ts";
import { checkMember, checkOwner } from "../privileges.ts";
import type { Tuple } from "../relation.ts";
import { pgAuthid } from "../relations/pg-authid.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { pgShdepend } from "../relations/pg-shdepend.ts";
import { pgShdescription } from "../relations/pg-shdescription.ts";
import type { CreateDatabase, DatabaseOwner, DropDatabase, RenameDatabase } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { lockSharedName } from "./lookup.ts";

type DatabaseTuple = Tuple<(typeof pgDatabase)["columns"]>;

export function createDatabase(context: DdlContext, statement: CreateDatabase): void {
  const { catalog } = context;
  checkMayCreate(context);
  checkOptions(context, statement);
  const owner = statement.owner ? getRole(catalog, statement.owner, context) : context.user;
  checkMember(catalog, context.user.oid, owner);
  lockSharedName(context, DATABASE_CLASS, statement.name);
  if (catalog.find(pgDatabase, "datname", [statement.name])) {
    throw new SqlError("42P04", `database "${statement.name}" already exists`);
  }
  const oid = context.allocateOid();
  catalog.insert(pgDatabase, {
    oid,
    datname: statement.name,
    datdba: owner.oid,
    datistemplate: statement.isTemplate ?? false,
    datallowconn: statement.allowConnections ?? true,
    datconnlimit: statement.connectionLimit ?? -1,
  });
  addOwner(catalog, addressOf(DATABASE_CLASS, oid), owner.oid, true);
  for (const { relation, rows } of context.templateRows) {
    for (const row of rows) context.transaction.insert(relation.layout, oid, row);
  }
}

function checkMayCreate(context: DdlContext): void {
  const role = context.catalog.find(pgAuthid, "key", [context.user.oid]);
  if (role?.rolsuper || role?.rolcreatedb) return;
  throw new SqlError("42501", "permission denied to create database");
}

/** What a database may differ in from the template: nothing yet but its owner and flags. */
function checkOptions(context: DdlContext, statement: CreateDatabase): void {
  const { template, encoding, locale, connectionLimit } = statement;
  if (template !== undefined) checkTemplate(context, template);
  if (encoding !== undefined && !/^(utf-?8|unicode)$/i.test(encoding)) {
    throw notSupported(`encoding "${encoding}"`);
  }
  for (const name of [locale?.collate, locale?.ctype]) {
    if (name !== undefined && name !== "C" && name !== "POSIX") {
      throw notSupported(`locale "${name}"`);
    }
  }
  if (connectionLimit !== undefined && connectionLimit < -1) {
    throw new SqlError("22023", `invalid connection limit: ${connectionLimit}`);
  }
}

function checkTemplate(context: DdlContext, template: string): void {
  if (template === "template1" || template === "template0") return;
  if (context.catalog.find(pgDatabase, "datname", [template])) {
    throw notSupported(`copying database "${template}"`);
  }
  throw new SqlError("3D000", `template database "${template}" does not exist`);
}

export function dropDatabase(context: DdlContext, statement: DropDatabase): void {
  const { catalog } = context;
  const { name } = statement;
  const database = catalog.find(pgDatabase, "datname", [name]);
  if (!database) {
    if (!statement.ifExists) throw undefinedDatabase(name);
    context.notice(notice(`database "${name}" does not exist, skipping`));
    return;
  }
  checkOwner(catalog, context.user.oid, database.datdba, "database", name);
  if (database.datistemplate) throw new SqlError("42809", "cannot drop a template database");
  if (database.oid === catalog.database) {
    throw new SqlError("55006", "cannot drop the currently open database");
  }
  if (statement.force) context.sessions.terminate(database.oid);
  lockAlone(context, database);
  lockSharedName(context, DATABASE_CLASS, name);
  deleteRowsOf(context, database.oid);
  catalog.delete(pgDatabase, database);
  removeShared(catalog, addressOf(DATABASE_CLASS, database.oid), true);
  for (const row of catalog.list(pgShdescription, "key", [database.oid, DATABASE_CLASS])) {
    catalog.delete(pgShdescription, row);
  }
}

/** How long DROP and RENAME DATABASE wait for other sessions to leave. */
const SESSIONS_WAIT_MS = 5000;

/**
 * Exclusive against every session of the database; the statement waits a while for them to leave.
 */
function lockAlone(context: DdlContext, database: DatabaseTuple): void {
  const { oid, datname } = database;
  try {
    context.transaction.lock(databaseTag(oid), "AccessExclusive");
  } catch (wait) {
    if (!(wait instanceof Wait)) throw wait;
    const inUse = () => databaseInUse(datname, context.sessions.count(oid));
    throw new LimitedWait(wait, SESSIONS_WAIT_MS, inUse);
  }
}

/**
 * The refusal when the wait for other sessions is over.
 * https://www.postgresql.org/docs/15/manage-ag-dropdb.html
 */
function databaseInUse(name: string, sessions: number): SqlError {
  const detail =
    sessions === 1
      ? "There is 1 other session using the database."
      : `There are ${sessions} other sessions using the database.`;
  return new SqlError("55006", `database "${name}" is being accessed by other users`, { detail });
}

/**
 * Every row that is the database's own ends with it, and what shared relations say of its objects.
 */
function deleteRowsOf(context: DdlContext, database: Oid): void {
  const { transaction, catalog } = context;
  for (const relation of allRelations) {
    if (relation.layout.shared) continue;
    for (const row of transaction.scanOwn(relation.layout, database)) {
      transaction.delete(relation.layout, database, relation.keyOf(row));
    }
  }
  for (const row of catalog.list(pgShdepend, "key", [database])) catalog.delete(pgShdepend, row);
}

const undefinedDatabase = (name: string): SqlError =>
  new SqlError("3D000", `database "${name}" does not exist`);

export function renameDatabase(context: DdlContext, statement: RenameDatabase): void {
  const { catalog } = context;
  const database = catalog.find(pgDatabase, "datname", [statement.name]);
  if (!database) throw undefinedDatabase(statement.name);
  checkOwner(catalog, context.user.oid, database.datdba, "database", statement.name);
  if (database.oid === catalog.database) {
    throw new SqlError("0A000", "current database cannot be renamed");
  }
  lockSharedName(context, DATABASE_CLASS, statement.name);
  lockSharedName(context, DATABASE_CLASS, statement.newName);
  if (catalog.find(pgDatabase, "datname", [statement.newName])) {
    throw new SqlError("42P04", `database "${statement.newName}" already exists`);
  }
  lockAlone(context, database);
  catalog.update(pgDatabase, database, { datname: statement.newName });
}

export function setDatabaseOwner(context: DdlContext, statement: DatabaseOwner): void {
  const { catalog } = context;
  lockSharedName(context, DATABASE_CLASS, statement.name);
  const database = catalog.find(pgDatabase, "datname", [statement.name]);
  if (!database) throw undefinedDatabase(statement.name);
  const owner = getRole(catalog, statement.owner, context);
  if (owner.oid === database.datdba) return;
  checkOwner(catalog, context.user.oid, database.datdba, "database", statement.name);
  checkMember(catalog, context.user.oid, owner);
  if (!isSuperuser(catalog, context.user.oid)) checkMayCreate(context);
  catalog.update(pgDatabase, database, { datdba: owner.oid });
  changeOwner(catalog, addressOf(DATABASE_CLASS, database.oid), owner.oid, true);
}
