/** Which unique indexes the target of ON CONFLICT means. */
import type { InferClause } from "@pgsql/types";
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { pgConstraint } from "../../catalog/relations/pg-constraint.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import type { ConflictArbiter } from "./modify.ts";
import type { Scope } from "./scope.ts";
import { type Target, targetColumn } from "./target-table.ts";

export function findArbiters(scope: Scope, target: Target, infer: InferClause): ConflictArbiter {
  if (infer.conname !== undefined) return byConstraint(scope, target, infer.conname);
  if (infer.whereClause) throw notSupported("ON CONFLICT with a predicate");
  const columns = (infer.indexElems ?? []).map((node) => {
    if (!("IndexElem" in node)) throw notSupported("this target of ON CONFLICT");
    const { name, expr, collation, opclass } = node.IndexElem;
    if (name === undefined || expr) throw notSupported("ON CONFLICT with an expression");
    if (collation || opclass) throw notSupported("ON CONFLICT with a collation or operator class");
    return targetColumn(scope, target, name, infer.location).number;
  });
  const wanted = [...new Set(columns)].sort((a, b) => a - b).join();
  const indexes = scope.binding.context.catalog
    .list(pgIndex, "indrelid", [target.relation.oid])
    .filter((index) => index.indisunique && index.indimmediate && index.indpred === null)
    .filter((index) => {
      const keys = index.indkey.slice(0, index.indnkeyatts);
      return [...keys].sort((a, b) => a - b).join() === wanted;
    })
    .map((index) => index.indexrelid);
  if (indexes.length > 0) return { indexes };
  const message =
    "there is no unique or exclusion constraint matching the ON CONFLICT specification";
  throw new SqlError("42P10", message);
}

function byConstraint(scope: Scope, target: Target, name: string): ConflictArbiter {
  const { catalog } = scope.binding.context;
  const rows = catalog.list(pgConstraint, "conrelid_contypid_conname", [target.relation.oid]);
  const found = rows.find((row) => row.conname === name);
  if (!found) {
    const message = `constraint "${name}" for table "${target.relation.name}" does not exist`;
    throw new SqlError("42704", message);
  }
  if (found.contype !== "p" && found.contype !== "u") {
    throw new SqlError("42809", "constraint in ON CONFLICT clause has no associated index");
  }
  if (found.condeferrable) {
    throw new SqlError(
      "55000",
      "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters",
    );
  }
  return { indexes: [found.conindid as Oid] };
}
