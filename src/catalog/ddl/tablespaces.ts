/**
 * TABLESPACES by name. There are pg_default, where every relation of a database is, and pg_global,
 * where no relation of a database may be.
 */

import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { isSuperuser } from "../memberships.ts";
import { pgTablespace } from "../relations/pg-tablespace.ts";
import type { DdlContext } from "./context.ts";

const PG_DEFAULT = oid(1663);
const PG_GLOBAL = oid(1664);
/** The database's own, as pg_class says it. */
const OWN = oid(0);

export function getTablespace(context: DdlContext, name: string): Oid {
  const row = context.catalog.find(pgTablespace, "spcname", [name]);
  if (!row) throw new SqlError("42704", `tablespace "${name}" does not exist`);
  return row.oid;
}

/** pg_class.reltablespace of a relation that is to be in the tablespace of this name. */
export function relationTablespace(context: DdlContext, name: string | undefined): Oid {
  if (name === undefined) return OWN;
  const tablespace = getTablespace(context, name);
  if (tablespace !== PG_DEFAULT && !isSuperuser(context.catalog, context.user.oid)) {
    throw new SqlError("42501", `permission denied for tablespace ${name}`);
  }
  if (tablespace === PG_GLOBAL) {
    const message = "only shared relations can be placed in pg_global tablespace";
    throw new SqlError("22023", message);
  }
  return tablespace === PG_DEFAULT ? OWN : tablespace;
}
