/** ADD CONSTRAINT, and the constraints that come with a new column. */
import type { Oid } from "../../base/ids.ts";
import { withoutPosition } from "../../base/sql-error.ts";
import type { ClassTuple } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import type {
  CheckConstraint,
  ForeignKeyConstraint,
  KeyConstraint,
  TableConstraint,
} from "../statement.ts";
import { changeNotNull } from "./alter-column.ts";
import { PASS, type Passes } from "./alter-passes.ts";
import { createCheck } from "./checks.ts";
import type { DdlContext } from "./context.ts";
import { createForeignKey } from "./foreign-keys.ts";
import { type ConstrainedTable, createKey } from "./keys.ts";
import { checkNotTwice, planKeys, sortConstraints } from "./table-plan.ts";
import { columnsOfIndex, createKeyOverIndex } from "./using-index.ts";

export function addConstraint(
  context: DdlContext,
  table: ClassTuple,
  constraint: TableConstraint,
  passes: Passes,
): void {
  switch (constraint.kind) {
    case "check":
      return queueCheck(context, table.oid, constraint, passes);
    case "foreignKey":
      return queueForeignKey(context, table.oid, constraint, false, passes);
    default:
      return addKey(context, table, constraint, passes);
  }
}

function addKey(
  context: DdlContext,
  table: ClassTuple,
  constraint: KeyConstraint,
  passes: Passes,
): void {
  const { oid } = table;
  const overIndex = constraint.usingIndex !== undefined;
  const key = overIndex ? columnsOfIndex(context, table, constraint) : constraint;
  checkNotTwice(key);
  if (key.kind === "primaryKey") queueNotNull(context, oid, key, passes);
  if (!overIndex) return queueKey(context, oid, key, passes);
  passes.add(PASS.indexConstraints, () => {
    createKeyOverIndex(context, constrained(context, oid), key);
  });
}

/** Those of a column that is being added: nothing is in it, so all of them are valid. */
export function queueConstraints(
  context: DdlContext,
  { oid, relname }: ClassTuple,
  constraints: readonly TableConstraint[],
  passes: Passes,
): void {
  if (constraints.length === 0) return;
  const { checks, keys, foreignKeys } = sortConstraints(constraints);
  const planned = planKeys(keys, relname, (key) => checkNotTwice(key));
  for (const key of planned) queueKey(context, oid, key, passes);
  for (const check of checks) queueCheck(context, oid, check, passes);
  for (const key of foreignKeys) queueForeignKey(context, oid, key, true, passes);
}

function queueNotNull(context: DdlContext, oid: Oid, key: KeyConstraint, passes: Passes): void {
  for (const column of key.columns) {
    passes.add(PASS.columnAttributes, () => {
      changeNotNull(context, classOf(context, oid), column, true);
    });
  }
}

function queueKey(context: DdlContext, oid: Oid, key: KeyConstraint, passes: Passes): void {
  passes.add(PASS.indexes, () => createKey(context, constrained(context, oid), key));
}

function queueCheck(context: DdlContext, oid: Oid, check: CheckConstraint, passes: Passes): void {
  passes.add(PASS.otherConstraints, () => {
    const { name, noInherit, notValid } = check;
    const expression = withoutPosition(() => context.expressions.bindCheck(check.expression, oid));
    const table = constrained(context, oid);
    createCheck(context, table, expression, { name, noInherit, valid: !notValid });
  });
}

function queueForeignKey(
  context: DdlContext,
  oid: Oid,
  key: ForeignKeyConstraint,
  valid: boolean,
  passes: Passes,
): void {
  passes.add(PASS.otherConstraints, () => {
    createForeignKey(context, constrained(context, oid), key, valid);
  });
}

const classOf = (context: DdlContext, oid: Oid): ClassTuple =>
  context.catalog.find(pgClass, "key", [oid]) as ClassTuple;

function constrained(context: DdlContext, oid: Oid): ConstrainedTable {
  const { relname: name, relnamespace: namespace, relowner: owner } = classOf(context, oid);
  return { oid, name, namespace, owner };
}
