/**
 * CREATE INDEX. https://www.postgresql.org/docs/15/sql-createindex.html
 *
 *   1. resolve and lock the table: Share keeps off who writes rows while the index is built. Where
 *      PostgreSQL, told CONCURRENTLY, lets them write and reads the table twice, they wait
 *   2. bind predicate and expressions; their errors come first, as in PostgreSQL
 *   3. check what the access method can, choose and lock the name
 *   4. stage
 */
import type { Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { type AccessMethod, accessMethod, accessMethodNamed, BTREE } from "../access-methods.ts";
import { FIRST_UNPINNED_OID } from "../class-oids.ts";
import type { CreateIndex } from "../index-statement.ts";
import type { ClassTuple, NamespaceTuple } from "../names.ts";
import { canCompare } from "../opclasses.ts";
import { checkMayCreateIn, checkOwner } from "../privileges.ts";
import { checkOpclassOptions, checkOptions, setOptions } from "../relation-options.ts";
import { pgAm } from "../relations/pg-am.ts";
import { pgAmproc } from "../relations/pg-amproc.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { pgProc } from "../relations/pg-proc.ts";
import type { DdlContext } from "./context.ts";
import { chooseRelationName, joinColumns } from "./generated-names.ts";
import {
  type BoundElement,
  checkEquality,
  checkNoSystemColumns,
  checkNumberOfColumns,
  indexColumnNames,
  planIndexColumns,
} from "./index-columns.ts";
import {
  addIndexDependencies,
  type IndexColumn,
  insertIndexRows,
  markIndexed,
  storedType,
} from "./index-rows.ts";
import { startJob } from "./job-rows.ts";
import {
  checkAlterable,
  checkNotInUse,
  getRelation,
  lockRelation,
  lockRelationName,
  nounOf,
  refuseOtherTemporary,
} from "./lookup.ts";
import { checkNoForeignParts, checkUniqueKey } from "./partition-indexes.ts";
import type { BoundExpression } from "./relation-binder.ts";
import { notSupportedFor } from "./relation-kinds.ts";
import { queueWork } from "./row-work.ts";
import { factsOf } from "./table-facts.ts";
import { indexTablespace } from "./tablespaces.ts";

/** A statement whose table is locked and whose expressions are bound. */
export interface BoundIndex {
  readonly statement: CreateIndex;
  readonly relation: ClassTuple;
  readonly predicate: BoundExpression | undefined;
  readonly elements: readonly BoundElement[];
}

export function bindIndex(context: DdlContext, statement: CreateIndex): BoundIndex {
  const relation = relationToIndex(context, statement);
  const predicate =
    statement.where && context.relations.indexPredicate(statement.where, relation.oid);
  const elements = bindElements(context, relation, statement);
  return { statement, relation, predicate, elements };
}

/** The new index; undefined when there was one and IF NOT EXISTS was said. */
export function defineIndex(
  context: DdlContext,
  { statement, relation, predicate, elements }: BoundIndex,
): Oid | undefined {
  checkNumberOfColumns(elements);
  checkIndexable(context, relation);
  if (!context.rebuilds) checkMayIndex(context, relation);
  const tablespace = indexTablespace(context, relation.oid, statement.tablespace);
  const name = statement.name ?? generatedName(context, relation, elements);
  const method = methodNamed(context, statement.method);
  checkMethod(method, {
    unique: statement.unique,
    includes: statement.included.length > 0,
    keys: statement.keys.length,
  });
  if (predicate) checkPredicate(predicate);
  const options = setOptions(null, statement.options);
  checkOptions(options, method.options);
  const columns = planIndexColumns(context, relation.oid, method, elements, false);
  checkNoSystemColumns(columns, predicate);
  if (statement.unique) {
    checkPartitions(context, relation, statement, columns);
    checkEquality(context, columns);
  }
  if (isTaken(context, relation.relnamespace, name)) {
    if (!statement.ifNotExists) throw new SqlError("42P07", `relation "${name}" already exists`);
    context.notice(notice(`relation "${name}" already exists, skipping`, {}, "42P07"));
    return undefined;
  }
  checkColumnOptions(context, method, columns);
  if (method.base === "gin") checkGinKeys(context, method, columns);
  if (relation.relkind !== "p") checkSorts(method);
  const table = factsOf(relation);
  const plan = {
    name,
    method,
    columns,
    unique: statement.unique,
    nullsNotDistinct: statement.nullsNotDistinct,
    primary: false,
    immediate: true,
    predicate,
    options,
    tablespace,
  };
  const index = insertIndexRows(context, table, plan);
  addIndexDependencies(context, table, index, plan);
  markIndexed(context, table.oid);
  if (isForJob(context, relation)) startBuilding(context, relation, index);
  else queueWork(context, { kind: "index", table: table.oid, index });
  return index;
}

/** PostgreSQL's sort of a b-tree's entries asks for the one access method. */
function checkSorts({ base, oid }: AccessMethod): void {
  if (base !== "btree" || oid === BTREE) return;
  throw new SqlError("XX000", `unexpected non-btree AM: ${oid}`);
}

function checkPartitions(
  context: DdlContext,
  relation: ClassTuple,
  { keys }: CreateIndex,
  columns: readonly IndexColumn[],
): void {
  const attnums = columns
    .slice(0, keys.length)
    .flatMap(({ source }) => (source.kind === "column" ? [source.attribute.attnum] : []));
  checkUniqueKey(context, factsOf(relation), "UNIQUE", attnums);
}

/** What the transaction has staged is indexed with it, and a session's own by the session. */
const isForJob = (
  { request, rows, transaction, rebuilds }: DdlContext,
  table: ClassTuple,
): boolean =>
  request?.isBackground === true &&
  !rebuilds &&
  rows.hasRows(table) &&
  transaction.rows.isEmpty &&
  table.relpersistence !== "t";

/** Writers keep the index from now on; what is there already gets its entries from a job. */
function startBuilding(context: DdlContext, table: ClassTuple, index: Oid): void {
  const { catalog, rows } = context;
  const row = catalog.find(pgIndex, "key", [index]);
  if (row) catalog.update(pgIndex, row, { indisvalid: false });
  startJob(context, { relid: index, kind: "INDEX", last: rows.lastVersion(table.relfilenode) });
}

function relationToIndex(context: DdlContext, statement: CreateIndex): ClassTuple {
  const { table, concurrently, unique } = statement;
  const { catalog } = context;
  const relation = getRelation(context, table);
  const { relname, relowner } = relation;
  checkOwner(catalog, context.user.oid, relowner, nounOf(relation), relname);
  if (relation.oid < FIRST_UNPINNED_OID) {
    throw new SqlError("42501", `permission denied: "${relname}" is a system catalog`);
  }
  if (concurrently) lockRelation(context, relation.oid, "ShareUpdateExclusive");
  lockRelation(context, relation.oid, "Share");
  checkNotInUse(context, relation, "CREATE INDEX");
  if (concurrently && relation.relkind === "p") {
    const message = `cannot create index on partitioned table "${relname}" concurrently`;
    throw new SqlError("0A000", message);
  }
  if (unique && relation.relkind === "p") checkNoForeignParts(context, relation);
  return relation;
}

function bindElements(
  context: DdlContext,
  relation: ClassTuple,
  { keys, included }: CreateIndex,
): BoundElement[] {
  const bind = (element: CreateIndex["keys"][number], isIncluded: boolean): BoundElement => ({
    element,
    included: isIncluded,
    expression:
      "expression" in element
        ? context.relations.indexExpression(element.expression, relation.oid)
        : undefined,
  });
  return [
    ...keys.map((element) => bind(element, false)),
    ...included.map((element) => bind(element, true)),
  ];
}

/** Tables and materialized views have rows to index. */
function checkIndexable(context: DdlContext, relation: ClassTuple): void {
  const { relkind, relname } = relation;
  if (relkind === "i" || relkind === "I") {
    throw new SqlError("42809", `"${relname}" is an index`);
  }
  if (relkind === "c") throw new SqlError("42809", `"${relname}" is a composite type`);
  if (!"rmp".includes(relkind)) {
    const message = `cannot create index on relation "${relname}"`;
    throw new SqlError("42809", message, notSupportedFor(relation));
  }
  checkAlterable(context, relation);
  refuseOtherTemporary(context, relation, "create indexes on");
}

function checkMayIndex({ catalog, user }: DdlContext, relation: ClassTuple): void {
  const namespace = catalog.find(pgNamespace, "key", [relation.relnamespace]) as NamespaceTuple;
  checkMayCreateIn(catalog, user.oid, namespace);
}

function generatedName(
  context: DdlContext,
  relation: ClassTuple,
  elements: readonly BoundElement[],
): string {
  const columns = joinColumns(indexColumnNames(elements));
  return chooseRelationName(context, relation.relnamespace, relation.relname, columns, "idx");
}

/** Throws 42704. */
export function methodNamed(context: DdlContext, name: string): AccessMethod {
  const { catalog } = context;
  if (name === "rtree" && !catalog.find(pgAm, "name", [name])) {
    context.notice(notice('substituting access method "gist" for obsolete method "rtree"'));
    return methodNamed(context, "gist");
  }
  const row = catalog.find(pgAm, "name", [name]);
  if (!row) throw new SqlError("42704", `access method "${name}" does not exist`);
  const method = accessMethodNamed(catalog, name);
  if (method) return method;
  const message = `index access method handler function ${row.amhandler} did not return an IndexAmRoutine struct`;
  throw new SqlError("XX000", message);
}

/** 0A000 for what the method cannot. */
export function checkMethod(
  method: AccessMethod,
  wanted: {
    readonly unique?: boolean;
    readonly excludes?: boolean;
    readonly includes: boolean;
    readonly keys: number;
  },
): void {
  const refuse = (what: string) =>
    new SqlError("0A000", `access method "${method.name}" does not support ${what}`);
  if (wanted.unique && !method.canUnique) throw refuse("unique indexes");
  if (wanted.includes && !method.canInclude) throw refuse("included columns");
  if (wanted.keys > 1 && !method.canMultiColumn) throw refuse("multicolumn indexes");
  if (wanted.excludes && !method.canExclude) throw refuse("exclusion constraints");
}

/** Throws 42P17. */
export function checkPredicate({ mutable }: BoundExpression): void {
  if (!mutable) return;
  throw new SqlError("42P17", "functions in index predicate must be marked IMMUTABLE");
}

function isTaken(context: DdlContext, namespace: Oid, name: string): boolean {
  lockRelationName(context, namespace, name);
  return context.catalog.find(pgClass, "relname_nsp", [name, namespace]) !== undefined;
}

/** Of operator classes with parameters. */
export function checkColumnOptions(
  context: DdlContext,
  method: AccessMethod,
  columns: readonly IndexColumn[],
): void {
  const { catalog } = context;
  for (const { opclass, opclassOptions } of columns) {
    if (!opclass || !opclassOptions) continue;
    const { opcfamily, opcintype } = opclass;
    const key = [opcfamily, opcintype, opcintype, method.optionsProcedure];
    const support = catalog.find(pgAmproc, "fam_proc", key);
    const declared = support && catalog.find(pgProc, "key", [support.amproc])?.proname;
    checkOpclassOptions(opclassOptions, opclass.opcname, declared);
  }
}

/** Number of the support function that compares the keys of a GIN index. */
const GIN_COMPARE = 1;

/** The keys are sorted: by the operator class, or else by their own type. */
function checkGinKeys(
  context: DdlContext,
  method: AccessMethod,
  columns: readonly IndexColumn[],
): void {
  const { catalog, expressions } = context;
  for (const { opclass, source } of columns) {
    if (!opclass) continue;
    const { opcfamily, opcintype } = opclass;
    if (catalog.find(pgAmproc, "fam_proc", [opcfamily, opcintype, opcintype, GIN_COMPARE]))
      continue;
    const given = source.kind === "column" ? source.attribute.atttypid : source.expression.type;
    const key = storedType(context, given, opclass, method);
    if (canCompare(catalog, key)) continue;
    const shown = expressions.typeText(key);
    const message = `could not identify a comparison function for type ${shown}`;
    throw new SqlError("42883", message);
  }
}

/** The access method of an index that is there. */
export const methodOfIndex = ({ catalog }: DdlContext, { relam }: ClassTuple): AccessMethod =>
  accessMethod(catalog, relam) as AccessMethod;
