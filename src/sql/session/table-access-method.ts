/** default_table_access_method: an access method of tables that is there. */
import { SqlError } from "../../base/sql-error.ts";
import { pgAm } from "../../catalog/relations/pg-am.ts";
import { invalidValue } from "../settings/value.ts";
import type { SessionState } from "./state.ts";

const NAME = "default_table_access_method";

/** Throws 22023, 55000. */
export function checkTableMethod(method: string, { connection, block }: SessionState): void {
  if (method === "") {
    throw invalidValue(NAME, method, { detail: `${NAME} cannot be empty.` });
  }
  const row = connection.catalog(block.begun).find(pgAm, "name", [method]);
  if (!row) {
    const detail = `Table access method "${method}" does not exist.`;
    throw invalidValue(NAME, method, { detail });
  }
  if (row.amtype === "t") return;
  throw new SqlError("55000", `access method "${method}" is not of type TABLE`);
}
