/**
 * DEFAULTS AND GENERATION EXPRESSIONS: rows of pg_attrdef. A default goes with its column, and what
 * it uses is used by it; a generation expression is a part of its column.
 */
import type { Oid } from "../../base/ids.ts";
import { ATTRDEF_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addDependency, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { Tuple } from "../relation.ts";
import { pgAttrdef } from "../relations/pg-attrdef.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import type { ColumnPlan } from "./columns.ts";
import type { DdlContext, StoredExpression } from "./context.ts";

export type AttributeTuple = Tuple<(typeof pgAttribute)["columns"]>;

/**
 * A staged column's own DEFAULT or generation expression, or the default that its sequence gives
 * it.
 */
export function createDefault(
  context: DdlContext,
  relation: Oid,
  attnum: number,
  plan: ColumnPlan,
  sequence: Oid | undefined,
): void {
  const expression = bindDefault(context, relation, plan, sequence);
  if (expression) insertDefault(context, relation, attnum, expression);
}

function bindDefault(
  { expressions }: DdlContext,
  relation: Oid,
  plan: ColumnPlan,
  sequence: Oid | undefined,
): StoredExpression | undefined {
  if (plan.serial && sequence !== undefined) return expressions.nextvalOf(sequence);
  if (!plan.default) return undefined;
  const { row, typmod } = plan.type;
  const column = { name: plan.name, type: row.oid, typmod };
  const { expression } = plan.default;
  return plan.generated
    ? expressions.bindGenerated(expression, relation, column)
    : expressions.bindDefault(expression, column);
}

/** Stages a pg_attrdef row, how it depends on its column, and what it refers to. */
export function insertDefault(
  context: DdlContext,
  relation: Oid,
  attnum: number,
  expression: StoredExpression,
): void {
  const { catalog } = context;
  const column = catalog.find(pgAttribute, "key", [relation, attnum]) as AttributeTuple;
  const oid = context.allocateOid();
  catalog.insert(pgAttrdef, { oid, adrelid: relation, adnum: attnum, adbin: expression.tree });
  if (!column.atthasdef) catalog.update(pgAttribute, column, { atthasdef: true });
  const self = addressOf(ATTRDEF_CLASS, oid);
  const part = column.attgenerated === "" ? "a" : "i";
  addDependency(catalog, self, addressOf(RELATION_CLASS, relation, attnum), part);
  for (const { classOid, oid: referenced, subId } of expression.references) {
    addDependency(catalog, self, addressOf(classOid, referenced, subId), "n");
  }
}

/** Without the walk of DROP: nothing can depend on a default. */
export function removeDefault(context: DdlContext, relation: Oid, attnum: number): void {
  const { catalog } = context;
  const row = catalog.find(pgAttrdef, "adrelid_adnum", [relation, attnum]);
  if (!row) return;
  for (const dependency of referencesOf(catalog, addressOf(ATTRDEF_CLASS, row.oid))) {
    catalog.delete(pgDepend, dependency);
  }
  catalog.delete(pgAttrdef, row);
  const column = catalog.find(pgAttribute, "key", [relation, attnum]);
  if (column?.atthasdef) catalog.update(pgAttribute, column, { atthasdef: false });
}
