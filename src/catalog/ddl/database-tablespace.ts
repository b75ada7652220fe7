/**
 * TABLESPACES: the two that every cluster has. Rows lie where the server puts them, so that a
 * database's tablespace is always the default one.
 */

import { SqlError } from "../../base/sql-error.ts";
import { isSuperuser } from "../memberships.ts";
import { pgTablespace } from "../relations/pg-tablespace.ts";
import type { DdlContext } from "./context.ts";

/** Whether a database may have this tablespace. Throws 42704, 42501, 22023. */
export function checkDatabaseTablespace({ catalog, user }: DdlContext, name: string): void {
  const tablespace = catalog.find(pgTablespace, "spcname", [name]);
  if (!tablespace) throw new SqlError("42704", `tablespace "${name}" does not exist`);
  // Nobody else has been granted anything on either.
  if (!isSuperuser(catalog, user.oid)) {
    throw new SqlError("42501", `permission denied for tablespace ${name}`);
  }
  if (name === "pg_global") {
    throw new SqlError("22023", "pg_global cannot be used as default tablespace");
  }
}
