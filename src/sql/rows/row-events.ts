/** What follows when rows were added and ended: keys that are looked at late, and foreign keys. */
import type { Oid } from "../../base/ids.ts";
import type { Deferrable } from "../../txn/deferred-checks.ts";
import {
  changesReference,
  changesReferenced,
  checkReference,
  type ForeignKeyEngine,
  type RowEvent,
} from "./foreign-keys.ts";
import { followReference } from "./referential-actions.ts";
import { isExclusive } from "./table-writer.ts";

export interface EventEngine extends ForeignKeyEngine {
  /**
   * Puts a check off to the commit, if its constraint is put off; until then the relation's
   * definition must not change.
   */
  defer(constraint: Deferrable, check: () => void, relation?: Oid): boolean;
  /** Takes back what was staged when something must be waited for. */
  attempt<T>(work: () => T): T;
  /** As a trigger that the server calls: those that fire meanwhile are called within it. */
  asTrigger<T>(work: () => T): T;
}

/** `add` is given the events that this one causes. May throw a Wait. */
export function followEvent(
  engine: EventEngine,
  event: RowEvent,
  add: (event: RowEvent) => void,
): void {
  if (event.kind === "added") followAdded(engine, event);
  else if (event.kind === "ended") {
    if (event.writer.shape.referencedBy.length === 0) return;
    // AFTER triggers of what it changes are called when it is over.
    engine.asTrigger(() => followEnded(engine, event, add));
  } else if (event.kind === "fired") engine.attempt(() => followFired(engine, event));
}

function followFired(
  engine: EventEngine,
  { writer, trigger, happened }: RowEvent & { readonly kind: "fired" },
): void {
  if (happened.rows) happened.rows.isClosed = true;
  const call = () => void engine.callTrigger(writer.shape, trigger, happened);
  if (!engine.defer(trigger, call, writer.shape.oid)) call();
}

function followAdded(engine: EventEngine, event: RowEvent & { readonly kind: "added" }): void {
  const { writer, version } = event;
  const { shape } = writer;
  for (const index of shape.indexes) {
    if (!isExclusive(index) || index.immediate || index.constraint === undefined) continue;
    const { constraint, deferred } = index;
    const check = () => writer.checkAlone(index, version);
    const relation = writer.isAlone(index, version) ? undefined : shape.oid;
    if (!engine.defer({ constraint, deferrable: true, deferred }, check, relation)) check();
  }
  for (const key of shape.foreignKeys) {
    const check = () => checkReference(engine, key, writer, version);
    const isNew = changesReference(key, event);
    if (!engine.defer(key, check, isNew ? shape.oid : undefined) && isNew) check();
  }
}

function followEnded(
  engine: EventEngine,
  event: RowEvent & { readonly kind: "ended" },
  add: (event: RowEvent) => void,
): void {
  const { shape } = event.writer;
  for (const key of shape.referencedBy) {
    if (event.isMoved && key.isPart) continue;
    const follow = () => followReference(engine, key, event, add);
    const isCheck = (event.now ? key.onUpdate : key.onDelete) === "a";
    const relation = changesReferenced(key, event) ? shape.oid : undefined;
    if (!isCheck || !engine.defer(key, follow, relation)) follow();
  }
}
