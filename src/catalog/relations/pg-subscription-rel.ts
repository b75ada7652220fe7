/**
 * State of each replicated relation of a subscription.
 * https://www.postgresql.org/docs/15/catalog-pg-subscription-rel.html
 */
import { charColumn, defineRelation, oidColumn, otherColumn } from "../relation.ts";

export const pgSubscriptionRel = defineRelation({
  name: "pg_subscription_rel",
  oid: 6102,
  columns: {
    srsubid: oidColumn({ references: "pg_subscription" }),
    srrelid: oidColumn({ references: "pg_class" }),
    srsubstate: charColumn(),
    srsublsn: otherColumn<Uint8Array | null>(3220, "blob", true),
  },
  key: ["srrelid", "srsubid"],
});
