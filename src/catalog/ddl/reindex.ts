/**
 * REINDEX: indexes get a new storage. Those of the system have none of their own: they are the
 * pages'. https://www.postgresql.org/docs/15/sql-reindex.html
 */

import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { type Notice, notice, SqlError, warning } from "../../base/sql-error.ts";
import type { LockMode } from "../../txn/lock-mode.ts";
import { PG_CATALOG } from "../class-oids.ts";
import type { Reindex } from "../index-statement.ts";
import { withDescendants } from "../inheritance.ts";
import { needsToast } from "../long-values.ts";
import { type ClassTuple, getNamespace, isOtherTemporary } from "../names.ts";
import { checkOwner } from "../privileges.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import type { QualifiedName } from "../statement.ts";
import { booleanOf, type StatementOption, textOf, unrecognized } from "../statement-option.ts";
import { PG_GLOBAL } from "../tablespaces.ts";
import type { DdlContext } from "./context.ts";
import {
  getRelation,
  isSystemNamespace,
  lockRelation,
  nounOf,
  refuseOtherTemporary,
} from "./lookup.ts";
import { leavesOf } from "./partition-bounds.ts";
import { renewStorage } from "./rewrite.ts";
import { queueWork } from "./row-work.ts";
import { placedIn, usableTablespace } from "./tablespaces.ts";

interface Options {
  readonly concurrently: boolean;
  readonly verbose: boolean;
  /** To move to; undefined = where they are. */
  readonly tablespace: Oid | undefined;
}

export function reindex(context: DdlContext, { target, options: given }: Reindex): void {
  const options = readOptions(context, given);
  switch (target.kind) {
    case "index":
      return reindexIndex(context, target.relation, options);
    case "table":
      return reindexNamedTable(context, target.relation, options);
    default:
      return reindexMany(context, target.kind, target.name, options);
  }
}

function readOptions(context: DdlContext, given: readonly StatementOption[]): Options {
  let concurrently = false;
  let verbose = false;
  let tablespace: string | undefined;
  for (const option of given) {
    if (option.name === "concurrently") concurrently = booleanOf(option);
    else if (option.name === "verbose") verbose = booleanOf(option);
    else if (option.name === "tablespace") tablespace = textOf(option);
    else throw unrecognized(option, "REINDEX");
  }
  const to = tablespace === undefined ? undefined : usableTablespace(context, tablespace);
  return { concurrently, verbose, tablespace: to };
}

const tableLock = ({ concurrently }: Options): LockMode =>
  concurrently ? "ShareUpdateExclusive" : "Share";
const indexLock = ({ concurrently }: Options): LockMode =>
  concurrently ? "ShareUpdateExclusive" : "AccessExclusive";

/** Who writes rows has to wait in any case: an index is built in one go. */
function lockTable(context: DdlContext, table: Oid, options: Options): void {
  lockRelation(context, table, tableLock(options));
  lockRelation(context, table, "Share");
}

const systemConcurrently = (): SqlError =>
  new SqlError("0A000", "cannot reindex system catalogs concurrently");
const isToast = ({ catalog }: DdlContext, { relnamespace }: ClassTuple): boolean => {
  const schema = catalog.find(pgNamespace, "key", [relnamespace])?.nspname ?? "";
  return schema === "pg_toast" || schema.startsWith("pg_toast_temp_");
};
const isSystem = ({ oid }: ClassTuple): boolean => oid < FIRST_USER_OID;

function reindexIndex(context: DdlContext, name: QualifiedName, options: Options): void {
  const { catalog, user } = context;
  const relation = getRelation(context, name);
  if (relation.relkind !== "i" && relation.relkind !== "I") {
    throw new SqlError("42809", `"${relation.relname}" is not an index`);
  }
  checkOwner(catalog, user.oid, relation.relowner, "index", relation.relname);
  const index = catalog.find(pgIndex, "key", [relation.oid]);
  if (index) lockTable(context, index.indrelid, options);
  if (isSystem(relation) && options.concurrently) throw systemConcurrently();
  if (options.concurrently && isExclusion(context, relation)) {
    const message = "concurrent index creation for exclusion constraints is not supported";
    throw new SqlError("0A000", message);
  }
  if (relation.relkind !== "I") return renewIndex(context, relation, options);
  for (const part of withDescendants(catalog, relation.oid)) {
    const row = catalog.find(pgClass, "key", [part]);
    const table = catalog.find(pgIndex, "key", [part])?.indrelid;
    if (row?.relkind !== "i" || table === undefined) continue;
    lockTable(context, table, options);
    renewIndex(context, row, options);
  }
}

/** A table or materialized view of which one is the owner, locked. */
export function getOwnTable(context: DdlContext, name: QualifiedName, mode: LockMode): ClassTuple {
  const relation = getRelation(context, name);
  if (!"rmtp".includes(relation.relkind)) {
    throw new SqlError("42809", `"${relation.relname}" is not a table or materialized view`);
  }
  const { catalog, user } = context;
  checkOwner(catalog, user.oid, relation.relowner, nounOf(relation), relation.relname);
  lockRelation(context, relation.oid, mode);
  return relation;
}

function reindexNamedTable(context: DdlContext, name: QualifiedName, options: Options): void {
  const table = getOwnTable(context, name, tableLock(options));
  lockTable(context, table.oid, options);
  if (isSystem(table) && options.concurrently) throw systemConcurrently();
  if (table.relkind === "p") return reindexPartitions(context, table, options);
  if (reindexTable(context, table, options)) return;
  const what = options.concurrently
    ? "has no indexes that can be reindexed concurrently"
    : "has no indexes to reindex";
  context.notice(notice(`table "${table.relname}" ${what}`));
}

/** A partitioned table has nothing to reindex, its partitions may have. */
function reindexPartitions(context: DdlContext, table: ClassTuple, options: Options): void {
  for (const leaf of leavesOf(context, table.oid)) {
    lockTable(context, leaf, options);
    const row = context.catalog.find(pgClass, "key", [leaf]);
    if (row) reindexTable(context, row, options);
  }
}

/** False when there is nothing to reindex. What would be a TOAST table's index counts. */
function reindexTable(context: DdlContext, table: ClassTuple, options: Options): boolean {
  const { catalog } = context;
  const indexes = catalog
    .list(pgIndex, "indrelid", [table.oid])
    .map((row) => row.indexrelid)
    .sort((a, b) => a - b);
  let renewed = 0;
  for (const oid of indexes) {
    const relation = catalog.find(pgClass, "key", [oid]);
    if (!relation || isSkipped(context, relation, options)) continue;
    renewIndex(context, relation, options);
    renewed++;
  }
  const toast = catalog.find(pgClass, "key", [table.reltoastrelid]);
  if (toast) reindexTable(context, toast, { ...options, tablespace: undefined });
  return renewed > 0 || needsToast(catalog.list(pgAttribute, "key", [table.oid]));
}

/** Indexes of exclusion constraints stay, where others are made again beside their readers. */
function isSkipped(context: DdlContext, index: ClassTuple, { concurrently }: Options): boolean {
  if (!concurrently || !isExclusion(context, index)) return false;
  const schema = context.catalog.find(pgNamespace, "key", [index.relnamespace])?.nspname;
  const message =
    `cannot reindex exclusion constraint index "${schema}.${index.relname}" ` +
    "concurrently, skipping";
  context.notice(warning("0A000", message));
  return true;
}

const isExclusion = ({ catalog }: DdlContext, { oid }: ClassTuple): boolean =>
  catalog.find(pgIndex, "key", [oid])?.indisexclusion === true;

function renewIndex(context: DdlContext, index: ClassTuple, options: Options): void {
  const { tablespace } = options;
  if (tablespace !== undefined && (isSystem(index) || isToast(context, index))) {
    throw new SqlError("0A000", `cannot move system relation "${index.relname}"`);
  }
  if (isSystem(index)) return;
  refuseOtherTemporary(context, index, "reindex");
  lockRelation(context, index.oid, indexLock(options));
  const isShared = tablespace === PG_GLOBAL && options.concurrently;
  if (isShared) {
    throw new SqlError("0A000", 'cannot move non-shared relation to tablespace "pg_global"');
  }
  const moved = tablespace === undefined ? {} : { reltablespace: placedIn(context, tablespace) };
  renewStorage(context, index.oid, moved);
  const table = context.catalog.find(pgIndex, "key", [index.oid])?.indrelid;
  if (table !== undefined) queueWork(context, { kind: "index", table, index: index.oid });
  if (options.verbose) context.notice(info(`index "${index.relname}" was reindexed`));
}

const info = (message: string): Notice => ({ ...notice(message), severity: "INFO" });

/** All tables of a schema, of the system, or of the database, in the order of their oids. */
function reindexMany(
  context: DdlContext,
  kind: "schema" | "system" | "database",
  name: string,
  options: Options,
): void {
  if (kind === "system" && options.concurrently) throw systemConcurrently();
  const { catalog } = context;
  const namespace = kind === "schema" ? ownSchema(context, name) : undefined;
  if (kind !== "schema") checkOwnDatabase(context, name);
  const hasCatalogs = kind !== "schema" || namespace === PG_CATALOG;
  if (hasCatalogs && options.concurrently) {
    const message = "cannot reindex system catalogs concurrently, skipping all";
    context.notice(warning("0A000", message));
  } else if (hasCatalogs && options.tablespace !== undefined) {
    context.notice(warning("42501", "cannot move system relations, skipping all"));
  }
  const tables = [...catalog.all(pgClass)]
    .filter((row) => row.relkind === "r" || row.relkind === "m")
    .filter((row) => namespace === undefined || row.relnamespace === namespace)
    .filter((row) => !isSystemNamespace(row.relnamespace) && !isOtherTemporary(catalog, row))
    .filter(() => kind !== "system")
    .sort((a, b) => a.oid - b.oid);
  for (const table of tables) {
    lockTable(context, table.oid, options);
    const done = reindexTable(context, table, { ...options, verbose: false });
    if (!done || !options.verbose) continue;
    const schema = catalog.find(pgNamespace, "key", [table.relnamespace])?.nspname;
    context.notice(info(`table "${schema}.${table.relname}" was reindexed`));
  }
}

function ownSchema({ catalog, user }: DdlContext, name: string): Oid {
  const { oid, nspowner } = getNamespace(catalog, name);
  checkOwner(catalog, user.oid, nspowner, "schema", name);
  return oid;
}

function checkOwnDatabase({ catalog, user, databaseName }: DdlContext, name: string): void {
  if (name !== databaseName) {
    throw new SqlError("0A000", "can only reindex the currently open database");
  }
  const database = catalog.find(pgDatabase, "key", [catalog.database]);
  if (database) checkOwner(catalog, user.oid, database.datdba, "database", name);
}
