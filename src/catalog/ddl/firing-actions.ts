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
import { classOf } from "./merge-columns.ts";
import { isOfRows, partsBelow } from "./partition-triggers.ts";
import type { TriggerTuple } from "./trigger-rows.ts";

type Action<Kind extends StorageAction["kind"]> = Extract<StorageAction, { readonly kind: Kind }>;

/**
 * All, those of users, or one by name, with its parts in partitions unless the table is to be
 * changed `only`. The system's own are a superuser's to change.
 */
export function fireTriggers(
  context: DdlContext,
  table: ClassTuple,
  action: Action<"fireTriggers">,
  only: boolean,
): void {
  const { which } = action;
  const named = typeof which === "object" ? which.name : undefined;
  const found = context.catalog
    .list(pgTrigger, "tgrelid_tgname", [table.oid])
    .filter(({ tgname }) => named === undefined || tgname === named);
  const changed = changeFiring(context, found, action, !only && table.relkind === "p");
  if (changed || named === undefined) return;
  const message = `trigger "${named}" for table "${table.relname}" does not exist`;
  throw new SqlError("42704", message);
}

/** Whether there was any to change. Throws 42501. */
function changeFiring(
  context: DdlContext,
  triggers: readonly TriggerTuple[],
  action: Action<"fireTriggers">,
  recurses: boolean,
): boolean {
  const { catalog, user } = context;
  const { which, state } = action;
  const own = triggers.filter(({ tgisinternal }) => which !== "user" || !tgisinternal);
  for (const trigger of own) {
    if (trigger.tgisinternal && !isSuperuser(catalog, user.oid)) {
      const message = `permission denied: "${trigger.tgname}" is a system trigger`;
      throw new SqlError("42501", message);
    }
    if (trigger.tgenabled !== state) catalog.update(pgTrigger, trigger, { tgenabled: state });
    if (!recurses || !isOfRows(trigger)) continue;
    for (const part of partsBelow(context, trigger)) {
      const below = classOf(context, part.tgrelid).relkind === "p";
      changeFiring(context, [part], action, below);
    }
  }
  return own.length > 0;
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
