/** What ON CONFLICT and MERGE refuse of rows. */
import { SqlError } from "../../base/sql-error.ts";
import type { IndexShape, TableShape } from "./table-shape.ts";

export const secondTime = new SqlError(
  "21000",
  "ON CONFLICT DO UPDATE command cannot affect row a second time",
  {
    hint: "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.",
  },
);

export const mergedTwice = new SqlError("21000", "MERGE command cannot affect row a second time", {
  hint: "Ensure that not more than one source row matches any one target row.",
});

export function noArbiter({ schema, name: table }: TableShape, { name }: IndexShape): SqlError {
  const message =
    "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters";
  return new SqlError("55000", message, { schema, table, constraint: name });
}
