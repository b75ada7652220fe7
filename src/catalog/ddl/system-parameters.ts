/** ALTER SYSTEM. https://www.postgresql.org/docs/15/sql-altersystem.html */

import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import { isSuperuser } from "../memberships.ts";
import { mayParameter } from "../privileges.ts";
import { rwSystemParameter } from "../relations/rw-system-parameter.ts";
import type { AlterSystem } from "../role-statement.ts";
import type { DdlContext } from "./context.ts";
import { noteEvent } from "./events.ts";

export function alterSystem(context: DdlContext, { change }: AlterSystem): void {
  const { catalog, transaction, user, settings } = context;
  checkMayAlter(context, change);
  transaction.lock(relationTag(0 as Oid, rwSystemParameter.oid), "ShareRowExclusive");
  if (change.kind === "resetAll") {
    for (const row of [...catalog.all(rwSystemParameter)]) catalog.delete(rwSystemParameter, row);
    noteEvent(context, "PARAMETER_CHANGED", { name: "all", value: null, by: user.name });
    return;
  }
  const values = change.kind === "set" ? change.values : undefined;
  const { name, value } = settings.checkSystem(change.name, values);
  const row = catalog.find(rwSystemParameter, "key", [name]);
  const now = change.kind === "reset" ? null : value;
  noteEvent(context, "PARAMETER_CHANGED", { name, value: now, by: user.name });
  if (change.kind === "reset") {
    if (row) catalog.delete(rwSystemParameter, row);
  } else if (row) catalog.update(rwSystemParameter, row, { value });
  else catalog.insert(rwSystemParameter, { name, value });
}

function checkMayAlter({ catalog, user }: DdlContext, change: AlterSystem["change"]): void {
  if (isSuperuser(catalog, user.oid)) return;
  if (change.kind === "resetAll") {
    throw new SqlError("42501", "permission denied to perform ALTER SYSTEM RESET ALL");
  }
  if (mayParameter(catalog, user.oid, change.name.toLowerCase(), "A")) return;
  throw new SqlError("42501", `permission denied to set parameter "${change.name}"`);
}
