/**
 * EXCLUSION CONSTRAINTS: a constraint with an operator for each key, and the index that carries it.
 * https://www.postgresql.org/docs/15/sql-createtable.html#SQL-CREATETABLE-EXCLUDE
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { CONSTRAINT_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addDependencies, addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ExclusionConstraint } from "../index-statement.ts";
import type { OpclassTuple } from "../opclasses.ts";
import { checkOptions, setOptions } from "../relation-options.ts";
import { pgAmop } from "../relations/pg-amop.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgOperator } from "../relations/pg-operator.ts";
import { pgOpfamily } from "../relations/pg-opfamily.ts";
import type { QualifiedName } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { checkColumnOptions, checkMethod, checkPredicate, methodNamed } from "./create-index.ts";
import { checkConstraintName, chooseRelationName, joinColumns } from "./generated-names.ts";
import {
  type BoundElement,
  checkNoSystemColumns,
  checkNumberOfColumns,
  indexColumnNames,
  planIndexColumns,
  refuseNondeterministic,
} from "./index-columns.ts";
import { type IndexPlan, insertIndexRows, markIndexed, otherDependencies } from "./index-rows.ts";
import { lockRelationName } from "./lookup.ts";
import type { TableFacts } from "./table-facts.ts";
import { indexTablespace } from "./tablespaces.ts";
import { insertRecheckTrigger } from "./triggers.ts";

/** 0A000: of a partitioned table. */
export function refuseExclusion({ position }: ExclusionConstraint): never {
  const message = "exclusion constraints are not supported on partitioned tables";
  throw new SqlError("0A000", message).at(position);
}

/**
 * Stages index and constraint. `indexNames` are those of the index's columns where they follow from
 * nothing. Throws 42883, 42809, and what CREATE INDEX does.
 */
export function createExclusion(
  context: DdlContext,
  table: TableFacts,
  constraint: ExclusionConstraint,
  indexNames: readonly string[] = [],
): { readonly index: Oid; readonly constraint: Oid } {
  const { relations } = context;
  const predicate = constraint.where && relations.indexPredicate(constraint.where, table.oid);
  const elements = elementsOf(context, table, constraint, indexNames);
  checkNumberOfColumns(elements);
  const tablespace = indexTablespace(context, table.oid, constraint.tablespace);
  const name = nameOf(context, table, constraint, elements);
  const method = methodNamed(context, constraint.method);
  const { length: keys } = constraint.elements;
  checkMethod(method, { excludes: true, includes: constraint.including.length > 0, keys });
  if (predicate) checkPredicate(predicate);
  const options = setOptions(null, constraint.options ?? []);
  checkOptions(options, method.options);
  const exclusion: Oid[] = [];
  const columns = planIndexColumns(
    context,
    table.oid,
    method,
    elements,
    true,
    (at, type, opclass) => {
      const operator = constraint.elements[at]?.operator;
      assert(operator, "each key of an exclusion constraint has an operator");
      exclusion.push(operatorFor(context, operator, type, opclass));
    },
  );
  checkNoSystemColumns(columns, predicate);
  refuseNondeterministic(context, columns, "an exclusion constraint");
  checkNameIsFree(context, table, constraint);
  checkColumnOptions(context, method, columns);
  const plan: IndexPlan = {
    ...{ name, method, columns, predicate, options, tablespace, exclusion },
    ...{ unique: false, nullsNotDistinct: false, primary: false },
    immediate: !constraint.deferrable,
  };
  return insertRows(context, table, constraint, plan);
}

function elementsOf(
  { relations }: DdlContext,
  table: TableFacts,
  { elements, including }: ExclusionConstraint,
  indexNames: readonly string[],
): BoundElement[] {
  const named = (at: number) => (indexNames[at] === undefined ? {} : { name: indexNames[at] });
  const keys = elements.map((element, at): BoundElement => {
    const expression =
      "expression" in element
        ? relations.indexExpression(element.expression, table.oid)
        : undefined;
    return { element: { ...element, ...named(at) }, included: false, expression };
  });
  const others = including.map((column, at): BoundElement => {
    const plain = { opclassOptions: [], ordering: "default", nulls: "default" } as const;
    const element = { column, ...plain, ...named(elements.length + at) };
    return { element, included: true, expression: undefined };
  });
  return [...keys, ...others];
}

function nameOf(
  context: DdlContext,
  { name, namespace }: TableFacts,
  constraint: ExclusionConstraint,
  elements: readonly BoundElement[],
): string {
  if (constraint.name !== undefined) return constraint.name;
  const columns = joinColumns(indexColumnNames(elements));
  return chooseRelationName(context, namespace, name, columns, "excl");
}

function checkNameIsFree(
  context: DdlContext,
  table: TableFacts,
  { name }: ExclusionConstraint,
): void {
  if (name === undefined) return;
  lockRelationName(context, table.namespace, name);
  if (context.catalog.find(pgClass, "relname_nsp", [name, table.namespace])) {
    throw new SqlError("42P07", `relation "${name}" already exists`);
  }
  checkConstraintName(context, table, name);
}

/** It takes values as they are, means the same either way, and the operator class knows it. */
function operatorFor(
  context: DdlContext,
  name: QualifiedName,
  type: Oid,
  { opcfamily }: OpclassTuple,
): Oid {
  const { catalog, relations } = context;
  const operator = relations.operatorOn(name, type);
  const row = catalog.find(pgOperator, "key", [operator]);
  assert(row, `operator ${operator} is not in pg_operator`);
  if (row.oprcom !== operator) {
    const message = `operator ${relations.operatorText(operator)} is not commutative`;
    const detail = "Only commutative operators can be used in exclusion constraints.";
    throw new SqlError("42809", message, { detail });
  }
  if (catalog.find(pgAmop, "opr_fam", [operator, "s", opcfamily])) {
    relations.checkComputed(operator);
    return operator;
  }
  const family = catalog.find(pgOpfamily, "key", [opcfamily])?.opfname;
  const shown = relations.operatorText(operator);
  const message = `operator ${shown} is not a member of operator family "${family}"`;
  const detail =
    "The exclusion operator must be related to the index operator class for the constraint.";
  throw new SqlError("42809", message, { detail });
}

function insertRows(
  context: DdlContext,
  table: TableFacts,
  { deferrable, initiallyDeferred }: ExclusionConstraint,
  plan: IndexPlan,
): { readonly index: Oid; readonly constraint: Oid } {
  const { catalog } = context;
  const index = insertIndexRows(context, table, plan);
  const constraint = context.allocateOid();
  const numbers = plan.columns.map(({ source }) =>
    source.kind === "column" ? source.attribute.attnum : 0,
  );
  catalog.insert(pgConstraint, {
    oid: constraint,
    conname: plan.name,
    connamespace: table.namespace,
    contype: "x",
    condeferrable: deferrable,
    condeferred: initiallyDeferred,
    conrelid: table.oid,
    conindid: index,
    connoinherit: true,
    conkey: numbers.slice(0, plan.exclusion?.length),
    conexclop: [...(plan.exclusion ?? [])],
  });
  const self = addressOf(CONSTRAINT_CLASS, constraint);
  const columns = numbers.filter((attnum) => attnum !== 0);
  for (const attnum of columns.length > 0 ? new Set(columns) : [0]) {
    addDependency(catalog, self, addressOf(RELATION_CLASS, table.oid, attnum), "a");
  }
  const carrier = addressOf(RELATION_CLASS, index);
  addDependency(catalog, carrier, self, "i");
  const kind = "exclusion";
  if (deferrable) {
    insertRecheckTrigger(context, table.oid, { kind, initiallyDeferred }, constraint, index);
  }
  addDependencies(catalog, carrier, otherDependencies(table.oid, plan));
  markIndexed(context, table.oid);
  return { index, constraint };
}
