/** Constraints: what the columns of pg_constraint say of each other; keys stand on an index. */
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

export type ConstraintTuple = Tuple<(typeof pgConstraint)["columns"]>;

/** Every constraint with the faults that are found in it. */
export function* ofConstraints(
  view: DatabaseView,
  contypes: string,
  faultsOf: (view: DatabaseView, constraint: ConstraintTuple) => Faults,
): Faults {
  for (const constraint of view.examined(pgConstraint)) {
    if (!contypes.includes(constraint.contype)) continue;
    for (const fault of faultsOf(view, constraint)) {
      yield `${rowText(pgConstraint, constraint)}: ${fault}`;
    }
  }
}

const ALL = "cfptux";

export function* checkConstraintColumns(view: DatabaseView): Faults {
  for (const { contype, values } of view.examined(pgConstraint)) {
    if (!ALL.includes(contype)) yield `${rowText(pgConstraint, { values })}: of kind ${contype}`;
  }
  yield* ofConstraints(view, ALL, columnFaults);
  yield* ofConstraints(view, ALL, kindFaults);
}

function* columnFaults(view: DatabaseView, constraint: ConstraintTuple): Faults {
  const { conrelid, contypid, contype, conkey } = constraint;
  if ((conrelid === 0) === (contypid === 0)) {
    yield `it belongs to relation ${conrelid} and type ${contypid}`;
  }
  // A check may be about the whole row, or about system columns, which have no rows.
  const first = contype === "c" ? 1 : Number.NEGATIVE_INFINITY;
  for (const attnum of conkey ?? []) {
    // An exclusion constraint may be over expressions.
    if (contype === "x" && attnum === 0) continue;
    const column = view.find(pgAttribute, conrelid, attnum);
    if (attnum < first || (column && !column.attisdropped)) continue;
    yield `relation ${conrelid} has no column ${attnum}`;
  }
  const table = view.find(pgClass, conrelid);
  if (table && table.relnamespace !== constraint.connamespace) {
    yield "it is not in its table's schema";
  }
}

/** What only constraints of one kind have, and what they must have. */
function* kindFaults(_view: DatabaseView, constraint: ConstraintTuple): Faults {
  const { contype, conkey } = constraint;
  if (constraint.condeferred && !constraint.condeferrable) {
    yield "it is initially deferred and not deferrable";
  }
  if ((contype === "c") !== (constraint.conbin !== null)) {
    yield contype === "c" ? "the check has no expression" : "it has an expression";
  }
  if (!"ct".includes(contype) && !conkey?.length) yield "it is over no columns";
  if ("fpux".includes(contype) !== (constraint.conindid !== 0)) {
    yield `it stands on index ${constraint.conindid}`;
  }
  if (contype === "f") return;
  const { confrelid, confkey, conpfeqop, conppeqop, conffeqop, confdelsetcols } = constraint;
  const letters = constraint.confupdtype + constraint.confdeltype + constraint.confmatchtype;
  const foreign = [confkey, conpfeqop, conppeqop, conffeqop, confdelsetcols];
  if (confrelid !== 0 || letters.trim() !== "" || foreign.some((value) => value !== null)) {
    yield "it is no foreign key and references something";
  }
}

export function* checkKeys(view: DatabaseView): Faults {
  yield* ofConstraints(view, "pux", keyFaults);
  for (const index of view.examined(pgIndex)) {
    // The index of a TOAST table is called primary and carries no constraint.
    const isToast = view.find(pgClass, index.indrelid)?.relkind === "t";
    if (!index.indisprimary || isToast) continue;
    const carried = view.list(pgConstraint, ["conindid", "contype"], [index.indexrelid, "p"]);
    if (carried.length === 1) continue;
    yield `${rowText(pgIndex, index)}: ${carried.length} primary key constraints stand on it`;
  }
}

function* keyFaults(view: DatabaseView, constraint: ConstraintTuple): Faults {
  const index = view.find(pgIndex, constraint.conindid);
  const relation = view.find(pgClass, constraint.conindid);
  if (!index || !relation) {
    yield "the key has no index";
    return;
  }
  const of = `its index ${index.indexrelid}`;
  if (index.indrelid !== constraint.conrelid) yield `${of} is on relation ${index.indrelid}`;
  const columns = (constraint.conkey ?? []).join();
  const key = index.indkey.slice(0, index.indnkeyatts).join();
  if (key !== columns) yield `${of} is over columns ${key}, not ${columns}`;
  const excludes = constraint.contype === "x";
  if (index.indisunique === excludes) yield `${of} is ${excludes ? "" : "not "}unique`;
  if (index.indisexclusion !== excludes) yield `${of} is ${excludes ? "not " : ""}exclusive`;
  const operators = constraint.conexclop?.length ?? 0;
  if (operators !== (excludes ? index.indnkeyatts : 0)) yield `it has ${operators} operators`;
  if (index.indisprimary !== (constraint.contype === "p")) yield `${of} is of another kind of key`;
  if (index.indimmediate === constraint.condeferrable) {
    yield `${of} ${index.indimmediate ? "checks at once" : "does not check at once"}`;
  }
  if (relation.relname !== constraint.conname) yield `${of} is called ${relation.relname}`;
}
