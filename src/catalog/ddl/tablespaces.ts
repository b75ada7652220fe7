/**
 * WHERE A RELATION IS TO BE: by name, or as its parent is, or as the session's settings say.
 * https://www.postgresql.org/docs/15/manage-ag-tablespaces.html
 */

import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { objectTag } from "../../txn/lock-tag.ts";
import { TABLESPACE_CLASS } from "../class-oids.ts";
import { may, securableTablespace } from "../privileges.ts";
import type { Tuple } from "../relation.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgTablespace } from "../relations/pg-tablespace.ts";
import { ownTablespace, PG_GLOBAL } from "../tablespaces.ts";
import type { DdlContext } from "./context.ts";

export type TablespaceTuple = Tuple<(typeof pgTablespace)["columns"]>;

/** The database's own, as pg_class says it. */
const OWN = oid(0);

export function getTablespace({ catalog }: DdlContext, name: string): TablespaceTuple {
  const row = catalog.find(pgTablespace, "spcname", [name]);
  if (!row) throw new SqlError("42704", `tablespace "${name}" does not exist`);
  return row;
}

/** CREATE on a tablespace. */
export function checkMayCreateInTablespace(
  { catalog, user }: DdlContext,
  tablespace: TablespaceTuple,
): void {
  if (may(catalog, user.oid, securableTablespace(tablespace), "C")) return;
  throw new SqlError("42501", `permission denied for tablespace ${tablespace.spcname}`);
}

/** The tablespace of this name, where the user may create; in the database's own everybody may. */
export function usableTablespace(context: DdlContext, name: string): Oid {
  const tablespace = getTablespace(context, name);
  if (tablespace.oid !== ownTablespace(context.catalog)) {
    checkMayCreateInTablespace(context, tablespace);
  }
  return tablespace.oid;
}

/** pg_class.reltablespace of what is in the tablespace, which is not dropped meanwhile. */
export function placedIn({ catalog, transaction }: DdlContext, tablespace: Oid): Oid {
  if (tablespace === OWN || tablespace === ownTablespace(catalog)) return OWN;
  if (tablespace === PG_GLOBAL) {
    throw new SqlError("22023", "only shared relations can be placed in pg_global tablespace");
  }
  transaction.lock(objectTag(OWN, TABLESPACE_CLASS, tablespace), "AccessShare");
  if (catalog.find(pgTablespace, "key", [tablespace])) return tablespace;
  throw new SqlError("42704", `tablespace ${tablespace} was concurrently dropped`);
}

export interface Placing {
  /** TABLESPACE of the statement. */
  readonly name?: string | undefined;
  /** pg_class.reltablespace of the partitioned table that it becomes a part of. */
  readonly parent?: Oid | undefined;
  readonly persistence: string;
  readonly partitioned?: boolean;
}

/** pg_class.reltablespace of a relation that is made. Throws 42704, 42501, 0A000, 22023. */
export function relationTablespace(context: DdlContext, placing: Placing): Oid {
  const chosen = chosenTablespace(context, placing);
  const row = context.catalog.find(pgTablespace, "key", [chosen]);
  const isOwn = chosen === ownTablespace(context.catalog);
  // Whoever has an index keeps it where it is, whatever may be made there now.
  if (row && !isOwn && !context.rebuilds) checkMayCreateInTablespace(context, row);
  return placedIn(context, chosen);
}

/** The same of an index of the table. */
export function indexTablespace(context: DdlContext, table: Oid, name: string | undefined): Oid {
  const row = context.catalog.find(pgClass, "key", [table]);
  const persistence = row?.relpersistence ?? "p";
  return relationTablespace(context, { name, persistence, partitioned: row?.relkind === "p" });
}

function chosenTablespace(context: DdlContext, placing: Placing): Oid {
  const { name, parent = OWN, partitioned = false } = placing;
  if (name !== undefined) {
    const { oid } = getTablespace(context, name);
    if (partitioned) refuseOwn(context, oid);
    return oid;
  }
  if (parent !== OWN) return parent;
  if (context.rebuilds) return OWN;
  if (placing.persistence === "t") return temporaryTablespace(context);
  const setting = context.settings.kept("default_tablespace");
  const found = setting === "" ? undefined : findTablespace(context, setting);
  if (found !== undefined && partitioned) refuseOwn(context, found);
  return found ?? OWN;
}

/** Its parts would be elsewhere when the default is another. */
function refuseOwn({ catalog }: DdlContext, tablespace: Oid): void {
  if (tablespace !== ownTablespace(catalog)) return;
  const message = "cannot specify default tablespace for partitioned relations";
  throw new SqlError("0A000", message);
}

const findTablespace = ({ catalog }: DdlContext, name: string): Oid | undefined =>
  catalog.find(pgTablespace, "spcname", [name])?.oid;

/** One of temp_tablespaces, but for those that are gone or where the user may not create. */
function temporaryTablespace(context: DdlContext): Oid {
  const { catalog, user, settings, now } = context;
  const own = ownTablespace(catalog);
  const usable = settings.listed("temp_tablespaces").flatMap((name): Oid[] => {
    const row = name === "" ? undefined : catalog.find(pgTablespace, "spcname", [name]);
    if (name === "" || row?.oid === own) return [OWN];
    return row && may(catalog, user.oid, securableTablespace(row), "C") ? [row.oid] : [];
  });
  // They are taken in turns by PostgreSQL, from an arbitrary one on.
  return usable[Number(now() % BigInt(usable.length || 1))] ?? OWN;
}
