/** What holds nothing yet is not read. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { jobMaking, stillBeingCreated } from "../../catalog/jobs.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { Emitter } from "./emitter.ts";

/** Throws 55000 for a relation that is being made, or a view WITH NO DATA. */
export function checkPopulated({ context }: Emitter, relation: Oid): void {
  const row = context.catalog.find(pgClass, "key", [relation]);
  if (!row || row.relispopulated) return;
  if (jobMaking(context.catalog, relation)) throw stillBeingCreated(row);
  const message = `materialized view "${row.relname}" has not been populated`;
  throw new SqlError("55000", message, { hint: "Use the REFRESH MATERIALIZED VIEW command." });
}
