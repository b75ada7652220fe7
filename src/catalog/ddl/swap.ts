/**
 * SWAP WITH of relations, RisingWave's: two of a kind exchange their names, and so do their row
 * types and array types. Each stays in its schema; who refers to either goes on referring to it.
 */
import { SqlError } from "../../base/sql-error.ts";
import { type ClassTuple, undefinedRelation } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgType } from "../relations/pg-type.ts";
import type { QualifiedName, SwapRelations } from "../statement.ts";
import { typesOf } from "./alter-table.ts";
import type { DdlContext } from "./context.ts";
import { lockRelationName, relationToAlter, wrongKind } from "./lookup.ts";
import { renameTo } from "./rename.ts";

/** ALTER TABLE swaps tables alone, though it renames whatever has a name. */
const SWAPS: Readonly<Record<SwapRelations["noun"], string>> = {
  table: "rp",
  view: "v",
  "materialized view": "m",
  source: "x",
  sink: "s",
};

/** Throws 42P01, 42501, 42809; 22023 for a relation and itself. */
export function swapRelations(context: DdlContext, statement: SwapRelations): void {
  const one = relationToSwap(context, statement.relation, statement.noun);
  const two = relationToSwap(context, statement.other, statement.noun);
  if (one.oid === two.oid) {
    throw new SqlError("22023", `cannot swap ${statement.noun} "${one.relname}" with itself`);
  }
  if (one.relname === two.relname) return;
  if (one.relnamespace !== two.relnamespace) {
    renameTo(context, one, two.relname);
    renameTo(context, two, one.relname);
    return;
  }
  for (const { relnamespace, relname } of [one, two]) {
    lockRelationName(context, relnamespace, relname);
  }
  context.catalog.update(pgClass, one, { relname: two.relname });
  context.catalog.update(pgClass, two, { relname: one.relname });
  swapTypes(context, one, two);
}

function relationToSwap(
  context: DdlContext,
  name: QualifiedName,
  noun: SwapRelations["noun"],
): ClassTuple {
  const relation = relationToAlter(context, name, noun, false);
  if (!relation) throw undefinedRelation(name);
  if (!SWAPS[noun].includes(relation.relkind)) throw wrongKind(relation, noun);
  return relation;
}

/** The row types, then the array types: what they were called, they are called again. */
function swapTypes(context: DdlContext, one: ClassTuple, two: ClassTuple): void {
  const others = typesOf(context, two);
  for (const [at, type] of typesOf(context, one).entries()) {
    const other = others[at];
    if (!other) continue;
    for (const { typnamespace, typname } of [type, other]) {
      lockRelationName(context, typnamespace, typname);
    }
    context.catalog.update(pgType, type, { typname: other.typname });
    context.catalog.update(pgType, other, { typname: type.typname });
  }
}
