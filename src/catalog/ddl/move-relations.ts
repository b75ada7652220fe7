/** ALTER TABLE | INDEX | MATERIALIZED VIEW ALL IN TABLESPACE … SET TABLESPACE … */
import { FIRST_USER_OID, type Oid, oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import type { MoveAllRelations } from "../index-statement.ts";
import { type ClassTuple, getRole } from "../names.ts";
import { checkOwner } from "../privileges.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { ownTablespace, PG_GLOBAL } from "../tablespaces.ts";
import type { DdlContext } from "./context.ts";
import { lockRelation, nounOf } from "./lookup.ts";
import { setTablespace } from "./storage-actions.ts";
import { getTablespace, usableTablespace } from "./tablespaces.ts";

const RELKINDS: Readonly<Record<MoveAllRelations["noun"], string>> = {
  table: "rp",
  index: "iI",
  "materialized view": "m",
};
const PG_TOAST = oid(99);

export function moveAllRelations(context: DdlContext, statement: MoveAllRelations): void {
  const { catalog, user } = context;
  const owners = statement.owners.map((owner) => getRole(catalog, owner, context).oid);
  const from = getTablespace(context, statement.from).oid;
  const to = getTablespace(context, statement.to).oid;
  if (from === PG_GLOBAL || to === PG_GLOBAL) {
    throw new SqlError("22023", "cannot move relations in to or out of pg_global tablespace");
  }
  usableTablespace(context, statement.to);
  if (from === to) return;
  const moved = [...catalog.all(pgClass)]
    .filter((row) => isMeant(context, row, statement, from))
    .filter(({ relowner }) => owners.length === 0 || owners.includes(relowner))
    .sort((a, b) => a.oid - b.oid);
  for (const row of moved) {
    checkOwner(catalog, user.oid, row.relowner, nounOf(row), row.relname);
    lock(context, row, statement.nowait);
  }
  if (moved.length === 0) {
    const name = from === ownTablespace(catalog) ? "(database default)" : statement.from;
    context.notice(notice(`no matching relations in tablespace "${name}" found`, {}, "P0002"));
  }
  for (const { oid } of moved) {
    const row = catalog.find(pgClass, "key", [oid]);
    if (row) setTablespace(context, row, to);
  }
}

/** Neither the system's relations nor temporary ones, whoever names the tablespace they are in. */
function isMeant(
  { catalog }: DdlContext,
  row: ClassTuple,
  { noun }: MoveAllRelations,
  from: Oid,
): boolean {
  const { oid, relkind, relnamespace, reltablespace, relpersistence } = row;
  if (!RELKINDS[noun].includes(relkind) || relpersistence === "t") return false;
  if (oid < FIRST_USER_OID || relnamespace === PG_TOAST) return false;
  return (reltablespace || ownTablespace(catalog)) === from;
}

function lock(context: DdlContext, { oid, relname, relnamespace }: ClassTuple, nowait: boolean) {
  const { catalog, transaction } = context;
  if (!nowait) return lockRelation(context, oid, "AccessExclusive");
  if (transaction.tryLock(relationTag(catalog.database, oid), "AccessExclusive")) return;
  const schema = catalog.find(pgNamespace, "key", [relnamespace])?.nspname;
  const message = `aborting because lock on relation "${schema}.${relname}" is not available`;
  throw new SqlError("55006", message);
}
