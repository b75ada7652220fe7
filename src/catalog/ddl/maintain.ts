/**
 * MAINTAINING A MATERIALIZED VIEW: its rows take in what has changed in the tables that its query
 * reads. Who reads the view goes on; nobody else changes its rows meanwhile.
 */
import { SqlError } from "../../base/sql-error.ts";
import type { MaintainMaterializedView } from "../job-statement.ts";
import { jobMaking } from "../jobs.ts";
import { pgClass } from "../relations/pg-class.ts";
import type { DdlContext } from "./context.ts";
import { inputsOf, noteMaterialized } from "./job-rows.ts";
import { lockRelation } from "./lookup.ts";
import { prepareQuery } from "./refresh.ts";

/** Throws 42P01, 0A000, 55000, 42501. */
export function maintainMaterializedView(
  context: DdlContext,
  { view: oid, since, isLevel }: MaintainMaterializedView,
): void {
  // Tables before their view, as DROP … CASCADE of a table locks them: neither waits crosswise.
  for (const input of inputsOf(context, oid)) lockRelation(context, input, "AccessShare");
  lockRelation(context, oid, "Exclusive");
  const view = context.catalog.find(pgClass, "key", [oid]);
  if (!view) throw new SqlError("42P01", `relation with OID ${oid} does not exist`);
  if (view.relkind !== "m") {
    throw new SqlError("0A000", `"${view.relname}" is not a materialized view`);
  }
  // Its job takes in what has changed before anybody may read it.
  if (jobMaking(context.catalog, oid)) return;
  if (!view.relispopulated) {
    const message = `materialized view "${view.relname}" has not been populated`;
    throw new SqlError("55000", message, { hint: "Use the REFRESH MATERIALIZED VIEW command." });
  }
  const { tree, inputs } = prepareQuery(context, oid);
  const done = (epoch: number) => noteMaterialized(context, oid, epoch, inputs);
  context.rows.queue({ kind: "maintain", table: oid, tree, since, isLevel, done });
}
