/**
 * RELATIONS THAT A QUERY FILLS: CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW.
 *
 *   1. bind the query: each relation that it reads is locked AccessShare
 *   2. resolve and lock the schema and the name
 *   3. stage the relation with its types and columns; of a materialized view also the rule _RETURN,
 *      which holds the query, and what it depends on
 *   4. queue the filling: it is done when everything is staged
 *
 * https://www.postgresql.org/docs/15/sql-createtableas.html
 * https://www.postgresql.org/docs/15/sql-creatematerializedview.html
 */
import { notice, SqlError } from "../../base/sql-error.ts";
import type { Persistence } from "../alter-action.ts";
import { jobMaking } from "../jobs.ts";
import type { ClassTuple } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import type { CreateTableAs } from "../statement.ts";
import { checkColumnName } from "./columns.ts";
import type { DdlContext, StoredQuery } from "./context.ts";
import { insertTable } from "./create-table.ts";
import { insertRule } from "./create-view.ts";
import { freeTypeName } from "./generated-names.ts";
import { noteMaterialized, startJob } from "./job-rows.ts";
import { checkNotInSystem, lockRelationName, placeForRelation } from "./lookup.ts";
import { checkQueryColumns, insertQueryColumn, type QueryColumn } from "./query-columns.ts";
import { planStorage, tableAccessMethod } from "./storage-actions.ts";
import { checkOnCommit, isTemporaryQuery, noteOnCommit } from "./temporary.ts";
import { setToastOptions } from "./toast.ts";

export function createTableAs(context: DdlContext, statement: CreateTableAs): void {
  const { catalog } = context;
  const { name } = statement.table;
  const isView = statement.relkind === "m";
  const query = context.expressions.bindView(statement.query, statement.columns);
  const readsTemporary = isTemporaryQuery(context, query);
  if (isView && readsTemporary) throw usesTemporary();
  const wanted = statement.storage?.persistence ?? "p";
  const { namespace, persistence } = placeForRelation(context, statement.table, wanted);
  // Nobody else sees what is the session's own.
  const isOwn = readsTemporary || persistence === "t";
  const isForJob = context.request?.isBackground === true && statement.withData && !isOwn;
  lockRelationName(context, namespace.oid, name);
  const existing = catalog.find(pgClass, "relname_nsp", [name, namespace.oid]);
  if (existing) return sayExists(context, existing, statement.ifNotExists);
  checkPersistence(statement, persistence);
  checkNames(statement, query);
  checkCollations(context, query.columns);
  const storage = planStorage(
    context,
    statement.storage,
    { persistence },
    isView ? "heap" : "table",
  );
  checkQueryColumns(context, query.columns);
  for (const column of query.columns) checkColumnName(column.name);
  const method = tableAccessMethod(context, statement.storage?.method);
  freeTypeName(context, namespace.oid, name);
  checkNotInSystem(namespace, name);

  const relation = insertTable(context, namespace.oid, name, {
    relkind: statement.relkind,
    relam: method,
    reltablespace: storage.tablespace,
    relpersistence: persistence,
    relnatts: query.columns.length,
    relhasrules: isView,
    relispopulated: !isForJob && (!isView || statement.withData),
    reloptions: storage.options,
  });
  query.columns.forEach((column, at) => {
    insertQueryColumn(context, relation, at + 1, column);
  });
  if (storage.toastOptions) {
    const row = catalog.find(pgClass, "key", [relation]) as ClassTuple;
    setToastOptions(context, row, () => storage.toastOptions);
  }
  noteOnCommit(context, relation, statement.storage);
  if (isView) insertRule(context, relation, query);
  if (!statement.withData) return;
  // What a materialized view, or a job, reads is followed without looking at policies.
  const isSecured = !isView && !isForJob;
  const inputs = context.expressions.prepareRun(query.tree, context.user.oid, isSecured);
  if (isForJob && isView) return startJob(context, { relid: relation, kind: "MATERIALIZED VIEW" });
  if (isForJob) {
    const { tree } = query;
    return startJob(context, { relid: relation, kind: "TABLE", phase: "fill", query: tree });
  }
  const hasOwnRows = !context.transaction.rows.isEmpty;
  const done = (epoch: number) =>
    noteMaterialized(context, relation, hasOwnRows ? 0 : epoch, inputs);
  const fill = { kind: "fill", table: relation, tree: query.tree, how: "all" } as const;
  context.rows.queue(isView ? { ...fill, done } : { ...fill, secured: true });
}

function sayExists(context: DdlContext, { oid, relname }: ClassTuple, ifNotExists: boolean): void {
  const job = jobMaking(context.catalog, oid);
  const detail = job && { detail: `It is still being created by job ${job.id}.` };
  const message = `relation "${relname}" already exists`;
  if (!ifNotExists) throw new SqlError("42P07", message, detail);
  context.notice(notice(`${message}, skipping`, detail, "42P07"));
}

const usesTemporary = (): SqlError =>
  new SqlError("0A000", "materialized views must not use temporary tables or views");

/** Throws 42501, 42P16. */
function checkPersistence({ relkind, storage }: CreateTableAs, persistence: Persistence): void {
  if (relkind === "m" && persistence === "t") {
    const message = "cannot create temporary table within security-restricted operation";
    throw new SqlError("42501", message);
  }
  checkOnCommit(storage, persistence);
}

function checkNames({ columns }: CreateTableAs, query: StoredQuery): void {
  if (columns.length <= query.columns.length) return;
  throw new SqlError("42601", "too many column names were specified");
}

function checkCollations(context: DdlContext, columns: readonly QueryColumn[]): void {
  const open = columns.find(({ collatable, collation }) => collatable && collation === 0);
  if (!open) return;
  const type = context.expressions.typeText(open.type);
  const message = `no collation was derived for column "${open.name}" with collatable type ${type}`;
  const hint = "Use the COLLATE clause to set the collation explicitly.";
  throw new SqlError("42P22", message, { hint });
}
