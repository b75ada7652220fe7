/**
 * REFRESH MATERIALIZED VIEW: the view gets a new storage, which its query fills. CONCURRENTLY only
 * the rows that differ are changed, and who reads the view goes on.
 * https://www.postgresql.org/docs/15/sql-refreshmaterializedview.html
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { Describer } from "../describe.ts";
import { jobMaking, jobOn, REFRESH } from "../jobs.ts";
import type { ClassTuple } from "../names.ts";
import { checkOwner } from "../privileges.ts";
import { quoteIdentifier } from "../quote.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgRewrite } from "../relations/pg-rewrite.ts";
import { rwConnector } from "../relations/rw-connector.ts";
import type { RefreshMaterializedView } from "../statement.ts";
import type { DdlContext, QueryInputs } from "./context.ts";
import { forgetMaterialized, noteMaterialized, startJob } from "./job-rows.ts";
import { checkNotInUse, getRelation, lockRelation, nounOf } from "./lookup.ts";
import { rewriteTable } from "./rewrite.ts";
import { RETURN_RULE } from "./view-options.ts";

export function refreshMaterializedView(
  context: DdlContext,
  { view: name, concurrently, withData }: RefreshMaterializedView,
): void {
  const { catalog, user } = context;
  const view = getRelation(context, name);
  checkOwner(catalog, user.oid, view.relowner, nounOf(view), view.relname);
  const isForJob = context.request?.isBackground === true && withData;
  const mode = isForJob ? "ShareUpdateExclusive" : concurrently ? "Exclusive" : "AccessExclusive";
  lockRelation(context, view.oid, mode);
  if (view.relkind !== "m") {
    throw new SqlError("0A000", `"${view.relname}" is not a materialized view`);
  }
  const job = jobMaking(catalog, view.oid);
  if (job) {
    const message = `materialized view "${view.relname}" is still being created`;
    throw new SqlError("55000", message, { detail: `Job ${job.id} fills it.` });
  }
  if (concurrently) checkConcurrently(context, view, withData);
  checkNotInUse(context, view, "REFRESH MATERIALIZED VIEW");
  if (isForJob) return startRefresh(context, view);
  if (!concurrently) {
    rewriteTable(context, view.oid);
    const now = catalog.find(pgClass, "key", [view.oid]) as ClassTuple;
    catalog.update(pgClass, now, { relispopulated: withData });
  }
  if (!withData) return forgetMaterialized(context, view.oid);
  const table = view.oid;
  const { tree, inputs } = prepareQuery(context, table);
  const hasOwnRows = !context.transaction.rows.isEmpty;
  const done = (epoch: number) => noteMaterialized(context, table, hasOwnRows ? 0 : epoch, inputs);
  const how = concurrently ? "difference" : "all";
  context.rows.queue({ kind: "fill", table, tree, how, done });
}

/** Whoever reads the view goes on; the job changes what differs. */
function startRefresh(context: DdlContext, view: ClassTuple): void {
  const job = jobOn(context.catalog, view.oid);
  if (job) {
    const message = `materialized view "${view.relname}" is already being refreshed`;
    throw new SqlError("55000", message, { detail: `Job ${job.id} does it.` });
  }
  startJob(context, { relid: view.oid, kind: REFRESH, phase: "fill" });
}

/** The query of a view or sink. What it reads is locked, and read as the owner. */
export function prepareQuery(
  { catalog, expressions }: DdlContext,
  relation: Oid,
): { readonly tree: string; readonly inputs: QueryInputs } {
  const tree =
    catalog.list(pgRewrite, "rel_rulename", [relation, RETURN_RULE])[0]?.ev_action ??
    catalog.find(rwConnector, "key", [relation])?.query;
  const owner = catalog.find(pgClass, "key", [relation])?.relowner;
  assert(tree && owner !== undefined, `relation ${relation} has a query`);
  return { tree, inputs: expressions.prepareRun(tree, owner) };
}

function checkConcurrently(context: DdlContext, view: ClassTuple, withData: boolean): void {
  if (!view.relispopulated) {
    const message = "CONCURRENTLY cannot be used when the materialized view is not populated";
    throw new SqlError("0A000", message);
  }
  if (!withData) {
    const message = "CONCURRENTLY and WITH NO DATA options cannot be used together";
    throw new SqlError("42601", message);
  }
  const { catalog } = context;
  const tells = catalog
    .list(pgIndex, "indrelid", [view.oid])
    .some(
      ({ indisunique, indimmediate, indisvalid, indpred, indkey, indnkeyatts }) =>
        indisunique &&
        indimmediate &&
        indisvalid &&
        indpred === null &&
        indkey.slice(0, indnkeyatts).every((attribute) => attribute > 0),
    );
  if (tells) return;
  const shown = new Describer(catalog, [], quoteIdentifier).relationName(view);
  const message = `cannot refresh materialized view "${shown}" concurrently`;
  const hint =
    "Create a unique index with no WHERE clause on one or more columns of the materialized view.";
  throw new SqlError("55000", message, { hint });
}
