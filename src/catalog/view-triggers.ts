/** INSTEAD OF triggers: what one is there for is its to do, be it enabled or not. */
import type { Oid } from "../base/ids.ts";
import type { CatalogReader } from "./reader.ts";
import { pgClass } from "./relations/pg-class.ts";
import { pgTrigger } from "./relations/pg-trigger.ts";
import { EVENT_BITS, INSTEAD } from "./trigger-bits.ts";

export const hasInsteadTrigger = (
  catalog: CatalogReader,
  view: Oid,
  event: "insert" | "update" | "delete",
): boolean =>
  (catalog.find(pgClass, "key", [view])?.relhastriggers ?? false) &&
  catalog
    .list(pgTrigger, "tgrelid_tgname", [view])
    .some(
      ({ tgtype }) => (tgtype & (INSTEAD as number)) !== 0 && (tgtype & EVENT_BITS[event]) !== 0,
    );
