/**
 * ROW TRIGGERS OF PARTITIONED TABLES: each partition has a part of its own, which fires for its
 * rows; what becomes of the whole becomes of its parts.
 * https://www.postgresql.org/docs/15/sql-createtrigger.html
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { TRIGGER_CLASS } from "../class-oids.ts";
import { addressOf } from "../describe.ts";
import { withDescendants } from "../inheritance.ts";
import type { ClassTuple } from "../names.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import { ROW } from "../trigger-bits.ts";
import type { DdlContext } from "./context.ts";
import { dropObjects } from "./drop.ts";
import { lockRelation } from "./lookup.ts";
import { classOf, columnNumbers } from "./merge-columns.ts";
import { removeLinks } from "./partition-indexes.ts";
import { checkReplaced, storeTrigger, type TriggerTuple } from "./trigger-rows.ts";

export const isOfRows = ({ tgtype }: Pick<TriggerTuple, "tgtype">): boolean =>
  (tgtype & (ROW as number)) !== 0;

/** Before anything is made of a trigger for each row of a partitioned table. */
export function lockPartitions(context: DdlContext, table: Oid): void {
  for (const oid of withDescendants(context.catalog, table)) {
    lockRelation(context, oid, "ShareRowExclusive");
  }
}

/** Each partition gets its part of a new trigger. */
export function followTrigger(context: DdlContext, trigger: TriggerTuple, replace: boolean): void {
  for (const partition of context.relations.partitionsOf(trigger.tgrelid)) {
    addPart(context, trigger, partition, replace);
  }
}

function addPart(context: DdlContext, whole: TriggerTuple, partition: Oid, replace: boolean): void {
  const { catalog } = context;
  const table = classOf(context, partition);
  const isConstraint = whole.tgconstraint !== INVALID_OID;
  const before = catalog.find(pgTrigger, "tgrelid_tgname", [partition, whole.tgname]);
  if (before) checkReplaced(before, { replace, isConstraint }, table, true);
  const numbers = columnNumbers(context, whole.tgrelid, partition);
  const made = {
    tgrelid: partition,
    tgparentid: whole.oid,
    tgname: whole.tgname,
    tgfoid: whole.tgfoid,
    tgtype: whole.tgtype,
    tgenabled: whole.tgenabled,
    tgconstrrelid: whole.tgconstrrelid,
    tgconstraint: INVALID_OID,
    tgdeferrable: whole.tgdeferrable,
    tginitdeferred: whole.tginitdeferred,
    tgnargs: whole.tgnargs,
    tgargs: whole.tgargs,
    tgoldtable: null,
    tgnewtable: null,
    tgattr: whole.tgattr.map((attnum) => numbers.get(attnum) ?? attnum),
    tgqual: whole.tgqual === null ? null : whenIn(context, whole.tgqual, table, numbers),
    isConstraint,
  };
  const part = storeTrigger(context, table, made, [], before);
  if (table.relkind === "p") followTrigger(context, part, replace);
}

/** Throws 0A000. */
function whenIn(
  { expressions }: DdlContext,
  when: string,
  { reltype }: ClassTuple,
  numbers: ReadonlyMap<number, number>,
): string {
  const made = expressions.triggerWhenIn(when, reltype, numbers);
  if (made !== undefined) return made;
  throw notSupported(
    "WHEN with a whole row in a trigger whose partitions have columns in another order",
  );
}

const triggersOf = ({ catalog }: DdlContext, table: Oid): readonly TriggerTuple[] =>
  catalog
    .list(pgTrigger, "tgrelid_tgname", [table])
    .toSorted((a, b) => (a.tgname < b.tgname ? -1 : 1));

const partsIn = (context: DdlContext, whole: Oid, partition: Oid): readonly TriggerTuple[] =>
  triggersOf(context, partition).filter(({ tgparentid }) => tgparentid === whole);

/** A new partition gets its parts of its parent's triggers. */
export function cloneTriggers(context: DdlContext, parent: Oid, partition: Oid): void {
  for (const trigger of triggersOf(context, parent)) {
    if (isOfRows(trigger) && !trigger.tgisinternal) addPart(context, trigger, partition, false);
  }
}

/** A table that is a partition no longer has no part of its parent's triggers. */
export function leaveTriggers(context: DdlContext, partition: Oid): void {
  const parts = triggersOf(context, partition)
    .filter((each) => each.tgparentid !== INVALID_OID && each.tgconstrrelid === INVALID_OID)
    .map(({ oid }) => addressOf(TRIGGER_CLASS, oid));
  for (const part of parts) removeLinks(context, part);
  // Event triggers hear nothing of it.
  dropObjects({ ...context, onDrop: undefined }, parts, false);
}

/** With its parts, whatever their names are. Throws 42710. */
export function renameWithParts(
  context: DdlContext,
  trigger: TriggerTuple,
  expected: string,
  newName: string,
): void {
  const { catalog } = context;
  const table = classOf(context, trigger.tgrelid);
  if (trigger.tgname !== newName) {
    if (catalog.find(pgTrigger, "tgrelid_tgname", [table.oid, newName])) {
      const message = `trigger "${newName}" for relation "${table.relname}" already exists`;
      throw new SqlError("42710", message);
    }
    if (trigger.tgname !== expected) {
      const message = `renamed trigger "${trigger.tgname}" on relation "${table.relname}"`;
      context.notice({ severity: "NOTICE", code: "00000", message });
    }
    catalog.update(pgTrigger, trigger, { tgname: newName });
  }
  if (table.relkind !== "p") return;
  for (const partition of context.relations.partitionsOf(table.oid)) {
    for (const part of partsIn(context, trigger.oid, partition)) {
      renameWithParts(context, part, expected, newName);
    }
  }
}

/** The parts of a trigger in the partitions right below its table, which are locked. */
export function partsBelow(context: DdlContext, trigger: TriggerTuple): readonly TriggerTuple[] {
  return context.relations.partitionsOf(trigger.tgrelid).flatMap((partition) => {
    lockRelation(context, partition, "ShareRowExclusive");
    return partsIn(context, trigger.oid, partition);
  });
}
