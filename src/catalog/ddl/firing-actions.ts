/**
 * ENABLE and DISABLE: triggers, rules, row security.
 * https://www.postgresql.org/docs/15/sql-altertable.html
 */

import { SqlError } from "../../base/sql-error.ts";
import type { StorageAction } from "../alter-action.ts";
import { isSuperuser } from "../memberships.ts";
import type { ClassTuple } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgRewrite } from "../relations/pg-rewrite.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import type { DdlContext } from "./context.ts";

type Action<Kind extends StorageAction["kind"]> = Extract<StorageAction, { readonly kind: Kind }>;

/** All, those of users, or one by name. The system's own are a superuser's to change. */
export function fireTriggers(
  context: DdlContext,
  table: ClassTuple,
  { which, state }: Action<"fireTriggers">,
): void {
  const { catalog, user } = context;
  const named = typeof which === "object" ? which.name : undefined;
  let found = false;
  for (const trigger of catalog.list(pgTrigger, "tgrelid_tgname", [table.oid])) {
    if (named !== undefined && trigger.tgname !== named) continue;
    if (trigger.tgisinternal) {
      if (which === "user") continue;
      if (!isSuperuser(catalog, user.oid)) {
        const message = `permission denied: "${trigger.tgname}" is a system trigger`;
        throw new SqlError("42501", message);
      }
    }
    found = true;
    if (trigger.tgenabled !== state) catalog.update(pgTrigger, trigger, { tgenabled: state });
  }
  if (found || named === undefined) return;
  const message = `trigger "${named}" for table "${table.relname}" does not exist`;
  throw new SqlError("42704", message);
}

export function fireRule(
  context: DdlContext,
  table: ClassTuple,
  { rule, state }: Action<"fireRule">,
): void {
  const { catalog } = context;
  const found = catalog.find(pgRewrite, "rel_rulename", [table.oid, rule]);
  if (!found) {
    const message = `rule "${rule}" for relation "${table.relname}" does not exist`;
    throw new SqlError("42704", message);
  }
  if (found.ev_enabled !== state) catalog.update(pgRewrite, found, { ev_enabled: state });
}

export function setRowSecurity(
  context: DdlContext,
  table: ClassTuple,
  changes: { readonly relrowsecurity?: boolean; readonly relforcerowsecurity?: boolean },
): void {
  context.catalog.update(pgClass, table, changes);
}
