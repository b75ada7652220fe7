/**
 * Triggers: parts of those of partitioned tables, and those behind constraints: four of a foreign
 * key, the two of its side of a part of one, one of a deferrable key, none of others, each with the
 * constraint's tables, index and deferral.
 */
import type { Oid } from "../../base/ids.ts";
import type { Tuple } from "../relation.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgInherits } from "../relations/pg-inherits.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import { type ConstraintTuple, ofConstraints } from "./constraints.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

type TriggerTuple = Tuple<(typeof pgTrigger)["columns"]>;

export function* checkTriggers(view: DatabaseView): Faults {
  for (const trigger of view.examined(pgTrigger)) {
    const self = rowText(pgTrigger, trigger);
    const table = view.find(pgClass, trigger.tgrelid);
    if (table && !table.relhastriggers) {
      yield `${self}: relation ${table.oid} says that it has no trigger`;
    }
    if (trigger.tginitdeferred && !trigger.tgdeferrable) {
      yield `${self}: it is initially deferred and not deferrable`;
    }
    for (const fault of partFaults(view, trigger)) yield `${self}: ${fault}`;
  }
  yield* ofConstraints(view, "cfpux", triggerFaults);
}

/** Of a user's trigger for each row: each partition has a part of it, and each part is of one. */
function* partFaults(view: DatabaseView, trigger: TriggerTuple): Faults {
  const { oid, tgrelid, tgparentid, tgtype, tgisinternal } = trigger;
  if (tgisinternal || (tgtype & ROW) === 0) return;
  const whole = view.find(pgTrigger, tgparentid);
  if (whole && (whole.tgfoid !== trigger.tgfoid || whole.tgtype !== tgtype)) {
    yield `it is not like trigger ${tgparentid}, which it is a part of`;
  }
  for (const { inhrelid } of view.list(pgInherits, ["inhparent"], [tgrelid])) {
    if (!view.find(pgClass, inhrelid)?.relispartition) continue;
    const parts = view
      .list(pgTrigger, ["tgrelid"], [inhrelid])
      .filter((each) => each.tgparentid === oid);
    if (parts.length !== 1) yield `it has ${parts.length} parts in partition ${inhrelid}`;
  }
}

/** A trigger that a constraint must have. */
interface DueTrigger {
  readonly function: number;
  readonly relation: Oid;
  readonly other: Oid;
  readonly type: number;
  readonly deferrable: boolean;
}

/** RI_FKey_…_del by letter; the function of _upd is the next one. */
const DELETE_FUNCTIONS: Readonly<Record<string, number>> = {
  a: 1654,
  r: 1648,
  c: 1646,
  n: 1650,
  d: 1652,
};
const [CHECK_INSERT, CHECK_UPDATE, RECHECK] = [1644, 1645, 1250];
/** A bit of tgtype. */
const ROW = 1;
/** tgtype: FOR EACH ROW, AFTER … */
const [INSERT, DELETE, UPDATE, INSERT_OR_UPDATE] = [5, 9, 17, 21];
const NONE = 0 as Oid;

function dueTriggers(
  constraint: ConstraintTuple,
  whole: ConstraintTuple | undefined,
): readonly DueTrigger[] {
  const { contype, conrelid, confrelid, condeferrable } = constraint;
  if (contype !== "f") {
    if (!condeferrable || conrelid === 0) return [];
    const type = INSERT_OR_UPDATE;
    return [{ function: RECHECK, relation: conrelid, other: NONE, type, deferrable: true }];
  }
  const action = (letter: string, type: number): DueTrigger => ({
    function: (DELETE_FUNCTIONS[letter] ?? 0) + (type === UPDATE ? 1 : 0),
    relation: confrelid,
    other: conrelid,
    type,
    deferrable: letter === "a" && condeferrable,
  });
  const check = { relation: conrelid, other: confrelid, deferrable: condeferrable };
  const actions = [action(constraint.confdeltype, DELETE), action(constraint.confupdtype, UPDATE)];
  const checks = [
    { ...check, function: CHECK_INSERT, type: INSERT },
    { ...check, function: CHECK_UPDATE, type: UPDATE },
  ];
  if (!whole) return [...actions, ...checks];
  return whole.conrelid === conrelid ? actions : checks;
}

function* triggerFaults(view: DatabaseView, constraint: ConstraintTuple): Faults {
  const triggers = view.list(pgTrigger, ["tgconstraint"], [constraint.oid]);
  const whole = view.find(pgConstraint, constraint.conparentid);
  const due = dueTriggers(constraint, whole);
  for (const wanted of due) {
    const found = triggers.filter((trigger) => trigger.tgfoid === wanted.function);
    if (found.length !== 1) yield `${found.length} triggers call function ${wanted.function}`;
    for (const trigger of found) yield* faultsOf(trigger, wanted, constraint);
  }
  if (triggers.length !== due.length) yield `it has ${triggers.length} triggers, not ${due.length}`;
}

function* faultsOf(trigger: TriggerTuple, wanted: DueTrigger, constraint: ConstraintTuple): Faults {
  const self = `its trigger ${trigger.oid}`;
  if (trigger.tgrelid !== wanted.relation) yield `${self} is on relation ${trigger.tgrelid}`;
  if (trigger.tgconstrrelid !== wanted.other) {
    yield `${self} speaks of relation ${trigger.tgconstrrelid}`;
  }
  if (trigger.tgtype !== wanted.type) yield `${self} is of type ${trigger.tgtype}`;
  if (trigger.tgconstrindid !== constraint.conindid) {
    yield `${self} speaks of index ${trigger.tgconstrindid}`;
  }
  if (!trigger.tgisinternal) yield `${self} is a user's`;
  const deferred = wanted.deferrable && constraint.condeferred;
  if (trigger.tgdeferrable !== wanted.deferrable || trigger.tginitdeferred !== deferred) {
    yield `${self} is deferred otherwise than the constraint`;
  }
}
