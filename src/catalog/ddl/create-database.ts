/**
 * CREATE DATABASE: a row of pg_database and a copy of the template's rows under its own key, and of
 * what its tables hold in storages of its own.
 * https://www.postgresql.org/docs/15/sql-createdatabase.html
 *
 * The template must hold still while it is copied, so nobody else may be in it.
 */

import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notice, notSupported, SqlError, warning } from "../../base/sql-error.ts";
import type { Row } from "../../base/value.ts";
import { loggedRelations } from "../all-relations.ts";
import { DATABASE_CLASS } from "../class-oids.ts";
import type { CreateDatabase } from "../database-statement.ts";
import { addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { encodingName, encodingNumber, SERVER_ENCODINGS } from "../encodings.ts";
import { isUnfinished } from "../jobs.ts";
import { hasRole } from "../memberships.ts";
import { type ClassTuple, getRole, type Role } from "../names.ts";
import { checkMember } from "../privileges.ts";
import { pgAuthid } from "../relations/pg-authid.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { pgSequence } from "../relations/pg-sequence.ts";
import { pgShdepend } from "../relations/pg-shdepend.ts";
import { rwConnector } from "../relations/rw-connector.ts";
import { rwJob } from "../relations/rw-job.ts";
import { rwMaterialized } from "../relations/rw-materialized.ts";
import type { DdlContext } from "./context.ts";
import { type DatabaseTuple, lockAlone } from "./database-lookup.ts";
import { copiedTablespace } from "./database-tablespace.ts";
import { lockSharedName } from "./lookup.ts";

export function createDatabase(context: DdlContext, statement: CreateDatabase): void {
  const { catalog } = context;
  const encoding = checkOptions(context, statement);
  const owner = ownerOf(context, statement);
  if (!mayCreateDatabases(context)) {
    throw new SqlError("42501", "permission denied to create database");
  }
  checkMember(catalog, context.user.oid, owner);
  const template = templateOf(context, statement);
  const locale = localeOf(statement, template, encoding);
  const dattablespace = copiedTablespace(context, template, statement.tablespace);
  lockSharedName(context, DATABASE_CLASS, statement.name);
  if (catalog.find(pgDatabase, "datname", [statement.name])) {
    const message = `database "${statement.name}" already exists`;
    if (!statement.ifNotExists) throw new SqlError("42P04", message);
    return context.notice(notice(`${message}, skipping`, {}, "42P04"));
  }
  lockAlone(context, template, "source database");
  checkNothingIsMade(context, template);
  const oid = newOid(context, statement.oid);
  catalog.insert(pgDatabase, {
    oid,
    datname: statement.name,
    datdba: owner.oid,
    datistemplate: statement.isTemplate ?? false,
    datallowconn: statement.allowConnections ?? true,
    datconnlimit: statement.connectionLimit ?? -1,
    dattablespace,
    ...locale,
  });
  addOwner(catalog, addressOf(DATABASE_CLASS, oid), owner.oid, true);
  copyRows(context, template.oid, oid);
}

function ownerOf(context: DdlContext, { owner }: CreateDatabase): Role {
  if (owner === undefined) return context.user;
  return getRole(context.catalog, { kind: "name", name: owner }, context);
}

export function mayCreateDatabases({ catalog, user }: DdlContext): boolean {
  const role = catalog.find(pgAuthid, "key", [user.oid]);
  return role !== undefined && (role.rolsuper || role.rolcreatedb);
}

/** What is wrong with the options whatever the template is; returns the encoding's number. */
function checkOptions(context: DdlContext, statement: CreateDatabase): number | undefined {
  const { oid, connectionLimit: limit = -1, localeProvider = "libc" } = statement;
  if (statement.location) {
    const hint = "Consider using tablespaces instead.";
    const fields = { hint, ...statement.location };
    context.notice(warning("0A000", "LOCATION is not supported anymore", fields));
  }
  if (oid !== undefined && oid < FIRST_USER_OID && statement.name !== "template0") {
    const message = `OIDs less than ${FIRST_USER_OID} are reserved for system objects`;
    throw new SqlError("22023", message);
  }
  const encoding = encodingOf(statement);
  if (localeProvider !== "libc" && localeProvider !== "icu") {
    throw new SqlError("42P17", `unrecognized locale provider: ${localeProvider}`);
  }
  if (limit < -1) throw new SqlError("22023", `invalid connection limit: ${limit}`);
  return encoding;
}

function encodingOf({ encoding }: CreateDatabase): number | undefined {
  if (encoding === undefined) return undefined;
  const { name, position } = encoding;
  const number = typeof name === "number" ? name : encodingNumber(name);
  if (number >= 0 && number < SERVER_ENCODINGS) return number;
  const what = typeof name === "number" ? "code" : "name";
  throw new SqlError("42704", `${name} is not a valid encoding ${what}`).at(position);
}

function templateOf(context: DdlContext, statement: CreateDatabase): DatabaseTuple {
  const { catalog, user } = context;
  const name = statement.template ?? "template1";
  const template = catalog.find(pgDatabase, "datname", [name]);
  if (!template) throw new SqlError("3D000", `template database "${name}" does not exist`);
  if (!template.datistemplate && !hasRole(catalog, user.oid, template.datdba)) {
    throw new SqlError("42501", `permission denied to copy database "${name}"`);
  }
  const { strategy = "wal_log" } = statement;
  if (strategy !== "wal_log" && strategy !== "file_copy") {
    throw new SqlError("22023", `invalid create database strategy "${strategy}"`, {
      hint: 'Valid strategies are "wal_log" and "file_copy".',
    });
  }
  return template;
}

/** The locale that sorts by bytes, by its names; the server has no other. */
function canonicalLocale(name: string): string {
  if (name === "C" || name === "POSIX") return "C";
  throw new SqlError("42809", `invalid locale name: "${name}"`);
}

/** The columns that say how text is read and sorted; a copy keeps its template's. */
function localeOf(statement: CreateDatabase, template: DatabaseTuple, encoding?: number) {
  const datcollate = canonicalLocale(statement.collate ?? template.datcollate);
  const datctype = canonicalLocale(statement.ctype ?? template.datctype);
  const isIcu = statement.localeProvider === "icu";
  if (isIcu && statement.icuLocale === undefined) {
    throw new SqlError("22023", "ICU locale must be specified");
  }
  if (!isIcu && statement.icuLocale !== undefined) {
    const message = "ICU locale cannot be specified unless locale provider is ICU";
    throw new SqlError("42P17", message);
  }
  if (template.datname !== "template0") checkSameLocale(statement, template, encoding);
  if (encoding !== undefined && encoding !== template.encoding) {
    throw notSupported(`encoding "${encodingName(encoding)}"`);
  }
  if (isIcu) throw notSupported("locale provider icu");
  return {
    datcollate,
    datctype,
    ...(statement.collationVersion === undefined
      ? {}
      : { datcollversion: statement.collationVersion }),
  };
}

function checkSameLocale(
  { localeProvider }: CreateDatabase,
  template: DatabaseTuple,
  encoding: number | undefined,
): void {
  const refuse = (message: string, what: string) =>
    new SqlError("22023", message, {
      hint: `Use the same ${what} as in the template database, or use template0 as template.`,
    });
  if (encoding !== undefined && encoding !== template.encoding) {
    const [now, before] = [encodingName(encoding), encodingName(template.encoding)];
    const message =
      `new encoding (${now}) is incompatible with ` +
      `the encoding of the template database (${before})`;
    throw refuse(message, "encoding");
  }
  if (localeProvider === "icu") {
    const message = `new locale provider (icu) does not match locale provider of the template database (libc)`;
    throw refuse(message, "locale provider");
  }
}

/** The given oid, or the next that no database has. */
function newOid(context: DdlContext, given: number | undefined): Oid {
  const { catalog } = context;
  if (given !== undefined) {
    const used = catalog.find(pgDatabase, "key", [given])?.datname;
    if (used === undefined) return given as Oid;
    throw new SqlError("22023", `database OID ${given} is already in use by database "${used}"`);
  }
  for (;;) {
    const oid = context.allocateOid();
    if (!catalog.find(pgDatabase, "key", [oid])) return oid;
  }
}

/**
 * What a job is making would never be finished in the copy, and a copy of a sink would hand over
 * what the other hands over.
 */
function checkNothingIsMade({ transaction }: DdlContext, { oid, datname }: DatabaseTuple): void {
  const [connected] = transaction.scanOwn(rwConnector.layout, oid);
  if (connected) throw notSupported("copying sources and sinks from a template database");
  const jobs = transaction.scanOwn(rwJob.layout, oid).map((row) => rwJob.view(row));
  const job = jobs.find(isUnfinished);
  if (!job) return;
  const message = `source database "${datname}" has objects that are still being created`;
  throw new SqlError("55006", message, { detail: `Job ${job.id} is not finished.` });
}

/** Objects keep their oids, for those are told apart by database. */
function copyRows(context: DdlContext, from: Oid, to: Oid): void {
  const { transaction, catalog } = context;
  const storages = new Map<Oid, Oid>();
  for (const relation of loggedRelations) {
    if (relation.layout.shared || relation.oid === rwJob.oid) continue;
    for (const row of transaction.scanOwn(relation.layout, from)) {
      transaction.insert(relation.layout, to, copyOf(context, relation.oid, row, storages));
    }
  }
  for (const row of catalog.list(pgShdepend, "key", [from])) {
    catalog.insertLike(pgShdepend, row, { dbid: to });
  }
  for (const row of transaction.scanOwn(pgSequence.layout, from)) {
    const { seqrelid, seqstart } = pgSequence.view(row);
    const stored = transaction.get(pgClass.layout, from, [seqrelid]);
    if (stored) context.sequences.copy(from, to, pgClass.view(stored).relfilenode, seqstart);
  }
  for (const row of transaction.scanOwn(pgClass.layout, from)) {
    queueCopy(context, pgClass.view(row), storages);
  }
}

/** A row of a stored relation as the copy has it. `storages`: the copy's own, by the template's. */
function copyOf(context: DdlContext, relation: Oid, row: Row, storages: Map<Oid, Oid>): Row {
  if (relation === rwMaterialized.oid) {
    // The copy's tables get their rows at another epoch.
    return rwMaterialized.change(rwMaterialized.view(row), { epoch: 0n });
  }
  if (relation !== pgClass.oid) return row;
  const copied = pgClass.view(row);
  // Rows belong to a storage, whatever the database; sequences are told apart by it.
  if (copied.relfilenode === 0 || copied.relkind === "S") return row;
  const relfilenode = context.allocateOid();
  storages.set(copied.relfilenode, relfilenode);
  return pgClass.change(copied, { relfilenode });
}

function queueCopy({ rows }: DdlContext, table: ClassTuple, storages: Map<Oid, Oid>): void {
  const { oid, relname: name, relkind, relfilenode: from } = table;
  const to = storages.get(from);
  if (to === undefined || relkind === "i" || !rows.hasRows(table)) return;
  rows.queue({ kind: "copy", table: oid, name, from, to, indexes: storages });
}
