/**
 * CREATE SINK: a relation without rows, whose query (in its row of rw_connector) is followed by the
 * rows of the tables in it; a job hands over what the query gives, and then what changes.
 * https://docs.risingwave.com/sql/commands/sql-create-sink
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { isAppendOnly } from "../append-only.ts";
import { CONNECTION_CLASS, NAMESPACE_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { parsedOptions, type ReadOptions, readOptions } from "../connectors/options.ts";
import { postgresSink, sinkSchemas } from "../connectors/sinks.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { CreateSink } from "../job-statement.ts";
import { isSuperuser } from "../memberships.ts";
import { pgClass } from "../relations/pg-class.ts";
import { checkColumnName } from "./columns.ts";
import { takeOver } from "./connections.ts";
import { checkFile, insertConnector, placeOfNew } from "./connector-rows.ts";
import type { DdlContext, StoredQuery } from "./context.ts";
import { dependOnReferences } from "./create-view.ts";
import { startJob } from "./job-rows.ts";
import { checkNotInSystem, lockRelation } from "./lookup.ts";
import { checkQueryColumns, insertQueryColumn } from "./query-columns.ts";

/** Throws 42601, 22023, 0A000, 42704, 42P07, 42501, 55000, and what the query throws. */
export function createSink(context: DdlContext, statement: CreateSink): void {
  const { catalog } = context;
  const { name } = statement.sink;
  const { options: all, connection, taken } = takeOver(context, statement.options);
  const options = readOptions("sink", sinkSchemas, all, statement.format);
  const query = context.expressions.bindView(statement.query, []);
  const namespace = placeOfNew(context, statement.sink, statement.ifNotExists);
  if (!namespace) return;
  checkFollowed(context, query);
  checkQueryColumns(context, query.columns);
  for (const column of query.columns) checkColumnName(column.name);
  checkNotInSystem(namespace, name);
  checkFile(context, options, "write");
  const { relations } = context.expressions.prepareRun(query.tree, context.user.oid);
  if (options.connector === "postgres") checkPostgres(context, options, query);
  checkType(context, options, relations);

  const sink = context.allocateOid();
  lockRelation(context, sink, "AccessExclusive");
  catalog.insert(pgClass, {
    oid: sink,
    relname: name,
    relnamespace: namespace.oid,
    relowner: context.user.oid,
    relkind: "s",
    relnatts: query.columns.length,
    relispopulated: false,
    relreplident: "n",
  });
  const self = addressOf(RELATION_CLASS, sink);
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  dependOnReferences(context, self, query);
  addOwner(catalog, self, context.user.oid);
  query.columns.forEach((column, at) => {
    insertQueryColumn(context, sink, at + 1, column);
  });
  const { connector } = options;
  const texts = Object.entries(options.texts).filter(([key]) => !taken.has(key));
  const own = { connector, texts: Object.fromEntries(texts), connection };
  insertConnector(context, sink, own, query.tree);
  if (connection !== INVALID_OID) {
    addDependency(catalog, self, addressOf(CONNECTION_CLASS, connection), "n");
  }
  startJob(context, { relid: sink, kind: "SINK", phase: "connect" });
}

function checkFollowed({ expressions }: DdlContext, { tree }: StoredQuery): void {
  const why = expressions.whyNotFollowed(tree);
  if (why === undefined) return;
  const hint = "Create a materialized view of it, and the sink from that.";
  throw new SqlError("0A000", `a sink over ${why} is not supported`, { hint });
}

/** What it is to do is possible with these columns, and the tables may be asked for it. */
function checkPostgres(
  { catalog, user }: DdlContext,
  { texts }: ReadOptions,
  { columns }: StoredQuery,
): void {
  const options = parsedOptions(postgresSink, JSON.stringify(texts));
  const { type, primary_key: keys } = options;
  if (options.password === undefined && !isSuperuser(catalog, user.oid)) {
    const detail = 'Non-superusers must provide a password for a sink of connector "postgres".';
    throw new SqlError("2F003", "password is required", { detail });
  }
  if (type === "upsert" && keys === undefined) {
    throw new SqlError("22023", 'a sink of type "upsert" needs option "primary_key"');
  }
  const missing = keys?.find((key) => !columns.some(({ name }) => name === key));
  if (missing !== undefined) {
    throw new SqlError("42703", `column "${missing}" of option "primary_key" does not exist`);
  }
}

/** What is handed over is of this type. */
function checkType(
  { catalog }: DdlContext,
  { texts }: ReadOptions,
  inputs: ReadonlySet<Oid>,
): void {
  const { type } = texts;
  const isForced = texts["force_append_only"] === "true";
  if (type !== "append-only" && isForced) {
    const message = 'option "force_append_only" is for sinks of type "append-only"';
    throw new SqlError("22023", message);
  }
  if (type !== "append-only" || isForced) return;
  const onlyGrows = [...inputs].every((input) => {
    const row = catalog.find(pgClass, "key", [input]);
    return row?.relkind === "x" || (row !== undefined && isAppendOnly(row));
  });
  if (onlyGrows) return;
  const message = 'a sink of type "append-only" needs rows that never change';
  const hint = `Add "force_append_only = 'true'" to have changes of rows ignored.`;
  throw new SqlError("22023", message, { hint });
}
