/** Events are noted in the transaction of what they tell of. */
import type { Oid } from "../../base/ids.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import type { EventType } from "../job-statement.ts";
import { rwEvent } from "../relations/rw-event.ts";
import type { DdlContext } from "./context.ts";

/** Events that are remembered. */
const EVENTS_MAX = 1_000;

export function noteEvent(
  { catalog, allocateOid, now }: DdlContext,
  type: EventType,
  info: { readonly [name: string]: string | number | null },
): void {
  catalog.insert(rwEvent, { id: allocateOid(), time: now(), type, info: JSON.stringify(info) });
}

export function forgetEvents({ catalog, transaction }: DdlContext): void {
  transaction.lock(relationTag(0 as Oid, rwEvent.oid), "ShareRowExclusive");
  const known = [...catalog.all(rwEvent)].sort((a, b) => a.id - b.id);
  const old = Math.max(known.length - EVENTS_MAX, 0);
  for (const event of known.slice(0, old)) catalog.delete(rwEvent, event);
}
