/** Constraints: on columns that are there; keys are carried by an index over the same columns. */
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

type ConstraintTuple = Tuple<(typeof pgConstraint)["columns"]>;

export function* checkConstraintColumns(view: DatabaseView): Faults {
  for (const constraint of view.examined(pgConstraint)) {
    const self = rowText(pgConstraint, constraint);
    if ((constraint.conrelid === 0) === (constraint.contypid === 0)) {
      yield `${self}: it belongs to relation ${constraint.conrelid} and type ${constraint.contypid}`;
    }
    for (const attnum of constraint.conkey ?? []) {
      const column = view.find(pgAttribute, constraint.conrelid, attnum);
      if (column && !column.attisdropped) continue;
      yield `${self}: relation ${constraint.conrelid} has no column ${attnum}`;
    }
    const table = view.find(pgClass, constraint.conrelid);
    if (table && table.relnamespace !== constraint.connamespace) {
      yield `${self}: it is not in its table's schema`;
    }
  }
}

export function* checkKeys(view: DatabaseView): Faults {
  for (const constraint of view.examined(pgConstraint)) {
    if (!"pu".includes(constraint.contype)) continue;
    for (const fault of keyFaults(view, constraint))
      yield `${rowText(pgConstraint, constraint)}: ${fault}`;
  }
  for (const index of view.examined(pgIndex)) {
    if (!index.indisprimary) continue;
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
  if (index.indkey.join() !== columns)
    yield `${of} is over columns ${index.indkey}, not ${columns}`;
  if (!index.indisunique) yield `${of} is not unique`;
  if (index.indisprimary !== (constraint.contype === "p")) yield `${of} is of another kind of key`;
  if (relation.relname !== constraint.conname) yield `${of} is called ${relation.relname}`;
}
