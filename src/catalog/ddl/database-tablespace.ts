/** TABLESPACES OF DATABASES: what of a database is in none by name is in its own. */

import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { objectTag } from "../../txn/lock-tag.ts";
import { TABLESPACE_CLASS } from "../class-oids.ts";
import type { DatabaseTablespace } from "../database-statement.ts";
import { checkOwner } from "../privileges.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { PG_GLOBAL } from "../tablespaces.ts";
import type { DdlContext } from "./context.ts";
import { type DatabaseTuple, getDatabase, lockAlone, lockDatabaseRow } from "./database-lookup.ts";
import { hasRelationsIn } from "./tablespace-rows.ts";
import { checkMayCreateInTablespace, getTablespace } from "./tablespaces.ts";

/** That a database may have, and that is not dropped meanwhile. Throws 42704, 42501, 22023. */
function tablespaceForDatabase(context: DdlContext, name: string): Oid {
  const tablespace = getTablespace(context, name);
  checkMayCreateInTablespace(context, tablespace);
  if (tablespace.oid === PG_GLOBAL) {
    throw new SqlError("22023", "pg_global cannot be used as default tablespace");
  }
  context.transaction.lock(objectTag(0 as Oid, TABLESPACE_CLASS, tablespace.oid), "AccessShare");
  return getTablespace(context, name).oid;
}

/** pg_database.dattablespace of a copy: the template's, or the one of this name. */
export function copiedTablespace(
  context: DdlContext,
  template: DatabaseTuple,
  name: string | undefined,
): Oid {
  const { dattablespace, datname } = template;
  if (name === undefined) return dattablespace;
  const tablespace = tablespaceForDatabase(context, name);
  const isOther = tablespace !== dattablespace;
  if (!isOther || !hasRelationsIn(context, template.oid, tablespace)) return tablespace;
  throw new SqlError("0A000", `cannot assign new default tablespace "${name}"`, {
    detail: `There is a conflict because database "${datname}" already has some tables in this tablespace.`,
  });
}

export function setDatabaseTablespace(context: DdlContext, statement: DatabaseTablespace): void {
  const { catalog, user } = context;
  const database = getDatabase(context, statement.name);
  const { oid, datname, datdba } = database;
  checkOwner(catalog, user.oid, datdba, "database", datname);
  if (oid === catalog.database) {
    const message = "cannot change the tablespace of the currently open database";
    throw new SqlError("55006", message);
  }
  const dattablespace = tablespaceForDatabase(context, statement.tablespace);
  if (dattablespace === database.dattablespace) return;
  lockAlone(context, database, "database");
  if (hasRelationsIn(context, oid, dattablespace)) {
    const message = `some relations of database "${datname}" are already in tablespace "${statement.tablespace}"`;
    throw new SqlError("55000", message, {
      hint: "You must move them back to the database's default tablespace before using this command.",
    });
  }
  catalog.update(pgDatabase, lockDatabaseRow(context, oid), { dattablespace });
}
