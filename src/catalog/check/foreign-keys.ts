/** Foreign keys: columns in pairs, on a unique index of the other table, with fitting operators. */
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgOperator } from "../relations/pg-operator.ts";
import { type ConstraintTuple, ofConstraints } from "./constraints.ts";
import type { DatabaseView, Faults } from "./view.ts";

export function* checkForeignKeys(view: DatabaseView): Faults {
  yield* ofConstraints(view, "f", pairFaults);
  yield* ofConstraints(view, "f", targetFaults);
}

const ACTIONS = "arcnd";
const BOOL = 16;

function* pairFaults(view: DatabaseView, constraint: ConstraintTuple): Faults {
  const { conkey, confkey, confupdtype, confdeltype, confmatchtype, confdelsetcols } = constraint;
  const count = conkey?.length ?? 0;
  for (const name of ["confkey", "conpfeqop", "conppeqop", "conffeqop"] as const) {
    const length = constraint[name]?.length ?? 0;
    if (length !== count) yield `${name} has ${length} values for ${count} columns`;
  }
  if (!ACTIONS.includes(confupdtype) || !ACTIONS.includes(confdeltype)) {
    yield `its actions are ${confupdtype} and ${confdeltype}`;
  }
  if (!"sf".includes(confmatchtype)) yield `it matches by ${confmatchtype}`;
  if (confdelsetcols !== null && !"nd".includes(confdeltype)) {
    yield "ON DELETE sets columns and has another action";
  }
  for (const attnum of confdelsetcols ?? []) {
    if (!conkey?.includes(attnum)) yield `ON DELETE sets column ${attnum}, which is not its own`;
  }
  if (new Set(confkey).size !== (confkey?.length ?? 0)) yield "it references a column twice";
  for (const operator of new Set([
    ...(constraint.conpfeqop ?? []),
    ...(constraint.conppeqop ?? []),
    ...(constraint.conffeqop ?? []),
  ])) {
    if (view.find(pgOperator, operator)?.oprresult === BOOL) continue;
    yield `operator ${operator} does not compare`;
  }
}

function* targetFaults(view: DatabaseView, constraint: ConstraintTuple): Faults {
  const { conindid, confrelid, confkey } = constraint;
  for (const attnum of confkey ?? []) {
    const column = view.find(pgAttribute, confrelid, attnum);
    if (!column || column.attisdropped) yield `relation ${confrelid} has no column ${attnum}`;
  }
  const index = view.find(pgIndex, conindid);
  if (!index) {
    yield "the referenced key has no index";
    return;
  }
  const of = `the referenced index ${conindid}`;
  if (index.indrelid !== confrelid) yield `${of} is on relation ${index.indrelid}`;
  const key = index.indkey.slice(0, index.indnkeyatts);
  if ([...key].sort().join() !== [...(confkey ?? [])].sort().join()) {
    yield `${of} is over columns ${key}, not ${confkey}`;
  }
  if (!index.indisunique || index.indpred !== null) yield `${of} does not make rows unique`;
  if (!index.indimmediate) yield `${of} does not check at once`;
}
