/** Databases as statements about them find and lock them. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { databaseTag, objectTag } from "../../txn/lock-tag.ts";
import { LimitedWait, Wait } from "../../txn/wait.ts";
import { DATABASE_CLASS } from "../class-oids.ts";
import type { Tuple } from "../relation.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import type { DdlContext } from "./context.ts";

export type DatabaseTuple = Tuple<(typeof pgDatabase)["columns"]>;

export function getDatabase({ catalog }: DdlContext, name: string): DatabaseTuple {
  const database = catalog.find(pgDatabase, "datname", [name]);
  if (!database) throw new SqlError("3D000", `database "${name}" does not exist`);
  return database;
}

/** Nobody else changes or drops it until we end; its sessions go on. */
export function lockDatabaseRow({ catalog, transaction }: DdlContext, oid: Oid): DatabaseTuple {
  transaction.lock(objectTag(0 as Oid, DATABASE_CLASS, oid), "Exclusive");
  const database = catalog.find(pgDatabase, "key", [oid]);
  if (!database) throw new SqlError("42704", `database ${oid} was concurrently dropped`);
  return database;
}

/** How long a statement waits for other sessions to leave the database. */
const SESSIONS_WAIT_MS = 5000;

/**
 * Exclusive against every other session of the database; the statement waits a while for them to
 * leave. `what` begins the refusal: `database`, `source database`.
 */
export function lockAlone(context: DdlContext, database: DatabaseTuple, what: string): void {
  const { oid, datname } = database;
  try {
    context.transaction.lock(databaseTag(oid), "AccessExclusive");
  } catch (wait) {
    if (!(wait instanceof Wait)) throw wait;
    const others = () => context.sessions.count(oid) - (oid === context.catalog.database ? 1 : 0);
    const inUse = () => accessedByOthers(`${what} "${datname}"`, others());
    throw new LimitedWait(wait, SESSIONS_WAIT_MS, inUse);
  }
}

/**
 * The refusal when the wait for other sessions is over.
 * https://www.postgresql.org/docs/15/manage-ag-dropdb.html
 */
function accessedByOthers(what: string, sessions: number): SqlError {
  const detail =
    sessions === 1
      ? "There is 1 other session using the database."
      : `There are ${sessions} other sessions using the database.`;
  return new SqlError("55006", `${what} is being accessed by other users`, { detail });
}
