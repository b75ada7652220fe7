/**
 * CREATE TABLE. https://www.postgresql.org/docs/15/sql-createtable.html
 *
 *   1. resolve and lock the schema (against DROP) and the names that will exist: table, row type,
 *      array type; tables of LIKE clauses are locked against changes
 *   2. plan the columns: types, identities, keys, all checked before anything is staged
 *   3. stage, in PostgreSQL's order of oids: sequences of serial and identity columns, the relation
 *      with its types and columns, defaults and generation expressions, checks, keys with their
 *      indexes, what LIKE takes over, foreign keys, ownership of the sequences
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { AM_CLASS, NAMESPACE_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addDependency, addOwner, changeTablespace } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import type { NewRow } from "../relation.ts";
import { pgClass } from "../relations/pg-class.ts";
import type { CreateTable } from "../statement.ts";
import { createChecks } from "./checks.ts";
import { columnSequence, linkSequence } from "./column-sequences.ts";
import {
  COLUMNS_MAX,
  type ColumnPlan,
  checkColumnName,
  checkColumnType,
  checkNamedOnce,
  insertColumn,
  sayPrecisions,
} from "./columns.ts";
import { compressionOf } from "./compression.ts";
import type { DdlContext } from "./context.ts";
import { copierFor } from "./copy-index.ts";
import { checkForeignElements, storeForeignTable } from "./create-foreign-table.ts";
import { newAcl } from "./default-privileges.ts";
import { createDefault } from "./defaults.ts";
import { refuseExclusion } from "./exclusions.ts";
import { createForeignKey } from "./foreign-keys.ts";
import { freeTypeName } from "./generated-names.ts";
import { createIndexConstraint } from "./index-constraints.ts";
import { inheritChecks, inheritDefaults, linkParent } from "./inherit.ts";
import { expandLike } from "./like.ts";
import { checkNotInSystem, lockRelation, lockRelationName, placeForRelation } from "./lookup.ts";
import { classOf } from "./merge-columns.ts";
import { insertRowType } from "./new-types.ts";
import { storeBound } from "./partition-bounds.ts";
import { cloneForeignKeys } from "./partition-foreign-keys.ts";
import { indexLikeParent } from "./partition-indexes.ts";
import { insertPartitionKey } from "./partition-key.ts";
import { cloneTriggers } from "./partition-triggers.ts";
import { planStorage, tableAccessMethod } from "./storage-actions.ts";
import { planTable } from "./table-plan.ts";
import type { Placing } from "./tablespaces.ts";
import { checkOnCommit, noteOnCommit } from "./temporary.ts";
import { setToastOptions } from "./toast.ts";
import { dependOnType } from "./typed-tables.ts";

export function createTable(context: DdlContext, statement: CreateTable): void {
  const { catalog } = context;
  const { name } = statement.table;
  checkForeignElements(statement);
  const wanted = statement.storage?.persistence ?? "p";
  const { namespace, persistence } = placeForRelation(context, statement.table, wanted);
  lockRelationName(context, namespace.oid, name);
  const exists = catalog.find(pgClass, "relname_nsp", [name, namespace.oid]) !== undefined;
  if (exists && statement.ifNotExists) {
    context.notice(notice(`relation "${name}" already exists, skipping`, {}, "42P07"));
    return;
  }
  checkOnCommit(statement.storage, persistence);
  const { partitionBy } = statement;
  if (partitionBy) refuseElements(statement);
  if (partitionBy) refuseOptions(statement);
  const plan = planTable(context, statement, persistence);
  const { columns, parents, checks, keys, likes, foreignKeys, ofType } = plan;
  const making = { name, owner: context.user.oid, persistence };
  const sequences = columns.map((column) => columnSequence(context, namespace, making, column));
  const placing = placingOf(context, statement, persistence, parents[0]?.oid);
  const storage = planStorage(context, statement.storage, placing);
  checkColumns(context, columns);
  const stores = !partitionBy && !statement.foreign;
  const method = stores ? tableAccessMethod(context, statement.storage?.method) : INVALID_OID;
  if (exists) throw new SqlError("42P07", `relation "${name}" already exists`);
  freeTypeName(context, namespace.oid, name);
  checkNotInSystem(namespace, name);

  const relation = insertTable(context, namespace.oid, name, {
    ...kindOf(statement, method),
    reltablespace: statement.foreign ? INVALID_OID : storage.tablespace,
    relpersistence: persistence,
    relnatts: columns.length,
    relhasindex: keys.length > 0,
    reloptions: storage.options,
    ...(ofType === undefined ? {} : { reloftype: ofType }),
  });
  if (ofType !== undefined) dependOnType(context, relation, ofType);
  columns.forEach((column, at) => {
    insertColumn(context, relation, at + 1, column);
    linkSequence(context, relation, at + 1, sequences[at], column.identity !== undefined);
  });
  columns.forEach((column, at) => {
    createDefault(context, relation, at + 1, column, sequences[at]?.oid);
  });
  inheritDefaults(context, relation, columns);
  const { bound } = statement;
  const table = { oid: relation, namespace: namespace.oid, ...making };
  parents.forEach((parent, at) => {
    linkParent(context, relation, parent.oid, at + 1);
  });
  inheritChecks(context, table, parents);
  const [parent] = parents;
  if (bound && parent) storeBound(context, classOf(context, relation), parent, bound);
  if (partitionBy) insertPartitionKey(context, relation, partitionBy);
  if (bound && parent) followParent(context, parent.oid, relation);
  createChecks(context, table, checks);
  if (storage.toastOptions) {
    const row = catalog.find(pgClass, "key", [relation]) as ClassTuple;
    setToastOptions(context, row, () => storage.toastOptions);
  }
  for (const key of keys) createIndexConstraint(context, table, key);
  for (const like of likes) expandLike(context, table, like);
  for (const key of foreignKeys) createForeignKey(context, table, key, true);
  storeForeignTable(context, relation, statement);
  noteOnCommit(context, relation, statement.storage);
}

/** A partition is where its parent is. */
function placingOf(
  context: DdlContext,
  { bound, partitionBy }: CreateTable,
  persistence: string,
  parent: Oid | undefined,
): Placing {
  const above = bound && parent !== undefined ? classOf(context, parent) : undefined;
  const partitioned = partitionBy !== undefined;
  return { parent: above?.reltablespace, persistence, partitioned };
}

/** A partition has parts of its parent's indexes, triggers and foreign keys. */
function followParent(context: DdlContext, parent: Oid, partition: Oid): void {
  const own = classOf(context, partition);
  indexLikeParent(context, own, parent, copierFor(context), (table) => {
    const detail = `Table "${table}" contains indexes that are unique.`;
    const message = `cannot create foreign partition of partitioned table "${table}"`;
    return new SqlError("42809", message, { detail });
  });
  cloneTriggers(context, parent, partition);
  cloneForeignKeys(context, parent, partition, false);
}

/** Where no rows are stored there is nothing to store them in. */
function kindOf({ partitionBy, foreign }: CreateTable, method: Oid) {
  if (partitionBy) return { relkind: "p", relfilenode: INVALID_OID };
  return foreign ? { relkind: "f", relfilenode: INVALID_OID } : { relam: method };
}

/** No index could hold rows of all partitions against each other. */
function refuseElements({ elements }: CreateTable): void {
  for (const element of elements) if (element.kind === "exclusion") refuseExclusion(element);
}

/** Nothing is stored of a partitioned table. */
function refuseOptions({ storage, parents, bound }: CreateTable): void {
  if (parents && !bound) {
    throw new SqlError("42P17", "cannot create partitioned table as inheritance child");
  }
  const [option] = storage?.options ?? [];
  if (option) throw new SqlError("22023", `unrecognized parameter "${option.name}"`);
  if (storage?.method !== undefined) {
    throw new SqlError(
      "0A000",
      "specifying a table access method is not supported on a partitioned table",
    );
  }
}

/** What PostgreSQL says of the columns when it makes the relation, in its order. */
export function checkColumns(context: DdlContext, columns: readonly ColumnPlan[]): void {
  if (columns.length > COLUMNS_MAX) {
    throw new SqlError("54011", `tables can have at most ${COLUMNS_MAX} columns`);
  }
  checkNamedOnce(columns);
  sayPrecisions(context, columns);
  for (const { type, compression } of columns) compressionOf(context, type.row.oid, compression);
  for (const { name } of columns) checkColumnName(name);
  for (const column of columns) checkColumnType(context, column);
}

type TableRow = Omit<
  NewRow<(typeof pgClass)["columns"]>,
  "oid" | "relname" | "relnamespace" | "relowner" | "reltype" | "relreplident"
>;

/** A relation that stores rows, with the type of these; it has no columns yet. */
export function insertTable(context: DdlContext, namespace: Oid, name: string, row: TableRow): Oid {
  const { catalog } = context;
  const relation = context.allocateOid();
  lockRelation(context, relation, "AccessExclusive");
  const reltype = insertRowType(context, namespace, name, relation);
  const self = addressOf(RELATION_CLASS, relation);
  catalog.insert(pgClass, {
    relkind: "r",
    ...row,
    oid: relation,
    reltype,
    relname: name,
    relnamespace: namespace,
    relowner: context.user.oid,
    relfilenode: row.relfilenode ?? relation,
    relreplident: "d",
    relacl: newAcl(context, "r", context.user.oid, self, namespace),
  });
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace), "n");
  addOwner(catalog, self, context.user.oid);
  if (row.relkind === "p") changeTablespace(catalog, relation, row.reltablespace ?? INVALID_OID);
  if (row.relam !== undefined && row.relam !== INVALID_OID) {
    addDependency(catalog, self, addressOf(AM_CLASS, row.relam), "n");
  }
  return relation;
}
