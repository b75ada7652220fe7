/**
 * Subscriptions of logical replication.
 * https://www.postgresql.org/docs/15/catalog-pg-subscription.html
 */
import {
  boolColumn,
  charColumn,
  defineRelation,
  nameColumn,
  oidColumn,
  otherColumn,
  textColumn,
} from "../relation.ts";

export const pgSubscription = defineRelation({
  name: "pg_subscription",
  oid: 6100,
  shared: true,
  columns: {
    oid: oidColumn(),
    subdbid: oidColumn({ references: "pg_database" }),
    subskiplsn: otherColumn<Uint8Array>(3220, "blob", false, { initial: new Uint8Array(8) }),
    subname: nameColumn(),
    subowner: oidColumn({ references: "pg_authid" }),
    subenabled: boolColumn({ initial: true }),
    subbinary: boolColumn({ initial: false }),
    substream: boolColumn({ initial: false }),
    subtwophasestate: charColumn({ initial: "d" }),
    subdisableonerr: boolColumn({ initial: false }),
    subconninfo: textColumn(),
    subslotname: otherColumn<string | null>(19, "text", true),
    subsynccommit: textColumn({ initial: "off" }),
    subpublications: otherColumn<readonly string[]>(1009, "array", false),
  },
  key: ["oid"],
  unique: { subname: ["subdbid", "subname"] },
});
