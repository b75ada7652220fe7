/**
 * DATABASES: DROP, ALTER, RENAME, OWNER. One log and one epoch counter serve all of them.
 * https://www.postgresql.org/docs/15/sql-alterdatabase.html
 *
 * A session holds its database shared from start-up to end, so whoever holds it exclusively has it
 * alone.
 */
import type { Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { withOwner } from "../acl.ts";
import { loggedRelations } from "../all-relations.ts";
import { DATABASE_CLASS } from "../class-oids.ts";
import type {
  AlterDatabase,
  DatabaseOwner,
  DropDatabase,
  RefreshDatabaseCollation,
  RenameDatabase,
} from "../database-statement.ts";
import { changeOwner, removeShared } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { getRole, type Role } from "../names.ts";
import { checkMember, checkOwner } from "../privileges.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { pgShdepend } from "../relations/pg-shdepend.ts";
import { pgSubscription } from "../relations/pg-subscription.ts";
import { dropSharedComments } from "./comment-rows.ts";
import type { DdlContext } from "./context.ts";
import { mayCreateDatabases } from "./create-database.ts";
import { type DatabaseTuple, getDatabase, lockAlone, lockDatabaseRow } from "./database-lookup.ts";
import { lockSharedName } from "./lookup.ts";
import { forgetDatabaseDefaults } from "./stored-settings.ts";

export function dropDatabase(context: DdlContext, statement: DropDatabase): void {
  const { catalog } = context;
  const { name } = statement;
  const database = catalog.find(pgDatabase, "datname", [name]);
  if (!database) {
    if (!statement.ifExists) throw new SqlError("3D000", `database "${name}" does not exist`);
    context.notice(notice(`database "${name}" does not exist, skipping`));
    return;
  }
  checkDatabaseOwner(context, database);
  if (database.datistemplate) throw new SqlError("42809", "cannot drop a template database");
  if (database.oid === catalog.database) {
    throw new SqlError("55006", "cannot drop the currently open database");
  }
  checkNoSubscriptions(context, database);
  if (statement.force) context.sessions.terminate(database.oid);
  lockAlone(context, database, "database");
  lockSharedName(context, DATABASE_CLASS, name);
  lockDatabaseRow(context, database.oid);
  deleteRowsOf(context, database.oid);
  catalog.delete(pgDatabase, database);
  removeShared(catalog, addressOf(DATABASE_CLASS, database.oid), true);
  dropSharedComments(catalog, addressOf(DATABASE_CLASS, database.oid));
  forgetDatabaseDefaults(context, database.oid);
}

function checkNoSubscriptions({ catalog }: DdlContext, { oid, datname }: DatabaseTuple): void {
  const count = catalog.list(pgSubscription, "subname", [oid]).length;
  if (count === 0) return;
  const message = `database "${datname}" is being used by logical replication subscription`;
  const there = count === 1 ? "is 1 subscription" : `are ${count} subscriptions`;
  throw new SqlError("55006", message, { detail: `There ${there}.` });
}

/**
 * Every row that is the database's own ends with it, and what shared relations say of its objects.
 */
function deleteRowsOf(context: DdlContext, database: Oid): void {
  const { transaction, catalog } = context;
  for (const relation of loggedRelations) {
    if (relation.layout.shared) continue;
    for (const row of transaction.scanOwn(relation.layout, database)) {
      transaction.delete(relation.layout, database, relation.keyOf(row));
    }
  }
  for (const row of catalog.list(pgShdepend, "key", [database])) catalog.delete(pgShdepend, row);
}

function checkDatabaseOwner({ catalog, user }: DdlContext, database: DatabaseTuple): void {
  checkOwner(catalog, user.oid, database.datdba, "database", database.datname);
}

export function renameDatabase(context: DdlContext, statement: RenameDatabase): void {
  const { catalog } = context;
  const { name, newName } = statement;
  const database = getDatabase(context, name);
  checkDatabaseOwner(context, database);
  if (!mayCreateDatabases(context)) {
    throw new SqlError("42501", "permission denied to rename database");
  }
  lockSharedName(context, DATABASE_CLASS, name);
  lockSharedName(context, DATABASE_CLASS, newName);
  if (catalog.find(pgDatabase, "datname", [newName])) {
    throw new SqlError("42P04", `database "${newName}" already exists`);
  }
  if (database.oid === catalog.database) {
    throw new SqlError("0A000", "current database cannot be renamed");
  }
  lockAlone(context, database, "database");
  catalog.update(pgDatabase, lockDatabaseRow(context, database.oid), { datname: newName });
}

export function setDatabaseOwner(context: DdlContext, statement: DatabaseOwner): void {
  const { catalog, user } = context;
  const owner = getRole(catalog, statement.owner, context);
  const database = lockDatabaseRow(context, getDatabase(context, statement.name).oid);
  if (owner.oid === database.datdba) return;
  checkDatabaseOwner(context, database);
  checkMember(catalog, user.oid, owner);
  if (!mayCreateDatabases(context)) {
    throw new SqlError("42501", "permission denied to change owner of database");
  }
  giveDatabase(context, database, owner);
}

export function giveDatabase(context: DdlContext, database: DatabaseTuple, owner: Role): void {
  const { catalog } = context;
  const datacl = database.datacl && withOwner(database.datacl, database.datdba, owner.oid);
  catalog.update(pgDatabase, database, { datdba: owner.oid, datacl });
  changeOwner(catalog, addressOf(DATABASE_CLASS, database.oid), owner.oid, true);
}

export function alterDatabase(context: DdlContext, statement: AlterDatabase): void {
  const { name, connectionLimit, allowConnections, isTemplate } = statement;
  if (connectionLimit !== undefined && connectionLimit < -1) {
    throw new SqlError("22023", `invalid connection limit: ${connectionLimit}`);
  }
  const database = lockDatabaseRow(context, getDatabase(context, name).oid);
  checkDatabaseOwner(context, database);
  if (allowConnections === false && database.oid === context.catalog.database) {
    throw new SqlError("22023", "cannot disallow connections for current database");
  }
  context.catalog.update(pgDatabase, database, {
    ...(connectionLimit === undefined ? {} : { datconnlimit: connectionLimit }),
    ...(allowConnections === undefined ? {} : { datallowconn: allowConnections }),
    ...(isTemplate === undefined ? {} : { datistemplate: isTemplate }),
  });
}

/** The C locale has no versions. */
export function refreshDatabaseCollation(
  context: DdlContext,
  statement: RefreshDatabaseCollation,
): void {
  const database = getDatabase(context, statement.name);
  checkDatabaseOwner(context, database);
  if (database.datcollversion !== null) {
    throw new SqlError("XX000", "invalid collation version change");
  }
  context.notice(notice("version has not changed"));
}
