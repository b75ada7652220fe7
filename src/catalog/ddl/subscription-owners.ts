/** Who may own a subscription. */
import { SqlError } from "../../base/sql-error.ts";
import { isSuperuser } from "../memberships.ts";
import { checkOwner } from "../privileges.ts";
import { pgSubscription } from "../relations/pg-subscription.ts";
import type { AlteredOtherwise } from "./altered-otherwise.ts";

/** Subscriptions are superusers'. */
export const subscriptionsAltered: AlteredOtherwise = {
  checkMayGive({ catalog, user }, oid, owner) {
    const row = catalog.find(pgSubscription, "key", [oid]);
    if (!row) return;
    const { subname } = row;
    checkOwner(catalog, user.oid, row.subowner, "subscription", subname);
    if (isSuperuser(catalog, owner)) return;
    const message = `permission denied to change owner of subscription "${subname}"`;
    const hint = "The owner of a subscription must be a superuser.";
    throw new SqlError("42501", message, { hint });
  },
};
